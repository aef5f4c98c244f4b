"""Thin modules over the functions: they hold weights and settings, never state between calls."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice.snn.lif import lif_spikes
from eyeprentice.snn.neuron import Neuron, lif_step


class PerStep(nn.Sequential):
    """Layers that know no time, applied to every step at once: (T, B, ...) -> (T, B, ...)."""

    def forward(self, x: Tensor) -> Tensor:
        steps, batch = x.shape[:2]
        return self.at_once(x.flatten(0, 1)).unflatten(0, (steps, batch))

    def at_once(self, x: Tensor) -> Tensor:
        """(N, ...) -> (N, ...)"""
        y: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
        return y


class LIF(nn.Module):
    """A layer of LIF neurons that starts from rest at every call: currents (T, ...) -> spikes (T, ...)."""

    def __init__(self, neuron: Neuron) -> None:
        super().__init__()
        self.neuron = neuron

    def forward(self, currents: Tensor) -> Tensor:
        return lif_spikes(currents, self.neuron)

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


class SpikingConvolution(nn.Sequential):
    """Convolution, batch norm and LIF: (T, B, C, H, W) -> spikes (T, B, C', H', W')."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, neuron: Neuron) -> None:
        super().__init__(
            PerStep(convolution(inputs, outputs, kernel, stride), nn.BatchNorm2d(outputs)),
            LIF(neuron),
        )

    def step(self, x: Tensor, membrane: Tensor) -> tuple[Tensor, Tensor]:
        """One step: (B, C, H, W) and membrane -> spikes and membrane, (B, C', H', W')."""
        layers: Any = self[0]
        neurons: Any = self[1]
        return lif_step(layers.at_once(x), membrane, neurons.neuron)


class SEWBlock(nn.Module):
    """Spike-element-wise residual block with ADD: spikes of two convolutions plus the block's own input.

    (T, B, C, H, W) -> (T, B, C', H', W'); the sum of spikes is an integer of 0, 1, 2, ... Where the shape changes, a
    spiking 1x1 convolution is the shortcut. Fang et al., *Deep Residual Learning in SNNs*, NeurIPS 2021, Eq. 6.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, neuron: Neuron) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            SpikingConvolution(inputs, outputs, 3, stride, neuron),
            SpikingConvolution(outputs, outputs, 3, 1, neuron),
        )
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else SpikingConvolution(inputs, outputs, 1, stride, neuron)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.branch(x) + self.shortcut(x)
        return y
