"""Clips to compare an exported file on, and others, of other people, to calibrate int8 on."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eyeprentice.data.clips import clip_indices, random_starts
from eyeprentice.data.dataset import Dataset, open_dataset
from eyeprentice.judging.evaluation import held_out_sequences
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.sequence import simulate_sequence
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.settings import Sampling
from eyeprentice.words.vocabulary import EMOTIONS

UNSEEN = 1_000_003
"""Seed of people who are in no dataset that anyone would simulate."""
CALIBRATION = 100
"""Clips to calibrate on, at most."""


@dataclass(frozen=True)
class Trial:
    """What an exported file is tried on."""

    frames: NDArray[np.uint8]  # (T, B, H, W) test clips
    labels: Tensor  # (B,) their emotions
    calibration: NDArray[np.uint8]  # (T, C, H, W) clips of other people; C is 0 where nothing is calibrated
    source: str
    """Whose clips they are, in words."""


def trial_clips(run: Path, config: Recipe, data: Path | None, count: int, calibrate: bool) -> Trial:
    """`count` test clips of `data`, of sequences that `run` was not trained on; of simulated people without `data`.

    With `calibrate`, nobody is both tested and calibrated on. Raises `InputError` where there is only one person.
    """
    none = np.empty((config.sampling.steps, 0, config.size, config.size), np.uint8)
    if data is None:
        frames, labels = simulated_clips(config.sampling, config.size)
        others = simulated_clips(config.sampling, config.size, seed=UNSEEN + 1)[0] if calibrate else none
        return Trial(frames, labels, others, "simulated people")
    dataset = open_dataset(data, config.size, events=False)
    tested = held_out_sequences(dataset, run, config)[0]
    if not calibrate:
        return Trial(*dataset_clips(dataset, tested, config.sampling, count), none, str(data))
    subjects = [name.subject for name in dataset.names]
    tested, rest = divide_people(subjects, tested, data)
    calibration, _ = dataset_clips(dataset, rest, config.sampling, min(CALIBRATION, count))
    return Trial(*dataset_clips(dataset, tested, config.sampling, count), calibration, str(data))


def divide_people(subjects: list[str], tested: Tensor, data: Path) -> tuple[Tensor, Tensor]:
    """Numbers of the sequences to test on, and of those to calibrate on: nobody is in both.

    `subjects` says whose each sequence is. Calibrated is on the people of whom nothing is tested; where there are none,
    a fifth of the tested people is taken out of the test for it. Raises `InputError` where only one person is there.
    """
    people = sorted({subjects[number] for number in tested.tolist()})
    if set(subjects) == set(people):
        if len(people) < 2:
            raise InputError(
                data, "holds one person", "give data of two or more: int8 is calibrated on one, tested on another"
            )
        people = people[max(1, len(people) // 5) :]
        tested = torch.tensor([number for number in tested.tolist() if subjects[number] in people])
    others = [number for number, subject in enumerate(subjects) if subject not in people]
    return tested, torch.tensor(others)


def dataset_clips(
    dataset: Dataset, chosen: Tensor, sampling: Sampling, count: int, seed: int = 0
) -> tuple[NDArray[np.uint8], Tensor]:
    """`count` clips (T, B, H, W) of the chosen sequences, in turn, from random starts, and their labels (B,)."""
    generator = torch.Generator().manual_seed(seed)
    order = chosen[torch.randperm(len(chosen), generator=generator)]
    sequences = order[torch.arange(count) % len(order)]
    clips = dataset.gather(sequences, random_starts(dataset.lengths[sequences], sampling, generator), sampling)
    return clips.frames.squeeze(2).numpy(), dataset.labels[sequences]


def simulated_clips(
    sampling: Sampling, size: int, people: int = 3, seed: int = UNSEEN
) -> tuple[NDArray[np.uint8], Tensor]:
    """A clip from the middle of every emotion of `people` simulated people: (T, B, H, W), labels (B,)."""
    clips, labels = [], []
    for planned in plan_sequences(7 * people, people, 96, seed, representation=None):
        frames = simulate_sequence(planned).frames
        start = torch.tensor([max(0, (len(frames) - sampling.span) // 2)])
        numbers = clip_indices(start, torch.tensor([len(frames)]), sampling)[:, 0].tolist()
        clips.append([cv2.resize(frames[n], (size, size), interpolation=cv2.INTER_AREA) for n in numbers])
        labels.append(EMOTIONS.index(planned.name.emotion))
    return np.array(clips, np.uint8).swapaxes(0, 1), torch.tensor(labels)
