"""What happens in a sequence, at every instant: an emotion that comes and goes, gaze, blinks, a headset that slips.

Motion is sampled `INSTANTS` times a frame, finely enough for what is fastest. A saccade takes 20 ms and 2.2 ms more for
each degree (Bahill, Clark and Stark, *Mathematical Biosciences* 24, 1975; Baloh et al., *Neurology* 25, 1975); a blink
shuts in 100 to 150 ms and opens in 200.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from eyeprentice.synth.courses import sample_course
from eyeprentice.synth.drawing import Floats, smooth
from eyeprentice.synth.expressions import sample_pattern, sample_strength
from eyeprentice.synth.face import ACTION_UNITS, BLINK_REACH, GAZE_REACH, ROLL_REACH, UNIT_REACH, Pose
from eyeprentice.synth.variety import Variety
from eyeprentice.words.vocabulary import FRAME_RATE_HZ

INSTANTS = 8
"""A frame: 240 a second."""

SHORTEST, LONGEST = 18, 131
"""Frames of a sequence, as in SEE."""
SHORTEST_POSED = 8
DEGREES_OF_GAZE = 20
"""What a gaze of 1 turns the eye by."""


@dataclass(frozen=True)
class Motion:
    """Everything that moves in a sequence of T frames, at N = 8 T + 1 instants.

    The first instant is one frame before the first frame; frame t is instant 8 (t + 1).
    """

    units: Floats  # (N, 8) intensities of ACTION_UNITS, 0..1
    blink: Floats  # (N,) closure on top of AU43, 0..1
    gaze: Floats  # (N, 2) right and down, -1..1
    shift: Floats  # (N, 2) of the headset, in image widths
    roll: Floats  # (N,) of the headset, in radians
    rest: Floats = field(default_factory=lambda: np.zeros(len(ACTION_UNITS)))
    """(8,) what the face shows of each unit while it shows nothing; `units` come on top."""

    @property
    def frames(self) -> int:
        return (len(self.units) - 1) // INSTANTS

    @property
    def moments(self) -> range:
        """The instants of the frames."""
        return range(INSTANTS, len(self.units), INSTANTS)

    def pose(self, instant: int) -> Pose:
        (right, down), (slip_right, slip_down) = self.gaze[instant].tolist(), self.shift[instant].tolist()
        blink, roll = float(self.blink[instant]), float(self.roll[instant])
        return Pose(np.minimum(self.units[instant] + self.rest, 1), blink, (right, down), (slip_right, slip_down), roll)

    def path(self) -> Floats:
        """How far anything moves at most from each instant to the next, in image widths: (N - 1,)."""
        parts = [
            np.abs(np.diff(self.units, axis=0)) @ UNIT_REACH,
            BLINK_REACH * np.abs(np.diff(self.blink)),
            GAZE_REACH * np.linalg.norm(np.diff(self.gaze, axis=0), axis=1),
            np.linalg.norm(np.diff(self.shift, axis=0), axis=1),
            ROLL_REACH * np.abs(np.diff(self.roll)),
        ]
        total: Floats = np.sum(parts, axis=0)
        return total


def sample_length(rng: np.random.Generator, posed: bool = False) -> int:
    """Frames of a sequence: log-normal around SEE's mean of 53.5; of a posed one, around 20."""
    if posed:
        return int(np.clip(round(rng.lognormal(np.log(19), 0.4)), SHORTEST_POSED, LONGEST))
    return int(np.clip(round(rng.lognormal(np.log(50.5), 0.35)), SHORTEST, LONGEST))


def frame_times(length: int) -> Floats:
    """When each instant is, in frames from the first one: (N,)."""
    return np.arange(INSTANTS * length + 1) / INSTANTS - 1


