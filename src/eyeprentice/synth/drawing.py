"""What both kinds of face are drawn with: the coordinates of pixels, soft shapes, and fine lines."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Image = NDArray[Any]
"""float32, mostly square"""


def pixel_grid(size: int) -> tuple[Image, Image]:
    """Coordinates of pixel centres, x (1, S) and y (S, 1), 0..1."""
    at = ((np.arange(size) + 0.5) / size).astype(np.float32)
    return at[None, :], at[:, None]


def bump(distance: Image, width: float | Image) -> Image:
    """1 at no distance, falling off as a Gaussian of `width`."""
    return np.exp(-((distance / width) ** 2)).astype(np.float32, copy=False)


def mix(weights: Floats, images: Image) -> Image:
    """The sum of `images` (N, ...), each times its weight (N,): the same bits as `np.tensordot`, and less around it."""
    mixed: Image = np.dot(weights[None], images.reshape(len(images), -1)).reshape(images.shape[1:])
    return mixed


def smooth(x: Floats) -> Floats:
    """From 0 to 1 while x does, without a jerk at either end."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def draw_line(canvas: NDArray[np.uint8], start: Floats, end: Floats, tone: float, width: int) -> None:
    """Draws a line between two points, in sixteenths of a pixel exact, into `canvas`."""
    first, last = ([round(16 * float(axis)) for axis in point] for point in (start, end))
    cv2.line(canvas, first, last, tone, width, cv2.LINE_AA, shift=4)


def draw_hairs(
    shape: tuple[int, ...], hairs: Floats, x: Image, y: Image, corner: tuple[int, int] = (0, 0)
) -> NDArray[np.uint8]:
    """A picture of `shape`, 0..255, of polylines (N, points, 2) that are given in coordinates of the face.

    `x` and `y` (H, W) say where in the face the pixels look whose first is at `corner`, a column and a row.
    """
    corners = np.stack([x[[0, 0, -1], [0, -1, 0]], y[[0, 0, -1], [0, -1, 0]]], axis=1)
    first, step = corners[0], corners[1:] - corners[0]  # from a column, and from a row, to the next
    step /= np.array([[x.shape[1] - 1], [x.shape[0] - 1]], step.dtype)
    pixels = (hairs - first) @ np.linalg.inv(step.T).T + corner
    picture = np.zeros(shape, np.uint8)
    cv2.polylines(picture, list(np.round(pixels * 16).astype(np.int32)), False, 255, 1, cv2.LINE_AA, shift=4)
    return picture
