"""The student: a small spiking network that reads grey frames alone.

Direct coding: the first convolution is fed analogue pixels, every layer after it spikes, and neurons that never fire
read the last spikes out. Four strided convolutions are all there is: what the first layer is given (local contrast,
and the change since the clip's first frame) and a read-out that keeps where things are matter more than depth.
"""

from dataclasses import dataclass
from itertools import pairwise

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


class Student(Model):
    def __init__(self, settings: StudentSettings) -> None:
        super().__init__()
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
