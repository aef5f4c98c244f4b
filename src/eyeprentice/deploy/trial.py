"""Clips to compare an exported file on."""

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
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.settings import Sampling
from eyeprentice.words.vocabulary import EMOTIONS

UNSEEN = 1_000_003
"""Seed of people who are in no dataset that anyone would simulate."""


@dataclass(frozen=True)
class Trial:
    """What an exported file is tried on."""

    frames: NDArray[np.uint8]  # (T, B, H, W) test clips
    labels: Tensor  # (B,) their emotions
    source: str
    """Whose clips they are, in words."""


def trial_clips(run: Path, config: Recipe, data: Path | None, count: int) -> Trial:
    """`count` test clips of `data`, of sequences that `run` was not trained on; of simulated people without `data`."""
    if data is None:
        return Trial(*simulated_clips(config.sampling, config.size), "simulated people")
    dataset = open_dataset(data, config.size, events=False)
    tested = held_out_sequences(dataset, run, config)[0]
    return Trial(*dataset_clips(dataset, tested, config.sampling, count), str(data))


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
