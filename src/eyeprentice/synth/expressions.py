"""What an emotion is around one eye: action units that appear together, and how much they differ between people.

**Patterns.** An emotion is not one expression. Ekman and Friesen (*Unmasking the Face*, 1975; EMFACS, 1983; FACS
Investigator's Guide, 2002, table of emotion predictions) list a prototype and variants for each; the patterns below are
what of them shows around an eye:

- anger 4+5+7 with variants 4+5 and 4+7; a snarl adds 9;
- disgust 9 and 10, the wrinkled nose pulling the brow down (4), lids tightened (7) and cheeks up (6);
- fear 1+2+4 with 5 and some 7; variants without 2, and 5+7 alone;
- happiness 6 with 12; with narrowed lids (7) when it is broad, with lids half shut when it is content;
- sadness 1, 1+4, with upper lids that droop (43), or only lids that droop and look down;
- surprise 1+2+5 with variants 1+2 and 5.

How often each is shown, and how strongly its units are relative to one another, are ours: set so that the median of
posed expressions moves as that of people does (benchmarks/motion.py), with what the listed variants allow around it.
What a unit does to a face (how far skin moves) is the face's own affair.

**Ranges.** People who are asked to show an emotion differ far more than these patterns do. In `RANGES` each unit has an
intensity of its own, evenly drawn: a frown with lids nearly shut, a smile that is all lids, disgust that hardly touches
the brow. `MEASURED` has what the motion of real people's faces comes to. `Variety.breadth` and `Variety.measured` say
how many sequences are drawn from these instead of from the patterns.

**Rest.** Nor are relaxed faces alike: brows lie low, lids hang, cheeks are full. `sample_rest` draws what a face shows
of each unit while it shows nothing.
"""

from typing import NamedTuple

import numpy as np

from eyeprentice.synth.drawing import Floats
from eyeprentice.synth.face import ACTION_UNITS


class Pattern(NamedTuple):
    """Action units that appear together in one way of showing an emotion."""

    share: float
    """Of the emotion's sequences."""
    units: dict[str, float]
    """Action unit -> its intensity when posed, 0..1."""


PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "angry": (
        Pattern(0.45, {"AU4": 0.90, "AU7": 0.70}),
        Pattern(0.30, {"AU4": 0.90, "AU5": 0.45, "AU7": 0.55}),
        Pattern(0.15, {"AU4": 0.85, "AU7": 0.60, "AU9": 0.30}),
        Pattern(0.10, {"AU4": 0.75, "AU5": 0.40}),
    ),
    "disgust": (
        Pattern(0.30, {"AU9": 0.85}),
        Pattern(0.40, {"AU4": 0.50, "AU7": 0.50, "AU9": 0.85}),
        Pattern(0.30, {"AU6": 0.60, "AU7": 0.30, "AU9": 0.75}),
    ),
    "fear": (
        Pattern(0.45, {"AU1": 0.70, "AU4": 0.52, "AU5": 0.60}),
        Pattern(0.35, {"AU1": 0.75, "AU2": 0.30, "AU4": 0.52, "AU5": 0.70, "AU7": 0.20}),
        Pattern(0.20, {"AU4": 0.30, "AU5": 0.75, "AU7": 0.45}),
    ),
    "happiness": (
        Pattern(0.45, {"AU6": 0.80}),
        Pattern(0.35, {"AU6": 0.90, "AU7": 0.45}),
        Pattern(0.20, {"AU6": 0.75, "AU43": 0.20}),
    ),
    "neutral": (Pattern(1.0, {}),),
    "sadness": (
        Pattern(0.40, {"AU1": 0.70, "AU4": 0.50}),
        Pattern(0.30, {"AU1": 0.65, "AU4": 0.45, "AU43": 0.30}),
        Pattern(0.20, {"AU1": 0.75, "AU43": 0.20}),
        Pattern(0.10, {"AU1": 0.20, "AU4": 0.20, "AU43": 0.50}),
    ),
    "surprise": (
        Pattern(0.55, {"AU1": 0.85, "AU2": 0.88, "AU5": 0.60}),
        Pattern(0.35, {"AU1": 0.85, "AU2": 0.90, "AU5": 0.20}),
        Pattern(0.10, {"AU1": 0.35, "AU2": 0.40, "AU5": 0.80}),
    ),
}
"""Emotion -> its patterns."""

