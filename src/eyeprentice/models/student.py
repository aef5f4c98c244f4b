"""The student: a small spiking network that reads grey frames alone.

Direct coding: the first convolution is fed analogue pixels, every layer after it spikes, and neurons that never fire
read the last spikes out. Four strided convolutions are all there is: what the first layer is given (local contrast,
and the change since the clip's first frame) and a read-out that keeps where things are matter more than depth.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import ContrastAndChange, MapReadout, Model, scaled
from eyeprentice.snn import Neuron, SpikingConvolution


@dataclass(frozen=True)
class StudentSettings:
    width: float = 1.0
    """Multiplies the channels of every layer."""
    channels: tuple[int, ...] = (32, 64, 96, 128)
    kernel: int = 7
    """Of the first convolution; the others' are 3x3."""
    stride: int = 3
    """Of the first convolution; the others' is 2."""
    contrast: bool = True
    change: bool = True
    cells: int = 3
    """The read-out keeps a map of cells x cells; 1 is the global average."""
    leak: float = 0.5
    readout_leak: float = 0.5


class State(NamedTuple):
    """What the student keeps from one step to the next; all zeros is rest."""

    age: Tensor  # (1,) steps since rest
    first: Tensor  # (B, 1, H, W) the contrast of the first frame since rest
    membranes: tuple[Tensor, ...]  # of each layer, (B, C, H, W)
    readout: Tensor  # (B, 7)


class Student(Model):
    def __init__(self, settings: StudentSettings) -> None:
        super().__init__()
        self.settings = settings
        neuron = Neuron(leak=settings.leak)
        self.eye = ContrastAndChange(settings.contrast, settings.change)
        widths = [self.eye.channels, *(scaled(channels, settings.width) for channels in settings.channels)]
        self.layers = nn.Sequential(
            SpikingConvolution(widths[0], widths[1], settings.kernel, settings.stride, neuron),
            *(SpikingConvolution(inputs, outputs, 3, 2, neuron) for inputs, outputs in pairwise(widths[1:])),
        )
        self.readout = MapReadout(widths[-1], settings.cells, settings.readout_leak)

    def forward(self, clip: Clip) -> Tensor:
        x = self.eye(clip.frames)  # (T, B, 2, 90, 90) analogue
        x = self.layers(x)  # (T, B, 128, 4, 4) spikes
        logits: Tensor = self.readout(x)  # (T, B, 7) membranes
        return logits

    @torch.no_grad()
    def rest(self, batch: int, size: int) -> State:
        """The state before the first frame of (B, 1, size, size)."""
        x = torch.zeros(batch, self.eye.channels, size, size)
        membranes = []
        for layer in self.spiking:
            x = layer[0].at_once(x)
            membranes.append(torch.zeros_like(x))
        return State(torch.zeros(1), torch.zeros(batch, 1, size, size), tuple(membranes), torch.zeros(batch, 7))

    @property
    def spiking(self) -> list[Any]:
        """The spiking layers, first to last: each a `SpikingConvolution`."""
        return list(self.layers)

    def step(self, frame: Tensor, state: State) -> tuple[Tensor, State]:
        """One step: frame (B, 1, H, W), 0..1, and state -> logits (B, 7) and state.

        A clip's frames, one by one from rest, give the rows of `forward`. Without gradient; batch norms must be those
        of evaluation.
        """
        x, first = self.eye.step(frame, state.first, state.age)
        membranes = []
        for layer, membrane in zip(self.spiking, state.membranes, strict=True):
            x, membrane = layer.step(x, membrane)
            membranes.append(membrane)
        readout = self.readout.step(x, state.readout)
        return readout, State(state.age + 1, first, tuple(membranes), readout)
