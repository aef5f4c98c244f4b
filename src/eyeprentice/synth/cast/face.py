"""A re-enacted face at one instant: a portrait's skin pulled as its muscles would, lids that close over the eyeball.

The face model says how the skin of *this* face moves with each action unit; seen from the front that is a field over
the picture, along which the portrait is pulled. What a field cannot do (lids, eyeball, folds, light) has rules of its
own.
"""

import cv2
import numpy as np

from eyeprentice.synth.cast.eyeball import draw_eye, draw_lashes
from eyeprentice.synth.cast.face_model import SHAPES
from eyeprentice.synth.cast.layers import Layers
from eyeprentice.synth.cast.lids import Opening, at, opening, pull_back, resting_lids
from eyeprentice.synth.cast.region import CELLS, CENTRE, FROM, WIDTH, Region
from eyeprentice.synth.cast.relief import relit
from eyeprentice.synth.face import ACTION_UNITS, Lamp, Pose
from eyeprentice.synth.folds import FOLDING, Place, crease, fold_lines
from eyeprentice.synth.image import Image, pixel_grid

UNIT_SHAPES: dict[str, dict[str, float]] = {
    "AU1": {"inner": 0.84, "browInnerUp": 0.08},
    "AU2": {"browOuterUp": 0.40, "browInnerUp": 0.08, "drop": 0.033},
    "AU4": {"frown": 0.57, "browDown": 0.42, "knit": 0.034, "cheekSquint": 0.04},
    "AU6": {"cheekSquint": 0.33, "browDown": 0.07, "sink": 0.025},
    "AU7": {"cheekSquint": 0.58, "eyeSquint": 0.10},
    "AU9": {"noseSneer": 0.54, "browDown": 0.04, "sink": 0.034},
}
"""Action unit -> what moves the skin at full intensity: shapes of the face model, by the table published with it, and
ours. AU5, AU43 and blinks are the lids' (`lids.py`).

The model's shapes are broader than real muscles: `inner` and `frown` are its browInnerUp and browDown where the inner
part of the brow is (frontalis, pars medialis; corrugator supercilii). In crop widths: `sink` lowers what lies above the
eye (orbicularis oculi), `knit` draws the brows together, `drop` lets the cheek down, as a jaw that falls in surprise
does. The weights are fitted to how posed expressions move (benchmarks/motion.py).
"""
INNER = 0.62, 0.25
"""Where the inner part of the brow begins for `inner` and for `frown`."""
COARSE = 2
"""Shading is smooth: it is computed on every second pixel."""


