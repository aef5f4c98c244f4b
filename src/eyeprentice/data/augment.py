"""Augmentation of clips: what another headset, another light and another camera would have seen of the same face.

Frames and events move alike, in space and in time. What changes light and picture is for frames alone. Where things
lie in a picture is told in image widths from the upper left corner.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.data.clips import Clip, runs_backwards
from eyeprentice.words.settings import Augmentation

BOXES = 2
"""Things that may be in the way at once."""
GRAIN = 1 << 20
"""Numbers of noise that patterns are cut from."""
REACH = 2.0
"""Deviations of a blur that are reckoned with."""
DRIFTING = torch.tensor([1.25, 1.0, 1.0, 1.0, 1.0, 1.0])
"""What a drift of 1 is: of a turn in radians, of size, of a shift right and down in halves of a picture, of slants."""


class Change(NamedTuple):
    """What is done to each of B clips of T steps; None for what is switched off."""

    theta: Tensor  # (B, 2, 3) from output to input coordinates, both -1..1
    gain: Tensor  # (B,) of the frames
    order: Tensor | None = None  # (B, T) which step of the plain clip each step shows (`draw_order`)
    light: Tensor | None = None  # (B, 6) of `light_field`
    boxes: Tensor | None = None  # (B, N, 5) of `cover`
    spread: Tensor | None = None  # (B, 4) of `blur`: three numbers and its reach
    gamma: Tensor | None = None  # (B,)
    contrast: Tensor | None = None  # (B,) factor of what differs from the clip's mean
    white: Tensor | None = None  # (B,) level that is white, and all above it
    noise: Tensor | None = None  # (B,) deviation
    pattern: Tensor | None = None  # (B, T) of the noise
    jitter: Tensor | None = None  # (B, T, 2, 3) what moves each step before `theta` moves all of them
    slant: Tensor | None = None  # (B, T, 2) how much nearer the picture is on its right and below, as shares
    relit: Tensor | None = None  # (B,) whether the first step is seen as `first` says
    first: "Change | None" = None  # what makes the appearance of the first step

    def map(self, change: Callable[[Tensor], Tensor]) -> "Change":
        """`change` of every part that is there."""
        return Change._make(
            part.map(change) if isinstance(part, Change) else None if part is None else change(part) for part in self
        )

    def part(self, clips: slice) -> "Change":
        return self.map(lambda drawn: drawn[clips])

    def on(self, device: torch.device) -> "Change":
        return self.map(lambda drawn: drawn.to(device, non_blocking=True))


def draw_change(settings: Augmentation, batch: int, steps: int, generator: torch.Generator) -> Change:
    """Draws a change for each of `batch` clips. What is switched off draws nothing."""

    def share(*shape: int) -> Tensor:
        return torch.rand(batch, *shape, generator=generator)

    def sided(*shape: int) -> Tensor:
        return 2 * share(*shape) - 1

    angle, size = math.radians(settings.rotation) * sided(), 1 + settings.scale * sided()
    ratio, mirrored = torch.exp(settings.stretch * sided()), share() < settings.mirror
    x, y = 2 * settings.shift * sided(), 2 * settings.shift * sided()  # a picture is two units wide
    theta = _movement(angle, size * ratio * (1 - 2 * mirrored.float()), size, x, y)
    drawn: dict[str, Any] = {"theta": theta, "gain": torch.exp(settings.brightness * sided())}
    if settings.unsteady:
        unsteady = share(1, 1) < 0.5
        normal = settings.unsteady * torch.randn(batch, steps, 4, generator=generator) * unsteady
        angle, size, x, y = normal.unbind(2)
        drawn["jitter"] = _movement(angle, 1 + size, 1 + size, 2 * x, 2 * y)
    if settings.brow:
        theta[:, 1, 2] += 2 * settings.brow * share()
    if settings.hold or settings.reverse or settings.still or settings.reference:
        drawn["order"] = draw_order(settings, batch, steps, generator)
    drawn |= draw_appearance(settings, batch, steps, generator)
    if settings.drift:
        course = draw_course(batch, steps, generator) * settings.drift
        angle, size, x, y = (DRIFTING[:4] * course).unbind(2)
        drift, jitter = _movement(angle, 1 + size, 1 + size, x, y), drawn.get("jitter")
        drawn["jitter"] = drift if jitter is None else _composed(drift, jitter)
        drawn["slant"] = DRIFTING[4:] * course[..., :2]
    if settings.relit:
        drawn["relit"] = share() < settings.relit
        gain = torch.exp(settings.brightness * sided())
        drawn["first"] = Change(theta, gain, **draw_appearance(settings, batch, 1, generator))
    return Change(**drawn)


def draw_appearance(settings: Augmentation, batch: int, steps: int, generator: torch.Generator) -> dict[str, Any]:
    """Draws what changes light, lens and sensor, beside the gain."""

    def share(*shape: int) -> Tensor:
        return torch.rand(batch, *shape, generator=generator)

    def sided(*shape: int) -> Tensor:
        return 2 * share(*shape) - 1

    drawn = {}
    if settings.light:
        drawn["light"] = torch.cat([settings.light * sided(3), share(2), 0.15 + 0.35 * share(1)], dim=1)
    if settings.occlusion:
        there = (share(BOXES) < settings.occlusion).float()
        extent = (0.08 + 0.27 * share(BOXES, 2)) * there[:, :, None]
        drawn["boxes"] = torch.cat([share(BOXES, 2), extent, share(BOXES, 1)], dim=2)
    if settings.blur:
        along = settings.blur * share()
        if settings.blurred < 1:
            along = along * (share() < settings.blurred)
        reach = torch.full((batch,), settings.blur)
        drawn["spread"] = torch.stack([along, along * share(), math.pi * share(), reach], dim=1)
    if settings.gamma:
        drawn["gamma"] = torch.exp(settings.gamma * sided())
    if settings.contrast:
        drawn["contrast"] = torch.exp(settings.contrast * sided())
    if settings.saturation:
        drawn["white"] = 1 - settings.saturation * share()
    if settings.noise:
        drawn["noise"], drawn["pattern"] = settings.noise * share(), share(steps)
    return drawn


def draw_course(batch: int, steps: int, generator: torch.Generator) -> Tensor:
    """How far each of four movements has come at each step, -1..1: (B, T, 4), 0 in the first step.

    Each clip moves by one course: soon or late, at once or slowly, and in half of the clips to and fro. A quarter of
    the clips keep still.
    """

    def share(*shape: int) -> Tensor:
        return torch.rand(batch, *shape, generator=generator)

    at = torch.arange(steps)
    middle, width = (steps - 1) * share(1).square(), 0.1 * 30 ** share(1)  # mostly soon; 0.1 to 3 steps
    ramp = torch.sigmoid((at - middle) / width)
    swing = torch.sin(2 * math.pi * (share(1) + at / (4 + 2 * steps * share(1))))
    course = torch.where(share(1) < 0.5, ramp, 0.5 * ramp + 0.25 * swing)
    course = (course - course[:, :1]) * (share(1) < 0.75)
    return course[:, :, None] * (2 * share(1, 4) - 1)


def draw_order(settings: Augmentation, batch: int, steps: int, generator: torch.Generator) -> Tensor:
    """Orders (B, T): shares of about `hold` are held for a while, `reverse` run backwards, and `still` stand still.

    An order tells of each step which step of the plain clip it shows: 0, 1, 2, 3 is the plain one, 3, 2, 1, 0 runs
    backwards, 0, 1, 1, 1 is held from the second step on, and 2, 2, 2, 2 is one picture. In a share of `reference` the
    first step is -1, the first frame of the whole sequence, unless the clip runs backwards.
    """

    def share() -> Tensor:
        return torch.rand(batch, 1, generator=generator)

    place = torch.arange(steps)
    order = torch.where(share() < settings.reverse, place.flip(0), place)
    held = share() < settings.hold
    first = (share() * (steps - 1)).long()
    last = first + 1 + (share() * (steps - 1 - first)).long()
    order = torch.where(held & (place >= first) & (place <= last), order.gather(1, first), order)
    order = torch.where(share() < settings.still, (share() * steps).long(), order)
    if settings.reference:
        known = (share()[:, 0] < settings.reference) & ~runs_backwards(order)
        order[known, 0] = -1
    return order


def augment(clip: Clip, change: Change) -> Clip:
    """Applies to the steps of a clip what was drawn for it; the order of steps is that of the frames already."""
    reach = 0.0 if change.spread is None else float(change.spread[0, 3])  # on the CPU, where nobody waits for it
    change = change.on(clip.frames.device)
    theta = change.theta if change.jitter is None else _after(change.jitter, change.theta)
    frames = _warp(clip.frames, theta, "bilinear", "border", change.slant)
    before = None if change.first is None else _appear(frames[:1].clone(), change.first, reach)
    frames = _appear(frames, change, reach)
    if before is not None and change.relit is not None:
        frames[:1] = torch.where(change.relit[:, None, None, None], before, frames[:1])
    events = clip.events
    if events is not None:
        if change.order is not None:
            events = reorder_events(events, change.order)
        # events are there or not: interpolating would teach a network events weaker than those it is tested on
        events = _warp(events, theta, "nearest", "zeros", change.slant)
    return clip._replace(frames=frames, events=events)


def reorder_events(events: Tensor, order: Tensor) -> Tensor:
    """Events (T, B, 1, H, W) in an order: none while a step is held, and of the other sign backwards in time."""
    sign = (1 - 2 * runs_backwards(order).float()).repeat(order.shape[1], 1)  # (T, B)
    sign[1:][order.T[1:] == order.T[:-1]] = 0
    return events * sign[:, :, None, None, None]


def _movement(angle: Tensor, wide: Tensor, high: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Matrices (..., 2, 3) that scale by `wide` and `high`, then turn, then shift."""
    rows = [wide * angle.cos(), -high * angle.sin(), x], [wide * angle.sin(), high * angle.cos(), y]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)


