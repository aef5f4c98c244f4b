"""ResNet18+LSTM: a picture network for each frame, and a recurrent one over the frames.

A customary baseline of facial expressions in video (Jiang et al., *DFEW*, ACM MM 2020; Zhao and Liu, *Former-DFER*,
ACM MM 2021), which SEEN's authors compare with: 7.9 GFLOPs for 16 pictures of 112x112, and on SEE WAR 56.3 (arXiv
2310.04043). The size of the LSTM and which of its outputs is read were not published. Chosen: two layers of 512,
which meet the published GFLOPs; a linear layer reads every step, so that the contract of a stream is kept.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import Model, scaled
from eyeprentice.models.peers.clips import pictures
from eyeprentice.models.residual import ResidualBlock, trunk
from eyeprentice.snn import State
from eyeprentice.words.vocabulary import EMOTIONS


@dataclass(frozen=True)
class ResNet18LSTMSettings:
    """The defaults make 15,382,599 parameters."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    side: int = 112
    """Pixels that frames are resized to."""
    layers: int = 2
    """Of the LSTM."""


class ResNet18LSTM(Model):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7), and the LSTM's state, two (B, 512) a layer."""

    def __init__(self, settings: ResNet18LSTMSettings) -> None:
        super().__init__()
        self.side = settings.side
        self.trunk, features = trunk(ResidualBlock, (2, 2, 2, 2), settings.width)
        hidden = scaled(512, settings.width)
        sizes = [features, *[hidden] * (settings.layers - 1)]
        self.cells = nn.ModuleList(nn.LSTMCell(size, hidden) for size in sizes)
        self.output = nn.Linear(hidden, len(EMOTIONS))

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        seen = pictures(clip, self.side)
        steps = self.trunk(seen.flatten(0, 1)).unflatten(0, seen.shape[:2])  # (T, B, 512)
        kept: list[Any] = [*state] if state else [None] * len(self.cells)
        logits = []
        with torch.autocast(steps.device.type, enabled=False):  # what is remembered is not rounded from step to step
            for x in steps.float():
                for number, cell in enumerate(self.cells):
                    kept[number] = cell(x, kept[number])
                    x = kept[number][0]
                logits.append(self.output(x))
        return torch.stack(logits), tuple(kept)
