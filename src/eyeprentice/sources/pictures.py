"""Pictures as grey images: JPEG, PNG, BMP and TIFF files, whose header is read before they are decoded.

OpenCV would try twenty more decoders on whatever a file holds, and ask for as much memory as its header says.

A picture of 16 bits does not tell how many of them are used: cameras of 10 or 12 bits are saved so. The frames of one
clip have one scale, which all of them together tell; a frame that comes alone is refused.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.whole import new_file, read_bytes
from eyeprentice.sources.picture_depth import LEVELS, OUTSIDE, DepthError, depth_of
from eyeprentice.sources.picture_headers import JPEG, read_header
from eyeprentice.sources.picture_order import in_order
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note_once

PICTURES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".tif", ".tiff")
OTHER_PICTURES = (
    *(".webp", ".gif", ".apng", ".jp2", ".j2k", ".jpx", ".jxl", ".avif", ".heic", ".heif", ".pgm", ".ppm", ".pbm"),
    *(".pnm", ".pam", ".pfm", ".exr", ".hdr", ".tga", ".dng", ".ico", ".psd"),
)
"""Not read; where they lie among others, leaving them out would lose frames."""
REPLACE = "replace it, or remove it"
FEW_LEVELS = 4
"""Levels of 256 within which a clip shows nothing: what is left of 10 bits that were cut to their upper 8 of 16."""
FEW_KEPT = 16
"""Levels of 256 within which deeper pictures would lie, because they begin far above 0."""

Grey = NDArray[np.uint8]


def has_pictures(folder: Path) -> bool:
    """Whether there are pictures in a folder, of types that are read or not."""
    return bool(_files(folder, (*PICTURES, *OTHER_PICTURES)))


def pictures_in(folder: Path) -> tuple[Path, ...]:
    """The pictures of a folder, in natural order: 9.png before 10.png, 0.033.png before 0.1.png (`picture_order`).

    Hidden files are left out. None where there is no folder. Raises `InputError` where the order of two pictures cannot
    be told, or a picture of a type that is not read is among them.
    """
    if not folder.is_dir():
        return ()
    files = _files(folder, (*PICTURES, *OTHER_PICTURES))
    if others := sorted(path for path in files if path.name.lower().endswith(OTHER_PICTURES)):
        what = f"a picture of a type that is not read ({', '.join(PICTURES)} are)"
        raise InputError(others[0], what, "convert it, or move it elsewhere")
    return in_order(folder, files)


def read_picture(path: Path, todo: str = REPLACE) -> Grey:
    """A grey image (H, W); raises `InputError`, saying `todo`, if the file is not a picture or larger than any.

    A picture of 16 bits has the scale that its largest value tells, and that is said.
    """
    return next(read_pictures((path,), todo))


def read_pictures(files: Sequence[Path], todo: str = REPLACE) -> Iterator[Grey]:
    """The pictures of one clip as grey images (H, W), all in one scale.

    Of 16 bits as many are used as its values need (`picture_depth`), which takes a reading before; the scale is said.
    Raises `InputError` like `read_picture`, and for a folder of pictures of 8 and of 16 bits, and for pictures that use
    so few levels that nothing is to be seen in them.
    """
    kind, bits = np.dtype(np.uint8), 8
    for number, path in enumerate(files):
        image, _ = _decode(_content(path), path, todo)
        if not number:
            kind = image.dtype
            bits = _depth(files, todo) if kind != np.uint8 or _within_few(image) else 8
        if image.dtype != kind:
            raise _mixed(files[0], path)
        if kind != np.uint8:
            image = (np.minimum(image, (1 << bits) - 1) >> bits - 8).astype(np.uint8)
        yield cast(Grey, image)


def decode_picture(
    content: bytes, path: Path, todo: str = REPLACE, shape: tuple[int, int] | None = None, most: int = limits.PIXELS
) -> Grey:
    """The picture that a file of that content holds, if it has 8 bits; see `read_picture`.

    If it must have a `shape` (H, W), another one is refused before it is decoded; so is one of more than `most` pixels.
    """
    header = read_header(content) if shape else None
    if header is not None and (header.height, header.width) != shape:
        raise InputError(path, f"a picture of {header.width}x{header.height} where others belong", todo)
    image, _ = _decode(content, path, todo, most)
    if image.dtype != np.uint8:
        what = "a picture of 16 bits, which does not tell by itself how many of them are used"
        raise InputError(path, what, todo if shape else "save it, and all of its clip, with 8 bits")
    return cast(Grey, image)


def write_picture(path: Path, image: Grey) -> None:
    """Writes an image of 8 bits, whole or not at all, as the kind that its name ends with."""
    with new_file(path) as partial:
        partial.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())


def few_levels(low: int, high: int) -> str | None:
    """What is wrong with frames of 8 bits that have no level outside `low` to `high`; None if nothing is."""
    if not low < high < FEW_LEVELS:
        return None
    return f"uses {high - low + 1} of 256 levels ({low} to {high}), so that nothing is to be seen in it"


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """What is named like a file of these types and is not hidden."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.lower().endswith(suffixes)]
    return [folder / name for name in names if not name.startswith(".")]


