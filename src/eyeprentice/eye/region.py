"""Where the eye is looked for, and the part of a picture that is cut out as a headset would see it."""

import math
import re
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.contract import Grey
from eyeprentice.eye.decoding import Side
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EYE_IN_CROP

PARTS = 16
"""Crops around an eye lie on sixteenths of a pixel. What the finder measures differs between machines by rounding, a
hundred-thousandth of a pixel; what is cut out then differs only where a crop lies on the edge of two steps."""
TIE = 1e-9
"""Means this near to a half are rounded up, in whatever order a machine adds."""


@dataclass(frozen=True)
class Place:
    """The part of a picture that shows the eye and its brow."""

    x: float
    y: float
    """Its centre, in pixels from the picture's upper left corner."""
    width: float
    height: float
    mirrored: bool = False
    """Whether it is a left eye, which is mirrored into a right one."""

    def cut(self, frame: Grey, size: int) -> Grey:
        """(H, W) -> (size, size), each pixel the mean over its area, of one pixel at least; borders are repeated.

        Where it lies between the pixels and is not reduced, this is bilinear interpolation. The live page computes the
        same numbers.
        """
        left, top = self.x - self.width / 2, self.y - self.height / 2
        corners = np.array([left, top, left + self.width, top + self.height])
        inside = (corners[:2] >= 0).all() and (corners[2:] <= frame.shape[::-1]).all()
        if inside and (corners == np.round(corners)).all():
            x0, y0, x1, y1 = corners.astype(int)
            part = frame[y0:y1, x0:x1]
            if part.shape != (size, size):
                part = cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
            return np.ascontiguousarray(part[:, ::-1] if self.mirrored else part)
        rows, columns = self.needs(frame.shape)
        lines = _means(frame[rows, columns], top - rows.start, self.height, size)
        means = _means(np.ascontiguousarray(lines.T), left - columns.start, self.width, size).T
        cut = np.clip(np.floor(means + (0.5 + TIE)), 0, 255).astype(np.uint8)
        return np.ascontiguousarray(cut[:, ::-1] if self.mirrored else cut)

    def needs(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """The rows and columns of a picture of `shape` (H, W) that `cut` looks at, and a few more."""
        starts = self.y - self.height / 2, self.x - self.width / 2
        spans = zip(starts, (self.height, self.width), shape, strict=True)
        rows, columns = (
            slice(min(max(math.floor(start) - 2, 0), pixels - 1), max(min(math.ceil(start + length) + 2, pixels), 1))
            for start, length, pixels in spans
        )
        return rows, columns

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x and y of the upper left corner, width and height, in pixels."""
        return self.x - self.width / 2, self.y - self.height / 2, self.width, self.height

    def matrix(self, size: int) -> NDArray[np.float64]:
        """From pixels of the picture to pixels of what is cut out, (2, 3)."""
        kx, ky, half = size / self.width, size / self.height, (size - 1) / 2
        kx = -kx if self.mirrored else kx
        return np.array([[kx, 0, half - kx * (self.x - 0.5)], [0, ky, half - ky * (self.y - 0.5)]])


@dataclass(frozen=True)
class Region:
    """Where to look.

    `auto`, `right` and `left` follow an eye of a face, and `both` both of them; what is seen decides whether the
    picture is taken whole because it is itself an eye. `full` takes the whole picture, `box` a fixed part of it.
    """

    kind: Literal["auto", "right", "left", "both", "full", "box"] = "auto"
    box: tuple[int, int, int, int] = (0, 0, 0, 0)  # x, y, width, height

    @classmethod
    def parse(cls, text: str) -> "Region":
        """Reads `auto`, `right`, `left`, `both`, `full` or `x,y,w,h`; raises `InputError`."""
        kinds = {kind.kind: kind for kind in map(cls, ("auto", "right", "left", "both", "full"))}
        if text in kinds:
            return kinds[text]
        if not re.fullmatch(r"\d{1,6},\d{1,6},[1-9]\d{0,5},[1-9]\d{0,5}", text):
            what = f"'{text}' does not name the eye's place"
            raise InputError("eye", what, "write auto, right, left, both, full or x,y,w,h in pixels")
        x, y, width, height = map(int, text.split(","))
        return cls("box", (x, y, width, height))

    @property
    def sides(self) -> tuple[Side, ...]:
        """Of the eyes that are looked for; none where the place is fixed."""
        if self.kind == "both":
            return ("right", "left")
        return (self.kind,) if self.kind in ("auto", "right", "left") else ()

    def fixed(self, shape: tuple[int, ...], where: object) -> Place:
        """The place in pictures of `shape` (H, W); raises `InputError`, naming `where`, if it lies outside."""
        if self.kind != "box":
            return whole(shape)
        x, y, w, h = self.box
        if x + w > shape[1] or y + h > shape[0]:
            what = f"{x},{y},{w},{h} lies outside its {shape[1]}x{shape[0]} pixels"
            raise InputError(str(where), what, "choose another box")
        return Place(x + w / 2, y + h / 2, w, h)


def whole(shape: tuple[int, ...], mirrored: bool = False) -> Place:
    """All of a picture of `shape` (H, W)."""
    return Place(shape[1] / 2, shape[0] / 2, shape[1], shape[0], mirrored)


def crop_around(x: float, y: float, size: float, mirrored: bool) -> Place:
    """What models are trained on, of an eye with its centre at x and y and this `size` (docs/finder.md).

    Centre and side are rounded to `PARTS`; the side to an odd number of them, so that it is never of whole pixels,
    which `Place.cut` resizes as OpenCV does.
    """
    right, down = EYE_IN_CROP
    across, along = (round(value * PARTS) / PARTS for value in (x - (right - 0.5) * size, y - (down - 0.5) * size))
    side = (2 * math.floor(size * PARTS / 2) + 1) / PARTS
    return Place(across, along, side, side, mirrored)


def _means(lines: NDArray[Any], start: float, length: float, size: int) -> NDArray[np.float64]:
    """(N, M) -> (size, M): means of lines over `size` even parts, from `start` over `length`.

    What lies beyond the first or the last line counts as that. The few lines of each part are added up in order: every
    machine gives the same bits.
    """
    scale = length / size
    wide = max(scale, 1.0)
    low = start + scale * (np.arange(size) + 0.5) - 0.5 * wide
    means = np.zeros((size, lines.shape[1]))
    for step in range(math.ceil(wide) + 1):
        line = np.floor(low) + step
        share = np.maximum(np.minimum(low + wide, line + 1) - np.maximum(low, line), 0) / wide
        means += share[:, None] * lines[np.clip(line, 0, len(lines) - 1).astype(np.intp)]
    return means
