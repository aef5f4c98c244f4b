"""What light, things in the way, lens and sensor do to frames (T, B, 1, H, W), 0..1, alike in all steps but for noise.

Where things lie is told in image widths from the upper left corner.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

GRAIN = 1 << 20
"""Numbers of noise that patterns are cut from."""
REACH = 2.0
"""Deviations of a blur that are reckoned with."""


def light_field(light: Tensor, size: tuple[int, int]) -> Tensor:
    """Factors (B, 1, H, W) of a light that is not the same everywhere.

    `light` (B, 6): how much it grows to the right and downwards from -1 to 1, the strength of a round spot, all in
    natural log units, and the spot's place and width.
    """
    across, down, strength, x, y, width = light[:, :, None, None].unbind(1)
    u, v = _places(size, light.device)
    spot = strength * torch.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * width**2))
    return torch.exp(across * (2 * u - 1) + down * (2 * v - 1) + spot).unsqueeze(1)


def cover(frames: Tensor, boxes: Tensor) -> Tensor:
    """Frames behind grey boxes (B, N, 5): place of the middle, width, height and grey level; without width, none."""
    u, v = _places((frames.shape[-2], frames.shape[-1]), frames.device)
    for box in boxes.unbind(1):
        x, y, width, height, level = box[:, :, None, None].unbind(1)
        inside = ((u - x).abs() < width / 2) & ((v - y).abs() < height / 2)
        frames = torch.where(inside[None, :, None], level[None, :, None], frames)
    return frames


def blur(frames: Tensor, spread: Tensor, reach: float) -> Tensor:
    """Frames as a Gaussian smears them: `spread` (B, 3) is its deviation along and across a direction, and that angle.

    `reach` is the largest deviation that there may be, in image widths as the others.
    """
    width = frames.shape[-1]
    radius = max(1, math.ceil(REACH * reach * width))
    along, across, angle = spread[:, :, None, None].unbind(1)
    at = torch.arange(-radius, radius + 1, device=frames.device, dtype=frames.dtype)
    x, y = at[None, None, :], at[None, :, None]
    p, q = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    # no deviation is below a quarter of a pixel, which leaves a sharp picture sharp
    kernel = torch.exp(-((p / (along * width).clamp(min=0.25)) ** 2 + (q / (across * width).clamp(min=0.25)) ** 2) / 2)
    kernel = kernel / kernel.sum((1, 2), keepdim=True)
    images = F.pad(frames.squeeze(2), (radius,) * 4, mode="replicate")  # (T, B, H + 2r, W + 2r)
    return F.conv2d(images, kernel.unsqueeze(1), groups=len(spread)).unsqueeze(2)


def add_noise(frames: Tensor, deviation: Tensor, pattern: Tensor) -> Tensor:
    """Frames with noise of `deviation` (B,); `pattern` (T, B), 0..1, names a pattern for each step.

    The same pattern is the same noise on every device and in any batch.
    """
    pixels = frames.shape[-2] * frames.shape[-1]
    bank = _grain(max(GRAIN, 2 * pixels), frames.device)
    starts = (pattern * (len(bank) - pixels)).long()
    return frames + bank.unfold(0, pixels, 1)[starts].view(frames.shape) * deviation[:, None, None, None]


@lru_cache(maxsize=4)
def _grain(count: int, device: torch.device) -> Tensor:
    return torch.randn(count, generator=torch.Generator().manual_seed(0)).to(device)


def _places(size: tuple[int, int], device: torch.device) -> tuple[Tensor, Tensor]:
    """Middles of the pixels, right (1, 1, W) and down (1, H, 1)."""
    height, width = size
    right = (torch.arange(width, device=device) + 0.5) / width
    down = (torch.arange(height, device=device) + 0.5) / height
    return right[None, None, :], down[None, :, None]
