"""Light on a re-enacted face: how much more or less falls on each place than did in the portrait."""

import cv2
import numpy as np

from eyeprentice.synth.face import Lamp
from eyeprentice.synth.image import Image

PORTRAIT_LAMP = Lamp((0.0, -0.3, 1.0), 0.6)
"""Portraits are lit by soft boxes from the front and a little above."""
REACHES = (0.025, 0.05, 0.075, 0.125, 0.175, 0.25)
"""How far off something may cast a shadow, in crop widths."""
DARKEST, BRIGHTEST = 0.25, 1.6


def relit(before: Image, now: Image, step: float, lamp: Lamp) -> Image:
    """Irradiance of the relief `now` under `lamp` over that of the portrait's relief `before`; all (H, W).

    Heights are towards the camera, in crop widths, `step` apart.
    """
    ratio = _lambert(now, step, lamp, shadow=True) / _lambert(before, step, PORTRAIT_LAMP, shadow=False)
    return np.clip(ratio, DARKEST, BRIGHTEST)


def _lambert(height: Image, step: float, lamp: Lamp, shadow: bool) -> Image:
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / (8 * step))
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / (8 * step))
    right, down, towards = (np.float32(axis) for axis in np.asarray(lamp.direction) / np.linalg.norm(lamp.direction))
    facing = (towards - right * slope_x - down * slope_y) / np.sqrt(slope_x**2 + slope_y**2 + 1)
    facing = np.clip(facing, 0, None)
    if shadow:
        facing *= _lit(height, step, float(right), float(down), float(towards))
    return (np.float32(lamp.ambient) + np.float32(1 - lamp.ambient) * facing).astype(np.float32)


def _lit(height: Image, step: float, right: float, down: float, towards: float) -> Image:
    """How much of the lamp each place sees past what stands higher on the way to it, with soft borders."""
    flat = float(np.hypot(right, down))
    lit = np.ones_like(height)
    if flat < 0.05:
        return lit
    for reach in REACHES:
        move = np.array([[1, 0, -reach * right / flat / step], [0, 1, -reach * down / flat / step]], np.float32)
        there = cv2.warpAffine(height, move, height.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        above = there - height - np.float32(reach * towards / flat)
        lit = np.minimum(lit, np.clip(1 - above / np.float32(0.03 + 0.25 * reach), 0, 1))
    soft: Image = cv2.GaussianBlur(lit, (0, 0), 0.03 / step)
    return 0.3 + 0.7 * soft
