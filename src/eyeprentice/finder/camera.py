"""What light and cameras do to scenes (B, 1, H, W): one-sided light, exposure, blur, noise, 8 bits."""

import math
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F


class Numbers(Protocol):
    """Random numbers on a device, as `scenes.Draw` gives them."""

    def uniform(self, count: int, low: float = 0.0, high: float = 1.0) -> Tensor: ...
    def normal(self, count: int, deviation: float = 1.0) -> Tensor: ...
    def scale(self, count: int, low: float, high: float) -> Tensor: ...
    def chance(self, count: int, share: float) -> Tensor: ...

    generator: torch.Generator


def shade(pictures: Tensor, at: Tensor, draw: Numbers) -> Tensor:
    """Light from one side on 35 % of the faces; `at` (B, H, W, 2) are places in distances between the eyes."""
    count = len(pictures)
    angle, sharp = draw.uniform(count, 0, 2 * math.pi), draw.scale(count, 0.6, 6.0)
    along = at[..., 0] * torch.cos(angle)[:, None, None] + at[..., 1] * torch.sin(angle)[:, None, None]
    dark = torch.where(draw.chance(count, 0.35), draw.scale(count, 0.1, 0.8), torch.ones(count, device=at.device))
    lit = torch.sigmoid(along * sharp[:, None, None] + draw.normal(count)[:, None, None])
    return pictures * (dark[:, None, None] + (1 - dark)[:, None, None] * lit)[:, None]


def expose(frames: Tensor, size: Tensor, strength: Tensor, draw: Numbers) -> tuple[Tensor, Tensor, Tensor]:
    """As a camera records them: gamma, exposure from dark to burnt out, blur that leaves eyes of `size` (B,), noise.

    `strength` (B,) is the power that exposure is raised to. Gives the frames, the same without noise, and the noise's
    deviation (B,).
    """
    count = len(frames)

    def each(values: Tensor) -> Tensor:
        return values[:, None, None, None]

    frames = frames.clamp(0, 1) ** each(torch.exp(draw.normal(count, 0.25)))
    kind = draw.uniform(count)
    gain = torch.exp(draw.normal(count, 0.25))
    gain = torch.where(kind < 0.22, draw.scale(count, 0.06, 0.4), gain)
    gain = torch.where(kind > 0.84, draw.uniform(count, 1.3, 3.0), gain) ** strength
    base = draw.uniform(count, 0, 0.25) * draw.chance(count, 0.15)  # stray light
    frames = each(base) + each((gain - base).clamp(min=0.02)) * frames
    frames = _blurred(frames, draw.uniform(count, 0.0, 1.0) * (0.3 + 0.035 * size) * draw.chance(count, 0.6))
    clean = frames.clamp(0, 1)
    shot, read = draw.scale(count, 1e-5, 1e-3), draw.scale(count, 5e-4, 0.012)
    deviation = (clean * each(shot) + each(read) ** 2).sqrt()
    noise = torch.randn(frames.shape, generator=draw.generator, device=frames.device)
    noisy = ((clean + deviation * noise).clamp(0, 1) * 255).round() / 255
    return noisy, clean, deviation.mean((1, 2, 3))


def _blurred(frames: Tensor, deviation: Tensor) -> Tensor:
    """Gaussian blur with a deviation for each frame, up to 4 pixels."""
    count, _, height, width = frames.shape
    reach = 6
    at = torch.arange(-reach, reach + 1, device=frames.device)
    kernel = torch.exp(-0.5 * (at / deviation.clamp(0.05, 4.0)[:, None]) ** 2)
    kernel = kernel / kernel.sum(1, keepdim=True)
    rows = F.pad(frames.view(1, count, height, width), (reach, reach, reach, reach), mode="replicate")
    rows = F.conv2d(rows, kernel[:, None, None, :], groups=count)
    return F.conv2d(rows, kernel[:, None, :, None], groups=count).view(count, 1, height, width)
