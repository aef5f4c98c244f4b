"""The eye of a re-enacted face: how its lids open and pull at the skin, and what shows between them.

Lids are described in eye coordinates: `s` runs from the outer corner (-1) to the inner one (1), `v` downwards from the
line between the corners, in crop widths.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from eyeprentice.synth.cast.layers import IRIS_REACH, Layers
from eyeprentice.synth.cast.portrait_eye import PortraitEye
from eyeprentice.synth.drawing import Floats, Image, draw_hairs
from eyeprentice.synth.face import ACTION_UNITS, Lamp, Opening, Pose

STEPS = 121
EDGE = 1.25
"""Curves are kept for `s` from -EDGE to EDGE."""
CURVE = np.linspace(-EDGE, EDGE, STEPS)
ARC = np.clip(1 - CURVE.astype(np.float32) ** 2, 0, None) ** np.float32(0.7)
"""How far each step of a curve moves with the middle of the lid."""
UPPER = {"AU4": 0.012, "AU5": -0.030, "AU6": 0.012, "AU7": 0.016, "AU9": 0.022}
"""How far down each action unit moves the middle of the upper lid at full intensity, in crop widths."""
LOWER = {"AU5": 0.004, "AU6": -0.014, "AU7": -0.018, "AU9": -0.012}
RIGID = 0.014
"""Skin at the margin, with the roots of the lashes, that moves without being stretched."""
BELOW, REACH_DOWN = 0.006, 0.11
"""How far below the lower lid its movement begins to fade, and how far below that it is felt."""
BESIDE = 1.28
"""How far beside the eye, in `s`, lids pull at the skin."""
HALF_WIDTH, HALF_HEIGHT = 1.15, 0.25
"""Where anything of the eye is drawn: up to these `s` and `v`, on either side."""
SLACK = 0.001
"""For rounding."""
GAZE = (0.075, 0.050)
"""How far the iris moves right and down at a gaze of 1, in crop widths."""
LASHES = np.linspace(-1.0, 0.8, 30).astype(np.float32)
"""Where, in `s`, they grow."""
LENGTHS = (0.75 + 0.25 * np.sin(7.0 * np.arange(len(LASHES)))).astype(np.float32)
COURSE = np.array([(0.0, 0.5, 1.0), (0.0, 0.3, 1.0), (0.0, 0.1, 0.0)], np.float32)[:, :, None]
"""Of a lash, at its root, middle and tip: share of the way outwards, of that up, and a bow."""


@dataclass(frozen=True)
class RestingLids:
    """A person's lids at rest, as curves over `s`."""

    corner: Floats  # (2,) the middle between the corners
    along: Floats  # (2,) unit vector to the inner corner
    half: float  # half the distance between the corners
    upper: Image  # (STEPS,) v of the margin
    lower: Image
    top: Image  # (STEPS,) v above which closing the lid moves no skin
    shut: Image  # (STEPS,) v where the closed lids meet

    def eye_coordinates(self, x: Image, y: Image) -> tuple[Image, Image]:
        dx, dy = x - self.corner[0], y - self.corner[1]
        right, down = self.along
        return (dx * right + dy * down) / np.float32(self.half), dy * right - dx * down

    def place(self, s: Image, v: Image) -> tuple[Image, Image]:
        """Crop coordinates of eye coordinates."""
        (x, y), (right, down), a = self.corner, self.along, s * np.float32(self.half)
        return x + a * right - v * down, y + a * down + v * right


def resting_lids(eye: PortraitEye) -> RestingLids:
    outer, inner = eye.upper[0], eye.upper[-1]
    half = float(np.linalg.norm(inner - outer)) / 2
    lids = RestingLids((outer + inner) / 2, (inner - outer) / (2 * half), half, *(np.zeros(STEPS, np.float32),) * 4)
    upper, lower, brow = (_curve(lids, points) for points in (eye.upper, eye.lower, eye.under))
    lower = np.maximum(lower, upper + 0.002)
    top = upper + np.minimum(0.55 * (brow - upper), -0.035).astype(np.float32)
    shut = upper + 0.88 * (lower - upper)
    return RestingLids(lids.corner, lids.along, half, upper, lower, top, shut.astype(np.float32))


