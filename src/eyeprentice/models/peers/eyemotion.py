"""Eyemotion: Inception-v3 on one picture of an eye.

Hickson et al., *Eyemotion: Classifying Facial Expressions in VR Using Eye-Tracking Cameras*, WACV 2019, use a
variant of Inception-v3 (Szegedy et al., *Rethinking the Inception Architecture*, CVPR 2016). SEEN's authors give 5.7
GFLOPs, which is Inception-v3 on one picture of 299x299, and on SEE WAR 78.8 pretrained, 75.9 without (arXiv
2310.04043).

Not published: what the variant changes. Chosen: Inception-v3 itself, without the auxiliary classifier (21.8 million
parameters). Left out: the personal picture of a neutral face that is subtracted (nobody tested here has been seen
before). Frames are read one by one, and the mean of their logits is the prediction.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import Model, scaled
from eyeprentice.models.peers.clips import pictures
from eyeprentice.snn import State
from eyeprentice.words import limits
from eyeprentice.words.settings import WIDTHS, Training, check_ranges
from eyeprentice.words.vocabulary import EMOTIONS

Kernel = tuple[int, int]
Layer = tuple[int, Kernel, int]
"""Channels, kernel, stride; a stride of 2 goes without padding, as in the stem."""
Path = tuple[Layer, ...]
POINT, SMALL, LARGE, ROW, COLUMN = (1, 1), (3, 3), (5, 5), (1, 7), (7, 1)
SPLIT: tuple[Kernel, Kernel] = ((1, 3), (3, 1))
SMALLEST = 75
"""Pixels a side, below which no map is left."""


@dataclass(frozen=True)
class EyemotionSettings:
    """The defaults make 21,799,911 parameters."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    side: int = 299
    """Pixels that frames are resized to; 75 at least."""
    dropout: float = 0.2
    """Share of the features that training leaves out."""

    def __post_init__(self) -> None:
        if self.side < SMALLEST:
            raise ValueError(f"side must be {SMALLEST} or more, not {self.side}")
        check_ranges(self, {"width": WIDTHS, "side": (SMALLEST, limits.SIDE), "dropout": (0, 1)})


class Eyemotion(Model):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7), each step by itself, and ()."""

    preset = Training(batch_size=64, learning_rate=3e-4)

    def __init__(self, settings: EyemotionSettings) -> None:
        super().__init__()
        self.side = settings.side
        trunk, features = _inception(settings.width)
        head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(settings.dropout), nn.Linear(features, len(EMOTIONS)))
        self.network = nn.Sequential(*trunk, *head)

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        seen = pictures(clip, self.side)
        return self.network(seen.flatten(0, 1)).unflatten(0, seen.shape[:2]), ()


class Unit(nn.Sequential):
    """Convolution, batch norm and ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: Kernel, stride: int = 1, padded: bool = True) -> None:
        padding = (kernel[0] // 2, kernel[1] // 2) if padded else (0, 0)
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False), nn.BatchNorm2d(outputs, 1e-3), nn.ReLU()
        )


class Side(nn.Module):
    """Modules that are given the same map, and whose maps are laid side by side: (N, C, H, W) -> (N, C', H', W')."""

    def __init__(self, *paths: nn.Module) -> None:
        super().__init__()
        self.paths = nn.ModuleList(paths)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([path(x) for path in self.paths], dim=1)


def _inception(width: float) -> tuple[list[nn.Module], int]:
    """The layers of Inception-v3 before its head, and the channels that they give."""

    def wide(channels: int) -> int:
        return channels if width == 1 else scaled(channels, width)

    def path(inputs: int, layers: Path) -> list[nn.Module]:
        units: list[nn.Module] = []
        for channels, kernel, stride in layers:
            units.append(Unit(inputs, wide(channels), kernel, stride, padded=stride == 1))
            inputs = wide(channels)
        return units

    def block(inputs: int, paths: tuple[Path, ...], pooled: int) -> tuple[nn.Module, int]:
        """Paths beside a pool: an average and a 1x1 convolution to `pooled` channels, or a halving maximum if 0."""
        branches = [nn.Sequential(*path(inputs, layers)) for layers in paths]
        after = [nn.AvgPool2d(3, 1, 1), Unit(inputs, wide(pooled), POINT)] if pooled else [nn.MaxPool2d(3, 2)]
        outputs = sum(wide(layers[-1][0]) for layers in paths) + (wide(pooled) if pooled else inputs)
        return Side(*branches, nn.Sequential(*after)), outputs

    def last(inputs: int) -> tuple[nn.Module, int]:
        """The block whose paths end in a row beside a column."""
        one, three, double = wide(320), wide(384), wide(448)
        branches = [
            Unit(inputs, one, POINT),
            nn.Sequential(Unit(inputs, three, POINT), Side(*(Unit(three, three, kernel) for kernel in SPLIT))),
            nn.Sequential(
                Unit(inputs, double, POINT),
                Unit(double, three, SMALL),
                Side(*(Unit(three, three, kernel) for kernel in SPLIT)),
            ),
            nn.Sequential(nn.AvgPool2d(3, 1, 1), Unit(inputs, wide(192), POINT)),
        ]
        return Side(*branches), one + 4 * three + wide(192)

    early, middle, late = wide(32), wide(64), wide(80)
    layers: list[nn.Module] = [
        Unit(3, early, SMALL, 2, padded=False), Unit(early, early, SMALL, padded=False), Unit(early, middle, SMALL),
        nn.MaxPool2d(3, 2), Unit(middle, late, POINT), Unit(late, wide(192), SMALL, padded=False), nn.MaxPool2d(3, 2),
    ]  # fmt: skip
    inputs = wide(192)
    for paths, pooled in BLOCKS:
        layer, inputs = block(inputs, paths, pooled)
        layers.append(layer)
    for _ in range(2):
        layer, inputs = last(inputs)
        layers.append(layer)
    return layers, inputs


def _first(pooled: int) -> tuple[tuple[Path, ...], int]:
    one: Path = ((64, POINT, 1),)
    five: Path = ((48, POINT, 1), (64, LARGE, 1))
    double: Path = ((64, POINT, 1), (96, SMALL, 1), (96, SMALL, 1))
    return (one, five, double), pooled


def _second(c: int) -> tuple[tuple[Path, ...], int]:
    one: Path = ((192, POINT, 1),)
    seven: Path = ((c, POINT, 1), (c, ROW, 1), (192, COLUMN, 1))
    double: Path = ((c, POINT, 1), (c, COLUMN, 1), (c, ROW, 1), (c, COLUMN, 1), (192, ROW, 1))
    return (one, seven, double), 192


BLOCKS: tuple[tuple[tuple[Path, ...], int], ...] = (
    _first(32),
    _first(64),
    _first(64),
    ((((384, SMALL, 2),), ((64, POINT, 1), (96, SMALL, 1), (96, SMALL, 2))), 0),
    _second(128),
    _second(160),
    _second(160),
    _second(192),
    (
        (((192, POINT, 1), (320, SMALL, 2)), ((192, POINT, 1), (192, ROW, 1), (192, COLUMN, 1), (192, SMALL, 2))),
        0,
    ),
)
"""Paths and pooled channels of the blocks between the stem and the last two."""
