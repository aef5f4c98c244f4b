"""How far each action unit moves the skin of a re-enacted face, and how people differ in that.

The face model says how the skin of *this* face moves; seen from the front that is a field over the picture. But people
with the same face do not have the same muscles: some muscles of the face are missing in some people (Waller, Cray and
Burrows, *Emotion* 8, 2008). So each person has habits: how strong each unit is, and what else moves along with it.
Their sizes are ours, set so that simulated people differ more nearly as much as real ones do (benchmarks/motion.py,
`--breadth` and `--nearest`).
"""

from typing import NamedTuple

import numpy as np

from eyeprentice.synth.cast.face_model import SHAPES
from eyeprentice.synth.cast.portrait_eye import CELLS, FROM, WIDTH, PortraitEye
from eyeprentice.synth.drawing import Floats, Image
from eyeprentice.synth.face import ACTION_UNITS

UNIT_SHAPES: dict[str, dict[str, float]] = {
    "AU1": {"inner": 0.84, "browInnerUp": 0.08},
    "AU2": {"browOuterUp": 0.37, "browInnerUp": 0.08, "drop": 0.033, "arch": 0.025},
    "AU4": {"frown": 0.57, "browDown": 0.42, "knit": 0.034, "cheekSquint": 0.04},
    "AU6": {"cheekSquint": 0.33, "browDown": 0.07, "sink": 0.025},
    "AU7": {"cheekSquint": 0.58, "eyeSquint": 0.10},
    "AU9": {"noseSneer": 0.54, "browDown": 0.04, "sink": 0.034},
}
"""Action unit -> what moves the skin at full intensity: shapes of the face model, by the table published with it, and
ours. AU5, AU43 and blinks are the lids' (`eye.py`).

The model's shapes are broader than real muscles: `inner` and `frown` are its browInnerUp and browDown where the inner
part of the brow is (frontalis, pars medialis; corrugator supercilii). In crop widths: `sink` lowers what lies above the
eye (orbicularis oculi), `drop` lets the cheek down, as a jaw that falls in surprise does, and those of LOCAL move one
part of the skin. The weights are fitted to how posed expressions move (benchmarks/motion.py).
"""
INNER = 0.62, 0.25
"""Where the inner part of the brow begins for `inner` and for `frown`."""


class Local(NamedTuple):
    """Skin around one place that moves one way, by 1 in the middle and less and less beside it."""

    middle: tuple[float, float]
    width: tuple[float, float]
    way: tuple[float, float]


LOCAL = {
    "knit": Local((0.52, 0.22), (0.26, 0.20), (1, 0)),  # the brows draw together
    "arch": Local((0.42, 0.28), (0.30, 0.22), (0, -1)),  # the middle of the brow goes up
    "root": Local((0.75, 0.30), (0.26, 0.26), (1, 0)),  # the head of the brow, towards the nose's root
    "high": Local((0.50, 0.05), (0.50, 0.18), (0, -1)),  # the forehead above the brow goes up
    "side": Local((0.50, 0.08), (0.40, 0.22), (1, 0)),  # the same, sideways
    "pouch": Local((0.50, 0.78), (0.28, 0.14), (0, -1)),  # the skin below the lower lid goes up
    "cheek": Local((0.60, 0.85), (0.30, 0.15), (1, 0)),  # the cheek, towards the nose
    "outer": Local((0.15, 0.80), (0.20, 0.20), (0, -1)),  # the cheek's outer part goes up
}
"""Movements of one part of the skin, right and down, in crop widths."""

HABITS: dict[str, dict[str, float]] = {
    "AU1": {"arch": 0.025, "side": 0.030, "high": 0.020, "root": 0.015},
    "AU2": {"arch": 0.040, "side": 0.030, "high": 0.035, "root": 0.015},
    "AU4": {"arch": 0.030, "side": 0.040, "high": 0.030, "root": 0.020, "cheek": 0.020, "pouch": 0.015},
    "AU6": {"pouch": 0.020, "cheek": 0.025, "outer": 0.020, "side": 0.010},
    "AU7": {"pouch": 0.020, "cheek": 0.015, "outer": 0.020, "side": 0.015},
    "AU9": {"pouch": 0.020, "cheek": 0.040, "side": 0.040, "high": 0.030, "root": 0.020, "arch": 0.020},
}
"""Action unit -> deviation over people of what moves along with it at full intensity, in crop widths."""
STRENGTHS = 0.25
"""Deviation over people of how far each unit moves skin, in natural log units."""


class Habits(NamedTuple):
    """What is a person's own in their muscles."""

    strength: Floats  # (8,) of ACTION_UNITS, around 1
    along: dict[str, dict[str, float]]
    """Action unit -> LOCAL that moves along with it -> how far, in crop widths."""


USUAL = Habits(np.ones(len(ACTION_UNITS)), {})
"""Those of the person in the middle."""


def draw_habits(rng: np.random.Generator) -> Habits:
    strength = np.exp(STRENGTHS * rng.uniform(-np.sqrt(3), np.sqrt(3), len(ACTION_UNITS)))
    along = {
        unit: {name: float(deviation * rng.uniform(-np.sqrt(3), np.sqrt(3))) for name, deviation in parts.items()}
        for unit, parts in HABITS.items()
    }
    return Habits(strength, along)


def unit_fields(portrait: PortraitEye, habits: Habits = USUAL) -> Image:
    """Movement right, down and towards the camera at full intensity of each of ACTION_UNITS: (8, 3, CELLS, CELLS)."""
    at = (FROM + (np.arange(CELLS, dtype=np.float32) + 0.5) * WIDTH / CELLS)[None, :]
    right, down = at, at.T
    shapes = dict(zip(SHAPES, portrait.moves, strict=True))
    shapes["inner"] = shapes["browInnerUp"] * _rise(right, INNER[0], 0.07)
    shapes["frown"] = shapes["browDown"] * _rise(right, INNER[1], 0.07)
    none = np.zeros((CELLS, CELLS), np.float32)
    shapes["sink"] = np.stack([none, none + _rise(-down, -0.50, 0.04), none])
    shapes["drop"] = np.stack([none, _rise(down, 0.62, 0.05) * _rise(-right, -0.85, 0.06), none])
    for name, ((x, y), (wide, high), (to_right, to_down)) in LOCAL.items():
        felt = np.exp(-(((right - x) / wide) ** 2) - ((down - y) / high) ** 2)
        shapes[name] = np.stack([to_right * felt, to_down * felt, none])
    fields = np.zeros((len(ACTION_UNITS), 3, CELLS, CELLS), np.float32)
    for unit, weights in UNIT_SHAPES.items():
        number, own = ACTION_UNITS.index(unit), habits.along.get(unit, {})
        moved = np.float32(habits.strength[number]) * sum(weight * shapes[name] for name, weight in weights.items())
        fields[number] = moved + sum(amount * shapes[name] for name, amount in own.items())
    return fields


def _rise(x: Image, middle: float, width: float) -> Image:
    """From 0 to 1 around `middle`."""
    return 1 / (1 + np.exp((middle - x) / np.float32(width)))