MEASURED: dict[str, tuple[Pattern, ...]] = {
    "angry": (
        Pattern(0.35, {"AU4": 0.15, "AU5": 0.15, "AU6": 0.45, "AU9": 0.70}),
        Pattern(0.25, {"AU4": 0.55, "AU5": 0.20, "AU7": 0.10, "AU9": 0.40}),
        Pattern(0.25, {"AU1": 0.15, "AU4": 0.55, "AU5": 0.10, "AU6": 0.40, "AU9": 0.10}),
        Pattern(0.10, {"AU4": 0.20, "AU5": 0.10, "AU6": 1.05, "AU7": 0.15, "AU9": 0.25}),
        Pattern(0.05, {"AU4": 0.10, "AU6": 0.20, "AU7": 1.20}),
    ),
    "disgust": (
        Pattern(0.35, {"AU4": 0.15, "AU5": 0.10, "AU9": 0.70}),
        Pattern(0.25, {"AU4": 0.10, "AU5": 0.15, "AU6": 0.15, "AU7": 0.55, "AU9": 1.10}),
        Pattern(0.15, {"AU4": 0.75, "AU6": 0.20, "AU7": 0.20, "AU9": 0.95}),
        Pattern(0.15, {"AU6": 0.55, "AU7": 1.00, "AU9": 0.25}),
        Pattern(0.10, {"AU4": 0.20, "AU6": 1.05, "AU7": 0.10, "AU9": 0.60, "AU43": 0.10}),
    ),
    "fear": (
        Pattern(0.42, {"AU1": 0.95, "AU2": 0.10, "AU4": 0.75, "AU5": 0.15}),
        Pattern(0.33, {"AU2": 0.10, "AU4": 0.20, "AU5": 0.15, "AU6": 0.10, "AU9": 0.10}),
        Pattern(0.17, {"AU2": 1.20, "AU4": 0.10, "AU5": 0.20}),
        Pattern(0.08, {"AU1": 0.80, "AU4": 0.40, "AU5": 0.10, "AU7": 1.10, "AU9": 0.15}),
    ),
    "happiness": (
        Pattern(0.26, {"AU2": 0.10, "AU6": 0.20, "AU7": 0.70, "AU9": 0.10}),
        Pattern(0.26, {"AU1": 0.20, "AU5": 0.10, "AU6": 0.20, "AU7": 1.10, "AU9": 0.20}),
        Pattern(0.23, {"AU1": 0.10, "AU2": 0.10, "AU7": 0.50}),
        Pattern(0.16, {"AU1": 0.15, "AU6": 0.15, "AU7": 0.25, "AU9": 0.15}),
        Pattern(0.06, {"AU1": 0.10, "AU2": 0.65, "AU6": 0.10, "AU7": 0.95, "AU9": 0.10}),
        Pattern(0.03, {"AU5": 0.25, "AU6": 0.80, "AU7": 0.25, "AU9": 0.20}),
    ),
    "neutral": (Pattern(1.0, {}),),
    "sadness": (
        Pattern(0.45, {"AU1": 0.70, "AU2": 0.20, "AU4": 0.55, "AU6": 0.10}),
        Pattern(0.33, {"AU4": 0.20, "AU7": 0.10, "AU43": 0.10}),
        Pattern(0.11, {"AU1": 0.90, "AU2": 0.15, "AU4": 0.40, "AU7": 0.10, "AU9": 0.15, "AU43": 0.55}),
        Pattern(0.11, {"AU2": 1.05, "AU6": 0.25, "AU7": 0.45, "AU9": 0.35, "AU43": 0.20}),
    ),
    "surprise": (
        Pattern(0.38, {"AU1": 0.85, "AU2": 1.15, "AU5": 0.15}),
        Pattern(0.25, {"AU1": 0.20, "AU2": 1.15, "AU5": 0.10}),
        Pattern(0.16, {"AU2": 0.20, "AU4": 0.20, "AU5": 0.25}),
        Pattern(0.12, {"AU1": 0.10, "AU2": 0.70, "AU4": 0.45, "AU5": 0.15, "AU9": 0.45}),
        Pattern(0.06, {"AU1": 0.90, "AU4": 0.30, "AU5": 0.35, "AU6": 0.95, "AU9": 0.50}),
        Pattern(0.03, {"AU1": 1.20, "AU2": 1.20, "AU4": 0.75, "AU43": 0.35}),
    ),
}
"""Emotion -> how people posed it, put together from the motion of their faces (benchmarks/motion.py --fit): the middles
of groups of people who moved alike. AU5 moves too little skin for its intensity to be trusted; an AU2 of
frowns and of disgust was left out, for it is rather the turn of a head than a raised brow."""

