"""SEEN, the peer: spikes from events at every step, weighed by what the clip's first and last frame show.

Written from the description of Zhang et al., *In the Blink of an Eye: Event-based Emotion Recognition*, SIGGRAPH 2023
(arXiv 2310.04043). It needs events when it is used. At 90x90: 6,078,655 parameters, 0.907 GMAC for an E4 clip.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice.data.clips import Clip, as_images
from eyeprentice.models.base import Model, scaled
from eyeprentice.snn import LIF, SEEN_NEURON, State, lif_potentials
from eyeprentice.words import limits
from eyeprentice.words.settings import SMALLEST, WIDTHS, Training, check_ranges
from eyeprentice.words.vocabulary import EMOTIONS

FRAME_MEAN, FRAME_DEVIATION = 0.2262, 0.1189
EVENT_MEAN, EVENT_DEVIATION = 0.5044, 0.0693


@dataclass(frozen=True)
class SEENSettings:
    """SEEN's shape; the defaults are the published ones."""

    width: float = 1.0
    """Multiplies the channels of every layer; 1 is SEEN as published."""
    size: int = 90
    """Height and width of the input in pixels: the first linear layer depends on it."""

    def __post_init__(self) -> None:
        check_ranges(self, {"width": WIDTHS, "size": (SMALLEST, limits.SIDE)})


class SEEN(Model):
    """Frames, 0..1, and events, -1..1 (T, B, 1, size, size) -> logits (T, B, 7), which are membranes, and ().

    Every step is weighed by what the clip's first *and last* frame show, so that it cannot be
    given a clip step by step: it refuses a state.
    """

    needs_events = True
    needs_whole_clips = True
    preset = Training(
        epochs=180, optimizer="sgd", learning_rate=0.015, weight_decay=1e-3, schedule="step", augmentation=None
    )
    """Those of the paper, but the seed."""

    def __init__(self, settings: SEENSettings) -> None:
        super().__init__()
        narrow, middle, wide, hidden = (scaled(channels, settings.width) for channels in (64, 256, 512, 256))
        cells = -(-settings.size // 16)  # four halvings, each rounded up
        self.merge = nn.Conv2d(6, 3, 1)
        self.scales = nn.ModuleList(nn.Conv2d(3, narrow, kernel, 2, kernel // 2) for kernel in (3, 5, 7))
        self.attention = nn.ModuleList(_score(narrow) for _ in self.scales)
        self.fuse = nn.Conv2d(3 * narrow, narrow, 1)
        self.second = nn.Conv2d(narrow, middle, 3, 2, 1)
        self.third = nn.Conv2d(middle, wide, 3, 4, 1)
        self.hidden = nn.Linear(wide * cells**2, hidden)
        self.output = nn.Linear(hidden, len(EMOTIONS))
        self.neurons = LIF(SEEN_NEURON)  # the same for all layers: it holds neither weights nor state

    def forward(self, clip: Clip, state: State = None) -> tuple[Tensor, State]:
        if clip.events is None:
            raise ValueError("SEEN needs events")
        if state is not None:
            raise ValueError("SEEN reads the last frame of a clip: it cannot go on from a state")
        frames = ((clip.frames - FRAME_MEAN) / FRAME_DEVIATION).repeat_interleave(3, dim=2)  # (T, B, 3, H, W)
        events = ((as_images(clip.events) - EVENT_MEAN) / EVENT_DEVIATION).repeat_interleave(3, dim=2)
        still, weights = self.read_frames(frames[0], frames[-1])  # (B, F) spikes, (B, 3)
        moving = self.read_events(events, weights)  # (T, B, F) spikes
        x = self.neurons(self.hidden(moving + still))[0]  # (T, B, 256) spikes
        return lif_potentials(self.output(x), None, SEEN_NEURON)[0], ()  # (T, B, 7) membranes

    def read_frames(self, first: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Two frames (B, 3, H, W) -> their spikes (B, F) and the attention of the three scales (B, 3)."""
        x = self.merge(torch.cat([first, last], dim=1))
        maps = [scale(x) for scale in self.scales]  # 3 x (B, 64, 45, 45)
        scores = [score(m) for score, m in zip(self.attention, maps, strict=True)]
        weights = torch.cat(scores, dim=1).softmax(dim=1)  # (B, 3)
        x = self.third(self.second(self.fuse(_weighed(maps, weights))))  # (B, 512, 6, 6)
        return self.neurons(x.flatten(1)[None])[0][0], weights

    def read_events(self, events: Tensor, weights: Tensor) -> Tensor:
        """Event frames (T, B, 3, H, W) through copies of the frames' weights, without bias and without gradient."""
        steps, batch = events.shape[:2]
        maps = [_copied(scale, events.flatten(0, 1)) for scale in self.scales]
        x = _copied(self.fuse, _weighed(maps, weights.repeat(steps, 1)))
        for layer in (self.second, self.third):
            x = _copied(layer, self.neurons(x.unflatten(0, (steps, batch)))[0].flatten(0, 1))
        return self.neurons(x.flatten(1).unflatten(0, (steps, batch)))[0]


def _score(channels: int) -> nn.Sequential:
    """One attention score for a map: (B, C, H, W) -> (B, 1)."""
    layers = [nn.Conv2d(channels, 8, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 1, 1)]
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), *layers, nn.Flatten())


def _weighed(maps: list[Tensor], weights: Tensor) -> Tensor:
    return torch.cat([m * weights[:, i, None, None, None] for i, m in enumerate(maps)], dim=1)


def _copied(layer: nn.Module, x: Tensor) -> Tensor:
    assert isinstance(layer, nn.Conv2d)
    return F.conv2d(x, layer.weight.detach(), None, layer.stride, layer.padding)