def _content(path: Path) -> bytes:
    return read_bytes(path, limits.PICTURE_BYTES, "a picture")


def _decode(content: bytes, path: Path, todo: str, most: int = limits.PIXELS) -> tuple[NDArray[Any], int]:
    """An image of 8 or 16 bits (H, W), turned as its EXIF orientation says, and the bits that the file states, or 0."""
    header = read_header(content)
    if header is None:
        raise InputError(path, "not a readable image", todo)
    if header.refused is not None:
        raise InputError(path, header.refused, "save it as a picture of one page, grey, with 8 or 16 bits")
    pixels = header.width * header.height
    if pixels > most:
        raise InputError(path, f"a picture of {header.width}x{header.height} ({most:,} pixels can be read)", todo)
    if content.startswith(JPEG) and pixels * content.count(b"\xff\xda") > limits.PIXELS_DRAWN:
        raise InputError(path, "a picture that is drawn too many times over", todo)
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH)
    except cv2.error:
        image = None
    if image is None or image.dtype not in (np.uint8, np.uint16):
        raise InputError(path, "not a readable image", todo)
    return image, header.significant or 0


def _within_few(image: NDArray[Any]) -> bool:
    return few_levels(int(image.min()), int(np.quantile(image, 1 - OUTSIDE))) is not None


def _depth(files: Sequence[Path], todo: str) -> int:
    """Bits that the pictures of a clip use, all of them together; raises `InputError` where they show nothing."""
    where = files[0] if len(files) == 1 else files[0].parent
    kinds, counts, stated = set[Any](), np.zeros(LEVELS, np.int64), 0
    for path in files:
        image, significant = _decode(_content(path), path, todo)
        if len(kinds | {image.dtype}) > 1:
            raise _mixed(files[0], path)
        kinds.add(image.dtype)
        counts += np.bincount(image.ravel(), minlength=LEVELS)
        stated = max(stated, significant)
    try:
        bits, outside = depth_of(counts, len(files))
    except DepthError as error:
        raise InputError(where, str(error), "save the clip without marks, or with 8 bits") from None
    if kinds == {np.dtype(np.uint16)} and bits < stated < 16:
        bits, outside = stated, int(counts[1 << stated :].sum())
    used = np.flatnonzero(counts[: 1 << bits])
    low, high = int(used[0]), int(used[-1])
    nearly_all = int(np.searchsorted(counts.cumsum(), (1 - OUTSIDE) * counts.sum()))  # without marks
    if (what := few_levels(low >> bits - 8, nearly_all >> bits - 8)) is not None:
        raise InputError(where, what, "convert it again, so that the whole range is used")
    if kinds == {np.dtype(np.uint8)}:
        return 8
    if (high >> bits - 8) - (low >> bits - 8) < min(FEW_KEPT, high - low):
        what = f"its levels of 16 bits go from {low} to {high}, of which 8 bits would keep too little"
        raise InputError(where, what, "save it so that its darkest level is near 0")
    told = f"pictures of 16 bits, whose largest value is {high}"
    if outside:
        told = f"pictures of 16 bits, in which all but {outside:,} of {counts.sum():,} pixels lie below {1 << bits}"
    white = ", and what is above is read as white" if outside else ""
    note_once(f"{where}: {told}; {bits} bits are taken to be used{white}")
    return bits


def _mixed(first: Path, other: Path) -> InputError:
    what = f"one of it and {first.name} has 8 bits, the other 16, so they have no scale in common"
    return InputError(other, what, "save all pictures of a clip in one way")
