"""ResNet of pictures: He et al., *Deep Residual Learning for Image Recognition*, CVPR 2016."""

from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice.models.base import scaled
from eyeprentice.snn import convolution

CHANNELS = (64, 128, 256, 512)
"""Of the four stages; each but the first begins with a stride of 2."""


class ResidualBlock(nn.Module):
    """ResNet's basic block: (N, C, H, W) -> (N, C', H/stride, W/stride)."""

    expansion = 1

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
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


def stage(
    block: type[ResidualBlock] | type[Bottleneck], inputs: int, channels: int, blocks: int, stride: int
) -> nn.Sequential:
    """`blocks` blocks, the first of which strides."""
    first = block(inputs, channels, stride)
    return nn.Sequential(first, *(block(block.expansion * channels, channels, 1) for _ in range(blocks - 1)))


def trunk(
    block: type[ResidualBlock] | type[Bottleneck], blocks: tuple[int, ...], width: float = 1.0
) -> tuple[nn.Sequential, int]:
    """Stem, four stages and the global average: pictures (N, 3, H, W) -> features (N, F); and F."""
    channels = [scaled(number, width) for number in CHANNELS]
    stages, inputs = [], channels[0]
    for number, (outputs, count) in enumerate(zip(channels, blocks, strict=True)):
        stages.append(stage(block, inputs, outputs, count, 2 if number else 1))
        inputs = block.expansion * outputs
    return nn.Sequential(stem(3, channels[0]), *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten()), inputs


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    if inputs == outputs and stride == 1:
        return nn.Identity()
    return nn.Sequential(convolution(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))
