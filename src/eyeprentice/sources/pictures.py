"""Pictures as grey images: JPEG, PNG and BMP files, of which the size is read before they are decoded.

OpenCV would try twenty more decoders on whatever a file holds, and ask for as much memory as its header says.
"""

import struct
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.whole import new_file, read_bytes
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

PICTURES = (".jpg", ".jpeg", ".png", ".bmp")
REPLACE = "replace it, or remove it"

_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))
_FRAME_HEADERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def pictures_in(folder: Path) -> tuple[Path, ...]:
    """The pictures of a folder, in order of their numbers: 9.png before 10.png, whatever the padding.

    None where there is no folder.
    """
    if not folder.is_dir():
        return ()
    found = (path for path in folder.iterdir() if path.suffix.lower() in PICTURES and not path.name.startswith("."))
    return tuple(sorted(found, key=lambda path: (len(path.stem), path.stem)))


def read_picture(path: Path, todo: str = REPLACE) -> NDArray[np.uint8]:
    """A grey image (H, W); raises `InputError`, saying `todo`, if the file is not a picture or larger than any."""
    return decode_picture(read_bytes(path, limits.PICTURE_BYTES, "a picture"), path, todo)


def write_picture(path: Path, image: NDArray[np.uint8]) -> None:
    """Writes an image of 8 bits, whole or not at all, as the kind that its name ends with."""
    with new_file(path) as partial:
        partial.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())


def decode_picture(content: bytes, path: Path, todo: str = REPLACE) -> NDArray[np.uint8]:
    """The picture that a file of that content holds; see `read_picture`."""
    size = picture_size(content)
    if size is None:
        raise InputError(path, "not a readable image", todo)
    pixels = size[0] * size[1]
    if pixels > limits.PIXELS:
        raise InputError(path, f"a picture of {size[0]}x{size[1]} ({limits.PIXELS:,} pixels can be read)", todo)
    if content.startswith(b"\xff\xd8") and pixels * content.count(b"\xff\xda") > limits.PIXELS_DRAWN:
        raise InputError(path, "a picture that is drawn too many times over", todo)
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        image = None
    if image is None:
        raise InputError(path, "not a readable image", todo)
    return cast("NDArray[np.uint8]", image)


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height as the header of a JPEG, PNG or BMP tells them; None if it is none of these."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return _png_size(content)
        if content.startswith(b"BM"):
            old = struct.unpack_from("<I", content, 14)[0] == 12
            width, height = struct.unpack_from("<HH" if old else "<ii", content, 18)
            return width, abs(height)
        if content.startswith(b"\xff\xd8"):
            return _jpeg_size(content)
    except (struct.error, IndexError):  # it ends before it tells
        pass
    return None


def _png_size(content: bytes) -> tuple[int, int] | None:
    """None where a part is longer than the file: OpenCV would ask for that much memory."""
    width, height = struct.unpack_from(">II", content, 16)
    at = 8
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        at += 12 + length
        if at > len(content):
            return None
        if kind == b"IEND":
            break
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        if marker == 0xFF:  # filling
            at += 1
        else:
            at += 2 if marker in _WITHOUT_LENGTH else 2 + struct.unpack_from(">H", content, at + 2)[0]
    return None
