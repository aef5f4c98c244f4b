"""The packed store: all images of a dataset as one memory-mapped uint8 array beside it, and its action units.

Frames are averaged over the area of a pixel where they are resized. Events stay events (`resize_events`): an event
frame holds three levels and no other, whatever JPEG compression made of them.

Packed once, then reused for as long as the dataset's content is the same: a look at paths, sizes and times is enough
as a rule, and where those changed (a copy, a `touch`) the bytes are hashed. A store appears whole under a name made
of its content, so processes that start at once may both pack it, but never see half of one. It replaces what was
packed in the same size before.
"""

import hashlib
import io
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from joblib import Parallel, cpu_count, delayed
from numpy.typing import NDArray

from eyeprentice.data.layout import (
    REPRESENTATION,
    UNITS,
    Intensities,
    Modality,
    SequenceFiles,
    find_folder,
    find_units,
    read_representation,
    read_units,
)
from eyeprentice.files.cache_dir import FOLDER, open_cache_dir, partial_file, write_whole
from eyeprentice.files.processes import ahead
from eyeprentice.files.whole import read_bytes
from eyeprentice.sources.events.representation import EVENT_FRAME, HALF, count_greys, resize_events, three_levels
from eyeprentice.sources.pictures import decode_picture
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note
from eyeprentice.words.progress import progress

REPLACE = "replace it, or remove its sequence from emotion.json"
FRAMES = ""
"""In place of a representation of events: frames of a camera."""
CHUNK = 256
"""Images that a worker takes at once."""
PACKING = "2"
"""Of this way to pack; a store that was packed in another way is not used."""
MOSTLY_BETWEEN, MOSTLY_FAR = 8.0, 0.5
"""So many greys, relative to the events, are no event frames' (JPEG of quality 75: up to 3.0); are told (0.3)."""
GLANCED = 256
"""Sequences whose directories are looked at before they are asked for."""
A_PROCESS = 4096
"""Images that are worth starting a process for: threads wait for one another, for most of the work is Python's own."""


def open_store(
    root: Path, modality: Modality, sequences: list[SequenceFiles], size: int
) -> tuple[NDArray[np.uint8], str]:
    """All images of `sequences`, one after another, resized to (N, size, size), and the hash of their content.

    Raises `InputError` for an image that cannot be read, or a folder that cannot be written.
    """
    home, count = root / FOLDER, sum(len(sequence.images) for sequence in sequences)
    shown = FRAMES if modality == "frame" else read_representation(root)
    seen = home / f"{modality}-{_glance(root, (sequence.images for sequence in sequences), PACKING + shown)}.seen"
    content = _read_seen(seen)
    if content is None or not _is_whole(_store(home, modality, size, content), count, size):
        with open_cache_dir(home):
            content = _pack(root, modality, shown, sequences, size)
            write_whole(seen, content.encode())
            _remove_old(home, modality, size, content)
    return np.load(_store(home, modality, size, content), mmap_mode="c"), content


def open_units(root: Path, sequences: list[SequenceFiles]) -> tuple[tuple[str, ...], Intensities] | None:
    """Names of the action units and their intensities in all frames of `sequences`, (F, U); None where none are told.

    Raises `InputError` for a file that is missing, malformed, of other units or not of one line for each frame.
    """
    if (files := find_units(root, [sequence.name for sequence in sequences])) is None:
        return None
    home = root / FOLDER
    segments = hashlib.blake2b(repr([(s.first, len(s.images), s.whole) for s in sequences]).encode(), digest_size=8)
    store = home / f"{UNITS}-{_glance(root, [tuple(files)])}-{segments.hexdigest()}.npy"
    table, count = _map(store), sum(len(sequence.images) for sequence in sequences)
    kinds = {kind for kind, *_ in (table.dtype.fields or {}).values()}
    if table.shape[:1] != (count,) or table.size != count or kinds != {np.dtype(np.float32)}:
        columns, intensities = _gather_units(files, sequences)
        table = intensities.view([(column, np.float32) for column in columns])
        packed = io.BytesIO()
        np.save(packed, table)
        with open_cache_dir(home):
            write_whole(store, packed.getvalue())
            _unlink(path for path in home.glob(f"{UNITS}-*.npy") if path != store)
    return table.dtype.names or (), np.array(table).view(np.float32).reshape(count, -1)


