"""ResNet50+GRU: as ResNet18+LSTM, with a deeper picture network and gated recurrent units.

SEEN's authors compare with it: 17.3 GFLOPs for 16 pictures of 112x112, and on SEE WAR 35.2 (arXiv 2310.04043), the
lowest of all: 2,405 sequences are few for 24 million parameters. The size of the GRU was not published. Chosen: one
layer of 512; a linear layer reads every step.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import Model, scaled
from eyeprentice.models.peers.clips import pictures
from eyeprentice.models.residual import Bottleneck, trunk
from eyeprentice.snn import State
from eyeprentice.words.vocabulary import EMOTIONS


@dataclass(frozen=True)
class ResNet50GRUSettings:
    """The defaults make 27,446,855 parameters."""

    width: float = 1.0
    """Multiplies the channels of every layer."""
    side: int = 112
    """Pixels that frames are resized to."""


class ResNet50GRU(Model):
    """Grey frames (T, B, 1, H, W), 0..1 -> logits (T, B, 7), and the GRU's state (B, 512)."""

    def __init__(self, settings: ResNet50GRUSettings) -> None:
        super().__init__()
        self.side = settings.side
        self.trunk, features = trunk(Bottleneck, (3, 4, 6, 3), settings.width)
        self.cell = nn.GRUCell(features, scaled(512, settings.width))
        self.output = nn.Linear(self.cell.hidden_size, len(EMOTIONS))

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        seen = pictures(clip, self.side)
        steps = self.trunk(seen.flatten(0, 1)).unflatten(0, seen.shape[:2])  # (T, B, 2048)
        logits = []
        with torch.autocast(steps.device.type, enabled=False):  # what is remembered is not rounded from step to step
            for x in steps.float():
                state = self.cell(x, state)
                logits.append(self.output(state))
        return torch.stack(logits), state