def open_lids(lids: RestingLids, pose: Pose) -> Opening:
    """Where the margins of the lids are, as curves over `s`, in a pose."""
    unit = dict(zip(ACTION_UNITS, pose.units.astype(np.float32).tolist(), strict=True))
    span = lids.lower - lids.upper
    raise_lower = sum(amount * unit[name] for name, amount in LOWER.items()) * ARC
    lower = lids.lower + np.maximum(raise_lower, -0.45 * span)
    move_upper = (sum(amount * unit[name] for name, amount in UPPER.items()) + 0.018 * pose.gaze[1]) * ARC
    upper = np.minimum(lids.upper + move_upper, lids.upper + 0.8 * (lower - lids.upper))
    meet = np.minimum(lids.shut, lower)
    upper = upper + (meet - upper) * np.float32(pose.closure)
    return Opening(np.minimum(upper, meet).astype(np.float32), lower.astype(np.float32), pose.closure)


class EyeView(NamedTuple):
    """Where each pixel looks in an eye, and where the lids are there; all (H, W)."""

    s: Image
    v: Image
    upper: Image  # v of the margins
    lower: Image
    travel: Image  # how far down from their rest the margins are
    lift: Image
    top: Image  # v above which closing the lid moves no skin

    def hidden_skin(self) -> Image:
        """How much of a closing lid is skin that an open eye hides, 0..1."""
        inside = ((self.v - self.top) / 0.03).clip(0, 1) * ((self.upper - 0.010 - self.v) / 0.012).clip(0, 1)
        return (self.travel / 0.08).clip(0, 1) * 0.75 * inside * ((1.15 - np.abs(self.s)) / 0.25).clip(0, 1)

    def pull(self) -> Image:
        """How far down the skin has been moved by the lids, in crop widths.

        Above the opening, skin is stretched evenly between `top` and the lashes' roots; below it, movement fades.
        """
        upper = ((self.v - self.top) / np.maximum(self.upper - RIGID - self.top, 0.01)).clip(0, 1)
        lower = (1 - (self.v - self.lower - BELOW) / REACH_DOWN).clip(0, 1) ** 2
        fade = ((BESIDE - np.abs(self.s)) / 0.28).clip(0, 1)
        return np.where(self.v < 0.5 * (self.upper + self.lower), upper * self.travel, lower * self.lift) * fade


def near_eye(lids: RestingLids, opened: Opening, s: Image, v: Image) -> NDArray[np.bool_]:
    """Where, at eye coordinates (H, W), a lid may pull or anything be drawn; beyond it `EyeView` gives no pull."""
    first = min(-HALF_HEIGHT, float(lids.top.min()) - SLACK)
    last = max(HALF_HEIGHT, float(opened.lower.max()) + BELOW + REACH_DOWN + SLACK)
    return (np.abs(s) < BESIDE + SLACK) & (v > first) & (v < last)