def _after(jitter: Tensor, theta: Tensor) -> Tensor:
    """Both movements as one, (B, T, 2, 3): a place of the output goes through `jitter`, then `theta` (B, 2, 3)."""
    return _composed(jitter, theta[:, None])


def _composed(first: Tensor, then: Tensor) -> Tensor:
    """Both movements (..., 2, 3) as one: a place of the output goes through `first`, then through `then`."""
    moved = then[..., :2] @ first
    return torch.cat([moved[..., :2], moved[..., 2:] + then[..., 2:]], dim=-1)


def _warp(images: Tensor, theta: Tensor, mode: str, padding: str, slant: Tensor | None = None) -> Tensor:
    """(T, B, 1, H, W); all steps of a clip alike by `theta` (B, 2, 3), or each by its own (B, T, 2, 3) and `slant`."""
    x = images.squeeze(2).transpose(0, 1)  # (B, T, H, W)
    shape = x.shape
    if theta.ndim == 4:
        x, theta = x.reshape(-1, 1, *shape[2:]), theta.flatten(0, 1)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    if slant is not None:
        at = _places((x.shape[-2], x.shape[-1]), x.device)
        right, down = (2 * slant.flatten(0, 1)[:, axis, None, None] * (place - 0.5) for axis, place in enumerate(at))
        grid = grid / (1 + right + down).unsqueeze(-1)
    warped = F.grid_sample(x, grid, mode, padding_mode=padding, align_corners=False)
    return warped.reshape(shape).transpose(0, 1).unsqueeze(2)


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
