"""Ex-Sy clips: which frames of a sequence a model is given, the tensors that hold them, and their labels."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from eyeprentice.data.layout import BLINK
from eyeprentice.sources.events.representation import NONE, OFF, ON
from eyeprentice.words.settings import Sampling
from eyeprentice.words.vocabulary import EMOTIONS


class Clip(NamedTuple):
    """T steps of B sequences: what a model is given, and what else training may learn of them."""

    frames: Tensor  # (T, B, 1, H, W) float, 0..1
    events: Tensor | None  # the same shape, -1..1: 1 brighter, -1 darker, 0 nothing; None where a model does without
    units: Tensor | None = None  # (T, B, U) intensities of action units, 0..1, where a dataset tells them; for no model


def signed(images: Tensor) -> Tensor:
    """Event frames as they are stored (uint8; 127 nothing, 255 brighter, 0 darker) -> float, -1..1, exact at these."""
    level = images.float() - NONE
    return torch.where(level > 0, level / (ON - NONE), level / (NONE - OFF))


def as_images(events: Tensor) -> Tensor:
    """Events, -1..1 -> what the image of them holds, 0..1: the inverse of `signed`, over 255."""
    return (NONE + torch.where(events > 0, (ON - NONE) * events, (NONE - OFF) * events)) / ON


def random_starts(lengths: Tensor, sampling: Sampling, generator: torch.Generator) -> Tensor:
    """A start for each sequence (B,), uniform over all at which the window fits; 0 where the sequence is shorter."""
    choices = (lengths - sampling.span + 1).clamp(min=1)
    return (torch.rand(len(lengths), generator=generator, dtype=torch.float64) * choices).long()


def clip_indices(starts: Tensor, lengths: Tensor, sampling: Sampling) -> Tensor:
    """Frame numbers within each sequence, (T, B). A sequence shorter than the window starts over (loop padding)."""
    offsets = torch.arange(sampling.steps) * (sampling.skip + 1)
    return (starts + offsets[:, None]) % lengths


def reorder(numbers: Tensor, lengths: Tensor, order: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers of the frames and of the event frames that orders (B, T) of steps show, (T, B).

    `numbers` (T, B) are those of the plain clips in sequences of `lengths` (B,). An order of -1 is the first frame of
    the sequence. An event frame holds what happened since the frame before it, which is the frame after it where time
    runs backwards.
    """
    frames = numbers.gather(0, order.T.clamp(min=0)).masked_fill(order.T < 0, 0)
    return frames, (frames + runs_backwards(order)).minimum(lengths - 1)


def runs_backwards(order: Tensor) -> Tensor:
    """Which clips run backwards by their orders (B, T) of steps: (B,) bool."""
    return order[:, -1] < order[:, 0]


def label_moment(clip: Clip, labels: Tensor, unit_names: Sequence[str], threshold: float) -> Tensor:
    """Labels (B,) of clips whose units are `unit_names`: neutral where no unit reaches `threshold` in any step.

    A sequence begins and often ends with a relaxed face, and a clip of it starts anywhere. Under the sequence's label,
    a network learns from clips of relaxed faces to tell emotions where there are none, from who the person is and how
    they are lit. (Testing keeps the sequence's label, as the field's protocol has it.) A blink is nobody's emotion, and
    counts as no unit. Without units, or with a threshold of 0, the labels stay.
    """
    if clip.units is None or not threshold:
        return labels
    counted = torch.tensor([name != BLINK for name in unit_names])
    shown = torch.where(counted.to(clip.units.device, non_blocking=True), clip.units, 0).amax((0, 2))  # (B,)
    return labels.masked_fill(shown < threshold, EMOTIONS.index("neutral"))
