"""Surrogate gradients: forward a step at zero, backward the derivative of a smooth stand-in.

Each surrogate is a frozen dataclass whose derivative has unit area, so that exchanging one for another changes the
shape of the gradient and not its scale. See Neftci et al., *Surrogate Gradient Learning in Spiking Neural Networks*,
IEEE Signal Processing Magazine 2019.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor


class Surrogate(Protocol):
    """What stands in for the derivative of the step function, whose own is 0 almost everywhere."""

    def derivative(self, x: Tensor) -> Tensor:
        """The gradient that stands in for the step's at `x`, the distance to the threshold; any shape."""
        ...


@dataclass(frozen=True)
class Arctan:
    """Derivative (a/2) / (1 + (pi·a·x/2)^2): Fang et al., ICCV 2021, and SpikingJelly's `ATan`."""

    slope: float = 2.0

    def __post_init__(self) -> None:
        _positive("slope", self.slope)

    def derivative(self, x: Tensor) -> Tensor:
        return (self.slope / 2) / (1 + (math.pi / 2 * self.slope * x).square())


@dataclass(frozen=True)
class Rectangular:
    """Derivative 1/(2w) where |x| < w, else 0: Wu et al., Frontiers in Neuroscience 2018; SEEN's with w = 0.5."""

    half_width: float = 0.5

    def __post_init__(self) -> None:
        _positive("half_width", self.half_width)

    def derivative(self, x: Tensor) -> Tensor:
        return (x.abs() < self.half_width).to(x.dtype) / (2 * self.half_width)


@dataclass(frozen=True)
class Sigmoid:
    """Derivative a·sigmoid(a·x)·(1 - sigmoid(a·x)): SpikingJelly's and snnTorch's `sigmoid`."""

    slope: float = 4.0

    def __post_init__(self) -> None:
        _positive("slope", self.slope)

    def derivative(self, x: Tensor) -> Tensor:
        sigmoid = torch.sigmoid(self.slope * x)
        return self.slope * sigmoid * (1 - sigmoid)


@dataclass(frozen=True)
class Triangular:
    """Derivative max(0, 1 - |x|/w)/w: Bellec et al., NeurIPS 2018; SpikingJelly's `PiecewiseQuadratic` with a = 1/w."""

    half_width: float = 1.0

    def __post_init__(self) -> None:
        _positive("half_width", self.half_width)

    def derivative(self, x: Tensor) -> Tensor:
        return (1 - x.abs() / self.half_width).clamp(min=0) / self.half_width


class _Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, threshold: float, surrogate: Surrogate) -> Tensor:
        ctx.save_for_backward(x)
        ctx.threshold, ctx.surrogate = threshold, surrogate
        return (x > threshold).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        return gradients[0] * ctx.surrogate.derivative(x - ctx.threshold), None, None


def step(x: Tensor, threshold: float, surrogate: Surrogate) -> Tensor:
    """1 where `x > threshold`, else 0; its gradient is the surrogate's."""
    if not x.requires_grad:
        return (x > threshold).to(x.dtype)  # what is exported knows no gradients
    spikes: Tensor = _Step.apply(x, threshold, surrogate)  # type: ignore[no-untyped-call]
    return spikes


def _positive(name: str, value: float) -> None:
    if not value > 0:
        raise ValueError(f"{name} must be above 0, not {value}")
