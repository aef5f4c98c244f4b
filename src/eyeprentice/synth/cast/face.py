"""A re-enacted face in one moment: a portrait's skin pulled as its muscles would, lids that close over a drawn eyeball."""

from dataclasses import dataclass
from types import SimpleNamespace

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.synth.cast.layers import IRIS_REACH, Layers, take_apart
from eyeprentice.synth.cast.lids import Lids, Opening, at, opening, pull_back, resting_lids
from eyeprentice.synth.cast.region import CELLS, FROM, WIDTH, Region
from eyeprentice.synth.cast.face_model import SHAPES
from eyeprentice.synth.expression import ACTION_UNITS
from eyeprentice.synth.skin import FOLDING, _crease, _fold_lines

Image = NDArray[np.float32]

UNIT_SHAPES: dict[str, dict[str, float]] = {
    "AU1": {"browInnerUp": 0.75},
    "AU2": {"browOuterUp": 0.60},
    "AU4": {"browDown": 1.05},
    "AU5": {},
    "AU6": {"cheekSquint": 0.38, "browDown": 0.10, "sink": 1.0},
    "AU7": {"eyeSquint": 0.60, "cheekSquint": 0.08},
    "AU9": {"noseSneer": 0.55, "browDown": 0.35, "cheekSquint": 0.15},
    "AU43": {},
}
"""Action unit -> face model's shapes at full intensity (the units of each shape are published with the model).

Strengths are fitted to how posed expressions move. `sink` is ours: the orbicularis lowers brow and forehead.
"""
SINK = 0.024
COARSE = 2
"""Shading is smooth: it is computed on every second pixel."""
LASHES = 30


@dataclass(frozen=True)
class Lamp:
    """Where the light comes from: right, down, towards the camera; and the share that comes from everywhere."""

    direction: tuple[float, float, float]
    ambient: float


PORTRAIT_LAMP = Lamp((0.0, -0.3, 1.0), 0.6)