class ReenactedFace:
    """A `Face` made of one eye's region of a portrait.

    `wrinkles` (0..1) is how readily its skin folds, `reach` how far it moves, relative to the median person's.
    """

    def __init__(
        self, region: Region, layers: Layers, size: int, wrinkles: float = 0.6, reach: float = 1.0, seed: int = 0
    ) -> None:
        self._region, self._layers, self._size = region, layers, size
        self._lids = resting_lids(region)
        fields = np.float32(reach) * _fields(region)
        self._pulls, self._rises = np.ascontiguousarray(fields[:, :2]), np.ascontiguousarray(fields[:, 2])
        side = layers.skin.shape[0]
        coarse = cv2.resize(region.depth, (side // COARSE, side // COARSE), interpolation=cv2.INTER_CUBIC)
        self._depth = cv2.GaussianBlur(coarse, (0, 0), 0.01 * side / COARSE).astype(np.float32)
        place = Place(self.eye, float(self.eye[1] - region.brow[:, 1].mean()), self._lids.half)
        lines = [[(line - FROM) / WIDTH for line in fold] for fold in fold_lines(place, np.random.default_rng(seed))]
        folds = np.stack([crease(fold, side) for fold in lines]) * (0.35 + 0.65 * wrinkles)
        self._folds = folds.astype(np.float32)  # (7, S', S')

    @property
    def eye(self) -> tuple[float, float]:
        return CENTRE

    def render(self, pose: Pose, lamp: Lamp) -> Image:
        units = pose.units.astype(np.float32)
        x, y = self._looks_at(pose)
        pull = np.ascontiguousarray(np.tensordot(units, self._pulls, axes=1).transpose(1, 2, 0))  # (CELLS, CELLS, 2)
        moved = _sample(pull, x, y)
        moved = _sample(pull, x - moved[..., 0], y - moved[..., 1])  # what is there now came from there
        x, y = x - moved[..., 0], y - moved[..., 1]
        opened = opening(self._lids, units, pose.closure, pose.gaze[1])
        s, v = self._lids.eye_coordinates(x, y)
        skin_x, skin_y = self._lids.place(s, v - pull_back(self._lids, opened, s, v))
        folded = self._layers.skin * np.exp(-np.tensordot(FOLDING @ units, self._folds, axes=1))
        skin = _sample(folded, skin_x, skin_y)
        skin = skin + self._hidden_skin(opened, s, v) * (_sample(self._layers.lid, skin_x, skin_y) - skin)
        skin = skin * self._light(units, x, y, lamp)
        box = _box_of((np.abs(s) < 1.15) & (np.abs(v) < 0.25))
        if box is not None:
            near, eye = (x[box], y[box]), (s[box], v[box])
            white = _sample(self._layers.white, *near)
            lids, iris, pixel = self._lids, self._region.iris, 1 / self._size
            skin[box] = draw_eye(skin[box], white, self._layers, lids, iris, opened, pose, lamp, near, eye, pixel)
            skin[box] = draw_lashes(skin[box], self._layers, lids, opened, near)
        return skin.astype(np.float32)

    def flow(self, pose: Pose) -> Image:
        x, y = (np.ascontiguousarray(axis) for axis in np.broadcast_arrays(*pixel_grid(self._size)))
        pull = np.tensordot(pose.units.astype(np.float32), self._pulls, axes=1)
        opened = opening(self._lids, pose.units.astype(np.float32), pose.closure, pose.gaze[1])
        s, v = self._lids.eye_coordinates(x, y)
        moved = v.copy()
        for _ in range(8):  # the lids' rule says where skin came from: what it goes to is found in turn
            moved = v + pull_back(self._lids, opened, s, moved)
        there = np.stack(self._lids.place(s, moved)) - np.stack([x, y])
        rest = opening(self._lids, np.zeros(len(ACTION_UNITS), np.float32), 0.0, 0.0)
        upper, lower = at(rest.upper, s), at(rest.lower, s)
        flow = np.stack([_sample(axis, x, y) for axis in pull]) + there
        flow[:, (v >= upper) & (v <= lower) & (np.abs(s) < 1)] = np.nan
        turn = np.float32(pose.roll)
        slip = np.stack([pose.shift[0] - turn * (y - 0.5), pose.shift[1] + turn * (x - 0.5)])
        return (flow + slip).astype(np.float32)

    def _looks_at(self, pose: Pose) -> tuple[Image, Image]:
        """Where in the face each pixel looks, (S, S) each, under a headset that slipped."""
        x, y = pixel_grid(self._size)
        c, s = np.float32(np.cos(pose.roll)), np.float32(np.sin(pose.roll))
        dx, dy = x - np.float32(0.5 + pose.shift[0]), y - np.float32(0.5 + pose.shift[1])
        return c * dx + s * dy + np.float32(0.5), c * dy - s * dx + np.float32(0.5)

    def _hidden_skin(self, opened: Opening, s: Image, v: Image) -> Image:
        """How much of a closing lid is skin that an open eye hides, 0..1."""
        margin, travel, top = np.moveaxis(
            at(np.stack([opened.upper, opened.upper - self._lids.upper, self._lids.top], axis=1), s), 2, 0
        )
        inside = np.clip((v - top) / 0.03, 0, 1) * np.clip((margin - 0.010 - v) / 0.012, 0, 1)
        return np.clip(travel / 0.08, 0, 1) * 0.75 * inside * np.clip((1.15 - np.abs(s)) / 0.25, 0, 1)

    def _light(self, units: Image, x: Image, y: Image, lamp: Lamp) -> Image:
        x, y = (np.ascontiguousarray(axis[::COARSE, ::COARSE]) for axis in (x, y))
        before = _sample(self._depth, x, y)
        now = before + _sample(np.tensordot(units, self._rises, axes=1), x, y)
        size = (self._size, self._size)
        light: Image = cv2.resize(relit(before, now, COARSE / self._size, lamp), size, interpolation=cv2.INTER_LINEAR)
        return light


def _sample(image: Image, x: Image, y: Image) -> Image:
    """An image (S', S') or (S', S', C) over the kept picture's square at crop coordinates `x`, `y` (H, W)."""
    scale, first, half = np.float32(image.shape[0] / WIDTH), np.float32(FROM), np.float32(0.5)
    at_x, at_y = (x - first) * scale - half, (y - first) * scale - half
    sampled: Image = cv2.remap(image, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return sampled


def _box_of(mask: Image) -> tuple[slice, slice] | None:
    """Rows and columns around what is set; None where there is too little of it to be drawn."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if len(rows) < 4 or len(columns) < 4:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _fields(region: Region) -> Image:
    """Movement right, down and towards the camera at full intensity of each of ACTION_UNITS: (8, 3, CELLS, CELLS)."""
    at = (FROM + (np.arange(CELLS, dtype=np.float32) + 0.5) * WIDTH / CELLS)[None, :]
    right, down = at, at.T
    shapes = dict(zip(SHAPES, region.moves, strict=True))
    shapes["inner"] = shapes["browInnerUp"] * _rise(right, INNER[0], 0.07)
    shapes["frown"] = shapes["browDown"] * _rise(right, INNER[1], 0.07)
    none = np.zeros((CELLS, CELLS), np.float32)
    shapes["sink"] = np.stack([none, none + _rise(-down, -0.50, 0.04), none])
    shapes["drop"] = np.stack([none, _rise(down, 0.62, 0.05) * _rise(-right, -0.85, 0.06), none])
    shapes["knit"] = np.stack([np.exp(-(((right - 0.52) / 0.26) ** 2) - ((down - 0.22) / 0.20) ** 2), none, none])
    fields = np.zeros((len(ACTION_UNITS), 3, CELLS, CELLS), np.float32)
    for unit, weights in UNIT_SHAPES.items():
        fields[ACTION_UNITS.index(unit)] = sum(weight * shapes[name] for name, weight in weights.items())
    return fields


def _rise(x: Image, middle: float, width: float) -> Image:
    """From 0 to 1 around `middle`."""
    return 1 / (1 + np.exp((middle - x) / np.float32(width)))
