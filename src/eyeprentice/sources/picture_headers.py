"""What the header of a picture tells, before anything is decoded: its kind, its size and its depth."""

import struct
from typing import NamedTuple

from eyeprentice.sources.tiff_header import TIFF, read_tiff

PNG, JPEG, BMP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"BM"
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))
_FRAME_HEADERS = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Header(NamedTuple):
    """Of a JPEG, PNG, BMP or TIFF file."""

    width: int
    height: int
    significant: int | None = None
    """Bits of a sample that mean something, where the file states them (PNG's sBIT)."""
    refused: str | None = None
    """Why this file is not read though its kind is."""


def read_header(content: bytes) -> Header | None:
    """The header of a picture; None if it is no JPEG, PNG, BMP or TIFF, or ends before its header does."""
    try:
        if content.startswith(PNG):
            return _read_png(content)
        if content.startswith(BMP):
            old = struct.unpack_from("<I", content, 14)[0] == 12
            width, height = struct.unpack_from("<HH" if old else "<ii", content, 18)
            return Header(width, abs(height))
        if content.startswith(JPEG):
            return _read_jpeg(content)
        if content.startswith(TIFF):
            width, height, refused = read_tiff(content)
            return Header(width, height, refused=refused)
    except (struct.error, IndexError):  # it ends before it tells
        pass
    return None


def _read_png(content: bytes) -> Header | None:
    """None where a part is longer than the file: OpenCV would ask for that much memory."""
    width, height = struct.unpack_from(">II", content, 16)
    at, significant, moving = len(PNG), None, None
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        if kind == b"sBIT" and length:
            significant = max(content[at + 8 : at + 8 + min(length, 3)])
        if kind == b"acTL":
            moving = "an animated picture"
        at += 12 + length
        if at > len(content):
            return None
        if kind == b"IEND":
            break
    return Header(width, height, significant, moving)


def _read_jpeg(content: bytes) -> Header | None:
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return Header(width, height)
        if marker == 0xFF:  # filling
            at += 1
        else:
            at += 2 if marker in _WITHOUT_LENGTH else 2 + struct.unpack_from(">H", content, at + 2)[0]
    return None
