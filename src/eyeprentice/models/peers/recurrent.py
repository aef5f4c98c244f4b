"""ResNet18+LSTM and ResNet50+GRU: a picture network for each frame, and a recurrent one over the frames.

Customary baselines of facial expressions in video (Jiang et al., *DFEW*, ACM MM 2020; Zhao and Liu, *Former-DFER*, ACM
MM 2021), which SEEN's authors compare with: 7.9 and 17.3 GFLOPs for 16 pictures of 112x112, and on SEE WAR 56.3 and
35.2 (arXiv 2310.04043); 2,405 sequences are few for 24 million parameters. The sizes of the recurrent parts and which
of their outputs is read were not published. Chosen: two layers of 512 (LSTM), which meet the published GFLOPs, and one
(GRU); a linear layer reads every step, so that the contract of a stream is kept.

Their preset has a lower rate than others: at 0.001 some seeds stayed at chance, at 0.0002 both that were tried learnt
(docs/benchmark.md). A limit on the gradients made them worse. Why 0.001 is too much was not measured: gates see up to
2,048 features that are never negative, so that one step of AdamW may shut or open them.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import Model, full_precision, scaled
from eyeprentice.models.peers.clips import pictures
from eyeprentice.models.residual import CHANNELS, Bottleneck, resnet18, resnet50
from eyeprentice.snn import State
from eyeprentice.words import limits
from eyeprentice.words.settings import SMALLEST, WIDTHS, Training, check_ranges
from eyeprentice.words.vocabulary import EMOTIONS

HIDDEN = 512
"""Outputs of a recurrent layer, at width 1."""


@dataclass(frozen=True)
class ResNet50GRUSettings:
    """The defaults make 27,446,855 parameters."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    side: int = 112
    """Pixels that frames are resized to."""

    def __post_init__(self) -> None:
        check_ranges(self, {"width": WIDTHS, "side": (SMALLEST, limits.SIDE)})


@dataclass(frozen=True)
class ResNet18LSTMSettings(ResNet50GRUSettings):
    """The defaults make 15,382,599 parameters."""

    layers: int = 2
    """Of the LSTM."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_ranges(self, {"layers": (1, limits.LAYERS)})


class Recurrent(Model):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7), and the state of each recurrent layer."""

    preset = Training(batch_size=64, learning_rate=2e-4)

    def __init__(self, side: int, trunk: list[nn.Module], cells: list[nn.RNNCellBase]) -> None:
        super().__init__()
        self.side = side
        self.trunk = nn.Sequential(*trunk, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.cells = nn.ModuleList(cells)
        self.output = nn.Linear(cells[-1].hidden_size, len(EMOTIONS))

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        seen = pictures(clip, self.side)
        steps = self.trunk(seen.flatten(0, 1)).unflatten(0, seen.shape[:2])  # (T, B, F)
        kept: list[Any] = [*state] if state else [None] * len(self.cells)
        logits = []
        with full_precision(steps.device):  # what is remembered is not rounded from step to step
            for x in steps.float():
                for number, cell in enumerate(self.cells):
                    kept[number] = cell(x, kept[number])
                    x = kept[number][0] if isinstance(cell, nn.LSTMCell) else kept[number]
                logits.append(self.output(x))
        return torch.stack(logits), tuple(kept)


class ResNet18LSTM(Recurrent):
    """ResNet-18 and LSTM layers, each of which keeps two (B, 512)."""

    def __init__(self, settings: ResNet18LSTMSettings) -> None:
        trunk, hidden = resnet18(3, settings.width), scaled(HIDDEN, settings.width)
        sizes = [scaled(CHANNELS[-1], settings.width), *[hidden] * (settings.layers - 1)]
        super().__init__(settings.side, trunk, [nn.LSTMCell(size, hidden) for size in sizes])


class ResNet50GRU(Recurrent):
    """ResNet-50 and a GRU, which keeps (B, 512)."""

    def __init__(self, settings: ResNet50GRUSettings) -> None:
        trunk, features = resnet50(3, settings.width), Bottleneck.expansion * scaled(CHANNELS[-1], settings.width)
        super().__init__(settings.side, trunk, [nn.GRUCell(features, scaled(HIDDEN, settings.width))])
