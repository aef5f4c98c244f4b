"""How far each action unit pulls the skin of a drawn face, and where.

Skin is pulled by the amounts of `PULL` in a few regions, which fade into one another: brow and forehead, cheek, and the
lids, each from the nose outwards. The amounts bring the median of many drawn people near what eye regions of real
people do (benchmarks/motion.py).
"""

import numpy as np

from eyeprentice.synth.drawn.anatomy import Anatomy
from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.synth.image import Image, bump

REGIONS = (
    "inner brow",
    "middle brow",
    "outer brow",
    "inner cheek",
    "middle cheek",
    "outer cheek",
    "upper lid",
    "lower lid",
)

PULL: dict[str, dict[str, tuple[float, float]]] = {
    "AU1": {"inner brow": (0, -8), "middle brow": (0, -3)},
    "AU2": {"middle brow": (0, -4), "outer brow": (0, -6)},
    "AU4": {"inner brow": (4, 6), "middle brow": (6, 7), "outer brow": (2, 2)},
    "AU5": {"upper lid": (0, -3)},
    "AU6": {
        "middle brow": (0, 2), "outer brow": (0, 3),
        "middle cheek": (0, -4), "outer cheek": (1, -4), "lower lid": (0, -1),
    },
    "AU7": {"lower lid": (0, -2), "middle brow": (0, 1)},
    "AU9": {"inner brow": (1, 8), "middle brow": (1, 5), "inner cheek": (0, -4),
            "middle cheek": (0, -4), "outer cheek": (0, -3)},
    "AU43": {"upper lid": (0, 5)},
}  # fmt: skip
"""Action unit -> region -> movement right and down at full intensity, in percent of the picture's width."""


def pull_fields(person: Anatomy, size_x: Image, size_y: Image) -> Image:
    """Movement of the skin right and down for each of ACTION_UNITS at full intensity: (8, 2, S, S), in widths."""
    weights = _regions(person, size_x, size_y)
    amounts = np.zeros((len(ACTION_UNITS), 2, len(REGIONS)), np.float32)
    for unit, pulls in PULL.items():
        for region, (right, down) in pulls.items():
            amounts[ACTION_UNITS.index(unit), :, REGIONS.index(region)] = right / 100, down / 100
    return np.tensordot(amounts, weights, axes=1)


def _regions(person: Anatomy, x: Image, y: Image) -> Image:
    """How much of each of REGIONS is at each place: (8, S, S), 0..1."""
    ex, ey = person.eye
    thirds = np.stack([bump(x - at, 0.28) for at in (ex + 0.36, ex, ex - 0.36)])
    thirds /= thirds.sum(axis=0)
    brow_y = ey - person.brow_height
    brow = bump(y - brow_y, np.where(y < brow_y, 0.55, 0.17))
    cheek = 1 / (1 + np.exp(-(y - ey - 0.22) / 0.06))
    upper = bump(y - ey + 0.08, 0.06) * bump(x - ex, 1.1 * person.half_width)
    lower = bump(y - ey - 0.08, 0.07) * bump(x - ex, 1.3 * person.half_width)
    return np.stack([*(brow * thirds), *(cheek * thirds), upper, lower]).astype(np.float32)
