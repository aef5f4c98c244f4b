"""What a prediction depends on: clips from which something was taken, for models that learnt from whole ones.

A model that loses nothing with its clips reversed or stopped made nothing of time; one that loses nothing without
events made nothing of them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models import Model
from eyeprentice.models.base import ContrastAndChange
from eyeprentice.words.errors import InputError


@dataclass(frozen=True)
class Control:
    """One thing that is taken away."""

    text: str
    clip: Callable[[Clip], Clip] = lambda clip: clip
    layer: type[nn.Module] | None = None
    """The layer whose output loses all channels but the first."""
    of_events: bool = False
    """Whether it says something only of models that are given events."""

    def applies(self, model: Model) -> bool:
        if self.layer is not None:
            return any(isinstance(layer, self.layer) for layer in model.modules())
        return model.needs_events or not self.of_events

    @contextmanager
    def on(self, model: Model) -> Iterator[Callable[[Clip], tuple[Tensor, Any]]]:
        """`model` as it is to be asked while the block lasts."""
        layers = [layer for layer in model.modules() if self.layer is not None and isinstance(layer, self.layer)]
        hooks = [layer.register_forward_hook(_first_channel_alone) for layer in layers]
        try:
            yield lambda clip: model(self.clip(clip))
        finally:
            for hook in hooks:
                hook.remove()


def last(clip: Clip) -> Clip:
    """The last frame in every step; what happened just before it, too."""
    return in_order(clip, [len(clip.frames) - 1] * len(clip.frames))


def backwards(clip: Clip) -> Clip:
    """The last step first; what became brighter becomes darker."""
    clip = in_order(clip, range(len(clip.frames) - 1, -1, -1))
    return clip if clip.events is None else clip._replace(events=-clip.events)


def shuffled(clip: Clip) -> Clip:
    """The steps in an order that is neither theirs nor its reverse: 2, 4, ..., then 1, 3, ..."""
    steps = range(len(clip.frames))
    return in_order(clip, [*steps[1::2], *steps[::2]])


def without_events(clip: Clip) -> Clip:
    """As if nothing had happened."""
    return clip if clip.events is None else clip._replace(events=torch.zeros_like(clip.events))


def in_order(clip: Clip, steps: Any) -> Clip:
    """The steps of these numbers."""
    steps = list(steps)
    return Clip._make(None if part is None else part[steps] for part in clip)


def _first_channel_alone(layer: nn.Module, inputs: Any, outputs: tuple[Tensor, Any]) -> tuple[Tensor, Any]:
    maps, state = outputs
    return torch.cat([maps[:, :, :1], torch.zeros_like(maps[:, :, 1:])], dim=2), state


PLAIN = Control("whole clips")
CONTROLS = {
    "last": Control("the last frame in every step", last),
    "reversed": Control("clips that run backwards", backwards),
    "shuffled": Control("steps in another order", shuffled),
    "no-change": Control("without the change since earlier frames", layer=ContrastAndChange),
    "no-events": Control("without events", without_events, of_events=True),
}


def control_for(name: str, model: Model) -> Control:
    """The control called `name`; raises `InputError` if there is none, or it says nothing of `model`."""
    if name not in CONTROLS:
        raise InputError(name, "no such control", f"give one of {', '.join(CONTROLS)}")
    if not CONTROLS[name].applies(model):
        raise InputError(name, "this model is not given what the control takes away", "give another control")
    return CONTROLS[name]
