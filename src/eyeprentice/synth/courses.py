"""What an emotion is in time: emotions that share an apex and differ in their course, which no single picture can tell.

Three pairs show the same action units, equally strong. What differs is how these come and go, again and again while the
emotion lasts:

- surprise comes at once and fades; fear comes slowly and with hesitation, trembles in the lids, and is gone at once;
- anger begins at the brow and the nose follows; disgust begins at the nose and the brow follows;
- happiness shakes as laughter does (4 to 5.5 times a second); sadness swells and sinks slowly.

That emotions differ in their dynamics is known (Krumhuber, Kappas and Manstead, *Emotion Review* 5, 2013; Jack,
Garrod and Schyns, *Current Biology* 24, 2014: biologically basic signals come first, and confusable emotions part
later). The numbers here are ours, and exaggerate: this is a test of what a model makes of time, not a claim about
faces.
"""

from collections.abc import Callable

import numpy as np

from eyeprentice.synth.drawing import Floats, smooth
from eyeprentice.synth.expressions import SPREAD
from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.words.vocabulary import FRAME_RATE_HZ

APEXES = {
    ("surprise", "fear"): {"AU1": 0.80, "AU2": 0.60, "AU5": 0.60},
    ("angry", "disgust"): {"AU4": 0.75, "AU7": 0.45, "AU9": 0.70},
    ("happiness", "sadness"): {"AU1": 0.30, "AU6": 0.65, "AU43": 0.25},
}
"""Pairs, and what both of each show at the apex."""
LEADING = {"angry": ("AU4", "AU7"), "disgust": ("AU9",)}
"""Units that come first; the others of the apex follow."""
TREMBLING = ("AU5", "AU7")


def sample_course(emotion: str, at: Floats, mobility: tuple[float, ...], rng: np.random.Generator) -> Floats:
    """Draws the intensities of the action units of `emotion` at the moments `at`, in frames: (N, 8), 0..1.

    It is seen from a moment in the first seventh of the sequence to one in the last fifth, or beyond the end.
    """
    units = np.zeros((len(at), len(ACTION_UNITS)))
    if emotion == "neutral":
        return units
    length = at[-1]
    began, ended = rng.uniform(0, 0.15) * length, rng.uniform(0.8, 1.1) * length
    strength = 1 - 0.5 * rng.beta(1, 3)
    wave = _waves(emotion, at - began, rng)
    shown = smooth((ended - at) / 3)
    apex = next(units for pair, units in APEXES.items() if emotion in pair)
    for name, intensity in apex.items():
        number = ACTION_UNITS.index(name)
        most = np.clip(intensity * np.exp(SPREAD * rng.standard_normal()) * mobility[number] * strength, 0, 1)
        units[:, number] = most * wave(name) * shown
    return units


def _waves(emotion: str, at: Floats, rng: np.random.Generator) -> Callable[[str], Floats]:
    """Draws the course of each unit, 0..1 at each moment, for the name of a unit."""
    match emotion:
        case "surprise":
            bursts = _bursts(at, rng, rise=(2, 4), fall=(12, 17))
            return lambda name: bursts
        case "fear":
            bursts = _bursts(at, rng, rise=(12, 17), fall=(2, 4), hesitation=0.35)
            tremor = _tremor(at, rng, hertz=(6.0, 9.0))
            return lambda name: bursts * (1 - 0.35 * tremor if name in TREMBLING else 1)
        case "happiness" | "sadness":
            came = smooth(at / rng.uniform(4, 9))
            swing = _tremor(at, rng, hertz=(4.0, 5.5) if emotion == "happiness" else (0.5, 0.9))
            return lambda name: came * (1 - 0.6 * swing)
    period, lag = rng.uniform(18, 24), rng.uniform(4.5, 6.5)

    def in_order(name: str) -> Floats:
        own = at if name in LEADING[emotion] else at - lag
        return np.where(own > 0, 0.5 - 0.5 * np.cos(2 * np.pi * own / period), 0.0)

    return in_order


def _bursts(
    at: Floats, rng: np.random.Generator, rise: tuple[float, float], fall: tuple[float, float], hesitation: float = 0.0
) -> Floats:
    """Rises and falls one after another, with little rest between them; a hesitant rise halts on its way."""
    course, moment = np.zeros(len(at)), 0.0
    while moment < at[-1]:
        up, held, down = rng.uniform(*rise), rng.uniform(1, 3), rng.uniform(*fall)
        share = np.clip((at - moment) / up, 0, 1)
        if hesitation:
            share = share - hesitation / (2 * np.pi) * np.sin(4 * np.pi * share)
        course = np.maximum(course, smooth(share) * (1 - smooth((at - moment - up - held) / down)))
        moment += up + held + down + rng.uniform(1, 4)
    return course


def _tremor(at: Floats, rng: np.random.Generator, hertz: tuple[float, float]) -> Floats:
    """0..1, back and forth: (N,)."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * (rng.random() + rng.uniform(*hertz) * at / FRAME_RATE_HZ))
