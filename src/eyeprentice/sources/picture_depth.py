"""How many bits of 16 the pictures of a clip use, by how often each level comes in all of them.

A pixel that is defect, or a mark that a program has drawn, can be far brighter than the camera's white. So it is not
the largest level that decides: levels above a depth count if they continue what lies below them, as highlights do.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVELS = 1 << 16
DEPTHS = (8, 10, 12, 14, 16)
"""Bits that cameras have: the smallest that holds the levels of a clip is taken."""
_BULK = 0.9
"""Share of the pixels that is surely none of a mark's."""
OUTSIDE = 0.01
"""Share of the pixels that a mark or defect pixels may have; with more, nobody can tell what is white."""
_CONTINUED, _FEWEST = 0.1, 2
"""Of the pixels above a depth, the share that lies within its double if they continue the picture; and how many levels
they have there at least."""


class DepthError(ValueError):
    """Which level is white cannot be told."""


class Depth(NamedTuple):
    """Bits that are used, and what does not fit into them."""

    bits: int
    outside: int
    """Pixels above: they become white."""


def depth_of(counts: NDArray[np.int64], pictures: int) -> Depth:
    """Of a clip of so many pictures in which the levels come so often: counts (65536,).

    Raises `DepthError` where more than a few pixels are far brighter than all others.
    """
    total = int(counts.sum())
    bulk = int(np.searchsorted(counts.cumsum(), _BULK * total))
    bits = next(depth for depth in DEPTHS if bulk >> depth == 0)
    while outside := int(counts[1 << bits :].sum()):
        double = counts[1 << bits : 2 << bits]
        is_continued = double.sum() >= _CONTINUED * outside and np.count_nonzero(double) >= _FEWEST
        if outside <= pictures or not is_continued:
            break
        bits += 2
    if outside > OUTSIDE * total:
        share = f"{100 * outside / total:.0f} % of the pixels lie above {1 << bits}, hardly any of them near it"
        raise DepthError(f"{share}, so which level is white cannot be told")
    return Depth(bits, outside)
