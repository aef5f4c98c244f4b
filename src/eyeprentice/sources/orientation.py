"""How a video's frames are to be turned and mirrored before they are shown, as its file says (runs in the decoder).

OpenCV turns frames by the angle of the display matrix, and takes one that mirrors for half a turn. So the matrix is
read here: of MP4 and QuickTime from the headers of the film and of its first video track (ISO/IEC 14496-12, 8.2.2 and
8.3.2), of Matroska and WebM from the pose of its projection (RFC 9559, 5.1.4.1.28.41). What is no quarter turn, with or
without a mirror, is refused.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
"""(2, 2): where a step to the right and one down lead, as rows (x, y); y counts downwards."""

MOST_PARTS = 10_000
"""Boxes or elements of a file that are looked at."""
NEARLY = 0.02
"""A quarter turn may be off by so much of a right angle's tangent: what is written is rounded."""
_BOXES_WITHIN = (b"moov", b"trak", b"mdia")
_SEGMENT, _TRACKS, _TRACK, _TYPE = 0x18538067, 0x1654AE6B, 0xAE, 0x83
_VIDEO, _PROJECTION, _YAW, _PITCH, _ROLL = 0xE0, 0x7670, 0x7673, 0x7674, 0x7675
_ELEMENTS_WITHIN = (_SEGMENT, _TRACKS, _TRACK, _VIDEO, _PROJECTION)
_CLUSTER = 0x1F43B675


class Orientation(NamedTuple):
    """Rows and columns are exchanged first, then what is said is mirrored."""

    transposed: bool = False
    mirrored: bool = False
    """Left and right."""
    flipped: bool = False
    """Above and below."""

    def applied(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """An image (H, W) as it is to be shown."""
        image = image.T if self.transposed else image
        return np.ascontiguousarray(image[:: -1 if self.flipped else 1, :: -1 if self.mirrored else 1])


def read_orientation(path: str) -> Orientation:
    """Of a video's file; raises `ValueError` for what is no quarter turn."""
    with open(path, "rb") as file:  # noqa: PTH123 (a decoder need not import pathlib)
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(12)
        if head.startswith(b"\x1aE\xdf\xa3"):
            return _of_matrix(_matroska_matrix(file, size))
        if head.startswith(b"RIFF"):
            return Orientation()
        return _of_matrix(_mp4_matrix(file, size))


def _of_matrix(matrix: Matrix) -> Orientation:
    (a, b), (c, d) = matrix
    straight, crossed = max(abs(a), abs(d)), max(abs(b), abs(c))
    if max(straight, crossed) == 0:  # nothing was written
        return Orientation()
    if crossed <= NEARLY * straight and a * d != 0:
        return Orientation(False, bool(a < 0), bool(d < 0))
    if straight <= NEARLY * crossed and b * c != 0:
        return Orientation(True, bool(c < 0), bool(b < 0))
    raise ValueError("it is to be shown turned by what is no quarter turn")


def _mp4_matrix(file: BinaryIO, size: int) -> Matrix:
    film = track = np.eye(2)
    for kind, content in _boxes(file, 0, size, [0]):
        if kind == b"mvhd":
            film = _matrix_at(content, 48 if content[:1] == b"\1" else 36)
        elif kind == b"tkhd":
            track = _matrix_at(content, 52 if content[:1] == b"\1" else 40)
        elif kind == b"hdlr" and content[8:12] == b"vide":
            return track @ film
    return np.eye(2)


def _matrix_at(content: bytes, at: int) -> Matrix:
    if len(content) < at + 36:
        return np.eye(2)
    a, b, _, c, d = struct.unpack_from(">5i", content, at)
    return np.array([[a, b], [c, d]]) / 65536


def _boxes(file: BinaryIO, at: int, end: int, seen: list[int]) -> Iterator[tuple[bytes, bytes]]:
    """Kind and first bytes of every box that tells something, in order."""
    while at + 8 <= end and seen[0] < MOST_PARTS:
        seen[0] += 1
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        begin = at + 8
        if length == 1:
            length, begin = int.from_bytes(file.read(8), "big"), at + 16
        length = length or end - at
        if length < begin - at:
            return
        if kind in _BOXES_WITHIN:
            yield from _boxes(file, begin, min(at + length, end), seen)
        elif kind in (b"mvhd", b"tkhd", b"hdlr"):
            file.seek(begin)
            yield kind, file.read(min(length - (begin - at), 128))
        at += length


def _matroska_matrix(file: BinaryIO, size: int) -> Matrix:
    pose: dict[int, float] = {}
    is_video = False
    for kind, content in _elements(file, 0, size, [0]):
        if kind == _TRACK:
            if is_video:
                break
            pose, is_video = {}, False
        elif kind == _TYPE:
            is_video = content == b"\1"
        elif kind in (_YAW, _PITCH, _ROLL) and len(content) in (4, 8):
            (pose[kind],) = struct.unpack(">f" if len(content) == 4 else ">d", content)
    if not is_video:
        return np.eye(2)
    mirrored = abs(pose.get(_YAW, 0.0)) == 180
    if pose.get(_PITCH, 0.0) or (pose.get(_YAW, 0.0) and not mirrored) or (mirrored and pose.get(_ROLL, 0.0)):
        raise ValueError("it is to be shown turned in space")
    angle = np.radians(-pose.get(_ROLL, 0.0))  # a roll is counter-clockwise
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return turn @ np.diag([-1.0 if mirrored else 1.0, 1.0])


def _elements(file: BinaryIO, at: int, end: int, seen: list[int]) -> Iterator[tuple[int, bytes]]:
    """Number and content of every element that tells something, in order; of a track, its beginning."""
    while at < end and seen[0] < MOST_PARTS:
        seen[0] += 1
        file.seek(at)
        kind, kind_bytes = _number(file, False)
        length, length_bytes = _number(file, True)
        begin = at + kind_bytes + length_bytes
        if not kind_bytes or not length_bytes or kind == _CLUSTER:
            return
        after = end if length is None else min(begin + length, end)
        if kind in _ELEMENTS_WITHIN:
            yield kind, b""
            yield from _elements(file, begin, after, seen)
        elif kind in (_TYPE, _YAW, _PITCH, _ROLL):
            file.seek(begin)
            yield kind, file.read(min(after - begin, 8))
        at = after


def _number(file: BinaryIO, is_length: bool) -> tuple[int | None, int]:
    """A number of EBML (RFC 8794, 4) and its bytes; 0 bytes where there is none. A length of ones is not known."""
    first = file.read(1)
    if not first or not first[0]:
        return None, 0
    width = 9 - first[0].bit_length()
    rest = file.read(width - 1)
    if len(rest) < width - 1:
        return None, 0
    value = int.from_bytes(first + rest, "big")
    if is_length:
        value &= (1 << 7 * width) - 1
        if value == (1 << 7 * width) - 1:
            return None, width
    return value, width