def sample_motion(
    emotion: str, length: int, mobility: tuple[float, ...], rng: np.random.Generator,
    posed: bool = False, course: bool = False, breadth: float = 0.0, measured: float = 0.0,
) -> Motion:  # fmt: skip
    """Draws how a person shows an emotion over `length` frames: neutral, apex and, mostly, part of the way back.

    A `posed` one begins at once, rises slowly and ends at the apex. One with a `course` shows its emotion by that
    alone, and nobody who is neutral keeps still. `breadth` and `measured` are those
    of `sample_pattern`.
    """
    at = frame_times(length)
    onset, rise = rng.uniform(0.0, 0.22) * length, rng.uniform(5, 14)
    offset, fall = rng.uniform(0.72, 1.15) * length, rng.uniform(8, 20)
    if posed:
        onset, rise, offset = onset / 2, rng.uniform(0.45, 0.85) * length, 2.0 * length
    lag = rng.uniform(-2, 2, len(ACTION_UNITS))
    came = smooth((at[:, None] - onset - lag) / rise)
    gone = smooth((at[:, None] - offset - lag) / fall)
    apex = sample_pattern(emotion, rng, breadth, measured) * sample_strength(rng) * mobility
    units = sample_course(emotion, at, mobility, rng) if course else apex * came * (1 - gone)
    if emotion == "neutral":
        units = units + (_talk(rng, at, share=1.0, most=0.6) if course else _talk(rng, at))
    units = units + 0.03 * _drift(rng, at, len(ACTION_UNITS), 6)  # muscles are never quite still
    gaze = _saccades(rng, at)
    if emotion == "sadness" and not course:  # where someone looks is seen in one picture
        gaze[:, 1] += 0.5 * rng.uniform(0.2, 1.0) * smooth((at - onset) / rise)
    return Motion(
        units=np.clip(units, 0, 1),
        blink=_blinks(rng, at),
        gaze=np.clip(gaze, -1, 1),
        shift=0.004 * _drift(rng, at, 2, 10) + 0.0008 * _drift(rng, at, 2, 1),
        roll=0.006 * _drift(rng, at, 1, 12)[:, 0],
    )


def vary_motion(motion: Motion, other: Motion, variety: Variety, rng: np.random.Generator) -> Motion:
    """The same motion, weaker, slower, or with some of another emotion's."""
    units = motion.units
    if rng.random() < variety.slow:
        instants = np.arange(len(units))
        pace = rng.uniform(0.4, 0.75)
        units = np.stack([np.interp(pace * instants, instants, unit) for unit in units.T], axis=1)
    if rng.random() < variety.mixed:
        units = np.maximum(units, rng.uniform(0.2, 0.45) * other.units)
    return replace(motion, units=np.clip(units * rng.uniform(1 - 0.65 * variety.subtle, 1), 0, 1))


def _drift(rng: np.random.Generator, at: Floats, count: int, frames: float) -> Floats:
    """Smooth noise of unit deviation that changes over about `frames` frames: (N, count)."""
    steps = (at - at[0]) / frames
    knots = rng.standard_normal((int(steps[-1]) + 3, count))
    first = steps.astype(int)
    weight = smooth(steps - first)[:, None]
    return knots[first] * (1 - weight) + knots[first + 1] * weight


def _talk(rng: np.random.Generator, at: Floats, share: float = 0.5, most: float = 0.25) -> Floats:
    """Weak activity that means nothing, as of somebody who talks: in a `share` of the sequences, (N, 8)."""
    units = np.zeros((len(at), len(ACTION_UNITS)))
    if rng.random() < 1 - share:
        return units
    for _ in range(rng.poisson(1 + len(at) / (INSTANTS * 25))):
        unit, middle = rng.integers(len(ACTION_UNITS)), rng.uniform(at[0], at[-1])
        half = rng.uniform(3, 10)
        units[:, unit] += rng.uniform(0.05, most) * smooth(1 - np.abs(at - middle) / half)
    return units


def _saccades(rng: np.random.Generator, at: Floats) -> Floats:
    """Gaze that rests, then jumps: (N, 2)."""
    current = rng.normal(0, 0.25, 2)
    gaze = np.tile(current, (len(at), 1))
    moment = at[0] + rng.uniform(0, 30)
    while moment < at[-1]:
        if rng.random() < 0.5:
            jump = rng.normal(0, 0.3, 2) - current
            seconds = 0.020 + 0.0022 * DEGREES_OF_GAZE * float(np.linalg.norm(jump))
            gaze += jump * smooth((at - moment) / (seconds * FRAME_RATE_HZ))[:, None]
            current = current + jump
        moment += rng.uniform(8, 45)
    return gaze


def _blinks(rng: np.random.Generator, at: Floats) -> Floats:
    """Closure by blinks, about one in three seconds: (N,)."""
    closure = np.zeros(len(at))
    for _ in range(rng.poisson((at[-1] - at[0]) / FRAME_RATE_HZ / 3)):
        after = at - rng.uniform(at[0], at[-1])
        shutting, opening = np.array([rng.uniform(0.10, 0.15), rng.uniform(0.17, 0.25)]) * FRAME_RATE_HZ
        shape = np.where(after < 0, 1 - smooth(-after / shutting), (1 - smooth(after / opening)) ** 1.3)
        closure = np.maximum(closure, rng.uniform(0.85, 1.0) * shape)
    return closure
