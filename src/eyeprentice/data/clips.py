"""Ex-Sy clips: which frames of a sequence a model is given, and the tensors that hold them."""

import re
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

NO_EVENT = 127 / 255
"""What a pixel of an event frame holds where nothing happened."""


class Clip(NamedTuple):
    """T steps of B sequences: what a model is given, and what else training may learn of them."""

    frames: Tensor  # (T, B, 1, H, W) float, 0..1
    events: Tensor | None  # the same shape, 0..1 around NO_EVENT; None where a model does without
    units: Tensor | None = None  # (T, B, U) intensities of action units, 0..1, where a dataset tells them; for no model


@dataclass(frozen=True)
class Sampling:
    """Ex-Sy: `steps` frames, `skip` frames left out between two of them; spans `x + (x - 1)·y` frames."""

    steps: int = 4
    skip: int = 3

    def __post_init__(self) -> None:
        if self.steps < 1 or self.skip < 0:
            raise ValueError(f"{self}: at least one step, and no negative skip")
        if self.steps > limits.STEPS or self.skip > limits.SKIP:
            raise ValueError(f"{self}: at most {limits.STEPS} steps, and {limits.SKIP} frames skipped")

    @classmethod
    def parse(cls, text: str) -> "Sampling":
        """Reads `E4-S3`; raises `InputError`."""
        if (match := re.fullmatch(r"E([1-9][0-9]{0,8})-S([0-9]{1,8})", text)) is None:
            raise InputError(text, "not a sampling", "write it like E4-S3: 4 frames, with 3 skipped between two")
        try:
            return cls(int(match[1]), int(match[2]))
        except ValueError as error:
            raise InputError(text, "not a sampling", str(error)) from None

    def __str__(self) -> str:
        return f"E{self.steps}-S{self.skip}"

    @property
    def span(self) -> int:
        """Frames from the first step to the last, both counted."""
        return self.steps + (self.steps - 1) * self.skip


def random_starts(lengths: Tensor, sampling: Sampling, generator: torch.Generator) -> Tensor:
    """A start for each sequence (B,), uniform over all at which the window fits; 0 where the sequence is shorter."""
    choices = (lengths - sampling.span + 1).clamp(min=1)
    return (torch.rand(len(lengths), generator=generator, dtype=torch.float64) * choices).long()


def clip_indices(starts: Tensor, lengths: Tensor, sampling: Sampling) -> Tensor:
    """Frame numbers within each sequence, (T, B). A sequence shorter than the window starts over (loop padding)."""
    offsets = torch.arange(sampling.steps) * (sampling.skip + 1)
    return (starts + offsets[:, None]) % lengths
