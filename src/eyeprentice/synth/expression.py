"""What is shown: emotions as action units over time, and what goes on besides (gaze, blinks, a headset that slips).

Action units (AU) are those of FACS (Ekman and Friesen, 1978; Ekman, Friesen and Hager, 2002) that show around one eye.
Which of them an emotion uses follows EMFACS (Friesen and Ekman, 1983): happiness 6+12, sadness 1+4+15, surprise
1+2+5+26, fear 1+2+4+5+7+20+26, anger 4+5+7+23, disgust 9+15+16. Ranges of intensity, and the lids that droop in
sadness or narrow in disgust, are ours, set by eye against the figures of SEE's paper.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.vocabulary import FRAME_RATE_HZ

Floats = NDArray[np.floating[Any]]

ACTION_UNITS = (
    "AU1",  # inner brow raiser
    "AU2",  # outer brow raiser
    "AU4",  # brow lowerer: down, and towards the nose
    "AU5",  # upper lid raiser
    "AU6",  # cheek raiser
    "AU7",  # lid tightener
    "AU9",  # nose wrinkler
    "AU43",  # eye closure (0.3 droops)
)

PRESCRIPTIONS: dict[str, dict[str, tuple[float, float]]] = {
    "angry": {"AU4": (0.7, 1.0), "AU5": (0.0, 0.25), "AU7": (0.5, 1.0), "AU9": (0.0, 0.15)},
    "disgust": {"AU4": (0.3, 0.7), "AU6": (0.2, 0.5), "AU7": (0.3, 0.8), "AU9": (0.65, 1.0), "AU43": (0.0, 0.25)},
    "fear": {"AU1": (0.6, 1.0), "AU2": (0.15, 0.6), "AU4": (0.3, 0.7), "AU5": (0.65, 1.0), "AU7": (0.1, 0.4)},
    "happiness": {"AU6": (0.55, 1.0), "AU7": (0.0, 0.3), "AU43": (0.0, 0.1)},
    "neutral": {},
    "sadness": {"AU1": (0.4, 0.9), "AU4": (0.2, 0.55), "AU43": (0.25, 0.75)},
    "surprise": {"AU1": (0.65, 1.0), "AU2": (0.65, 1.0), "AU5": (0.25, 0.75)},
}
"""Emotion -> action unit -> range of its intensity at the apex, 0..1."""

SHORTEST, LONGEST = 18, 131
"""Frames of a sequence, as in SEE."""


@dataclass(frozen=True)
class Motion:
    """Everything that moves in a sequence of T frames."""

    units: Floats  # (T, 8) intensities of ACTION_UNITS, 0..1
    blink: Floats  # (T,) closure on top of AU43, 0..1
    gaze: Floats  # (T, 2) right and down, -1..1
    shift: Floats  # (T, 2) of the headset, in image widths
    roll: Floats  # (T,) of the headset, in radians


def sample_length(rng: np.random.Generator) -> int:
    """Frames of a sequence: log-normal around SEE's mean of 53.5."""
    return int(np.clip(round(rng.lognormal(np.log(50.5), 0.35)), SHORTEST, LONGEST))


def sample_motion(emotion: str, length: int, mobility: tuple[float, ...], rng: np.random.Generator) -> Motion:
    """Draws how a person shows an emotion over `length` frames: neutral, apex and, mostly, part of the way back."""
    onset = rng.uniform(0.0, 0.22) * length
    rise = rng.uniform(5, 14)
    offset = rng.uniform(0.72, 1.15) * length
    fall = rng.uniform(8, 20)
    frames = np.arange(length)
    strength = rng.uniform(0.85, 1.0)
    units = np.zeros((length, len(ACTION_UNITS)))
    for name, (low, high) in PRESCRIPTIONS[emotion].items():
        unit = ACTION_UNITS.index(name)
        lag = rng.uniform(-2, 2)
        course = smooth((frames - onset - lag) / rise) * (1 - smooth((frames - offset - lag) / fall))
        units[:, unit] = rng.uniform(low, high) * strength * mobility[unit] * course
    units += 0.03 * _drift(rng, length, len(ACTION_UNITS), 6)  # muscles are never quite still
    gaze = _saccades(rng, length)
    if emotion == "sadness":
        gaze[:, 1] += 0.5 * rng.uniform(0.2, 1.0) * smooth((frames - onset) / rise)
    return Motion(
        units=np.clip(units, 0, 1),
        blink=_blinks(rng, length),
        gaze=np.clip(gaze, -1, 1),
        shift=0.004 * _drift(rng, length, 2, 10) + 0.0008 * rng.standard_normal((length, 2)),
        roll=0.006 * _drift(rng, length, 1, 12)[:, 0],
    )


def smooth(x: Floats) -> Floats:
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def _drift(rng: np.random.Generator, length: int, count: int, frames: float) -> Floats:
    """Smooth noise of unit deviation that changes over about `frames` frames: (length, count)."""
    knots = rng.standard_normal((int(length / frames) + 3, count))
    at = np.arange(length) / frames
    first = at.astype(int)
    weight = smooth(at - first)[:, None]
    return knots[first] * (1 - weight) + knots[first + 1] * weight


def _saccades(rng: np.random.Generator, length: int) -> Floats:
    """Gaze that rests, then jumps within two frames: (length, 2)."""
    gaze = np.empty((length, 2))
    current = rng.normal(0, 0.25, 2)
    frame = 0
    while frame < length:
        rest = int(rng.integers(8, 45))
        gaze[frame : frame + rest] = current
        target = rng.normal(0, 0.3, 2) if rng.random() < 0.5 else current
        frame += rest
        if frame < length:
            gaze[frame] = (current + target) / 2
        current, frame = target, frame + 1
    return gaze


def _blinks(rng: np.random.Generator, length: int) -> Floats:
    """Closure by blinks: about one in three seconds, shut in 0.1 s and open again in 0.15 s: (length,)."""
    closure = np.zeros(length)
    frames = np.arange(length)
    for _ in range(rng.poisson(length / FRAME_RATE_HZ / 3)):
        middle = rng.uniform(0, length)
        after = frames - middle
        shape = np.where(after < 0, 1 - smooth(-after / 3.0), 1 - smooth(after / 4.5))
        closure = np.maximum(closure, rng.uniform(0.85, 1.0) * shape)
    return closure
