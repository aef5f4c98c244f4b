"""Thin modules over the functions: they hold weights and settings, never state between calls.

Every layer here is `(x, state=None) -> (y, state)` on (T, B, ...), T being any number of steps. The state is a tree of
tensors (tuples within tuples; `()` where a layer keeps nothing), None is rest, and so is a tree of zeros. A clip is T
steps from rest, a stream one step a call: the same road.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice.snn.lif import lif_multi_step
from eyeprentice.snn.neuron import Neuron

State = Any
"""A tree of tensors: what a layer or a model keeps from one step to the next."""


def per_step(layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Applies what knows no time to every step at once: (T, B, ...) -> (T, B, ...)."""
    return layer(x.flatten(0, 1)).unflatten(0, x.shape[:2])


class PerStep(nn.Sequential):
    """Layers that know no time and keep no state: (T, B, ...) -> (T, B, ...), ()."""

    def forward(self, x: Tensor, state: State = ()) -> tuple[Tensor, State]:
        return per_step(super().forward, x), ()


class Chain(nn.Sequential):
    """Layers `(x, state) -> (y, state)` one after another; the state is a tuple of theirs."""

    def forward(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        after = []
        for layer, before in zip(self, state or [None] * len(self), strict=True):
            x, left = layer(x, before)
            after.append(left)
        return x, tuple(after)


class Shift(nn.Module):
    """Takes some channels from the step before: a memory of order that computes nothing.

    (T, B, C, H, W) -> the same shape, whose first `channels` are those of one step earlier, and zeros at rest. The
    state is what the next step will be given, (B, channels, H, W); () if `channels` is 0, which changes nothing. The
    online form of Lin, Gan and Han, *TSM: Temporal Shift Module*, ICCV 2019, section 4.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        if not self.channels:
            return x, ()
        moved, kept = x.split([self.channels, x.shape[2] - self.channels], dim=2)
        first = torch.zeros_like(moved[:1]) if state is None else state[None].to(x.dtype)
        return torch.cat([torch.cat([first, moved[:-1]]), kept], dim=2), moved[-1]

    def extra_repr(self) -> str:
        return f"{self.channels} channels"


class LIF(nn.Module):
    """A layer of LIF neurons: currents (T, ...), membrane (...) -> spikes (T, ...), membrane (...)."""

    def __init__(self, neuron: Neuron) -> None:
        super().__init__()
        self.neuron = neuron

    def forward(self, currents: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        return lif_multi_step(currents, state, self.neuron)

    def extra_repr(self) -> str:
        return str(self.neuron)


def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1, **options: Any) -> nn.Conv2d:
    """A convolution without bias whose output is its input's size over `stride`, rounded up."""
    kind = nn.Conv2d if inputs >= 8 else PaddedConvolution
    return kind(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False, **options)


class PaddedConvolution(nn.Conv2d):
    """A convolution of few channels, which a GPU's tensor cores do faster when they are filled up with zeros to 8."""

    def forward(self, x: Tensor) -> Tensor:
        missing = -x.shape[1] % 8
        if not (x.is_cuda and missing):
            return super().forward(x)
        if torch.is_autocast_enabled("cuda"):
            x = x.to(torch.get_autocast_dtype("cuda"))
        fill = (0, 0, 0, 0, 0, missing)
        return self._conv_forward(F.pad(x, fill), F.pad(self.weight, fill), self.bias)


class SpikingConvolution(nn.Module):
    """Convolution, batch norm and LIF: (T, B, C, H, W), membrane -> spikes (T, B, C', H', W'), membrane."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, neuron: Neuron) -> None:
        super().__init__()
        self.convolution = convolution(inputs, outputs, kernel, stride)
        self.norm = nn.BatchNorm2d(outputs)
        self.neurons = LIF(neuron)

    def forward(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        return self.neurons(per_step(lambda each: self.norm(self.convolution(each)), x), state)


class SEWBlock(nn.Module):
    """Spike-element-wise residual block with ADD: spikes of two convolutions plus the block's own input.

    (T, B, C, H, W) -> (T, B, C', H', W'); the sum of spikes is an integer of 0, 1, 2, ... Where the shape changes, a
    spiking 1x1 convolution is the shortcut. Fang et al., *Deep Residual Learning in SNNs*, NeurIPS 2021, Eq. 6.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, neuron: Neuron) -> None:
        super().__init__()
        self.branch = Chain(
            SpikingConvolution(inputs, outputs, 3, stride, neuron),
            SpikingConvolution(outputs, outputs, 3, 1, neuron),
        )
        same = inputs == outputs and stride == 1
        self.shortcut = PerStep() if same else SpikingConvolution(inputs, outputs, 1, stride, neuron)

    def forward(self, x: Tensor, state: State = None) -> tuple[Tensor, State]:
        branch, shortcut = state or (None, None)
        spikes, branch = self.branch(x, branch)
        passed, shortcut = self.shortcut(x, shortcut)
        return spikes + passed, (branch, shortcut)
