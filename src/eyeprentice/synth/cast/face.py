"""A re-enacted face at one instant: a portrait's skin pulled as its muscles would, lids that close over the eyeball.

Each action unit moves the skin of *this* face along a field over the picture (`muscles.py`), along which the portrait
is pulled. What a field cannot do (lids, eyeball, folds, light) has rules of its own.
"""

from functools import lru_cache

import cv2
import numpy as np

from eyeprentice.synth.cast.eye import (
    HALF_HEIGHT,
    HALF_WIDTH,
    EyeView,
    draw_eyeball,
    draw_lashes,
    near_eye,
    open_lids,
    resting_lids,
    view_eye,
)
from eyeprentice.synth.cast.layers import Layers
from eyeprentice.synth.cast.muscles import draw_habits, unit_fields
from eyeprentice.synth.cast.portrait_eye import FROM, WIDTH, PortraitEye
from eyeprentice.synth.drawing import Image, mix, pixel_grid
from eyeprentice.synth.face import RELAXED, Lamp, Pose, face_coordinates, slip
from eyeprentice.synth.folds import FOLDING, paint_folds
from eyeprentice.words.vocabulary import EYE_IN_CROP

COARSE = 2
"""Shading is smooth: it is computed on every second pixel."""
PORTRAIT_LAMP = Lamp((0.0, -0.3, 1.0), 0.6)
"""Portraits are lit by soft boxes from the front and a little above."""
REACHES = (0.025, 0.05, 0.075, 0.125, 0.175, 0.25)
"""How far off something may cast a shadow, in crop widths."""
DARKEST, BRIGHTEST = 0.25, 1.6


