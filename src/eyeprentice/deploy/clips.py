"""Clips to calibrate on and to compare with: of a dataset, or simulated where there is none at hand."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eyeprentice.data.clips import Sampling, clip_indices, random_starts
from eyeprentice.data.dataset import Dataset
from eyeprentice.synth.plan import plan
from eyeprentice.synth.sequence import simulate_sequence
from eyeprentice.vocabulary import EMOTIONS

UNSEEN = 1_000_003
"""Seed of people who are in no dataset that anyone would simulate."""


def dataset_clips(
    dataset: Dataset, chosen: Tensor, sampling: Sampling, count: int, seed: int = 0
) -> tuple[NDArray[np.uint8], Tensor]:
    """`count` clips (T, B, H, W) of the chosen sequences, in turn, from random starts, and their labels (B,)."""
    generator = torch.Generator().manual_seed(seed)
    order = chosen[torch.randperm(len(chosen), generator=generator)]
    sequences = order[torch.arange(count) % len(order)]
    frames, _ = dataset.gather(sequences, random_starts(dataset.lengths[sequences], sampling, generator), sampling)
    return frames.squeeze(2).numpy(), dataset.labels[sequences]


def simulated_clips(
    sampling: Sampling, size: int, people: int = 3, seed: int = UNSEEN
) -> tuple[NDArray[np.uint8], Tensor]:
    """A clip from the middle of every emotion of `people` simulated people: (T, B, H, W), labels (B,)."""
    clips, labels = [], []
    for planned in plan(7 * people, people, 96, seed):
        frames = simulate_sequence(planned).frames
        start = torch.tensor([max(0, (len(frames) - sampling.span) // 2)])
        numbers = clip_indices(start, torch.tensor([len(frames)]), sampling)[:, 0].tolist()
        clips.append([cv2.resize(frames[n], (size, size), interpolation=cv2.INTER_AREA) for n in numbers])
        labels.append(EMOTIONS.index(planned.name.emotion))
    return np.array(clips, np.uint8).swapaxes(0, 1), torch.tensor(labels)
