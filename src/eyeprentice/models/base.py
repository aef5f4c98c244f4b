"""What every model is: a clip in, logits a step out; and the few parts that several of them share."""

from functools import cache

import torch
from torch import Tensor, nn

from eyeprentice.data.clips import NO_EVENT, Clip
from eyeprentice.snn import PerStep, integrate
from eyeprentice.vocabulary import EMOTIONS


class Model(nn.Module):
    """`model(clip) -> logits (T, B, 7)`; the mean over the steps is the prediction."""

    needs_events: bool = False
    """Whether `clip.events` must be there."""

    def forward(self, clip: Clip) -> Tensor:
        raise NotImplementedError


def place(model: Model, device: torch.device) -> Model:
    """`model` on `device`, its weights laid out as the device likes them."""
    if device.type == "cuda":
        return model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model.to(device)


class ContrastAndChange(nn.Module):
    """What the first layer is given: local contrast, and how it differs from the clip's first frame.

    Frames (T, B, 1, H, W), 0..1 -> (T, B, 2, H, W): channel 0 is `(x - mean) / (deviation + floor)` over a box of
    `window` pixels (as much of it as lies within the image), channel 1 its difference to the first step's. Contrast
    takes out the lighting, the change takes out the person. Either can be switched off.
    """

    def __init__(self, contrast: bool = True, change: bool = True, window: int = 15, floor: float = 0.02) -> None:
        super().__init__()
        if window % 2 == 0:
            raise ValueError(f"window must be odd, not {window}")
        self.contrast, self.change, self.window, self.floor = contrast, change, window, floor

    @property
    def channels(self) -> int:
        return 1 + self.change

    def local_contrast(self, frames: Tensor) -> Tensor:
        """Frames (..., H, W), 0..1; in float32 whatever the precision, for a variance is a small difference."""
        with torch.autocast(frames.device.type, enabled=False):
            x = frames.float()
            rows, columns = (box_matrix(length, self.window, x.device) for length in x.shape[-2:])
            mean, square = (rows @ (y @ columns.T) for y in (x, x.square()))
            return (x - mean) / ((square - mean.square()).clamp(min=1e-6).sqrt() + self.floor)

    def step(self, frame: Tensor, first: Tensor, age: Tensor) -> tuple[Tensor, Tensor]:
        """One frame (B, 1, H, W), and the contrast of the clip's first unless `age` is 0 -> input, first contrast."""
        x = self.local_contrast(frame) if self.contrast else frame
        first = torch.where(age > 0, first, x)
        return (torch.cat([x, x - first], dim=-3) if self.change else x), first

    def forward(self, frames: Tensor) -> Tensor:
        x = self.local_contrast(frames) if self.contrast else frames
        return torch.cat([x, x - x[:1]], dim=2) if self.change else x


@cache
def box_matrix(length: int, window: int, device: torch.device) -> Tensor:
    """The mean over a box of `window`, as much of it as lies within, as a matrix (length, length)."""
    at = torch.arange(length, device=device)
    inside = ((at[:, None] - at).abs() <= window // 2).float()
    return inside / inside.sum(1, keepdim=True)


class CellMeans(nn.AdaptiveAvgPool2d):
    """The mean of each of cells x cells parts of a map; a map of that very size stays as it is."""

    def forward(self, x: Tensor) -> Tensor:
        return x if x.shape[-2:] == (self.output_size, self.output_size) else super().forward(x)


class MapReadout(nn.Module):
    """Logits from where things are: features pooled to a coarse map, a linear layer, and neurons that never fire.

    (T, B, C, H, W) -> (T, B, 7). With `cells` 1 this is the usual global average.
    """

    def __init__(self, channels: int, cells: int, leak: float, dropout: float = 0.0) -> None:
        super().__init__()
        self.leak = leak
        self.current = PerStep(
            CellMeans(cells),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(channels * cells**2, len(EMOTIONS)),
        )

    def step(self, features: Tensor, membrane: Tensor) -> Tensor:
        """One step: (B, C, H, W) and membrane (B, 7) -> membrane (B, 7), which is the logits."""
        return self.current.at_once(features) + self.leak * membrane

    def forward(self, features: Tensor) -> Tensor:
        return integrate(self.current(features), None, self.leak)[0]


def on_off(events: Tensor) -> Tensor:
    """Event frames (T, B, 1, H, W), 0..1 around `NO_EVENT` -> brighter and darker as two channels, each 0..1."""
    signed = (events - NO_EVENT) / (1 - NO_EVENT)
    return torch.cat([signed.clamp(min=0), (-signed).clamp(min=0)], dim=2)


def scaled(channels: int, width: float) -> int:
    """`channels` times `width`, to the nearest multiple of 8, at least 8."""
    return max(8, round(channels * width / 8) * 8)
