"""The packed store: all images of a dataset as one memory-mapped uint8 array beside it.

Packed once, then reused for as long as the dataset's content is the same: a look at paths, sizes and times is enough
as a rule, and where those changed (a copy, a `touch`) the bytes are hashed. A store appears whole under a name made
of its content, so processes that start at once may both pack it, but never see half of one.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.see import Modality, SequenceFiles
from eyeprentice.errors import InputError
from eyeprentice.progress import progress

FOLDER = ".eyeprentice"
CHUNK = 128
"""Images that a thread takes at once: one by one, handing them out costs more than reading them."""


def open_store(
    root: Path, modality: Modality, sequences: list[SequenceFiles], size: int
) -> tuple[NDArray[np.uint8], str]:
    """All images of `sequences`, one after another, resized to (N, size, size), and the hash of their content.

    Raises `InputError` for an image that cannot be read, or a folder that cannot be written.
    """
    images = [image for sequence in sequences for image in sequence.images]
    home = root / FOLDER
    seen = home / f"{modality}-{_glance(root, images)}.seen"
    content = seen.read_text("utf-8") if seen.exists() else _hash(root, images)
    store = home / f"{modality}-{size}-{content}.npy"
    try:
        home.mkdir(exist_ok=True)
        if not store.exists():
            _pack(images, size, store, f"packing {modality}s")
        if not seen.exists():
            _write_whole(seen, content)
    except OSError as error:
        raise InputError(home, f"cannot be written ({error.strerror})", "make room, or let it be written to") from None
    return np.load(store, mmap_mode="c"), content


def read_image(path: Path, size: int) -> NDArray[np.uint8]:
    """A grey image of (size, size); raises `InputError`."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise InputError(path, "not a readable image", "replace it, or take its sequence out of emotion.json")
    if image.shape != (size, size):
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    return image.astype(np.uint8, copy=False)


def _pack(images: list[Path], size: int, store: Path, title: str) -> None:
    handle, partial = tempfile.mkstemp(dir=store.parent, suffix=".partial")
    os.close(handle)
    try:
        if shutil.disk_usage(store.parent).free < len(images) * size * size:
            raise InputError(store.parent, "too little room for the packed store", "make room on the disk")
        array = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=(len(images), size, size))

        def fill(first: int) -> None:
            for number, image in enumerate(images[first : first + CHUNK], first):
                array[number] = read_image(image, size)

        chunks = range(0, len(images), CHUNK)
        with progress(title, len(chunks)) as advance, ThreadPoolExecutor() as pool:
            for _ in pool.map(fill, chunks):
                advance(f"x {CHUNK} images")
        array.flush()
        Path(partial).replace(store)
    finally:
        Path(partial).unlink(missing_ok=True)


def _glance(root: Path, images: list[Path]) -> str:
    """A short hash of what the directory says: paths, sizes and times."""
    stats = ((image, image.stat()) for image in images)
    return _digest(f"{image.relative_to(root)} {s.st_size} {s.st_mtime_ns}".encode() for image, s in stats)


def _hash(root: Path, images: list[Path]) -> str:
    """A short hash of the images' paths and bytes."""

    def digests(first: int) -> list[bytes]:
        chunk = images[first : first + CHUNK]
        return [str(image.relative_to(root)).encode() + hashlib.blake2b(image.read_bytes()).digest() for image in chunk]

    with ThreadPoolExecutor() as pool:
        return _digest(part for parts in pool.map(digests, range(0, len(images), CHUNK)) for part in parts)


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part + b"\n")
    return digest.hexdigest()


def _write_whole(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as partial:
        partial.write(text)
    Path(partial.name).replace(path)
