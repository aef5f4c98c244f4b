"""The student: a small spiking network that reads grey frames alone; and `ann`, the same without spikes.

Direct coding: the first convolution is fed analogue pixels, every layer after it spikes, and neurons that never fire
read the last spikes out. Four strided convolutions are all there is: what the first layer is given (local contrast,
and how it changed) and a read-out that keeps where things are matter more than depth. What makes it remember the order
of its steps costs next to nothing: the change since the previous step, and channels that each layer is given one step
late.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import ContrastAndChange, EyeState, MapModel, MapReadout, scaled
from eyeprentice.snn import Neuron, PerStep, Shift, SpikingConvolution, State, convolution
from eyeprentice.words import limits
from eyeprentice.words.settings import WIDTHS, check_ranges


@dataclass(frozen=True)
class ANNSettings:
    """The student's shape; the defaults make 406,567 parameters and, at 90x90, 97 million MACs for an E8 clip."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    channels: tuple[int, ...] = (32, 64, 128, 256)
    """Of each convolution, at width 1; their number is the number of layers."""
    kernel: int = 5
    """Pixels a side of the first convolution's kernel; the others' are 3x3."""
    stride: int = 4
    """Of the first convolution; the others' is 2."""
    contrast: bool = True
    """Whether the first layer is given local contrast; otherwise grey, 0..1."""
    change: bool = True
    """Whether the first layer is also given the difference to the clip's first frame."""
    step_change: bool = True
    """Whether the first layer is also given the difference to the frame of the previous step."""
    registration: int = 0
    """Iterations in which each frame is moved, turned and scaled onto the clip's first one before they are compared:
    for cameras that are not fixed to the head. 0 means that none is moved."""
    shift: float = 0.25
    """Share of the channels that each later layer is given one step late, 0..1; 0 means none."""
    step_weights: int = 1
    """How many first steps have weights of their own in the read-out; 1 means that all steps share theirs."""
    cells: int = 3
    """The read-out keeps a map of cells x cells; 1 is the global average."""
    readout_leak: float = 0.5
    """How much of the membrane of the read-out's neurons, which never fire, is left after a step, 0..1."""
    units: int = 0
    """Action units that the read-out estimates beside the emotions, as a second target of training; 0 is none."""

    def __post_init__(self) -> None:
        if not self.channels or min(self.channels) < 1 or not self.width > 0:
            raise ValueError("channels and width must be above 0, and there must be a layer")
        check_ranges(self, {"width": WIDTHS})
        if min(self.kernel, self.stride, self.cells) < 1:
            raise ValueError("kernel, stride and cells must be 1 or more")
        if self.registration and not self.change:
            raise ValueError(
                "registration moves frames onto the first one, so it needs change; leave one of the two out"
            )
        check_ranges(self, {"shift": (0, 1), "readout_leak": (0, 1), "registration": (0, limits.ITERATIONS)})


@dataclass(frozen=True)
class StudentSettings(ANNSettings):
    """The same shape, with neurons that spike."""

    leak: float = 0.5
    """How much of a spiking neuron's membrane is left after a step, 0..1."""
    last_leak: float = 0.0
    """The same of the last layer's neurons."""
    graded: bool = False
    """Whether the last layer sends how strongly it is driven (0 or more) instead of spikes: more accurate, at nearly
    the same number of operations, but not for hardware that sends spikes alone."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ranges(self, {"leak": (0, 1), "last_leak": (0, 1)})


class StridedState(NamedTuple):
    """What the student keeps before its read-out."""

    eye: EyeState
    delayed: tuple[State, ...]  # of each layer, what it will be given one step late, (B, C, H, W); () where nothing
    membrane: tuple[State, ...]  # of each layer, (B, C, H, W); () without spikes


Layer = Callable[[int, int, int, int], nn.Module]
"""(inputs, outputs, kernel, stride) -> a convolution and what fires after it, a layer with state."""


class StridedNetwork(MapModel):
    """Local contrast and change, strided convolutions made by `layer`, the last one by `last`, and means over cells x
    cells parts of the last map."""

    def __init__(self, settings: ANNSettings, layer: Layer, last: Layer) -> None:
        super().__init__()
        self.eye = ContrastAndChange(settings.contrast, settings.change, settings.step_change, settings.registration)
        widths = [self.eye.channels, *(scaled(channels, settings.width) for channels in settings.channels)]
        kinds = [*[layer] * (len(widths) - 2), last]
        shapes = [(settings.kernel, settings.stride), *[(3, 2)] * (len(widths) - 2)]
        self.layers = nn.ModuleList(
            kind(*channels, *shape) for kind, channels, shape in zip(kinds, pairwise(widths), shapes, strict=True)
        )
        self.shifts = nn.ModuleList([Shift(0), *(Shift(int(settings.shift * width)) for width in widths[1:-1])])
        self.readout = MapReadout(
            widths[-1], settings.cells, settings.readout_leak, units=settings.units, step_weights=settings.step_weights
        )

    def features(self, clip: Clip, state: State = None) -> tuple[Tensor, StridedState]:
        nothing = [None] * len(self.layers)
        eye, delayed, membranes = state or (None, nothing, nothing)
        x, eye = self.eye(clip.frames, eye)  # (T, B, 3, 90, 90) analogue
        after: list[tuple[State, State]] = []
        for shift, layer, late, membrane in zip(self.shifts, self.layers, delayed, membranes, strict=True):
            x, late = shift(x, late)
            x, membrane = layer(x, membrane)
            after.append((late, membrane))
        delayed, membranes = zip(*after, strict=True)  # and x is (T, B, 256, 3, 3) spikes
        return self.readout.pooled(x), StridedState(eye, delayed, membranes)  # (T, B, 2304) spikes, or their means


class Student(StridedNetwork):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7) and the state to go on from.

    Each layer is a convolution, batch norm and LIF neurons. The design is this project's; direct coding and the
    read-out by membrane potential follow SEEN (arXiv 2310.04043).
    """

    def __init__(self, settings: StudentSettings) -> None:
        layer, last = (
            partial(SpikingConvolution, neuron=Neuron(leak=leak)) for leak in (settings.leak, settings.last_leak)
        )
        super().__init__(settings, layer, _rectified if settings.graded else last)


class ANN(StridedNetwork):
    """The student with ReLU where it spikes, so that no membrane remembers: what spikes cost or gain.

    With `channels` narrowed it is the ordinary network that takes as much energy as the student (docs/results.md).
    """

    def __init__(self, settings: ANNSettings) -> None:
        super().__init__(settings, _rectified, _rectified)


def _rectified(inputs: int, outputs: int, kernel: int, stride: int) -> PerStep:
    return PerStep(convolution(inputs, outputs, kernel, stride), nn.BatchNorm2d(outputs), nn.ReLU())
