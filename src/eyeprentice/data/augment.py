"""Augmentation of clips, alike for frames and events: what a headset that sits differently would have seen."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.data.clips import NO_EVENT, Clip
from eyeprentice.settings import Augmentation


class Change(NamedTuple):
    """What is done to each of B clips."""

    theta: Tensor  # (B, 2, 3) from output to input coordinates, both -1..1
    gain: Tensor  # (B,) of the frames


def draw_change(settings: Augmentation, batch: int, generator: torch.Generator) -> Change:
    """Draws a change for each of `batch` clips."""
    theta = _affine(settings, batch, generator)
    return Change(theta, torch.exp(settings.brightness * _uniform(batch, generator)))


def augment(clip: Clip, change: Change) -> Clip:
    """Applies to all steps of a clip, frames and events, what was drawn for it."""
    theta, gain = (drawn.to(clip.frames.device, non_blocking=True) for drawn in change)
    frames = (_warp(clip.frames, theta, "bilinear", "border") * gain[:, None, None, None]).clamp(0, 1)
    if clip.events is None:
        return Clip(frames, None)
    # events are there or not: interpolating would teach a network events weaker than those it is tested on
    return Clip(frames, _warp(clip.events - NO_EVENT, theta, "nearest", "zeros") + NO_EVENT)


def _affine(settings: Augmentation, batch: int, generator: torch.Generator) -> Tensor:
    """Matrices from output to input coordinates, both -1..1: (B, 2, 3)."""
    angle = math.radians(settings.rotation) * _uniform(batch, generator)
    size = 1 + settings.scale * _uniform(batch, generator)
    ratio = torch.exp(settings.stretch * _uniform(batch, generator))
    mirrored = torch.rand(batch, generator=generator) < settings.mirror
    x, y = 2 * settings.shift * _uniform(batch, generator), 2 * settings.shift * _uniform(batch, generator)
    flip = 1 - 2 * mirrored.float()
    rows = (
        [size * ratio * angle.cos() * flip, -size * angle.sin(), x],
        [size * ratio * angle.sin() * flip, size * angle.cos(), y],
    )
    return torch.stack([torch.stack(row, dim=1) for row in rows], dim=1)


def _warp(images: Tensor, theta: Tensor, mode: str, padding: str) -> Tensor:
    """(T, B, 1, H, W), all steps of a sequence alike."""
    x = images.squeeze(2).transpose(0, 1)  # (B, T, H, W)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, mode, padding_mode=padding, align_corners=False).transpose(0, 1).unsqueeze(2)


def _uniform(batch: int, generator: torch.Generator) -> Tensor:
    """-1..1"""
    return 2 * torch.rand(batch, generator=generator) - 1
