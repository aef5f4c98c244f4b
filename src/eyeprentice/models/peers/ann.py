"""An ordinary network of the student's shape: ReLU where the student spikes. What spikes cost or gain is the
difference.

The design is this project's, for comparison: the same input (local contrast and change), convolutions, cells and
read-out by integration over the steps as `Student` has. Only the read-out remembers. With `channels` narrowed it is
the ordinary network that takes as much energy as the student (`docs/results.md`).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import ContrastAndChange, EyeState, MapModel, MapReadout, scaled
from eyeprentice.snn import PerStep, State, convolution


@dataclass(frozen=True)
class ANNSettings:
    """The student's shape; see `StudentSettings`."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    channels: tuple[int, ...] = (32, 64, 96, 128)
    """Of each convolution, at width 1."""
    kernel: int = 7
    """Pixels a side of the first convolution's kernel; the others' are 3x3."""
    stride: int = 3
    """Of the first convolution; the others' is 2."""
    cells: int = 3
    """The read-out keeps a map of cells x cells."""
    readout_leak: float = 0.5
    """How much of the read-out's sum is left after a step, 0..1."""
    units: int = 0
    """Action units that the read-out estimates beside the emotions; 0 is none."""

    def __post_init__(self) -> None:
        if not self.channels or min(self.channels) < 1 or not self.width > 0:
            raise ValueError("channels and width must be above 0, and there must be a layer")
        if min(self.kernel, self.stride, self.cells) < 1:
            raise ValueError("kernel, stride and cells must be 1 or more")


class ANNState(NamedTuple):
    """What it keeps before its read-out."""

    eye: EyeState


class ANN(MapModel):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7) and the state to go on from."""

    def __init__(self, settings: ANNSettings) -> None:
        super().__init__()
        self.eye = ContrastAndChange()
        widths = [self.eye.channels, *(scaled(channels, settings.width) for channels in settings.channels)]
        layers: list[nn.Module] = []
        for number, (inputs, outputs) in enumerate(pairwise(widths)):
            kernel, stride = (3, 2) if number else (settings.kernel, settings.stride)
            layers += [convolution(inputs, outputs, kernel, stride), nn.BatchNorm2d(outputs), nn.ReLU()]
        self.layers = PerStep(*layers)
        self.readout = MapReadout(widths[-1], settings.cells, settings.readout_leak, units=settings.units)

    def features(self, clip: Clip, state: State = None) -> tuple[Tensor, ANNState]:
        x, eye = self.eye(clip.frames, None if state is None else state.eye)  # (T, B, 2, 90, 90)
        return self.readout.pooled(self.layers(x)[0]), ANNState(eye)  # (T, B, 1152)
