"""Ex-Sy clips: which frames of a sequence a model is given, and the tensors that hold them."""

from typing import NamedTuple

import torch
from torch import Tensor

from eyeprentice.words.settings import Sampling

NO_EVENT = 127 / 255
"""What a pixel of an event frame holds where nothing happened."""


class Clip(NamedTuple):
    """T steps of B sequences: what a model is given, and what else training may learn of them."""

    frames: Tensor  # (T, B, 1, H, W) float, 0..1
    events: Tensor | None  # the same shape, 0..1 around NO_EVENT; None where a model does without
    units: Tensor | None = None  # (T, B, U) intensities of action units, 0..1, where a dataset tells them; for no model


def random_starts(lengths: Tensor, sampling: Sampling, generator: torch.Generator) -> Tensor:
    """A start for each sequence (B,), uniform over all at which the window fits; 0 where the sequence is shorter."""
    choices = (lengths - sampling.span + 1).clamp(min=1)
    return (torch.rand(len(lengths), generator=generator, dtype=torch.float64) * choices).long()


def clip_indices(starts: Tensor, lengths: Tensor, sampling: Sampling) -> Tensor:
    """Frame numbers within each sequence, (T, B). A sequence shorter than the window starts over (loop padding)."""
    offsets = torch.arange(sampling.steps) * (sampling.skip + 1)
    return (starts + offsets[:, None]) % lengths