def view_eye(lids: RestingLids, opened: Opening, s: Image, v: Image) -> EyeView:
    """The eye as seen by pixels at eye coordinates `s`, `v` (H, W)."""
    place = (s + np.float32(EDGE)) * np.float32((STEPS - 1) / (2 * EDGE))
    curves = cv2.merge([opened.upper, opened.lower, opened.upper - lids.upper, opened.lower - lids.lower])
    level = np.zeros_like(place)
    four, top = (
        cv2.remap(c.reshape(1, STEPS, -1), place, level, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for c in (curves, lids.top)
    )
    upper, lower, travel, lift = cv2.split(four)
    return EyeView(s, v, upper, lower, travel, lift, top)


def draw_eyeball(
    skin: Image, white: Image, layers: Layers, iris: Image, half: float, x: Image, y: Image, seen: EyeView, pose: Pose,
    lamp: Lamp, pixel: float,
) -> Image:  # fmt: skip
    """Puts the eye into `skin` (H, W), whose pixels look at crop coordinates `x`, `y`.

    `white` (H, W) is the eyeball without its iris, `iris` its x, y and radius, `half` half the distance between the
    corners, `pixel` the width of a pixel.
    """
    s, v, upper, lower = seen[:4]
    px = np.float32(pixel)
    inside = ((v - upper) / px + 0.5).clip(0, 1) * ((lower - v) / px + 0.5).clip(0, 1)
    inside *= ((1 - np.abs(s)) * np.float32(half) / px + 0.5).clip(0, 1)
    ix = (x - iris[0] - np.float32(GAZE[0] * pose.gaze[0])) / iris[2]
    iy = (y - iris[1] - np.float32(GAZE[1] * pose.gaze[1])) / iris[2]
    scale = np.float32(layers.iris.shape[0] / (2 * IRIS_REACH))
    columns, rows = ((axis + np.float32(IRIS_REACH)) * scale - np.float32(0.5) for axis in (ix, iy))
    disc = cv2.remap(layers.iris, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    ball = white + ((1.06 - np.sqrt(ix * ix + iy * iy)) / 0.14).clip(0, 1) * (disc - white)
    for glint in lamp.glints:
        away = (ix - np.float32(glint.x)) ** 2 + (iy - np.float32(glint.y)) ** 2
        ball = ball + np.float32(glint.strength) * np.exp(-away / np.float32(glint.radius**2))
    wet = np.exp(-(((v - lower + 0.004) / np.float32(0.004)) ** 2)) * (np.abs(s) < 0.9)
    ball = (ball + 0.10 * wet) * np.float32(0.5 + 0.5 * lamp.ambient)
    ball *= 1 - 0.5 * np.exp(-np.maximum(v - upper, 0) / np.float32(0.022))  # the upper lid's shadow
    near = ((1.05 - np.abs(s)) / 0.1).clip(0, 1)
    roots = np.exp(-(((v - upper) / np.float32(0.006)) ** 2)) * near
    return (skin + inside * (ball - skin)) * (1 - np.float32(0.35 + 0.35 * layers.lash) * roots)


def draw_lashes(picture: Image, layers: Layers, lids: RestingLids, opened: Opening, x: Image, y: Image) -> Image:
    """Draws the upper lashes, which point up from open lids and down from shut ones, over `picture` (H, W)."""
    s, length = LASHES, np.float32(0.022 + 0.03 * layers.lash) * LENGTHS
    upper = np.interp(s, CURVE, opened.upper).astype(np.float32)
    lift = 1 - 1.6 * opened.closure
    out, up = (0.55 * s - 0.15) / np.float32(lids.half), -lift * (0.6 + 0.25 * (1 - s * s))
    outwards, upwards, bow = COURSE
    points = lids.place(s + outwards * length * out, upper + length * (upwards * up + bow))
    mask = draw_hairs(picture.shape, np.stack(points).transpose(2, 1, 0), x, y)
    strength = (0.25 + 0.35 * opened.closure) * (0.4 + 0.6 * layers.lash)
    return picture * (1 - np.float32(strength / 255) * mask.astype(np.float32))


def _curve(lids: RestingLids, points: Floats) -> Image:
    """A smooth curve through points, over `s`; level beyond its ends."""
    s, v = lids.eye_coordinates(points[:, 0], points[:, 1])
    order = np.argsort(s)
    s, v = s[order], v[order]
    apart = np.concatenate([[True], np.diff(s) > 1e-3])
    wanted = np.clip(CURVE, s[0], s[-1])
    return PchipInterpolator(s[apart], v[apart])(wanted).astype(np.float32)
