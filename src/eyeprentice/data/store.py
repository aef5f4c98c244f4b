"""The packed store: all images of a dataset as one memory-mapped uint8 array beside it, and its action units.

Packed once, then reused for as long as the dataset's content is the same: a look at paths, sizes and times is enough
as a rule, and where those changed (a copy, a `touch`) the bytes are hashed. A store appears whole under a name made
of its content, so processes that start at once may both pack it, but never see half of one. It replaces what was
packed in the same size before.
"""

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
import numpy as np
from joblib import Parallel, cpu_count, delayed
from numpy.typing import NDArray

from eyeprentice.errors import InputError
from eyeprentice.layout import UNITS, Intensities, Modality, SequenceFiles, find_units, read_units
from eyeprentice.progress import progress

FOLDER = ".eyeprentice"
CHUNK = 256
"""Images that a worker takes at once."""
A_PROCESS = 4096
"""Images that are worth starting a process for: threads wait for one another, for most of the work is Python's own."""


def open_store(
    root: Path, modality: Modality, sequences: list[SequenceFiles], size: int
) -> tuple[NDArray[np.uint8], str]:
    """All images of `sequences`, one after another, resized to (N, size, size), and the hash of their content.

    Raises `InputError` for an image that cannot be read, or a folder that cannot be written.
    """
    home = root / FOLDER
    seen = home / f"{modality}-{_glance(root, [sequence.images for sequence in sequences])}.seen"
    try:
        content = seen.read_text("utf-8")
        return np.load(_store(home, modality, size, content), mmap_mode="c"), content
    except FileNotFoundError:
        with _writing(home):
            content = _pack(root, modality, sequences, size)
            _write_whole(seen, content.encode())
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
    if not store.exists():
        columns, intensities = _gather_units(files, sequences)
        packed = io.BytesIO()
        np.save(packed, intensities.view([(column, np.float32) for column in columns]))
        with _writing(home):
            _write_whole(store, packed.getvalue())
            _unlink(path for path in home.glob(f"{UNITS}-*.npy") if path != store)
    table = np.load(store)
    return table.dtype.names, table.view(np.float32).reshape(len(table), -1)


def _gather_units(files: list[Path], sequences: list[SequenceFiles]) -> tuple[tuple[str, ...], Intensities]:
    parts, names = [], None
    for path, sequence in zip(files, sequences, strict=True):
        columns, intensities = read_units(path)
        if columns != (names := names or columns):
            raise InputError(
                path, f"holds the units {','.join(columns)}", f"write {','.join(names)}, as {files[0].name}"
            )
        if len(intensities) != sequence.whole:
            what = f"{len(intensities)} lines of intensities for {sequence.whole} frames"
            raise InputError(path, what, "give one line for each frame")
        parts.append(intensities[sequence.first : sequence.first + len(sequence.images)])
    assert names is not None  # there is no dataset without sequences
    return names, np.concatenate(parts)


def _store(home: Path, modality: Modality, size: int, content: str) -> Path:
    return home / f"{modality}-{size}-{content}.npy"


def _pack(root: Path, modality: Modality, sequences: list[SequenceFiles], size: int) -> str:
    """Reads every image once, into a new store and into a hash; gives the hash, after which the store is named."""
    images = [image for sequence in sequences for image in sequence.images]
    home = root / FOLDER
    if shutil.disk_usage(home).free < len(images) * size * size:
        raise InputError(home, "too little room for the packed store", "make room on the disk")
    handle, partial = tempfile.mkstemp(dir=home, suffix=".partial")
    os.close(handle)
    try:
        np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=(len(images), size, size))
        starts = range(0, len(images), CHUNK)
        jobs = (delayed(_fill)(images[start : start + CHUNK], start, root, partial, size) for start in starts)
        processes = max(1, min(cpu_count(), len(images) // A_PROCESS))
        digest = hashlib.blake2b(digest_size=8)
        with progress(f"packing {modality}s", len(starts)) as advance:
            for hashes in Parallel(processes, return_as="generator")(jobs):
                digest.update(hashes)
                advance(f"x {CHUNK} images")
        content = digest.hexdigest()
        if not (store := _store(home, modality, size, content)).exists():
            Path(partial).replace(store)
    finally:
        Path(partial).unlink(missing_ok=True)
    return content


def _fill(images: list[Path], start: int, root: Path, store: str, size: int) -> bytes:
    """Writes images into the store, from number `start` on; gives a hash of each one's path and bytes."""
    cv2.setNumThreads(1)
    array = np.lib.format.open_memmap(store, mode="r+")
    hashes = b""
    for number, image in enumerate(images, start):
        content = _read(image)
        array[number] = _decode(image, content, size)
        hashes += hashlib.blake2b(str(image.relative_to(root)).encode() + b"\n" + content, digest_size=16).digest()
    return hashes


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})", "let it be read, or replace it") from None


def _decode(path: Path, content: bytes, size: int) -> NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) if content else None
    if image is None:
        raise InputError(path, "not a readable image", "replace it, or take its sequence out of emotion.json")
    if image.shape != (size, size):
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    return image.astype(np.uint8, copy=False)


def _remove_old(home: Path, modality: Modality, size: int, content: str) -> None:
    """Removes what was packed in this size before the dataset changed, and notes of stores that are no more."""
    kept = _store(home, modality, size, content)
    _unlink(path for path in home.glob(f"{modality}-{size}-*.npy") if path != kept)
    packed = {path.stem.split("-")[2] for path in home.glob(f"{modality}-*-*.npy")}
    _unlink(path for path in home.glob(f"{modality}-*.seen") if path.read_text("utf-8") not in packed)


def _unlink(paths: Iterable[Path]) -> None:
    for path in list(paths):
        with suppress(OSError):  # Windows keeps what another process has open; elsewhere it stays readable there
            path.unlink(missing_ok=True)


def _glance(root: Path, groups: Iterable[tuple[Path, ...]]) -> str:
    """A short hash of what the directory says of groups of files: paths, sizes and times."""

    def look(files: tuple[Path, ...]) -> bytes:
        lines = [str(files[0].parent.relative_to(root))]
        for file in files:
            stat = file.stat()
            lines.append(f"{file.name} {stat.st_size} {stat.st_mtime_ns}")
        return "\n".join(lines).encode()

    digest = hashlib.blake2b(digest_size=8)
    with ThreadPoolExecutor() as pool:
        for part in pool.map(look, groups):
            digest.update(part + b"\n")
    return digest.hexdigest()


@contextmanager
def _writing(home: Path) -> Iterator[None]:
    """Makes the folder of the stores; raises `InputError` if it, or what the block writes there, cannot be written."""
    try:
        home.mkdir(exist_ok=True)
        yield
    except OSError as error:
        raise InputError(home, f"cannot be written ({error.strerror})", "make room, or let it be written to") from None


def _write_whole(path: Path, content: bytes) -> None:
    """Unlike `files.new_file` it bears several processes that write the same at once."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as partial:
        partial.write(content)
    Path(partial.name).replace(path)
