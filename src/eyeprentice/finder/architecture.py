"""The network that finds eyes, to be trained: grey frames -> for each cell of 8x8 pixels, an eye or none."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice.eye.contract import CELL, CHANNELS

BLUR = 5
"""Cells of the side of the box in which local contrast is measured."""
NOISE = (1.5 / 255) ** 2
"""Variance below which contrast is a camera's noise, of frames 0..1."""
TYPICAL_SIZE = 32.0
"""Pixels of the eye for which the network's output for the size is 0."""


@dataclass(frozen=True)
class Widths:
    """How many channels the layers have."""

    stem: tuple[int, int, int] = (16, 32, 64)
    """Of the three convolutions of stride 2."""
    inner: int = 96
    """Of a block's middle."""
    blocks: int = 4


class Block(nn.Module):
    """x + a depthwise convolution, then two pointwise ones with a ReLU between them."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(width, width, 5, padding=2, groups=width, bias=False)
        self.look_norm = nn.BatchNorm2d(width)
        self.widen = nn.Conv2d(width, inner, 1, bias=False)
        self.widen_norm = nn.BatchNorm2d(inner)
        self.narrow = nn.Conv2d(inner, width, 1, bias=False)
        self.narrow_norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.widen_norm(self.widen(self.look_norm(self.look(x)))))
        return x + self.narrow_norm(self.narrow(y))


class FinderNetwork(nn.Module):
    """frames (B, 1, H, W), 0..1 -> maps (B, 7, H/8, W/8) of `CHANNELS`, before their final functions.

    `finished` applies those: sigmoids, pixels of offsets, and the exponential of the size. H and W are multiples of 16.
    """

    def __init__(self, widths: Widths = Widths()) -> None:
        super().__init__()
        inputs = (1, *widths.stem[:2])
        self.stem = nn.ModuleList(
            nn.Conv2d(i, o, 3, stride=2, padding=1, bias=False) for i, o in zip(inputs, widths.stem, strict=True)
        )
        self.stem_norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths.stem)
        self.blocks = nn.ModuleList(Block(widths.stem[-1], widths.inner) for _ in range(widths.blocks))
        self.head = nn.Conv2d(widths.stem[-1], len(CHANNELS), 1)
        nn.init.constant_(self.head.bias[:1], -4.0)  # type: ignore[index]  # eyes are rare

    def forward(self, frames: Tensor) -> Tensor:
        x = local_contrast(frames)
        for layer, norm in zip(self.stem, self.stem_norms, strict=True):
            x = F.relu(norm(layer(x)))
        for block in self.blocks:
            x = block(x)
        maps: Tensor = self.head(F.relu(x))
        return maps


def local_contrast(frames: Tensor) -> Tensor:
    """(B, 1, H, W) -> the same, with mean 0 and deviation 1 in boxes of 40 pixels; flat noise stays small."""
    moments = F.avg_pool2d(torch.cat([frames, frames * frames], dim=1), CELL)
    moments = F.avg_pool2d(moments, BLUR, stride=1, padding=BLUR // 2, count_include_pad=False)
    moments = F.interpolate(moments, scale_factor=CELL, mode="bilinear", align_corners=False)
    mean, square = moments[:, :1], moments[:, 1:]
    return (frames - mean) / torch.sqrt(F.relu(square - mean * mean) + NOISE)


def finished(maps: Tensor) -> Tensor:
    """The network's output -> numbers as the file gives them (docs/finder.md): pixels, probabilities, radians."""
    probability, offset, size, tilt, left, openness = maps.split([1, 2, 1, 1, 1, 1], dim=1)
    pixels = [CELL * offset, TYPICAL_SIZE * torch.exp(size)]
    return torch.cat([torch.sigmoid(probability), *pixels, tilt, torch.sigmoid(left), torch.sigmoid(openness)], dim=1)
