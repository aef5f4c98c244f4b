"""Long videos of one simulated person whose emotion changes, with the emotion of every frame: for testing streams."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from eyeprentice.synth.camera import photograph
from eyeprentice.synth.drawing import Floats, smooth
from eyeprentice.synth.expressions import sample_pattern, sample_strength
from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.synth.light import lamp_of, sample_light
from eyeprentice.synth.motion import frame_times, sample_motion
from eyeprentice.synth.people import DRAWN, open_people, random_numbers
from eyeprentice.synth.variety import SEE
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

STREAM = 1_000_003
"""Key of a stream's random numbers."""


@dataclass(frozen=True)
class Stream:
    frames: NDArray[np.uint8]  # (T, S, S)
    emotions: tuple[str, ...]  # of each frame; one begins with its onset
    changes: tuple[int, ...]
    """Frames at which another emotion begins."""


def simulate_stream(
    seed: int, subject: int, emotions: Sequence[str], frames_each: int | Sequence[int], size: int
) -> Stream:
    """A person of the simulated dataset of `seed` showing `emotions`, one after another without a pause.

    `frames_each` is for how long, of all of them or of each.
    From one to the next every action unit goes over within 5 to 14 frames, as in the dataset's onsets.
    """
    person = open_people(DRAWN, seed, SEE).person(subject)
    rng = random_numbers(seed, subject, STREAM)
    lengths = [frames_each] * len(emotions) if isinstance(frames_each, int) else list(frames_each)
    length, begins = sum(lengths), (0, *accumulate(lengths[:-1]))
    light = sample_light(LIGHTINGS[subject % len(LIGHTINGS)], rng)
    lamp, face = lamp_of(light, rng), person.face(size)
    base = sample_motion("neutral", length, person.mobility, rng)
    units = base.units + _courses(emotions, begins, length, person.mobility, rng)
    motion = replace(base, units=np.clip(units, 0, 1))
    radiance = np.stack([face.render(motion.pose(moment), lamp) for moment in motion.moments])
    shown = tuple(emotion for emotion, frames in zip(emotions, lengths, strict=True) for _ in range(frames))
    return Stream(photograph(radiance, light, rng), shown, begins[1:])


def random_emotions(count: int, rng: np.random.Generator) -> list[str]:
    """`count` emotions, none twice in a row."""
    chosen = [str(rng.choice(EMOTIONS))]
    while len(chosen) < count:
        chosen.append(str(rng.choice([emotion for emotion in EMOTIONS if emotion != chosen[-1]])))
    return chosen


def _courses(
    emotions: Sequence[str], begins: Sequence[int], length: int, mobility: tuple[float, ...], rng: np.random.Generator
) -> Floats:
    """Intensities of the action units at every instant, (N, 8)."""
    at = frame_times(length)
    units = np.zeros((len(at), len(ACTION_UNITS)))
    for begin, emotion in zip(begins, emotions, strict=True):
        apex = sample_pattern(emotion, rng) * sample_strength(rng) * mobility
        course = smooth((at - begin + 1) / rng.uniform(5, 14))[:, None]
        units += (apex - units) * course
    return units
