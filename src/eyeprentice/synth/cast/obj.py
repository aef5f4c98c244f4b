"""Wavefront files (`.obj`, or `.obj.xz`): a shape's vertices, and the faces between them as triangles."""

import io
import lzma
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.whole import read_bytes
from eyeprentice.synth.drawing import Floats
from eyeprentice.words import limits

FARTHEST = 1000.0
"""Of a coordinate; the published heads are 40 wide."""
XZ_MEMORY = 128 << 20
"""Bytes that unpacking may take besides what is unpacked."""


def read_obj(path: Path, faces: bool = False) -> tuple[Floats, NDArray[np.int64]]:
    """Vertices (V, 3) of a Wavefront file, and its faces cut into triangles (F, 3) if asked for.

    Raises `ValueError` or `lzma.LZMAError` for what is none, `InputError` where there is no such file.
    """
    content = read_bytes(path, limits.TEXT_BYTES, "a shape as a Wavefront file")
    text = _unpacked(content) if path.suffix == ".xz" else content
    points: list[list[str]] = []
    triangles: list[tuple[int, int, int]] = []
    for coded in io.BytesIO(text):  # one at a time: millions of short ones would take much memory
        if len(coded) > limits.SHAPE_LINE:
            raise ValueError(f"a line of more than {limits.SHAPE_LINE} letters")
        line = coded.decode("utf-8")
        if line.startswith("v "):
            points.append(line.split()[1:4])
        elif faces and line.startswith("f "):
            corners = [_vertex(corner) for corner in line.split()[1:]]
            triangles += [(corners[0], a, b) for a, b in pairwise(corners[1:])]
        if len(points) > limits.SHAPE_VERTICES or len(triangles) > 2 * limits.SHAPE_VERTICES:
            raise ValueError(f"more than {limits.SHAPE_VERTICES} vertices, or twice as many triangles")
    vertices = np.array(points, np.float64).reshape(-1, 3)
    if not (np.abs(vertices) <= FARTHEST).all():
        raise ValueError(f"a coordinate is not a number between -{FARTHEST:g} and {FARTHEST:g}")
    return vertices.astype(np.float32), np.array(triangles, np.int64).reshape(-1, 3)


def _vertex(corner: str) -> int:
    """The number of a vertex, from 0."""
    number = corner.split("/")[0]
    if not (number.isascii() and number.isdigit() and 0 < len(number) < 10 and int(number)):
        raise ValueError("a corner of a face that is not the number of a vertex, from 1")
    return int(number) - 1


def _unpacked(content: bytes) -> bytes:
    unpacking = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)
    text = unpacking.decompress(content, limits.TEXT_BYTES + 1)
    if len(text) > limits.TEXT_BYTES:
        raise ValueError(f"more than {limits.TEXT_BYTES >> 20} MB when it is unpacked")
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError("not one whole file that was packed by xz")
    return text