class ReenactedFace:
    """A `Face` made of one eye's region of a portrait.

    `wrinkles` (0..1) is how readily its skin folds, `reach` how far it moves, relative to the median person's;
    `seed` says how its own muscles differ from others'.
    """

    def __init__(
        self, portrait: PortraitEye, layers: Layers, size: int, wrinkles: float = 0.6, reach: float = 1.0, seed: int = 0
    ) -> None:
        self._iris, self._layers, self._size = portrait.iris, layers, size
        self._lids = resting_lids(portrait)
        fields = np.float32(reach) * unit_fields(portrait, draw_habits(np.random.default_rng((seed, 1))))
        self._pulls, self._rises = np.ascontiguousarray(fields[:, :2]), np.ascontiguousarray(fields[:, 2])
        side = layers.skin.shape[0]
        coarse = cv2.resize(portrait.depth, (side // COARSE, side // COARSE), interpolation=cv2.INTER_CUBIC)
        self._depth = cv2.GaussianBlur(coarse, (0, 0), 0.01 * side / COARSE).astype(np.float32)
        brow_height, rng = float(self.eye[1] - portrait.brow[:, 1].mean()), np.random.default_rng(seed)
        folds = paint_folds(self.eye, brow_height, self._lids.half, wrinkles, rng, side, FROM, WIDTH)
        self._folds = folds.astype(np.float32)  # (7, S', S')

    @property
    def eye(self) -> tuple[float, float]:
        return EYE_IN_CROP

    def render(self, pose: Pose, lamp: Lamp) -> Image:
        units, lids, layers = pose.units.astype(np.float32), self._lids, self._layers
        x, y = face_coordinates(self._size, pose)
        pull = cv2.merge(list(mix(units, self._pulls)))  # (CELLS, CELLS, 2)
        moved = _sample(pull, x, y)
        moved = _sample(pull, x - moved[..., 0], y - moved[..., 1])  # what is there now came from there
        x, y = x - moved[..., 0], y - moved[..., 1]
        opened = open_lids(lids, pose)
        s, v = lids.eye_coordinates(x, y)
        rows = _rows_of(near_eye(lids, opened, s, v))  # elsewhere, lids do nothing
        eye = view_eye(lids, opened, s[rows], v[rows])
        before = v.copy()
        before[rows] -= eye.pull()
        skin_x, skin_y = _pixels(layers.skin, *lids.place(s, before))
        skin = _remap(self._folded(units, skin_y), skin_x, skin_y)
        skin[rows] += eye.hidden_skin() * (_remap(layers.lid, skin_x[rows], skin_y[rows]) - skin[rows])
        skin *= self._light(units, x, y, lamp)
        box = _box_of((np.abs(eye.s) < HALF_WIDTH) & (np.abs(eye.v) < HALF_HEIGHT))
        if box is not None:
            x, y, eye = x[rows][box], y[rows][box], EyeView(*(part[box] for part in eye))
            white, pixel, under = _sample(layers.white, x, y), 1 / self._size, skin[rows][box]
            drawn = draw_eyeball(under, white, layers, self._iris, lids.half, x, y, eye, pose, lamp, pixel)
            under[:] = draw_lashes(drawn, layers, lids, opened, x, y)
        return skin.astype(np.float32, copy=False)

    def flow(self, pose: Pose) -> Image:
        x, y = (np.ascontiguousarray(axis) for axis in np.broadcast_arrays(*pixel_grid(self._size)))
        pull = mix(pose.units.astype(np.float32), self._pulls)
        s, v = self._lids.eye_coordinates(x, y)
        eye, rest = (view_eye(self._lids, open_lids(self._lids, at), s, v) for at in (pose, RELAXED))
        moved = eye
        for _ in range(8):  # the lids' rule says where skin came from: what it goes to is found in turn
            moved = eye._replace(v=eye.v + moved.pull())
        there = np.stack(self._lids.place(moved.s, moved.v)) - np.stack([x, y])
        flow = np.stack([_sample(axis, x, y) for axis in pull]) + there
        flow[:, (eye.v >= rest.upper) & (eye.v <= rest.lower) & (np.abs(eye.s) < 1)] = np.nan
        return (flow + slip(self._size, pose)).astype(np.float32)

    def _folded(self, units: Image, rows: Image) -> Image:
        """The skin with its folds (S', S'), as far as it is seen by pixels that look at its `rows`."""
        skin = self._layers.skin
        first, last = (int(np.clip(np.floor(row), 0, len(skin) - 1)) for row in (rows.min(), rows.max() + 2))
        seen, folded = slice(first, last + 1), np.empty_like(skin)
        depth = mix(FOLDING @ units, self._folds)[seen]
        np.multiply(skin[seen], np.exp(-depth), out=folded[seen])
        return folded

    def _light(self, units: Image, x: Image, y: Image, lamp: Lamp) -> Image:
        x, y = (np.ascontiguousarray(axis[::COARSE, ::COARSE]) for axis in (x, y))
        before = _sample(self._depth, x, y)
        now = before + _sample(mix(units, self._rises), x, y)
        size = (self._size, self._size)
        light: Image = cv2.resize(_relit(before, now, COARSE / self._size, lamp), size, interpolation=cv2.INTER_LINEAR)
        return light


def _pixels(image: Image, x: Image, y: Image) -> tuple[Image, Image]:
    """Crop coordinates in pixels of an image over the kept picture's square."""
    scale, first, half = np.float32(image.shape[0] / WIDTH), np.float32(FROM), np.float32(0.5)
    return (x - first) * scale - half, (y - first) * scale - half


def _remap(image: Image, columns: Image, rows: Image) -> Image:
    sampled: Image = cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return sampled


def _sample(image: Image, x: Image, y: Image) -> Image:
    """An image (S', S') or (S', S', C) over the kept picture's square at crop coordinates `x`, `y` (H, W)."""
    return _remap(image, *_pixels(image, x, y))


def _rows_of(mask: Image) -> slice:
    """The rows around what is set; one row where there is nothing.

    Whole rows, because what OpenCV interpolates depends, in the last bit, on the column of its map.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 1)


def _box_of(mask: Image) -> tuple[slice, slice] | None:
    """Rows and columns around what is set; None where there is too little of it to be drawn."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if len(rows) < 4 or len(columns) < 4:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _relit(before: Image, now: Image, step: float, lamp: Lamp) -> Image:
    """Irradiance of the relief `now` under `lamp` over that of the portrait's relief `before`; all (H, W).

    Heights are towards the camera, in crop widths, `step` apart.
    """
    ratio = _lambert(now, step, lamp, shadow=True) / _lambert(before, step, PORTRAIT_LAMP, shadow=False)
    return np.clip(ratio, DARKEST, BRIGHTEST)


def _lambert(height: Image, step: float, lamp: Lamp, shadow: bool) -> Image:
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / (8 * step))
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / (8 * step))
    right, down, towards = _unit_vector(lamp.direction)
    facing = (towards - right * slope_x - down * slope_y) / np.sqrt(slope_x**2 + slope_y**2 + 1)
    facing = np.maximum(facing, 0, out=facing)
    if shadow:
        facing *= _lit(height, step, float(right), float(down), float(towards))
    return (np.float32(lamp.ambient) + np.float32(1 - lamp.ambient) * facing).astype(np.float32, copy=False)


@lru_cache(maxsize=2)
def _unit_vector(direction: tuple[float, float, float]) -> tuple[np.float32, ...]:
    return tuple(np.float32(axis) for axis in np.asarray(direction) / np.linalg.norm(direction))


def _lit(height: Image, step: float, right: float, down: float, towards: float) -> Image:
    """How much of the lamp each place sees past what stands higher on the way to it, with soft borders."""
    flat = float(np.hypot(right, down))
    lit = np.ones_like(height)
    if flat < 0.05:
        return lit
    for reach in REACHES:
        move = np.array([[1, 0, -reach * right / flat / step], [0, 1, -reach * down / flat / step]], np.float32)
        there: Image = cv2.warpAffine(height, move, height.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        there -= height
        there -= np.float32(reach * towards / flat)  # how far it stands above the way
        there /= np.float32(0.03 + 0.25 * reach)
        np.minimum(lit, np.subtract(1, there, out=there), out=lit)
    soft: Image = cv2.GaussianBlur(np.maximum(lit, 0, out=lit), (0, 0), 0.03 / step)
    return 0.3 + 0.7 * soft
