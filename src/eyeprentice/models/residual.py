"""ResNet of pictures: He et al., *Deep Residual Learning for Image Recognition*, CVPR 2016."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice.models.base import scaled
from eyeprentice.snn import convolution

CHANNELS = (64, 128, 256, 512)
"""Of the four stages; each but the first begins with a stride of 2."""


class ResidualBlock(nn.Module):
    """ResNet's basic block: (N, C, H, W) -> (N, C', H/stride, W/stride)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.inputs = inputs
        self.branch = nn.Sequential(
            convolution(inputs, outputs, 3, stride),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            convolution(outputs, outputs, 3),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = _shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.branch(x) + self.shortcut(x))


class Bottleneck(nn.Module):
    """ResNet-50's block: (N, C, H, W) -> (N, 4·C', H/stride, W/stride); its 3x3 convolution strides."""

    expansion = 4

    def __init__(self, inputs: int, narrow: int, stride: int) -> None:
        super().__init__()
        outputs = self.expansion * narrow
        self.branch = nn.Sequential(
            convolution(inputs, narrow, 1),
            nn.BatchNorm2d(narrow),
            nn.ReLU(),
            convolution(narrow, narrow, 3, stride),
            nn.BatchNorm2d(narrow),
            nn.ReLU(),
            convolution(narrow, outputs, 1),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = _shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.branch(x) + self.shortcut(x))


def stem(inputs: int, channels: int) -> nn.Sequential:
    """Pictures (N, C, H, W) -> (N, C', H/4, W/4)."""
    return nn.Sequential(
        convolution(inputs, channels, 7, 2), nn.BatchNorm2d(channels), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
    )


def block_shapes(
    channels: Sequence[int], blocks: Sequence[int] = (2, 2, 2, 2), expansion: int = 1
) -> list[tuple[int, int, int]]:
    """(inputs, channels, stride) of every block of a network whose stages have so many channels and blocks.

    A block gives `expansion` times its channels; each stage but the first begins with a stride of 2.
    """
    shapes, inputs = [], channels[0]
    for number, (outputs, count) in enumerate(zip(channels, blocks, strict=True)):
        for place in range(count):
            shapes.append((inputs, outputs, 2 if number and not place else 1))
            inputs = expansion * outputs
    return shapes


def resnet18(inputs: int, width: float) -> list[nn.Module]:
    """Stem and eight blocks: (N, C, H, W) -> (N, 512, H/32, W/32) at width 1."""
    channels = [scaled(number, width) for number in CHANNELS]
    return [stem(inputs, channels[0]), *(ResidualBlock(*shape) for shape in block_shapes(channels))]


def resnet50(inputs: int, width: float) -> list[nn.Module]:
    """Stem and sixteen blocks: (N, C, H, W) -> (N, 2048, H/32, W/32) at width 1."""
    channels = [scaled(number, width) for number in CHANNELS]
    shapes = block_shapes(channels, (3, 4, 6, 3), Bottleneck.expansion)
    return [stem(inputs, channels[0]), *(Bottleneck(*shape) for shape in shapes)]


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    if inputs == outputs and stride == 1:
        return nn.Identity()
    return nn.Sequential(convolution(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))
