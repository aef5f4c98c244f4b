"""Folds of the skin around an eye: where they lie, how they look, and which action units deepen them.

Positions are in widths of the picture, x to the right and y down; the eye is a right one, the nose on the right.
"""

import cv2
import numpy as np

from eyeprentice.synth.drawing import Floats, Image, draw_line

FOLDS = ("frown", "forehead", "crow's feet", "under the lid", "cheek", "nose", "hood")

FOLDING = np.array(
    # AU1, AU2, AU4, AU5, AU6, AU7, AU9, AU43
    [
        [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.5, 0.0],  # frown
        [0.35, 0.35, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],  # forehead
        [0.0, 0.0, 0.0, 0.0, 1.0, 0.3, 0.2, 0.0],  # crow's feet
        [0.0, 0.0, 0.0, 0.0, 0.7, 0.7, 0.5, 0.0],  # under the lid
        [0.0, 0.0, 0.0, 0.0, 0.9, 0.0, 0.6, 0.0],  # cheek
        [0.0, 0.0, 0.1, 0.0, 0.0, 0.0, 1.0, 0.0],  # nose
        [0.0, 0.0, 0.7, 0.0, 0.0, 0.0, 0.5, 0.0],  # hood: the skin that a lowered brow pushes over the lid
    ],
    dtype=np.float32,
)
"""How much each action unit deepens each of `FOLDS`."""


def paint_folds(
    eye: tuple[float, float], brow_height: float, half_width: float, wrinkles: float, rng: np.random.Generator,
    size: int, first: float = 0.0, width: float = 1.0,
) -> Image:  # fmt: skip
    """Darkness of each of FOLDS at full depth, (7, size, size), over the square from `first` that is `width` wide.

    The brow lies `brow_height` above the eye's centre, its corners `half_width` beside it. `wrinkles` (0..1) is how
    readily the skin folds.
    """
    folds = [[(line - first) / width for line in lines] for lines in _lines(eye, brow_height, half_width, rng)]
    return np.stack([_crease(lines, size) for lines in folds]) * (0.35 + 0.65 * wrinkles)


def _lines(
    eye: tuple[float, float], brow_height: float, half_width: float, rng: np.random.Generator
) -> list[list[Floats]]:
    """The lines of each of FOLDS, each (24, 2) of x, y."""
    ex, ey = eye
    brow_y, inner, outer = ey - brow_height, ex + half_width, ex - half_width
    t = np.linspace(0, 1, 24)

    def jitter(scale: float) -> float:
        return float(rng.normal(0, scale))

    def curve(x0: float, y0: float, x1: float, y1: float, sag: float) -> Floats:
        return np.stack([x0 + (x1 - x0) * t, y0 + (y1 - y0) * t + sag * np.sin(np.pi * t)], axis=1)

    frown = [curve(0.90 + d + jitter(0.01), brow_y - 0.07, 0.87 + d, brow_y + 0.10, 0) for d in (0.0, 0.07)]
    forehead = [
        curve(rng.uniform(0.1, 0.4), brow_y - d + jitter(0.01), rng.uniform(0.8, 1.1), brow_y - d + jitter(0.01), -0.05)
        for d in (0.11, 0.17, 0.22)
    ]
    feet = [
        curve(outer - 0.03, ey - 0.01 + 0.024 * k, outer - 0.15 + jitter(0.02), ey - 0.03 + 0.07 * k + jitter(0.01), 0)
        for k in (-1, 0, 1, 2)
    ]
    lid = [curve(inner - 0.02, ey + 0.05, outer + 0.03, ey + 0.035, 0.055)]
    cheek = [curve(inner + 0.07, ey + 0.06, outer - 0.04, ey + 0.09, d + jitter(0.01)) for d in (0.085, 0.14)]
    nose = [
        curve(0.88 + jitter(0.02), ey - 0.10 + 0.07 * k + jitter(0.008), 1.02, ey - 0.16 + 0.06 * k, 0.015)
        for k in range(3)
    ]
    hood = [curve(inner + 0.05, ey - 0.09, outer - 0.04, ey - 0.07, -0.075)]
    return [frown, forehead, feet, lid, cheek, nose, hood]


def _crease(lines: list[Floats], size: int) -> Image:
    """A fold: dark in its line, a little brighter beside it, shallow at its ends."""
    canvas = np.zeros((2 * size, 2 * size), np.uint8)
    for line in lines:
        pixels = line * 2 * size
        depth = 255 * np.sin(np.linspace(0.12, np.pi - 0.12, len(line)))
        for start, end, tone in zip(pixels[:-1], pixels[1:], depth[:-1], strict=True):
            draw_line(canvas, start, end, float(tone), 2)
    sharp = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    dark = cv2.GaussianBlur(sharp, (0, 0), 0.011 * size)
    wide = cv2.GaussianBlur(sharp, (0, 0), 0.032 * size)
    fold: Image = 1.9 * dark - 1.2 * wide
    return fold
