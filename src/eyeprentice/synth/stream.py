"""Long videos of one simulated person whose emotion changes, with the emotion of every frame: for testing streams."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eyeprentice.synth.dataset import PERSON, person_of, random_numbers
from eyeprentice.synth.expression import ACTION_UNITS, PRESCRIPTIONS, Floats, Motion, sample_motion, smooth
from eyeprentice.synth.render import Glint, render_sequence
from eyeprentice.synth.sensor import photograph, sample_light
from eyeprentice.synth.skin import make_face, shade
from eyeprentice.synth.variety import SEE
from eyeprentice.vocabulary import EMOTIONS, LIGHTINGS

STREAM = PERSON + 2
"""Key of a stream's random numbers."""


@dataclass(frozen=True)
class Stream:
    frames: NDArray[np.uint8]  # (T, S, S)
    emotions: tuple[str, ...]  # of each frame; one begins with its onset
    changes: tuple[int, ...]
    """Frames at which another emotion begins."""


def simulate_stream(seed: int, subject: int, emotions: Sequence[str], frames_each: int, size: int) -> Stream:
    """A person of the simulated dataset of `seed` showing `emotions`, one after another without a pause.

    From one to the next every action unit goes over within 5 to 14 frames, as in the dataset's onsets.
    """
    person = person_of(seed, subject, SEE)
    rng = random_numbers(seed, subject, STREAM)
    length = frames_each * len(emotions)
    light = sample_light(LIGHTINGS[subject % len(LIGHTINGS)], rng)
    face = make_face(person, size)
    base = sample_motion("neutral", length, person.mobility, rng)
    units = base.units + _courses(emotions, frames_each, person.mobility, rng)
    motion = Motion(np.clip(units, 0, 1), base.blink, base.gaze, base.shift, base.roll)
    glint = Glint(0.45 * light.direction[0], 0.5 * light.direction[1], 0.14, 1.5)
    shading = np.repeat(shade(face, light.direction, light.ambient)[None], length, axis=0)
    radiance = render_sequence(face, shading, motion, [glint])
    shown = tuple(emotion for emotion in emotions for _ in range(frames_each))
    return Stream(photograph(radiance, light, rng), shown, tuple(range(frames_each, length, frames_each)))


def random_emotions(count: int, rng: np.random.Generator) -> list[str]:
    """`count` emotions, none twice in a row."""
    chosen = [str(rng.choice(EMOTIONS))]
    while len(chosen) < count:
        chosen.append(str(rng.choice([emotion for emotion in EMOTIONS if emotion != chosen[-1]])))
    return chosen


def _courses(
    emotions: Sequence[str], frames_each: int, mobility: tuple[float, ...], rng: np.random.Generator
) -> Floats:
    """Intensities of the action units over time, (T, 8)."""
    frames = np.arange(frames_each * len(emotions))
    units = np.zeros((len(frames), len(ACTION_UNITS)))
    before = np.zeros(len(ACTION_UNITS))
    for number, emotion in enumerate(emotions):
        strength, rise = rng.uniform(0.85, 1.0), rng.uniform(5, 14)
        apex = np.zeros(len(ACTION_UNITS))
        for name, (low, high) in PRESCRIPTIONS[emotion].items():
            unit = ACTION_UNITS.index(name)
            apex[unit] = rng.uniform(low, high) * strength * mobility[unit]
        here = slice(number * frames_each, (number + 1) * frames_each)
        course = smooth((frames[here] - frames[here.start] + 1) / rise)[:, None]
        units[here] = before + (apex - before) * course
        before = apex
    return units
