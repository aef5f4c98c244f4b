"""The lids of a re-enacted eye: the shape of the opening, and where the skin of the lids has moved from.

Lids are described in eye coordinates: `s` runs from the outer corner (-1) to the inner one (1), `v` downwards from the
line between the corners, in crop widths.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from eyeprentice.synth.cast.region import Region
from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.synth.image import Image

STEPS = 121
EDGE = 1.25
"""Curves are kept for `s` from -EDGE to EDGE."""
UPPER = {"AU4": 0.012, "AU5": -0.030, "AU6": 0.012, "AU7": 0.016, "AU9": 0.022}
"""How far down each action unit moves the middle of the upper lid at full intensity, in crop widths."""
LOWER = {"AU5": 0.004, "AU6": -0.014, "AU7": -0.018, "AU9": -0.012}
RIGID = 0.014
"""Skin at the margin, with the roots of the lashes, that moves without being stretched."""
REACH_DOWN = 0.11
"""How far below the lower lid its movement is felt."""


@dataclass(frozen=True)
class Lids:
    """A person's lids at rest, as curves over `s`."""

    corner: NDArray[np.float32]  # (2,) the middle between the corners
    along: NDArray[np.float32]  # (2,) unit vector to the inner corner
    half: float  # half the distance between the corners
    upper: Image  # (STEPS,) v of the margin
    lower: Image
    top: Image  # (STEPS,) v above which closing the lid moves no skin
    shut: Image  # (STEPS,) v where the closed lids meet

    def eye_coordinates(self, x: Image, y: Image) -> tuple[Image, Image]:
        dx, dy = x - self.corner[0], y - self.corner[1]
        return (
            (dx * self.along[0] + dy * self.along[1]) / np.float32(self.half),
            dy * self.along[0] - dx * self.along[1],
        )

    def place(self, s: Image, v: Image) -> tuple[Image, Image]:
        """Crop coordinates of eye coordinates."""
        a = s * np.float32(self.half)
        return self.corner[0] + a * self.along[0] - v * self.along[1], self.corner[1] + a * self.along[
            1
        ] + v * self.along[0]


@dataclass(frozen=True)
class Opening:
    """The lids in one moment, as curves over `s`."""

    upper: Image
    lower: Image
    closure: float


def resting_lids(region: Region) -> Lids:
    outer, inner = region.upper[0], region.upper[-1]
    half = float(np.linalg.norm(inner - outer)) / 2
    lids = Lids((outer + inner) / 2, (inner - outer) / (2 * half), half, *(np.zeros(STEPS, np.float32),) * 4)
    upper, lower, brow = (_curve(lids, points) for points in (region.upper, region.lower, region.under))
    lower = np.maximum(lower, upper + 0.002)
    top = upper + np.minimum(0.55 * (brow - upper), -0.035).astype(np.float32)
    shut = upper + 0.88 * (lower - upper)
    return Lids(lids.corner, lids.along, half, upper, lower, top, shut.astype(np.float32))


def opening(lids: Lids, units: NDArray[np.float32], closure: float, gaze_down: float) -> Opening:
    """Where the margins are, given intensities of the action units, closure 0..1, and gaze down, -1..1."""
    unit = dict(zip(ACTION_UNITS, units.tolist(), strict=True))
    s = np.linspace(-EDGE, EDGE, STEPS, dtype=np.float32)
    arc = np.clip(1 - s * s, 0, None) ** np.float32(0.7)
    span = lids.lower - lids.upper
    raise_lower = sum(amount * unit[name] for name, amount in LOWER.items()) * arc
    lower = lids.lower + np.maximum(raise_lower, -0.45 * span)
    move_upper = (sum(amount * unit[name] for name, amount in UPPER.items()) + 0.018 * gaze_down) * arc
    upper = np.minimum(lids.upper + move_upper, lids.upper + 0.8 * (lower - lids.upper))
    meet = np.minimum(lids.shut, lower)
    upper = upper + (meet - upper) * np.float32(closure)
    return Opening(np.minimum(upper, meet).astype(np.float32), lower.astype(np.float32), closure)


def at(curves: Image, s: Image) -> Image:
    """Values of curves (STEPS,) or (STEPS, C), up to four of them, at any `s` (H, W): (H, W) or (H, W, C)."""
    place = (s + np.float32(EDGE)) * np.float32((STEPS - 1) / (2 * EDGE))
    level = np.zeros_like(place)
    values: Image = cv2.remap(curves[None], place, level, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return values


def pull_back(lids: Lids, opened: Opening, s: Image, v: Image) -> Image:
    """How far down the skin at (s, v) has been moved by the lids, in crop widths; all (H, W).

    Above the opening, skin is stretched evenly between `top` and the lashes' roots; below it, movement fades.
    """
    margin, travel, top, below = np.moveaxis(
        at(np.stack([opened.upper, opened.upper - lids.upper, lids.top, opened.lower], axis=1), s), 2, 0
    )
    upper = np.clip((v - top) / np.maximum(margin - RIGID - top, 0.01), 0, 1)
    lower = np.clip(1 - (v - below - 0.006) / REACH_DOWN, 0, 1) ** 2
    fade = np.clip((1.28 - np.abs(s)) / 0.28, 0, 1)
    lift = at(opened.lower - lids.lower, s)
    return np.where(v < 0.5 * (margin + below), upper * travel, lower * lift) * fade


def _curve(lids: Lids, points: NDArray[np.float32]) -> Image:
    """A smooth curve through points, over `s`; level beyond its ends."""
    s, v = lids.eye_coordinates(points[:, 0], points[:, 1])
    order = np.argsort(s)
    s, v = s[order], v[order]
    apart = np.concatenate([[True], np.diff(s) > 1e-3])
    wanted = np.clip(np.linspace(-EDGE, EDGE, STEPS), s[0], s[-1])
    return PchipInterpolator(s[apart], v[apart])(wanted).astype(np.float32)
