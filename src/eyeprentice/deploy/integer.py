"""A student whose layers add up spikes in whole numbers: its weights have 8 bits, which processors multiply faster.

Of each output of a convolution the largest weight becomes 127 or -127. What comes in is a spike or none, so that a sum
of weights is a whole number, which every machine finds alike; it is multiplied once, with what the batch norm and the
rounding ask for. The first convolution, whose input is analogue, and the read-out stay in float32.

Maps lie as (H·W, C) here, channels last: what a place of the next map is given are then nine rows, and all of a layer
is one product of matrices.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models import Model
from eyeprentice.models.base import MapModel
from eyeprentice.models.student import StridedState, Student
from eyeprentice.snn import Shift, SpikingConvolution, State
from eyeprentice.snn.neuron import lif_step
from eyeprentice.words.errors import InputError

MOST = 127
"""Of a weight."""


class IntegerStudent(MapModel):
    """`student` with weights of 8 bits; of batches of one, and in steps rather than clips. It cannot be trained.

    It is given and gives what the student does. Its state has the same names, and maps in it are (H·W, C).
    """

    def __init__(self, student: Student, size: int) -> None:
        super().__init__()
        self.student, self.eye, self.readout = student, student.eye, student.readout
        self.shifts = [shift for shift in student.shifts if isinstance(shift, Shift)][1:]
        first, *others = student.layers
        assert isinstance(first, SpikingConvolution)
        self.first, self.others, self.sides = first, nn.ModuleList(), [_side(first, size)]
        for layer in others:
            assert isinstance(layer, SpikingConvolution)
            self.others.append(IntegerConvolution(layer, self.sides[-1]))
            self.sides.append(_side(layer, self.sides[-1]))

    def features(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        if clip.frames.shape[1] != 1:
            raise ValueError("a student of whole numbers reads one clip at a time")
        steps = []
        for frame in clip.frames.split(1):
            x, state = self._step(frame, state)
            steps.append(x)
        return self.readout.pooled(torch.cat(steps)), state

    def _step(self, frame: Tensor, state: State) -> tuple[Tensor, State]:
        nothing = [None] * (1 + len(self.others))
        eye, delayed, membranes = state or (None, nothing, nothing)
        x, eye = self.eye(frame, eye)
        currents = self.first.norm(self.first.convolution(x.flatten(0, 1))).permute(0, 2, 3, 1).flatten(0, 2)
        spikes, membrane = lif_step(currents, membranes[0], self.first.neurons.neuron)
        after: list[tuple[State, State]] = [((), membrane)]
        for shift, layer, late, before in zip(self.shifts, self.others, delayed[1:], membranes[1:], strict=True):
            spikes, late = _shifted(spikes.to(torch.uint8), late, shift.channels)
            spikes, membrane = layer(spikes, before)
            after.append((late, membrane))
        delayed, membranes = zip(*after, strict=True)
        maps = spikes.T.reshape(1, 1, -1, self.sides[-1], self.sides[-1])
        return maps, StridedState(eye, delayed, membranes)


def integer_student(model: Model, size: int) -> IntegerStudent:
    """Of a student for frames of `size`; raises `InputError` for any other model, and for one with graded spikes."""
    if not isinstance(model, Student) or not all(isinstance(layer, SpikingConvolution) for layer in model.layers):
        what = "is no student, or its last layer sends more than spikes: nothing but spikes is added in whole numbers"
        raise InputError("model", what, "export it as onnx, in float32")
    return IntegerStudent(model, size)


class IntegerConvolution(nn.Module):
    """A `SpikingConvolution` of maps of `side` x `side`: spikes (side², C), membrane -> spikes (H·W, C'), membrane."""

    def __init__(self, layer: SpikingConvolution, side: int) -> None:
        super().__init__()
        weights, scale = rounded(layer.convolution.weight.detach())
        norm = layer.norm
        assert norm.running_var is not None
        assert norm.running_mean is not None
        gain = norm.weight.detach() / (norm.running_var + norm.eps).sqrt()
        self.neuron = layer.neurons.neuron
        self.register_buffer("weights", weights.permute(2, 3, 1, 0).flatten(0, 2).to(torch.int8).contiguous())
        self.register_buffer("gain", gain * scale)
        self.register_buffer("bias", norm.bias.detach() - norm.running_mean * gain)
        self.register_buffer("rows", _rows(layer.convolution, side))

    def forward(self, spikes: Tensor, membrane: Tensor | None) -> tuple[Tensor, Tensor]:
        assert isinstance(self.weights, Tensor)
        assert isinstance(self.rows, Tensor)
        given = torch.cat([spikes, torch.zeros(1, spikes.shape[1], dtype=torch.uint8)])
        sums = spikes_times(given.index_select(0, self.rows).reshape(-1, len(self.weights)), self.weights)
        return lif_step(sums.float() * self.gain + self.bias, membrane, self.neuron)


def rounded(weights: Tensor) -> tuple[Tensor, Tensor]:
    """Weights (C', C, K, K) -> whole numbers, -127..127, and what each output's are times, (C',)."""
    largest = weights.abs().amax((1, 2, 3))
    scale = torch.where(largest > 0, largest, MOST) / MOST
    return (weights / scale[:, None, None, None]).round(), scale


@torch.no_grad()
def round_weights(student: Student) -> None:
    """Lets a student have in float32 the weights that `IntegerStudent` has, so that both say the same."""
    for layer in list(student.layers)[1:]:
        if isinstance(layer, SpikingConvolution):
            whole, scale = rounded(layer.convolution.weight)
            layer.convolution.weight.copy_(whole * scale[:, None, None, None])


@torch.library.custom_op("eyeprentice::spikes_times", mutates_args=())
def spikes_times(spikes: Tensor, weights: Tensor) -> Tensor:
    """uint8 (M, K) times int8 (K, N) -> int32 (M, N). Exact: its sums are below 2^24."""
    return (spikes.float() @ weights.float()).to(torch.int32)


@spikes_times.register_fake
def _(spikes: Tensor, weights: Tensor) -> Tensor:
    return spikes.new_empty(spikes.shape[0], weights.shape[1], dtype=torch.int32)


def translations() -> dict[Callable[..., Any], Callable[..., Any]]:
    """How what is not PyTorch's own here is written as ONNX."""
    from onnxscript import opset18

    return {torch.ops.eyeprentice.spikes_times.default: lambda spikes, weights: opset18.MatMulInteger(spikes, weights)}


def _shifted(spikes: Tensor, late: Tensor | None, channels: int) -> tuple[Tensor, State]:
    """As `Shift` does, of (H·W, C)."""
    if not channels:
        return spikes, ()
    moved, kept = spikes.split([channels, spikes.shape[1] - channels], dim=1)
    before = torch.zeros_like(moved) if late is None else late.to(torch.uint8)
    return torch.cat([before, kept], dim=1), moved.float()


def _side(layer: SpikingConvolution, side: int) -> int:
    """Of a layer's map, where it is given one of `side` x `side`."""
    of = layer.convolution
    return (side + 2 * int(of.padding[0]) - of.kernel_size[0]) // of.stride[0] + 1


def _rows(convolution: nn.Conv2d, side: int) -> Tensor:
    """Which places each output is given, kernel after kernel; side² stands for one beyond the border."""
    kernel, stride, padding = convolution.kernel_size[0], convolution.stride[0], int(convolution.padding[0])
    starts = torch.arange(0, side + 2 * padding - kernel + 1, stride) - padding
    along = starts[:, None] + torch.arange(kernel)  # (H, K) places of each output's kernel
    there = (along >= 0) & (along < side)
    row, column = along[:, None, :, None], along[None, :, None, :]
    inside = there[:, None, :, None] & there[None, :, None, :]
    return torch.where(inside, row * side + column, side**2).flatten()
