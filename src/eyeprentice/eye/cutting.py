"""A part of a picture that lies between its pixels, cut out and scaled. The live page computes the same numbers."""

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Floats = NDArray[np.float64]


def cut_between(frame: Grey, left: float, top: float, width: float, height: float, size: int) -> Grey:
    """(H, W) -> (size, size): each pixel the mean over its area, of one pixel at least; borders are repeated.

    Where the part is not scaled this is bilinear interpolation, and so it is where it is enlarged.
    """
    rows_used, from_y, to_y = _used(top, height, frame.shape[0], size)
    columns_used, from_x, to_x = _used(left, width, frame.shape[1], size)
    part = frame[slice(*rows_used), slice(*columns_used)].astype(np.float64)
    rows = _means(part, from_y, to_y)  # (size, columns)
    return np.clip(np.rint(_means(rows.T, from_x, to_x).T), 0, 255).astype(np.uint8)


def _used(start: float, length: float, pixels: int, size: int) -> tuple[tuple[int, int], Floats, Floats]:
    """The pixels that `size` even parts from `start` over `length` need; where each part begins and ends in them."""
    scale = length / size
    wide = max(scale, 1.0)
    low: Floats = start + scale * (np.arange(size, dtype=np.float64) + 0.5) - 0.5 * wide
    first = int(np.clip(np.floor(low[0]), 0, pixels - 1))
    last = int(np.clip(np.ceil(low[-1] + wide), first + 1, pixels))
    return (first, last), low - first, low + wide - first


def _means(lines: Floats, low: Floats, high: Floats) -> Floats:
    """Means of the first axis from `low` to `high`, as differences of a running sum; (N, M) -> (size, M)."""
    sums = np.concatenate([np.zeros((1, lines.shape[1])), np.cumsum(lines, axis=0)])

    def up_to(at: Floats) -> Floats:
        whole = np.clip(np.floor(at), 0, len(lines) - 1).astype(np.intp)
        found: Floats = sums[whole] + (at - whole)[:, None] * lines[whole]
        return found

    means: Floats = (up_to(high) - up_to(low)) / (high - low)[:, None]
    return means
