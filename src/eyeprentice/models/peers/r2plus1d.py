"""R(2+1)D-18: 3D ResNet whose convolutions are one over space and one over time.

Tran et al., *A Closer Look at Spatiotemporal Convolutions for Action Recognition*, CVPR 2018: as many channels
between the two as keep the number of parameters of a 3D convolution. 31.5 million parameters with 400 classes
(torchvision's). SEEN's authors compare with it: 42.4 GFLOPs for 16 pictures of 112x112, and on SEE WAR 49.7 (arXiv
2310.04043).
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import Model, scaled
from eyeprentice.models.peers.clips import every_step, pictures, refuse_state
from eyeprentice.models.residual import CHANNELS
from eyeprentice.snn import State
from eyeprentice.words.vocabulary import EMOTIONS


@dataclass(frozen=True)
class R2Plus1DSettings:
    """The defaults make 31,303,716 parameters."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    side: int = 112
    """Pixels that frames are resized to."""


class R2Plus1D(Model):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7), the same in every step, and ()."""

    needs_whole_clips = True

    def __init__(self, settings: R2Plus1DSettings) -> None:
        super().__init__()
        self.side = settings.side
        channels = [scaled(number, settings.width) for number in CHANNELS]
        between = scaled(45, settings.width) if settings.width < 1 else 45
        self.stem = nn.Sequential(
            nn.Conv3d(3, between, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
            nn.BatchNorm3d(between),
            nn.ReLU(),
            nn.Conv3d(between, channels[0], (3, 1, 1), 1, (1, 0, 0), bias=False),
            nn.BatchNorm3d(channels[0]),
            nn.ReLU(),
        )
        inputs, blocks = channels[0], []
        for number, outputs in enumerate(channels):
            blocks += [FactoredBlock(inputs, outputs, 2 if number else 1), FactoredBlock(outputs, outputs, 1)]
            inputs = outputs
        self.stages = nn.Sequential(*blocks, nn.AdaptiveAvgPool3d(1), nn.Flatten())
        self.output = nn.Linear(inputs, len(EMOTIONS))

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        refuse_state(state, "R(2+1)D")
        x = pictures(clip, self.side).permute(1, 2, 0, 3, 4)  # (B, 3, T, 112, 112)
        return every_step(self.output(self.stages(self.stem(x))), clip), ()


class FactoredBlock(nn.Module):
    """The basic block of factored convolutions: (B, C, T, H, W) -> (B, C', T/stride, H/stride, W/stride)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        between = inputs * outputs * 27 // (inputs * 9 + 3 * outputs)  # the same in both convolutions, as torchvision's
        self.branch = nn.Sequential(
            *factored(inputs, between, outputs, stride),
            nn.BatchNorm3d(outputs),
            nn.ReLU(),
            *factored(outputs, between, outputs, 1),
            nn.BatchNorm3d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if inputs != outputs or stride != 1:
            self.shortcut = nn.Sequential(nn.Conv3d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm3d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.branch(x) + self.shortcut(x))


def factored(inputs: int, between: int, outputs: int, stride: int) -> list[nn.Module]:
    """A convolution over space, batch norm, ReLU, and one over time."""
    return [
        nn.Conv3d(inputs, between, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
        nn.BatchNorm3d(between),
        nn.ReLU(),
        nn.Conv3d(between, outputs, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
    ]