@dataclass(frozen=True)
class CastFace:
    """A person's eye at S pixels a crop's width; images over the kept picture's square, (S', S')."""

    size: int
    layers: Layers
    lids: Lids
    iris: NDArray[np.float32]
    pulls: Image  # (8, 2, CELLS, CELLS) movement of the skin at full intensity of each of ACTION_UNITS
    rises: Image  # (8, CELLS, CELLS) change of depth
    depth: Image  # (S'', S'')
    folds: Image  # (7, S', S')
    lash: float
    """How dark and long the lashes are, 0..1."""

    def render(self, units: NDArray[np.float32], closure: float, gaze: tuple[float, float], lamp: Lamp,
               glints: list[tuple[float, float, float, float]], x: Image, y: Image) -> Image:
        """Radiance (S, S) where pixels look at `x`, `y` of the face, in crop coordinates."""
        pull = np.tensordot(units, self.pulls, axes=1)  # (2, S', S')
        dx, dy = self._sample(pull[0], x, y), self._sample(pull[1], x, y)
        dx, dy = self._sample(pull[0], x - dx, y - dy), self._sample(pull[1], x - dx, y - dy)
        sx, sy = x - dx, y - dy
        opened = opening(self.lids, units, closure, gaze[1])
        s, v = self.lids.eye_coordinates(sx, sy)
        moved = pull_back(self.lids, opened, s, v)
        fx, fy = self.lids.place(s, v - moved)
        depth = FOLDING @ units
        skin = self._sample(self.layers.skin * np.exp(-np.tensordot(depth, self.folds, axes=1)), fx, fy)
        inner = self._sample(self.layers.lid, fx, fy)
        skin = skin + self._own_skin(opened, s, v) * (inner - skin)
        skin = skin * self._shading(units, sx, sy, lamp)
        return self._with_eye(skin, opened, s, v, sx + 0.0, sy + 0.0, gaze, glints, lamp)

    def _sample(self, image: Image, x: Image, y: Image) -> Image:
        scale = image.shape[0] / WIDTH
        return cv2.remap(image, (x - np.float32(FROM)) * np.float32(scale) - np.float32(0.5),
                         (y - np.float32(FROM)) * np.float32(scale) - np.float32(0.5), cv2.INTER_LINEAR,
                         borderMode=cv2.BORDER_REPLICATE)

    def _own_skin(self, opened: Opening, s: Image, v: Image) -> Image:
        """How much of a closing lid is skin that the open eye hides."""
        travel = at(opened.upper - self.lids.upper, s)
        margin, top = at(opened.upper, s), at(self.lids.top, s)
        share = np.clip(travel / 0.08, 0, 1) * 0.75
        inside = np.clip((v - top) / 0.03, 0, 1) * np.clip((margin - 0.010 - v) / 0.012, 0, 1)
        return share * inside * np.clip((1.15 - np.abs(s)) / 0.25, 0, 1)

    def _shading(self, units: NDArray[np.float32], x: Image, y: Image, lamp: Lamp) -> Image:
        """Irradiance relative to that of the portrait, with the shadow that brow and nose cast."""
        cx, cy = np.ascontiguousarray(x[::COARSE, ::COARSE]), np.ascontiguousarray(y[::COARSE, ::COARSE])
        before = self._sample(self.depth, cx, cy)
        height = before + self._sample(np.tensordot(units, self.rises, axes=1), cx, cy)
        step = COARSE / self.size
        now = _irradiance(height, step, lamp)
        return cv2.resize(np.clip(now / _irradiance(before, step, PORTRAIT_LAMP, shadow=False), 0.25, 1.6), x.shape[::-1], interpolation=cv2.INTER_LINEAR)

    def _with_eye(self, skin: Image, opened: Opening, s: Image, v: Image, x: Image, y: Image, gaze: tuple[float, float],
                  glints: list[tuple[float, float, float, float]], lamp: Lamp) -> Image:
        pixel = np.float32(1 / self.size)
        upper, lower = at(opened.upper, s), at(opened.lower, s)
        inside = np.clip((v - upper) / pixel + 0.5, 0, 1) * np.clip((lower - v) / pixel + 0.5, 0, 1)
        inside *= np.clip((1 - np.abs(s)) * np.float32(self.lids.half) / pixel + 0.5, 0, 1)
        ball = self._sample(self.layers.white, x, y)
        ix = (x - self.iris[0] - np.float32(0.075 * gaze[0])) / self.iris[2]
        iy = (y - self.iris[1] - np.float32(0.050 * gaze[1])) / self.iris[2]
        r = np.sqrt(ix * ix + iy * iy)
        scale = np.float32(self.layers.iris.shape[0] / (2 * IRIS_REACH))
        disc = cv2.remap(self.layers.iris, (ix + IRIS_REACH) * scale - np.float32(0.5), (iy + IRIS_REACH) * scale - np.float32(0.5), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        share = np.clip((1.06 - r) / 0.14, 0, 1)
        ball = ball + share * (disc - ball)
        for gx, gy, radius, strength in glints:
            d = ((ix - gx) ** 2 + (iy - gy) ** 2) / np.float32(radius**2)
            ball = ball + np.float32(strength) * np.exp(-d)
        light = 0.5 + 0.5 * lamp.ambient
        ball = ball * np.float32(light) * (1 - 0.5 * np.exp(-np.clip(v - upper, 0, None) / np.float32(0.022)))
        wet = np.exp(-(((v - lower + 0.004) / np.float32(0.004)) ** 2)) * (np.abs(s) < 0.9)
        ball = ball + 0.10 * wet * np.float32(light)
        picture = skin * (1 - inside) + ball * inside
        near = np.clip((1.05 - np.abs(s)) / 0.1, 0, 1)
        rim = np.exp(-(((v - upper) / np.float32(0.006)) ** 2)) * near
        picture *= 1 - (0.35 + 0.35 * self.lash) * rim
        return self._lashed(picture, opened, x, y)

    def _lashed(self, picture: Image, opened: Opening, x: Image, y: Image) -> Image:
        s = np.linspace(-1.0, 0.8, LASHES).astype(np.float32)
        upper = at(opened.upper, s)
        closed = np.float32(opened.closure)
        lift = 1 - 1.6 * closed
        fan_s, fan_v = (0.55 * s - 0.15), -lift * (0.6 + 0.25 * (1 - s * s))
        length = np.float32(0.022 + 0.03 * self.lash) * (0.75 + 0.25 * np.sin(7.0 * np.arange(LASHES))).astype(np.float32)
        root = np.stack(self.lids.place(s, upper), axis=1)
        ends = [np.stack(self.lids.place(s + k * length * fan_s / np.float32(self.lids.half), upper + k2 * length * fan_v + bow * length), axis=1) for k, k2, bow in ((0.5, 0.3, 0.10), (1.0, 1.0, 0.0))]
        points = np.stack([root, *ends], axis=1)
        # from the face to pixels: undo the camera's shift, turn and scale, read off the coordinate images
        right = np.array([x[0, -1] - x[0, 0], y[0, -1] - y[0, 0]]) / (x.shape[1] - 1)
        down = np.array([x[-1, 0] - x[0, 0], y[-1, 0] - y[0, 0]]) / (x.shape[0] - 1)
        pixels = (points - (x[0, 0], y[0, 0])) @ np.linalg.inv(np.stack([right, down], axis=1)).T
        mask = np.zeros(picture.shape, np.uint8)
        cv2.polylines(mask, list(np.round(pixels * 16).astype(np.int32)), False, 255, 1, cv2.LINE_AA, shift=4)
        strength = (0.25 + 0.35 * closed) * (0.4 + 0.6 * self.lash)
        return picture * (1 - np.float32(strength / 255) * mask.astype(np.float32))


def _irradiance(height: Image, step: float, lamp: Lamp, shadow: bool = True) -> Image:
    slope_y, slope_x = np.gradient(height, step)
    length = np.sqrt(slope_x**2 + slope_y**2 + 1)
    a, b, c = np.asarray(lamp.direction) / np.linalg.norm(lamp.direction)
    lambert = np.clip((c - a * slope_x - b * slope_y) / length, 0, None).astype(np.float32)
    if shadow:
        flat = float(np.hypot(a, b))
        if flat > 0.05:
            lit = np.ones_like(height)
            for k in (1, 2, 3, 5, 7, 10):
                reach = 0.025 * k
                move = np.float32([[1, 0, -reach * a / flat / step], [0, 1, -reach * b / flat / step]])
                there = cv2.warpAffine(height, move, height.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
                above = there - height - reach * c / flat
                lit = np.minimum(lit, np.clip(1 - above / (0.03 + 0.25 * reach), 0, 1))
            lambert = lambert * (0.3 + 0.7 * cv2.GaussianBlur(lit, (0, 0), 0.03 / step))
    return (lamp.ambient + (1 - lamp.ambient) * lambert).astype(np.float32)


def make_face(region: Region, size: int, wrinkles: float = 0.6, lash: float = 0.5, seed: int = 0) -> CastFace:
    layers = take_apart(region, size)
    side = layers.skin.shape[0]
    coarse = side // COARSE
    grown = region.moves[:, :2]
    rise = region.moves[:, 2]
    at_pixels = (FROM + (np.arange(CELLS) + 0.5) * WIDTH / CELLS).astype(np.float32)
    x, y = np.meshgrid(at_pixels, at_pixels)
    sink = np.stack([np.zeros_like(x), SINK / (1 + np.exp((y - 0.50) / 0.04))])
    by_name = {**dict(zip(SHAPES, grown, strict=True)), "sink": sink}
    pulls = np.stack([sum((w * by_name[n] for n, w in UNIT_SHAPES[u].items()), np.zeros_like(sink)) for u in ACTION_UNITS])
    by_rise = {**dict(zip(SHAPES, rise, strict=True)), "sink": np.zeros_like(rise[0])}
    rises = np.stack([sum((w * by_rise[n] for n, w in UNIT_SHAPES[u].items()), np.zeros_like(rise[0])) for u in ACTION_UNITS])
    depth = cv2.GaussianBlur(cv2.resize(region.depth, (coarse, coarse), interpolation=cv2.INTER_CUBIC), (0, 0), 0.02 * coarse / WIDTH)
    lids = resting_lids(region)
    person = SimpleNamespace(eye=(float(lids.corner[0]), float(lids.corner[1])), brow_height=float(lids.corner[1] - region.brow[:, 1].mean()), half_width=lids.half)
    return CastFace(size, layers, lids, region.iris, pulls.astype(np.float32), rises.astype(np.float32), depth.astype(np.float32), _folds(person, side, wrinkles, seed), lash)


def _folds(person: SimpleNamespace, side: int, wrinkles: float, seed: int) -> Image:
    rng = np.random.default_rng(seed)
    lines = [[(line - FROM) / WIDTH for line in fold] for fold in _fold_lines(person, rng)]
    return (np.stack([_crease(fold, side) for fold in lines]) * (0.35 + 0.65 * wrinkles)).astype(np.float32)
