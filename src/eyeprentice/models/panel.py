"""Several teachers as one."""

from collections.abc import Sequence

import torch
from torch import Tensor

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import Model
from eyeprentice.snn import State


class Panel(Model):
    """Models that are asked together: the mean of their logits (T, B, 7), and a tuple of their states.

    The mean of logits is the logarithm of the geometric mean of probabilities: where one is sure that it is not an
    emotion, the panel is, too.
    """

    def __init__(self, members: Sequence[Model]) -> None:
        super().__init__()
        self.members = torch.nn.ModuleList(members)
        self.needs_events = any(member.needs_events for member in members)
        self.needs_whole_clips = any(member.needs_whole_clips for member in members)

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        told = [member(clip, before) for member, before in zip(self.members, state or self._rest(), strict=True)]
        return torch.stack([logits for logits, _ in told]).mean(0), tuple(after for _, after in told)

    def _rest(self) -> list[None]:
        return [None] * len(self.members)


def panel(models: Sequence[Model]) -> Model:
    """One model as it is, several as one."""
    return models[0] if len(models) == 1 else Panel(models)
