"""How far each action unit pulls the skin of a drawn face, and where.

Skin is pulled by the amounts of `PULL_RIGHT` and `PULL_DOWN` in a few regions, which fade into one another: brow and
forehead from temple to nose, cheek from the outside to the nose, and the two lids. The amounts bring the median of many
drawn people near what eye regions of real people do (benchmarks/motion.py).
"""

import numpy as np

from eyeprentice.synth.drawing import Image, bump
from eyeprentice.synth.drawn.anatomy import Anatomy

BROWS = (-0.46, -0.24, 0.0, 0.24, 0.46)
"""Where the regions of the brow are, right of the eye's centre: temple, outer, middle, inner, nose."""
CHEEKS = (-0.36, 0.0, 0.36)
"""The same of the cheek: outer, middle, inner."""

PULL_RIGHT = np.array(
    # brow from temple to nose, cheek from outside to nose, upper lid, lower lid
    [
        [0, 2, 1, -0.5, 0.5, 0.5, 0, 0.5, 1, 0.5],  # AU1
        [0, -1.5, -2.5, -2.5, -0.5, 0.5, 0.5, 0.5, 0, 0],  # AU2
        [1, 4, 7, 5, 2, 1, 1, 0, 1, 0.5],  # AU4
        [0, 1, 1.5, 0.5, 0, 0, -0.5, 0, 0.5, 0],  # AU5
        [0, 0.5, 1, 0.5, 0.5, -0.5, 0.5, 1, 1, 1.5],  # AU6
        [0, 0, 0, -0.5, 0, 0.5, 0.5, 0, 0.5, 0.5],  # AU7
        [0.5, 1, 2, 0.5, -0.5, 0.5, -1, -1, 0, 0],  # AU9
        [0, 0.5, 0.5, 0, 0, 0, 0, 0, 0, 0],  # AU43
    ]
)
PULL_DOWN = np.array(
    [
        [0.5, 0, -2.5, -8.5, -6.5, 1, 1, 0.5, -1, 0],  # AU1
        [0.5, -8, -6, 1, 1, 1.5, 2.5, 0.5, 0, 1],  # AU2, and the jaw that drops with it in surprise
        [-1, 3, 6, 5.5, 2, -1.5, -2, -0.5, -1, -1],  # AU4
        [0, 3, 1.5, 0.5, 0, 0, -0.5, 0, -2, 0.5],  # AU5
        [4, 4.5, 3.5, 3, 2, -5, -4, 2, 4.5, 1.5],  # AU6
        [-0.5, 0, 0, 0.5, 0, -1, -1.5, 0, 0.5, -2],  # AU7
        [1, 2.5, 5.5, 8, 5.5, -3.5, -5, -4, 0.5, -0.5],  # AU9
        [0, -1, 0, -0.5, -1, 0, 0, 0, 4, -0.5],  # AU43
    ]
)
"""Movement of each region (columns) by each action unit (rows) at full intensity, in percent of the picture's width."""


def pull_fields(person: Anatomy, x: Image, y: Image) -> Image:
    """Movement of the skin right and down for each of ACTION_UNITS at full intensity: (8, 2, S, S), in widths."""
    amounts = (np.stack([PULL_RIGHT, PULL_DOWN], axis=1) / 100).astype(np.float32)
    fields: Image = np.tensordot(amounts, _regions(person, x, y), axes=1)
    return fields


def _regions(person: Anatomy, x: Image, y: Image) -> Image:
    """How much of each region is at each place: (10, S, S), 0..1."""
    ex, ey = person.eye
    brow_y = ey - person.brow_height
    brow = bump(y - brow_y, np.where(y < brow_y, 0.45, 0.17))
    cheek = 1 / (1 + np.exp(-(y - ey - 0.21) / 0.06))
    upper = bump(y - ey + 0.08, 0.06) * bump(x - ex, 1.1 * person.half_width)
    lower = bump(y - ey - 0.08, 0.07) * bump(x - ex, 1.3 * person.half_width)
    return np.stack(
        [*(brow * _shared(x - ex, BROWS, 0.17)), *(cheek * _shared(x - ex, CHEEKS, 0.28)), upper, lower]
    ).astype(np.float32)


def _shared(x: Image, centres: tuple[float, ...], width: float) -> Image:
    """The width of the picture handed out to several places: (places, 1, S), of sum 1."""
    shares = np.stack([bump(x - centre, width) for centre in centres])
    shared: Image = shares / shares.sum(axis=0)
    return shared
