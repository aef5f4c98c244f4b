"""Time in augmented clips: steps that are held, clips that run backwards, and clips that stand still.

An order (B, T) tells of each step which step of the plain clip it shows: 0, 1, 2, 3 is the plain one, 3, 2, 1, 0 runs
backwards, 0, 1, 1, 1 is held from the second step on, and 2, 2, 2, 2 is one picture.
"""

import torch
from torch import Tensor

from eyeprentice.data.clips import NO_EVENT
from eyeprentice.words.settings import Augmentation


def draw_order(settings: Augmentation, batch: int, steps: int, generator: torch.Generator) -> Tensor:
    """Orders (B, T): shares of about `hold` are held for a while, `reverse` run backwards, and `still` stand still."""
    place = torch.arange(steps)
    backwards = torch.rand(batch, 1, generator=generator) < settings.reverse
    order = torch.where(backwards, place.flip(0), place)
    held = torch.rand(batch, 1, generator=generator) < settings.hold
    first = (torch.rand(batch, 1, generator=generator) * (steps - 1)).long()
    last = first + 1 + (torch.rand(batch, 1, generator=generator) * (steps - 1 - first)).long()
    order = torch.where(held & (place >= first) & (place <= last), order.gather(1, first), order)
    still = torch.rand(batch, 1, generator=generator) < settings.still
    return torch.where(still, (torch.rand(batch, 1, generator=generator) * steps).long(), order)


def pace(moments: Tensor, lengths: Tensor, order: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers of the frames and of the event frames that an order shows, (T, B).

    `moments` (T, B) are those of the plain clips in sequences of `lengths` (B,). An event frame holds what happened
    since the frame before it, which is the frame after it where time runs backwards.
    """
    frames = moments.gather(0, order.T)
    return frames, (frames + _backwards(order)).minimum(lengths - 1)


def pace_events(events: Tensor, order: Tensor) -> Tensor:
    """Event frames (T, B, 1, H, W) in an order: none while a step is held, and of the other sign backwards in time."""
    sign = (1 - 2 * _backwards(order).float()).repeat(order.shape[1], 1)  # (T, B)
    sign[1:][order.T[1:] == order.T[:-1]] = 0
    return ((events - NO_EVENT) * sign[:, :, None, None, None] + NO_EVENT).clamp(0, 1)


def _backwards(order: Tensor) -> Tensor:
    """(B,) bool"""
    return order[:, -1] < order[:, 0]
