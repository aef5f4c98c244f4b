"""The student: a small spiking network that reads grey frames alone; and `ann`, the same without spikes.

Direct coding: the first convolution is fed analogue pixels, every layer after it spikes, and neurons that never fire
read the last spikes out. Four strided convolutions are all there is: what the first layer is given (local contrast,
and the change since the clip's first frame) and a read-out that keeps where things are matter more than depth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import ContrastAndChange, EyeState, MapModel, MapReadout, scaled
from eyeprentice.snn import Chain, Neuron, PerStep, SpikingConvolution, State, convolution


@dataclass(frozen=True)
class ANNSettings:
    """The student's shape; the defaults make 196,167 parameters and, at 90x90, 47 million MACs for an E4 clip."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    channels: tuple[int, ...] = (32, 64, 96, 128)
    """Of each convolution, at width 1; their number is the number of layers."""
    kernel: int = 7
    """Pixels a side of the first convolution's kernel; the others' are 3x3."""
    stride: int = 3
    """Of the first convolution; the others' is 2."""
    contrast: bool = True
    """Whether the first layer is given local contrast; otherwise grey, 0..1."""
    change: bool = True
    """Whether the first layer is also given the difference to the clip's first frame."""
    cells: int = 3
    """The read-out keeps a map of cells x cells; 1 is the global average."""
    readout_leak: float = 0.5
    """How much of the membrane of the read-out's neurons, which never fire, is left after a step, 0..1."""
    units: int = 0
    """Action units that the read-out estimates beside the emotions, as a second target of training; 0 is none."""

    def __post_init__(self) -> None:
        if not self.channels or min(self.channels) < 1 or not self.width > 0:
            raise ValueError("channels and width must be above 0, and there must be a layer")
        if min(self.kernel, self.stride, self.cells) < 1:
            raise ValueError("kernel, stride and cells must be 1 or more")


@dataclass(frozen=True)
class StudentSettings(ANNSettings):
    """The same shape, with neurons that spike."""

    leak: float = 0.5
    """How much of a spiking neuron's membrane is left after a step, 0..1."""


class StridedState(NamedTuple):
    """What the student keeps before its read-out."""

    eye: EyeState
    membrane: tuple[State, ...]  # of each layer, (B, C, H, W); () without spikes


class StridedNetwork(MapModel):
    """Local contrast and change, strided convolutions, and means over cells x cells parts of the last map.

    `layer` makes a convolution and what fires after it: `(inputs, outputs, kernel, stride)` -> a layer with state.
    """

    def __init__(self, settings: ANNSettings, layer: Callable[[int, int, int, int], nn.Module]) -> None:
        super().__init__()
        self.eye = ContrastAndChange(settings.contrast, settings.change)
        widths = [self.eye.channels, *(scaled(channels, settings.width) for channels in settings.channels)]
        self.layers = Chain(
            layer(widths[0], widths[1], settings.kernel, settings.stride),
            *(layer(inputs, outputs, 3, 2) for inputs, outputs in pairwise(widths[1:])),
        )
        self.readout = MapReadout(widths[-1], settings.cells, settings.readout_leak, units=settings.units)

    def features(self, clip: Clip, state: State = None) -> tuple[Tensor, StridedState]:
        eye, membrane = state or (None, None)
        x, eye = self.eye(clip.frames, eye)  # (T, B, 2, 90, 90) analogue
        x, membrane = self.layers(x, membrane)  # (T, B, 128, 4, 4) spikes
        return self.readout.pooled(x), StridedState(eye, membrane)  # (T, B, 1152) means of spikes


class Student(StridedNetwork):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7) and the state to go on from.

    Each layer is a convolution, batch norm and LIF neurons. The design is this project's; direct coding and the
    read-out by membrane potential follow SEEN (arXiv 2310.04043).
    """

    def __init__(self, settings: StudentSettings) -> None:
        super().__init__(settings, partial(SpikingConvolution, neuron=Neuron(leak=settings.leak)))


class ANN(StridedNetwork):
    """The student with ReLU where it spikes, so that only the read-out remembers: what spikes cost or gain.

    With `channels` narrowed it is the ordinary network that takes as much energy as the student (docs/results.md).
    """

    def __init__(self, settings: ANNSettings) -> None:
        super().__init__(settings, _rectified)


def _rectified(inputs: int, outputs: int, kernel: int, stride: int) -> PerStep:
    return PerStep(convolution(inputs, outputs, kernel, stride), nn.BatchNorm2d(outputs), nn.ReLU())
