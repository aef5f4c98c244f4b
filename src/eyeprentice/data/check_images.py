"""Reads every image of a dataset once, and tells those that are damaged or unlike the rest."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.copies import MOMENTS, Thumbnails, shrink
from eyeprentice.data.layout import Folder
from eyeprentice.data.store import MOSTLY_BETWEEN
from eyeprentice.files.processes import ahead
from eyeprentice.files.whole import read_bytes
from eyeprentice.sources.events.representation import EVENT_FRAME, HALF, count_greys
from eyeprentice.sources.pictures import decode_picture, few_levels
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress

AHEAD = 64
"""Sequences that are read before they are asked for."""
Found = tuple[str, Path, str]
"""Kind of finding, where, and what is found."""


class _Read(NamedTuple):
    """What was found in the folder of a sequence."""

    found: list[Found]
    sizes: Counter[tuple[int, int]]
    """Height and width of its images."""
    moments: NDArray[np.uint8] | None
    """Of frames: for `Thumbnails`."""


def check_images(folders: Sequence[Folder], shown: str, thumbnails: Thumbnails) -> tuple[list[int | None], list[Found]]:
    """The number of each folder's thumbnails, which are added to `thumbnails`, and what is wrong with the images.

    `shown` is the representation that images of events are in; these have no thumbnails. In memory is, of each
    sequence that is being read, one image, and of every image before it what its thumbnail holds (576 bytes).
    """
    findings: list[Found] = []
    numbers: list[int | None] = []
    by_size: dict[tuple[int, int], list[tuple[Folder, int]]] = defaultdict(list)
    with progress("checking sequences", len(folders)) as advance:
        for folder, read in zip(folders, ahead(partial(_read_folder, shown=shown), folders, AHEAD, None), strict=True):
            findings += read.found
            for size, count in read.sizes.items():
                by_size[size].append((folder, count))
            numbers.append(None if read.moments is None else thumbnails.add(read.moments))
            advance("")
    totals = Counter({size: sum(count for _, count in there) for size, there in by_size.items()})
    for usual, _ in totals.most_common(1):
        for height, width in totals.keys() - {usual}:
            for folder, count in by_size[height, width]:
                what = f"{count} images of {width}x{height}, mostly {usual[1]}x{usual[0]}"
                findings.append(("size", folder.path, what))
    return numbers, findings


def _read_folder(folder: Folder, shown: str) -> _Read:
    found: list[Found] = []
    sizes: Counter[tuple[int, int]] = Counter()
    kind = folder.path.parts[-3].lower()
    small: list[NDArray[np.uint8]] = []
    lowest, highest = 255, 0
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
        if "frame" in kind:
            darkest, brightest = int(image.min()), int(image.max())
            lowest, highest = min(lowest, darkest), max(highest, brightest)
            if darkest == brightest:
                found.append(("flat", path, f"every pixel is {darkest}"))
            small.append(shrink(image))
        if "event" in kind:
            greys = count_greys(image, shown)
            between, events = between + greys.between, events + greys.events
            if greys.between > HALF * greys.pixels:
                what = f"{greys.between} of {greys.pixels} pixels have levels that no {shown} has"
                found.append(("levels", path, what))
    if small and (few := few_levels(lowest, highest)) is not None:
        found.append(("few-levels", folder.path, few))
    if shown == EVENT_FRAME and between > MOSTLY_BETWEEN * events:
        found.append(
            ("levels", folder.path, f"{between} pixels are between the levels of event frames, {events} are events")
        )
    chosen = np.linspace(0, len(small) - 1, MOMENTS).round().astype(int) if small else ()
    return _Read(found, sizes, np.stack([small[moment] for moment in chosen]) if small else None)


def _is_cut_short(content: bytes) -> bool:
    """A decoder fills what is missing with grey and says nothing, so the end of the file has to be there."""
    if content.startswith(b"\xff\xd8"):
        return not content.rstrip(b"\0").endswith(b"\xff\xd9")
    if content.startswith(b"\x89PNG"):
        return b"IEND" not in content[-16:]
    return False
