"""Augmentation of clips: what another headset, another light and another camera would have seen of the same face.

Frames and events move alike. What changes light and picture is for frames alone.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.data.appearance import add_noise, blur, cover, light_field
from eyeprentice.data.clips import NO_EVENT, Clip
from eyeprentice.data.time_augment import draw_order, pace_events
from eyeprentice.words.settings import Augmentation

BOXES = 2
"""Things that may be in the way at once."""


class Change(NamedTuple):
    """What is done to each of B clips of T steps; None for what is switched off."""

    theta: Tensor  # (B, 2, 3) from output to input coordinates, both -1..1
    gain: Tensor  # (B,) of the frames
    order: Tensor | None = None  # (B, T) which step of the plain clip each step shows (see `pacing`)
    light: Tensor | None = None  # (B, 6) of `light_field`
    boxes: Tensor | None = None  # (B, N, 5) of `cover`
    spread: Tensor | None = None  # (B, 4) of `blur`: three numbers and its reach
    gamma: Tensor | None = None  # (B,)
    contrast: Tensor | None = None  # (B,) factor of what differs from the clip's mean
    white: Tensor | None = None  # (B,) level that is white, and all above it
    noise: Tensor | None = None  # (B,) deviation
    pattern: Tensor | None = None  # (B, T) of the noise
    jitter: Tensor | None = None  # (B, T, 2, 3) what moves each step before `theta` moves all of them

    def part(self, clips: slice) -> "Change":
        return Change._make(None if drawn is None else drawn[clips] for drawn in self)

    def on(self, device: torch.device) -> "Change":
        return Change._make(None if drawn is None else drawn.to(device, non_blocking=True) for drawn in self)


def draw_change(settings: Augmentation, batch: int, steps: int, generator: torch.Generator) -> Change:
    """Draws a change for each of `batch` clips. What is switched off draws nothing."""
    theta = _affine(settings, batch, generator)
    change = Change(theta, torch.exp(settings.brightness * _uniform(batch, generator)))

    def share(*shape: int) -> Tensor:
        return torch.rand(batch, *shape, generator=generator)

    def sided(*shape: int) -> Tensor:
        return 2 * share(*shape) - 1

    if settings.unsteady:
        change = change._replace(jitter=_jitter(settings.unsteady, batch, steps, generator))
    if settings.brow:
        theta[:, 1, 2] += 2 * settings.brow * share()
    if settings.hold or settings.reverse or settings.still:
        change = change._replace(order=draw_order(settings, batch, steps, generator))
    if settings.light:
        light = torch.cat([settings.light * sided(3), share(2), 0.15 + 0.35 * share(1)], dim=1)
        change = change._replace(light=light)
    if settings.occlusion:
        there = (share(BOXES) < settings.occlusion).float()
        size = (0.08 + 0.27 * share(BOXES, 2)) * there[:, :, None]
        change = change._replace(boxes=torch.cat([share(BOXES, 2), size, share(BOXES, 1)], dim=2))
    if settings.blur:
        along = settings.blur * share()
        if settings.blurred < 1:
            along = along * (share() < settings.blurred)
        spread = torch.stack([along, along * share(), math.pi * share(), torch.full((batch,), settings.blur)], dim=1)
        change = change._replace(spread=spread)
    if settings.gamma:
        change = change._replace(gamma=torch.exp(settings.gamma * sided()))
    if settings.contrast:
        change = change._replace(contrast=torch.exp(settings.contrast * sided()))
    if settings.saturation:
        change = change._replace(white=1 - settings.saturation * share())
    if settings.noise:
        change = change._replace(noise=settings.noise * share(), pattern=share(steps))
    return change


def augment(clip: Clip, change: Change) -> Clip:
    """Applies to the steps of a clip what was drawn for it; the order of steps is that of the frames already."""
    reach = 0.0 if change.spread is None else float(change.spread[0, 3])  # on the CPU, where nobody waits for it
    change = change.on(clip.frames.device)
    theta = change.theta if change.jitter is None else _after(change.jitter, change.theta)
    frames = _appear(_warp(clip.frames, theta, "bilinear", "border"), change, reach)
    events = clip.events
    if events is not None:
        if change.order is not None:
            events = pace_events(events, change.order)
        # events are there or not: interpolating would teach a network events weaker than those it is tested on
        events = _warp(events - NO_EVENT, theta, "nearest", "zeros") + NO_EVENT
    return clip._replace(frames=frames, events=events)


def _appear(frames: Tensor, change: Change, reach: float) -> Tensor:
    """Light, things in the way, lens, sensor, in this order: (T, B, 1, H, W), in place where that goes."""
    factor = change.gain[:, None, None, None]
    if change.light is not None:
        factor = factor * light_field(change.light, (frames.shape[-2], frames.shape[-1]))
    frames *= factor
    if change.boxes is not None:
        frames = cover(frames, change.boxes)
    if change.spread is not None:
        frames = blur(frames, change.spread[:, :3], reach)
    frames = frames.clamp_(0, 1)
    if change.gamma is not None:
        frames **= change.gamma[:, None, None, None]
    if change.contrast is not None:
        mean = frames.mean((0, 2, 3, 4), keepdim=True)
        frames = torch.lerp(mean, frames, change.contrast[:, None, None, None])
    if change.white is not None:
        frames /= change.white[:, None, None, None]
    if change.noise is not None and change.pattern is not None:
        frames = add_noise(frames, change.noise, change.pattern.T)
    return frames.clamp_(0, 1)


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


def _jitter(deviation: float, batch: int, steps: int, generator: torch.Generator) -> Tensor:
    """Small similarities of each step, from output to input coordinates, for half of the clips: (B, T, 2, 3)."""
    unsteady = torch.rand(batch, 1, 1, generator=generator) < 0.5
    drawn = deviation * torch.randn(batch, steps, 4, generator=generator) * unsteady
    angle, size, x, y = drawn.unbind(2)
    size, x, y = 1 + size, 2 * x, 2 * y  # a picture is two units wide
    rows = [size * angle.cos(), -size * angle.sin(), x], [size * angle.sin(), size * angle.cos(), y]
    return torch.stack([torch.stack(row, dim=2) for row in rows], dim=2)


def _after(jitter: Tensor, theta: Tensor) -> Tensor:
    """Both movements as one, (B, T, 2, 3): a place of the output goes through `jitter`, then `theta` (B, 2, 3)."""
    linear = theta[:, None, :, :2]
    moved = linear @ jitter
    return torch.cat([moved[..., :2], moved[..., 2:] + theta[:, None, :, 2:]], dim=3)


def _warp(images: Tensor, theta: Tensor, mode: str, padding: str) -> Tensor:
    """(T, B, 1, H, W); all steps of a clip alike by `theta` (B, 2, 3), or each by its own (B, T, 2, 3)."""
    x = images.squeeze(2).transpose(0, 1)  # (B, T, H, W)
    shape = x.shape
    if theta.ndim == 4:
        x, theta = x.reshape(-1, 1, *shape[2:]), theta.flatten(0, 1)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    warped = F.grid_sample(x, grid, mode, padding_mode=padding, align_corners=False)
    return warped.reshape(shape).transpose(0, 1).unsqueeze(2)


def _uniform(batch: int, generator: torch.Generator) -> Tensor:
    """-1..1"""
    return 2 * torch.rand(batch, generator=generator) - 1
