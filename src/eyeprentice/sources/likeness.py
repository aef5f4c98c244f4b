"""Whether pictures are the frames of one clip: neighbours show the same thing, maybe moved, or in other light.

Compared is the detail of small pictures, after the one has been moved onto the other. The layout of dark and bright is
taken away, because aligned portraits of different people share it.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

ALIKE = 0.86
"""Median correlation of neighbours from which on pictures are one clip. Of portraits of two to eight different people,
whole, aligned, or one eye of each, no folder of 720 reaches it."""
DARK = 4.0
"""Deviation of the detail, in levels, below which noise hides it, so that nothing can be told. Portraits have 10."""
_SIDE, _SHIFT, _COARSE = 48, 6, 4.0
"""Pixels of a small picture, pixels by which a neighbour may have moved, and the deviation of the blur that is taken
away."""

Detail = NDArray[np.float32]


def detail(image: NDArray[np.uint8]) -> Detail:
    """A grey image (H, W) -> what is fine in it, of 48x48 pixels, drawn twice as large: it may move by half of one."""
    small = cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    fine = small - cv2.GaussianBlur(small, (0, 0), _COARSE)
    return np.asarray(cv2.resize(fine, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.float32)


def likeness(before: Detail, after: Detail) -> float:
    """Correlation of the details of two pictures where they fit best, -1 to 1."""
    inner = after[2 * _SHIFT : -2 * _SHIFT, 2 * _SHIFT : -2 * _SHIFT]
    return float(cv2.matchTemplate(before, inner, cv2.TM_CCOEFF_NORMED).max())


def are_one_clip(likenesses: Sequence[float], deviations: Sequence[float]) -> bool:
    """Whether pictures are frames of one clip, by the likeness of neighbours and the deviation of each one's detail."""
    return float(np.median(deviations)) < DARK or float(np.median(likenesses)) >= ALIKE
