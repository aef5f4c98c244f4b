"""Pictures from which a network learns which way is up: eyes near and far, oblique, half hidden, in any light."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from eyeprentice.eye.upright import SIDE
from eyeprentice.finder.effects import Draw, backgrounds, each, expose, put_on_glasses, shade
from eyeprentice.finder.material import BETWEEN, FACE
from eyeprentice.finder.picture_bank import PictureBank, anchored, apply_maps, places, sample, similarity
from eyeprentice.finder.scenes import EYE, NO_EYE, hide, if_visible

NEAR, FAR, FACES = 0.55, 1.15, 3.2
"""Sides of what is seen, in sizes of the eye: from the nearest camera to headsets, and to faces."""
NOTHING = 0.12
"""Share of pictures without an eye."""
TONES = 5
"""Points of a random curve from one grey level to another."""


class Uprights(NamedTuple):
    """B pictures that are upright, as far as they show anything."""

    frames: Tensor  # (B, 1, SIDE, SIDE), 0..1
    state: Tensor
    """(B,) `NO_EYE`, `EYE`, or `UNSURE` where it is hidden or too faint; of the latter nothing is asked."""


def make_uprights(bank: PictureBank, count: int, draw: Draw) -> Uprights:
    """`count` pictures: half of them of one eye alone, most others cut out of faces."""
    nothing = round(NOTHING * count)
    faces = round(0.5 * (count - nothing))
    parts = [_from_faces(bank, faces, draw), _from_closeups(bank, count - nothing - faces, draw)]
    parts.append((backgrounds(bank, nothing, SIDE, SIDE, draw, 0.6), torch.zeros(nothing, 2, 7, device=bank.device)))
    frames, eyes = (torch.cat(part) for part in zip(*parts, strict=True))
    frames = _vignetted(_toned(frames, draw), draw)
    frames, eyes = hide(bank, frames, eyes, draw)
    size = eyes[:, :, 3].amax(1)
    strength = torch.full((count,), 0.6, device=bank.device)
    frames, clean, noise = expose(frames, 0.5 * size, strength, draw)
    state = if_visible(clean, noise, eyes)[..., 0]
    return Uprights(frames, state[:, 0])


def _from_faces(bank: PictureBank, count: int, draw: Draw) -> tuple[Tensor, Tensor]:
    """Around one eye of a face; with the other one, where it is seen from farther away."""
    numbers, which = draw.below(len(bank.eyes), count), draw.below(2, count)
    eyes = bank.eyes[numbers]
    seen = draw.scale(count, NEAR, FACES)
    scale = SIDE / (seen * BETWEEN)
    linear = _looked_at(scale, draw)
    middle = eyes.mean(1) + draw.points(count) * 0.1 * FACE
    eye = eyes[torch.arange(count, device=bank.device), which] - _above(count, bank.device, draw) * BETWEEN
    anchor = torch.where((seen > 2)[:, None] & draw.chance(count, 0.5)[:, None], middle, eye)
    maps = anchored(linear, anchor, SIDE * (0.5 + 0.06 * draw.points(count)))
    at = places(maps, SIDE, SIDE)
    picture, inside, person = sample(bank.faces, numbers, at, scale).split(1, dim=1)
    picture = put_on_glasses(picture, at, eyes, draw)
    picture = shade(picture, (at - eyes.mean(1)[:, None, None]) / BETWEEN, draw)
    mask = torch.where(each(draw.chance(count, 0.6)), person, inside)
    behind = backgrounds(bank, count, SIDE, SIDE, draw)
    frames = behind + mask * (picture - behind)
    where = apply_maps(maps, eyes)
    first = torch.where((which == 1)[:, None, None], where.flip(1), where)  # the eye that was looked at
    return frames, _truth(first, SIDE / seen)


def _from_closeups(bank: PictureBank, count: int, draw: Draw) -> tuple[Tensor, Tensor]:
    """One eye as a headset sees it, black beyond what was taken."""
    numbers = draw.below(len(bank.closeup_eyes), count)
    truth, side = bank.closeup_eyes[numbers], bank.closeups[0].shape[-1]
    seen = draw.scale(count, NEAR, FAR)
    scale = SIDE / (seen * truth[:, 2])
    whole = draw.chance(count, 0.4)
    scale = torch.where(whole, SIDE / side * torch.exp(draw.normal(count, 0.04)), scale)
    linear = _looked_at(scale, draw)
    eye = truth[:, :2] - _above(count, bank.device, draw) * truth[:, 2:3]
    anchor = torch.where(whole[:, None], torch.full_like(eye, side / 2), eye)
    maps = anchored(linear, anchor, SIDE * (0.5 + 0.05 * draw.points(count)))
    frames = sample(bank.closeups, numbers, places(maps, SIDE, SIDE), scale)
    where = apply_maps(maps, truth[:, None, :2]).expand(-1, 2, -1)
    return frames, _truth(where, scale * truth[:, 2])


def _looked_at(scale: Tensor, draw: Draw) -> Tensor:
    """Linear maps (B, 2, 2): turned a little, mirrored, and flatter in some direction, as from below or the side."""
    count = len(scale)
    turn = draw.normal(count, math.radians(9)).clamp(-0.45, 0.45)
    ones, zeros = torch.ones_like(scale), torch.zeros_like(scale)
    linear = similarity(scale, turn, draw.sign(count), ones)
    flat = torch.where(draw.chance(count, 0.5), draw.uniform(count, 0.65, 1.0), ones)
    axis = draw.uniform(count, 0, math.pi)
    along, back = (similarity(ones, sign * axis, ones, ones) for sign in (1, -1))
    middle = torch.stack([torch.stack([ones, zeros], dim=1), torch.stack([zeros, flat], dim=1)], dim=1)
    return along @ middle @ back @ linear


def _above(count: int, device: torch.device, draw: Draw) -> Tensor:
    """(B, 2) how far above the eye a picture's middle lies, in sizes: from the eye itself to where brows fit in."""
    return torch.stack([torch.zeros(count, device=device), draw.uniform(count, -0.04, 0.14)], dim=1)


