"""Reads every image of a dataset once, and tells those that are damaged or unlike the rest."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.layout import Folder
from eyeprentice.data.store import MOSTLY_BETWEEN
from eyeprentice.files.whole import read_bytes
from eyeprentice.sources.events.representation import EVENT_FRAME, HALF, count_greys
from eyeprentice.sources.pictures import decode_picture, few_levels
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress

THUMBNAIL, MOMENTS = 24, 4
Thumbnails = NDArray[np.float32]
"""A few moments of a sequence, small, each of mean 0 and length 1: (MOMENTS, THUMBNAIL^2)."""
Found = tuple[str, Path, str]
"""Kind of finding, where, and what is found."""


def check_images(folders: Sequence[Folder], shown: str) -> tuple[dict[Path, Thumbnails], list[Found]]:
    """Thumbnails of each sequence by its path, and what is wrong with the images.

    `shown` is the representation that images of events are in.
    """
    findings: list[Found] = []
    thumbnails: dict[Path, Thumbnails] = {}
    sizes: dict[Path, Counter[tuple[int, int]]] = {}
    with progress("checking sequences", len(folders)) as advance, ThreadPoolExecutor() as pool:
        for folder, (found, counted, thumbnail) in zip(
            folders, pool.map(partial(_read_folder, shown=shown), folders), strict=True
        ):
            findings += found
            sizes[folder.path] = counted
            if thumbnail is not None:
                thumbnails[folder.path] = thumbnail
            advance("")
    usual = sum(sizes.values(), Counter[tuple[int, int]]()).most_common(1)
    for path, counted in sizes.items():
        for height, width in set(counted) - {size for size, _ in usual}:
            what = f"{counted[height, width]} images of {width}x{height}, mostly {usual[0][0][1]}x{usual[0][0][0]}"
            findings.append(("size", path, what))
    return thumbnails, findings


def _read_folder(folder: Folder, shown: str) -> tuple[list[Found], Counter[tuple[int, int]], Thumbnails | None]:
    found: list[Found] = []
    sizes: Counter[tuple[int, int]] = Counter()
    images = []
    between = events = 0
    for path in folder.images:
        try:
            content = read_bytes(path, limits.PICTURE_BYTES, "a picture")
            if not content:
                found.append(("empty", path, "0 bytes"))
                continue
            image = decode_picture(content, path)
        except InputError as error:
            found.append(("unreadable", path, error.parts[1]))
            continue
        if _is_cut_short(content):
            found.append(("unreadable", path, "cut short"))
            continue
        sizes[image.shape[0], image.shape[1]] += 1
        if "frame" in folder.path.parts[-3].lower() and image.min() == image.max():
            found.append(("flat", path, f"every pixel is {image.min()}"))
        if "event" in folder.path.parts[-3].lower():
            greys = count_greys(image, shown)
            between, events = between + greys.between, events + greys.events
            if greys.between > HALF * greys.pixels:
                what = f"{greys.between} of {greys.pixels} pixels have levels that no {shown} has"
                found.append(("levels", path, what))
        images.append(image)
    if images and "frame" in folder.path.parts[-3].lower():
        lowest, highest = (int(pick([pick(image) for image in images])) for pick in (np.min, np.max))
        if (few := few_levels(lowest, highest)) is not None:
            found.append(("few-levels", folder.path, few))
    if shown == EVENT_FRAME and between > MOSTLY_BETWEEN * events:
        found.append(
            ("levels", folder.path, f"{between} pixels are between the levels of event frames, {events} are events")
        )
    return found, sizes, _thumbnail(images)


def _is_cut_short(content: bytes) -> bool:
    """A decoder fills what is missing with grey and says nothing, so the end of the file has to be there."""
    if content.startswith(b"\xff\xd8"):
        return not content.rstrip(b"\0").endswith(b"\xff\xd9")
    if content.startswith(b"\x89PNG"):
        return b"IEND" not in content[-16:]
    return False


def _thumbnail(images: list[Any]) -> Thumbnails | None:
    if not images:
        return None
    chosen = [images[i] for i in np.linspace(0, len(images) - 1, MOMENTS).round().astype(int)]
    small = np.stack([cv2.resize(i, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA).ravel() for i in chosen])
    centred = small.astype(np.float32) - small.mean(1, keepdims=True)
    return (centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)).astype(np.float32)
