"""What every model is: a clip in, logits a step out; and the few parts that several of them share."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from eyeprentice.data.clips import NO_EVENT, Clip
from eyeprentice.snn import PerStep, integrate
from eyeprentice.vocabulary import EMOTIONS


class Model(nn.Module):
    """`model(clip) -> logits (T, B, 7)`; the mean over the steps is the prediction."""

    needs_events: bool = False
    """Whether `clip.events` must be there."""

    def forward(self, clip: Clip) -> Tensor:
        raise NotImplementedError


class ContrastAndChange(nn.Module):
    """What the first layer is given: local contrast, and how it differs from the clip's first frame.

    Frames (T, B, 1, H, W), 0..1 -> (T, B, 2, H, W): channel 0 is `(x - mean) / (deviation + floor)` over a box of
    `window` pixels (box borders counted exactly), channel 1 its difference to the first step's. Contrast takes out
    the lighting, the change takes out the person. Either can be switched off.
    """

    box: Tensor

    def __init__(self, contrast: bool = True, change: bool = True, window: int = 15, floor: float = 0.02) -> None:
        super().__init__()
        if window % 2 == 0:
            raise ValueError(f"window must be odd, not {window}")
        self.contrast, self.change, self.window, self.floor = contrast, change, window, floor
        self.register_buffer("box", torch.full((1, 1, 1, window), 1.0 / window), persistent=False)

    @property
    def channels(self) -> int:
        return 1 + self.change

    def blur(self, x: Tensor) -> Tensor:
        """The box mean of (N, 1, H, W), as two passes of one dimension each."""
        half = self.window // 2
        x = F.conv2d(x, self.box, padding=(0, half))
        return F.conv2d(x, self.box.transpose(2, 3), padding=(half, 0))

    def local_contrast(self, x: Tensor) -> Tensor:
        coverage = self.blur(torch.ones_like(x[:1]))  # below 1 where the box hangs over the border
        mean = self.blur(x) / coverage
        variance = self.blur(x.square()) / coverage - mean.square()
        return (x - mean) / (variance.clamp(min=1e-6).sqrt() + self.floor)

    def forward(self, frames: Tensor) -> Tensor:
        x = frames
        if self.contrast:
            x = self.local_contrast(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
        return torch.cat([x, x - x[:1]], dim=2) if self.change else x


class MapReadout(nn.Module):
    """Logits from where things are: features pooled to a coarse map, a linear layer, and neurons that never fire.

    (T, B, C, H, W) -> (T, B, 7). With `cells` 1 this is the usual global average.
    """

    def __init__(self, channels: int, cells: int, leak: float, dropout: float = 0.0) -> None:
        super().__init__()
        self.leak = leak
        self.current = PerStep(
            nn.AdaptiveAvgPool2d(cells),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(channels * cells**2, len(EMOTIONS)),
        )

    def forward(self, features: Tensor) -> Tensor:
        return integrate(self.current(features), None, self.leak)[0]


def on_off(events: Tensor) -> Tensor:
    """Event frames (T, B, 1, H, W), 0..1 around `NO_EVENT` -> brighter and darker as two channels, each 0..1."""
    signed = (events - NO_EVENT) / (1 - NO_EVENT)
    return torch.cat([signed.clamp(min=0), (-signed).clamp(min=0)], dim=2)


def scaled(channels: int, width: float) -> int:
    """`channels` times `width`, to the nearest multiple of 8, at least 8."""
    return max(8, round(channels * width / 8) * 8)
