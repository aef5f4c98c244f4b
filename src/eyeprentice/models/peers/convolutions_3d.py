"""3D ResNet18 and R(2+1)D-18: ResNet with convolutions over time.

Hara, Kataoka and Satoh, *Can Spatiotemporal 3D CNNs Retrace the History of 2D CNNs and ImageNet?*, CVPR 2018: 33.2
million parameters with 400 classes, shortcuts without parameters (type A). Tran et al., *A Closer Look at
Spatiotemporal Convolutions for Action Recognition*, CVPR 2018: each convolution is one over space and one over time,
with as many channels between the two as keep the number of parameters; 31.5 million with 400 classes (torchvision's).
SEEN's authors compare with both: 8.3 and 42.4 GFLOPs for 16 pictures of 112x112, and on SEE WAR 49.1 and 49.7 (arXiv
2310.04043). Time is halved as often as width is, so that a clip of four steps has one left after the second stage.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import Model, scaled
from eyeprentice.models.peers.clips import every_step, pictures, refuse_state
from eyeprentice.models.residual import CHANNELS, block_shapes
from eyeprentice.snn import State
from eyeprentice.words import limits
from eyeprentice.words.settings import SMALLEST, WIDTHS, Training, check_ranges
from eyeprentice.words.vocabulary import EMOTIONS


@dataclass(frozen=True)
class ResNet3DSettings:
    """The defaults make 33,033,671 parameters."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    side: int = 112
    """Pixels that frames are resized to."""

    def __post_init__(self) -> None:
        check_ranges(self, {"width": WIDTHS, "side": (SMALLEST, limits.SIDE)})


@dataclass(frozen=True)
class R2Plus1DSettings(ResNet3DSettings):
    """The defaults make 31,303,716 parameters."""


class Convolutions3D(Model):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7), the same in every step, and ().

    A stem to `channels[0]`, and eight blocks `(inputs, outputs, stride)`: (B, C, T, H, W) -> (B, C', T', H', W').
    """

    needs_whole_clips = True
    preset = Training(batch_size=64, learning_rate=3e-4)

    def __init__(
        self, side: int, stem: nn.Sequential, block: Callable[[int, int, int], nn.Module], channels: list[int]
    ) -> None:
        super().__init__()
        self.side, self.stem = side, stem
        blocks = [block(*shape) for shape in block_shapes(channels)]
        self.stages = nn.Sequential(*blocks, nn.AdaptiveAvgPool3d(1), nn.Flatten())
        self.output = nn.Linear(channels[-1], len(EMOTIONS))

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        refuse_state(state, type(self).__name__)
        x = pictures(clip, self.side).permute(1, 2, 0, 3, 4)  # (B, 3, T, 112, 112)
        return every_step(self.output(self.stages(self.stem(x))), clip), ()


class ResNet3D(Convolutions3D):
    """Convolutions of 3x3x3."""

    def __init__(self, settings: ResNet3DSettings) -> None:
        channels = [scaled(number, settings.width) for number in CHANNELS]
        stem = [*_normed(nn.Conv3d(3, channels[0], 7, (1, 2, 2), 3, bias=False)), nn.MaxPool3d(3, 2, 1)]
        super().__init__(settings.side, nn.Sequential(*stem), Block3D, channels)


class R2Plus1D(Convolutions3D):
    """Convolutions of 1x3x3 and 3x1x1."""

    preset = Training(batch_size=64, learning_rate=1e-3)

    def __init__(self, settings: R2Plus1DSettings) -> None:
        channels = [scaled(number, settings.width) for number in CHANNELS]
        between = scaled(45, settings.width) if settings.width < 1 else 45
        stem = [
            *_normed(nn.Conv3d(3, between, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False)),
            *_normed(nn.Conv3d(between, channels[0], (3, 1, 1), 1, (1, 0, 0), bias=False)),
        ]
        super().__init__(settings.side, nn.Sequential(*stem), FactoredBlock, channels)


class Block3D(nn.Module):
    """The basic block over time: (B, C, T, H, W) -> (B, C', T/stride, H/stride, W/stride)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride, self.more = stride, outputs - inputs
        self.branch = nn.Sequential(
            *_normed(nn.Conv3d(inputs, outputs, 3, stride, 1, bias=False)),
            nn.Conv3d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm3d(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        s = self.stride
        kept = F.pad(x[:, :, ::s, ::s, ::s], (0, 0, 0, 0, 0, 0, 0, self.more))  # zeros in the channels that are new
        return F.relu(self.branch(x) + kept)


class FactoredBlock(nn.Module):
    """The basic block of factored convolutions: (B, C, T, H, W) -> (B, C', T/stride, H/stride, W/stride)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        between = inputs * outputs * 27 // (inputs * 9 + 3 * outputs)  # the same in both convolutions, as torchvision's
        self.branch = nn.Sequential(
            *_factored(inputs, between, outputs, stride), nn.BatchNorm3d(outputs), nn.ReLU(),
            *_factored(outputs, between, outputs, 1), nn.BatchNorm3d(outputs),
        )  # fmt: skip
        self.shortcut: nn.Module = nn.Identity()
        if inputs != outputs or stride != 1:
            self.shortcut = nn.Sequential(nn.Conv3d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm3d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.branch(x) + self.shortcut(x))


def _factored(inputs: int, between: int, outputs: int, stride: int) -> list[nn.Module]:
    """A convolution over space, batch norm, ReLU, and one over time."""
    space = nn.Conv3d(inputs, between, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False)
    return [*_normed(space), nn.Conv3d(between, outputs, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False)]


def _normed(convolution: nn.Conv3d) -> list[nn.Module]:
    return [convolution, nn.BatchNorm3d(convolution.out_channels), nn.ReLU()]
