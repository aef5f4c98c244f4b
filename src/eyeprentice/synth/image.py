"""Square float32 images, and the coordinates of their pixels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[Any]
"""float32"""


def pixel_grid(size: int) -> tuple[Image, Image]:
    """Coordinates of pixel centres, x (1, S) and y (S, 1), 0..1."""
    at = ((np.arange(size) + 0.5) / size).astype(np.float32)
    return at[None, :], at[:, None]


def bump(distance: Image, width: float | Image) -> Image:
    """1 at no distance, falling off as a Gaussian of `width`."""
    return np.exp(-((distance / width) ** 2)).astype(np.float32)
