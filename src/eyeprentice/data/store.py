"""The packed store: all images of a dataset as one memory-mapped uint8 array beside it.

Packed once, then reused for as long as the dataset's content is the same: a look at paths, sizes and times is enough
as a rule, and where those changed (a copy, a `touch`) the bytes are hashed. A store appears whole under a name made
of its content, so processes that start at once may both pack it, but never see half of one.
"""

import hashlib
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.errors import InputError
from eyeprentice.layout import Modality, SequenceFiles
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
    seen = home / f"{modality}-{_glance(root, sequences)}.seen"
    content = seen.read_text("utf-8") if seen.exists() else None
    if content is None or not _store(home, modality, size, content).exists():
        try:
            home.mkdir(exist_ok=True)
            content = _pack(root, modality, sequences, size)
            _write_whole(seen, content)
        except OSError as error:
            raise InputError(
                home, f"cannot be written ({error.strerror})", "make room, or let it be written to"
            ) from None
    return np.load(_store(home, modality, size, content), mmap_mode="c"), content


def read_image(path: Path, size: int) -> NDArray[np.uint8]:
    """A grey image of (size, size); raises `InputError`."""
    return _decode(path, _read(path), size)


def _store(home: Path, modality: Modality, size: int, content: str) -> Path:
    return home / f"{modality}-{size}-{content}.npy"


def _pack(root: Path, modality: Modality, sequences: list[SequenceFiles], size: int) -> str:
    """Reads every image once, into a new store and into a hash; gives the hash, after which the store is named."""
    from joblib import Parallel, cpu_count, delayed  # comes with training; reading single images does without

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


def _glance(root: Path, sequences: list[SequenceFiles]) -> str:
    """A short hash of what the directory says: paths, sizes and times."""

    def look(sequence: SequenceFiles) -> bytes:
        folder = sequence.images[0].parent
        lines = [f"{folder.relative_to(root)}"]
        for image in sequence.images:
            stat = image.stat()
            lines.append(f"{image.name} {stat.st_size} {stat.st_mtime_ns}")
        return "\n".join(lines).encode()

    digest = hashlib.blake2b(digest_size=8)
    with ThreadPoolExecutor() as pool:
        for part in pool.map(look, sequences):
            digest.update(part + b"\n")
    return digest.hexdigest()


def _write_whole(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as partial:
        partial.write(text)
    Path(partial.name).replace(path)