SPREAD = 0.2
"""Deviation of each unit's intensity within a pattern, in natural log units."""

Range = tuple[float, float]
RANGES: dict[str, dict[str, Range]] = {
    "angry": {
        "AU4": (0.7, 1.0), "AU7": (0.4, 0.9), "AU9": (0.1, 0.5), "AU43": (0.0, 0.4), "AU6": (0.0, 0.6),
        "AU2": (0.0, 0.5),
    },
    "disgust": {"AU9": (0.5, 1.0), "AU4": (0.0, 0.5), "AU7": (0.0, 0.5), "AU2": (0.0, 0.4), "AU43": (0.0, 0.2)},
    "fear": {"AU1": (0.4, 1.0), "AU2": (0.0, 0.5), "AU4": (0.2, 0.7), "AU5": (0.2, 0.9)},
    "happiness": {"AU6": (0.2, 0.9), "AU7": (0.3, 0.9), "AU43": (0.0, 0.3), "AU9": (0.0, 0.2), "AU1": (0.0, 0.2)},
    "neutral": {},
    "sadness": {"AU1": (0.4, 0.9), "AU2": (0.0, 0.4), "AU4": (0.1, 0.6), "AU43": (0.0, 0.3)},
    "surprise": {"AU1": (0.3, 1.0), "AU2": (0.7, 1.0), "AU5": (0.2, 0.9)},
}  # fmt: skip
"""Emotion -> between what each unit is drawn, evenly and by itself: as wide as people differ."""

RESTING = {"AU1": 0.25, "AU2": 0.25, "AU4": 0.35, "AU5": 0.20, "AU6": 0.25, "AU7": 0.30, "AU9": 0.10, "AU43": 0.35}
"""The most that a relaxed face shows of each unit."""
RESTING_SHARE = 0.35
"""Of people who show some of a unit at rest."""


def sample_pattern(emotion: str, rng: np.random.Generator, breadth: float = 0.0, measured: float = 0.0) -> Floats:
    """Draws how an emotion is posed: intensities of ACTION_UNITS at the apex, (8,), 0..1.

    `breadth` is the share that is drawn from `RANGES`, `measured` that which follows one of `MEASURED`; the others
    follow one of the `PATTERNS`.
    """
    units = np.zeros(len(ACTION_UNITS))
    source = rng.random() if breadth + measured else 1.0
    if source < breadth:
        for name, limits in RANGES[emotion].items():
            units[ACTION_UNITS.index(name)] = rng.uniform(*limits)
        return units
    patterns = (MEASURED if source < breadth + measured else PATTERNS)[emotion]
    chosen = patterns[rng.choice(len(patterns), p=[pattern.share for pattern in patterns])]
    for name, intensity in chosen.units.items():
        units[ACTION_UNITS.index(name)] = intensity * np.exp(SPREAD * rng.standard_normal())
    return np.clip(units, 0, 1)


def sample_strength(rng: np.random.Generator) -> float:
    """Draws how much of the pose is shown, 0..1: mostly nearly all of it, sometimes barely anything visible."""
    return float(1 - 0.8 * rng.beta(1, 4))


def sample_rest(strength: float, rng: np.random.Generator) -> Floats:
    """Draws what a relaxed face shows of ACTION_UNITS, (8,): up to `strength` times `RESTING`, mostly nothing."""
    there = rng.random(len(ACTION_UNITS)) < RESTING_SHARE
    most = np.array([RESTING[name] for name in ACTION_UNITS])
    return strength * most * there * rng.random(len(ACTION_UNITS))