def _truth(places: Tensor, size: Tensor) -> Tensor:
    """(B, 2, 7) as `Scenes.eyes`; the first is the eye that has to be seen, the second only tells `hide` where."""
    eyes = torch.zeros(len(size), 2, 7, device=size.device)
    eyes[:, 0, 0], eyes[:, 1, 0] = EYE, NO_EYE
    eyes[:, :, 1:3], eyes[:, :, 3] = places, size[:, None]
    return eyes


def _toned(frames: Tensor, draw: Draw) -> Tensor:
    """Other greys for the same things in 45 % of the pictures, as by infrared light; nearly always in their order."""
    count = len(frames)
    levels = torch.stack([draw.uniform(count) for _ in range(TONES)], dim=1)
    levels = torch.where(draw.chance(count, 0.93)[:, None], levels.sort(dim=1).values, levels)
    at = (frames.flatten(1).clamp(0, 1) * (TONES - 1)).clamp(max=TONES - 1 - 1e-4)
    low = at.long()
    share = at - low
    toned = levels.gather(1, low) * (1 - share) + levels.gather(1, low + 1) * share
    return torch.where(each(draw.chance(count, 0.45)), toned.view_as(frames), frames)


def _vignetted(frames: Tensor, draw: Draw) -> Tensor:
    """Darker towards the corners in half of the pictures, and light that falls from one side."""
    count = len(frames)
    at = torch.linspace(-1, 1, SIDE, device=frames.device)
    x, y = at[None, None], at[None, :, None]
    x, y = x + 0.2 * draw.normal(count)[:, None, None], y + 0.2 * draw.normal(count)[:, None, None]
    dark = draw.uniform(count, 0, 0.45)[:, None, None] * draw.chance(count, 0.5)[:, None, None]
    angle, lamp = draw.uniform(count, 0, 2 * math.pi)[:, None, None], draw.uniform(count, 0, 0.6)[:, None, None]
    light = (1 - dark * (x * x + y * y).clamp(max=2)) * (1 + lamp * (torch.cos(angle) * x + torch.sin(angle) * y))
    return frames * light[:, None].clamp(min=0)