def _gather_units(files: list[Path], sequences: list[SequenceFiles]) -> tuple[tuple[str, ...], Intensities]:
    parts, names = [], None
    for path, sequence in zip(files, sequences, strict=True):
        columns, intensities = read_units(path)
        if columns != (names := names or columns):
            what = f"has the units {','.join(columns)}"
            raise InputError(path, what, f"use {','.join(names)}, as in {files[0].name}")
        if len(intensities) != sequence.whole:
            what = f"{len(intensities)} lines of intensities for {sequence.whole} frames"
            raise InputError(path, what, "give one line for each frame")
        parts.append(intensities[sequence.first : sequence.first + len(sequence.images)])
    assert names is not None  # there is no dataset without sequences
    return names, np.concatenate(parts)


def _store(home: Path, modality: Modality, size: int, content: str) -> Path:
    return home / f"{modality}-{size}-{content}.npy"


def _pack(root: Path, modality: Modality, shown: str, sequences: list[SequenceFiles], size: int) -> str:
    """Reads every image once, into a new store and into a hash; gives the hash, after which the store is named.

    `shown` is the representation of events that the images show, or `FRAMES`.
    """
    count = sum(len(sequence.images) for sequence in sequences)
    home = root / FOLDER
    if shutil.disk_usage(home).free < count * size * size:
        raise InputError(home, "too little space for the packed store", "free some space on the disk")
    with partial_file(home) as partial:
        with partial.open("wb") as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": (count, size, size)}
            np.lib.format.write_array_header_1_0(file, header)
            begin = file.tell()
        jobs = (
            delayed(_fill)(images, root, partial, begin + number * CHUNK * size * size, size, shown)
            for number, images in enumerate(_chunks(sequences))
        )
        processes = max(1, min(cpu_count(), count // A_PROCESS))
        digest = hashlib.blake2b(b"" if shown == FRAMES else (PACKING + shown).encode(), digest_size=8)
        greys = np.zeros(3)
        with progress(f"packing {modality}s", -(-count // CHUNK)) as advance:
            for hashes, counted in Parallel(processes, return_as="generator")(jobs):
                digest.update(hashes)
                greys += counted
                advance(f"x {CHUNK} images")
        _tell_of_greys(find_folder(root, modality) or root, greys)
        content = digest.hexdigest()
        if not _is_whole(store := _store(home, modality, size, content), count, size):
            partial.replace(store)
    return content


def _chunks(sequences: Iterable[SequenceFiles]) -> Iterator[list[Path]]:
    """All images, as a worker takes them; made one after another, because their paths take memory."""
    every = chain.from_iterable(sequence.images for sequence in sequences)
    while chunk := list(islice(every, CHUNK)):
        yield chunk


def _fill(
    images: list[Path], root: Path, store: Path, at: int, size: int, shown: str
) -> tuple[bytes, NDArray[np.float64]]:
    """Writes images into the store, from byte `at` on; gives a hash of each one's path and bytes, and greys to look at.

    The greys, of event frames, are the numbers of pixels that are an event, that are between the levels, and that are
    far from them. Not through a memory map: when the disk is full, that would end the program.
    """
    cv2.setNumThreads(1)
    array = np.empty((len(images), size, size), np.uint8)
    hashes, greys = b"", np.zeros(3)
    for number, path in enumerate(images):
        content = read_bytes(path, limits.PICTURE_BYTES, "a picture")
        image = decode_picture(content, path, REPLACE)
        if shown == FRAMES:
            if image.shape != (size, size):
                image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        else:
            counted = count_greys(image, shown)
            if counted.between > HALF * counted.pixels:
                what = f"no image of events as {shown}: half of its pixels are neither events nor none"
                todo = f"replace it, or write into {root / REPRESENTATION} what it shows"
                raise InputError(path, what, todo)
            greys += counted[:3]
            image = resize_events(three_levels(image) if shown == EVENT_FRAME else image, shown, size)
        array[number] = image
        hashes += hashlib.blake2b(str(path.relative_to(root)).encode() + b"\n" + content, digest_size=16).digest()
    if shown == EVENT_FRAME:
        _refuse_other_images(root, images[0], greys)
    with store.open("r+b", buffering=0) as file:
        file.seek(at)
        left = memoryview(array.reshape(-1).data)
        while left:
            left = left[file.write(left) :]
    return hashes, greys


def _refuse_other_images(root: Path, first: Path, greys: NDArray[np.float64]) -> None:
    """Raises `InputError` where the images from `first` on can be no event frames, by their greys."""
    events, between, _ = greys
    if between > MOSTLY_BETWEEN * events:
        what = f"no event frames: {between:,.0f} pixels are neither near 0, 127 nor 255, and {events:,.0f} are events"
        todo = f'make event frames, or write into {root / REPRESENTATION} what they are: {{"representation": "count"}}'
        raise InputError(first.parent, what, todo)


def _tell_of_greys(folder: Path, greys: NDArray[np.float64]) -> None:
    """Says so where many events are doubtful."""
    events, _, far = greys
    if far > MOSTLY_FAR * events:
        note(
            f"{folder}: event frames have three levels, 0, 127 and 255, but {far:,.0f} pixels lie far from these, and "
            f"{events:,.0f} are events: they were resized or compressed strongly; each is taken for the nearest level"
        )


def _read_seen(path: Path) -> str | None:
    """The hash of the content that was seen; None if it was not, or the note is damaged."""
    try:
        content = read_bytes(path, 64, "a hash").decode("ascii")
    except (InputError, UnicodeDecodeError):
        return None
    return content if re.fullmatch("[0-9a-f]{16}", content) else None


def _is_whole(path: Path, count: int, size: int) -> bool:
    """Whether it is a store of so many images, of its full length."""
    array = _map(path)
    return array.shape == (count, size, size) and array.dtype == np.uint8


def _map(path: Path) -> NDArray[Any]:
    """The array of a store, memory-mapped; an empty one if there is none, or it is damaged."""
    try:
        return np.asarray(np.load(path, mmap_mode="r"))
    except Exception:  # whatever NumPy makes of a damaged header
        return np.empty(0)


def _remove_old(home: Path, modality: Modality, size: int, content: str) -> None:
    """Removes what was packed in this size before the dataset changed, and notes of stores that are no more."""
    kept = _store(home, modality, size, content)
    _unlink(path for path in home.glob(f"{modality}-{size}-*.npy") if path != kept)
    packed = {path.stem.split("-")[2] for path in home.glob(f"{modality}-*-*.npy")}
    _unlink(path for path in home.glob(f"{modality}-*.seen") if _read_seen(path) not in packed)


def _unlink(paths: Iterable[Path]) -> None:
    for path in list(paths):
        with suppress(OSError):  # Windows keeps what another process has open; elsewhere it stays readable there
            path.unlink(missing_ok=True)


def _glance(root: Path, groups: Iterable[Sequence[Path]], packing: str = "") -> str:
    """A short hash of what the directory says of groups of files: paths, sizes and times."""

    def look(files: Sequence[Path]) -> bytes:
        lines = [str(files[0].parent.relative_to(root))]
        for file in files:
            try:
                stat = file.stat()
            except OSError as error:  # a link to nowhere
                raise InputError(file, f"cannot be read ({error.strerror})", REPLACE) from None
            lines.append(f"{file.name} {stat.st_size} {stat.st_mtime_ns}")
        return "\n".join(lines).encode()

    digest = hashlib.blake2b(packing.encode(), digest_size=8)
    for part in ahead(look, groups, GLANCED, None):
        digest.update(part + b"\n")
    return digest.hexdigest()
