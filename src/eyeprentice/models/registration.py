"""Registration: each frame is moved, turned and scaled onto the first one before the two are compared.

What a network is told of an expression is how the picture has changed, and a head that comes 5 % nearer changes all of
it. Four numbers explain such a movement (a similarity: size, turn, shift right and down). They are found by Lucas and
Kanade's method in its inverse form (Baker and Matthews, *Lucas-Kanade 20 Years On*, IJCV 56, 2004): how the template
would change with each number is computed once, and a few least-squares steps follow. Two numbers more are found with
them and thrown away: how the picture is stretched. A raised brow stretches it, and would otherwise be taken for a
picture that is larger (benchmarks/registration.py). Nothing here is learnt.
"""

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

MOST = (0.15, 0.20, 0.20, 0.20, 0.15, 0.15)
"""How far a frame may be away: in size as a share, turn in radians, shift right and down in halves of the picture, and
stretched, as shares, along the borders and along the diagonals."""
OUTLIER = 0.6
"""Differences of contrast count as this much at the most: what a blink or an expression changes is no movement."""
RIDGE = 0.02
"""Added to the (normalised) normal equations, which a picture without texture leaves undetermined."""
ROUNDS = 8
"""Of Newton and Schulz's iteration, which inverts 6x6 matrices by multiplications that every runtime has."""
PARTS = 512
"""A movement is rounded to one part of so many, a tenth of a pixel at 90x90. Two machines, which add up in different
order, then move a frame alike; neurons that nearly fire would tell the difference otherwise."""
COARSE = 3
"""Movement is looked for in pictures that are so many times smaller."""
BORDER = 0.1
"""Part of the picture at each of its borders where differences are not looked at: what is seen there comes and goes."""


def registered(frames: Tensor, template: Tensor, iterations: int) -> Tensor:
    """Frames (N, 1, H, W), local contrast, each moved onto its template, likewise."""
    found = (movement(frames, template, iterations) * PARTS).round() / PARTS
    return moved(frames, torch.cat([found[:, :4], torch.zeros_like(found[:, 4:])], dim=1))


def movement(frames: Tensor, template: Tensor, iterations: int) -> Tensor:
    """How frames (N, 1, H, W) lie against their templates, (N, 6), as in `MOST`.

    Looked for at a third of the resolution, in `iterations` steps of least squares.
    """
    rows, columns = (_smaller(length, frames.device) for length in frames.shape[-2:])
    small, still = (rows @ (x @ columns.T) for x in (frames, template))
    slopes = _slopes(still)  # (N, 6, P)
    length = slopes.square().sum(2, keepdim=True).clamp(min=1e-6).sqrt()
    unit = slopes / length
    inverse = _inverse(unit @ unit.transpose(1, 2))
    most = _most(frames.device)
    found = torch.zeros_like(unit[:, :, 0])
    for _ in range(iterations):
        difference = (moved(small, found) - still).flatten(2).clamp(-OUTLIER, OUTLIER)  # (N, 1, P)
        step = inverse @ (unit @ difference.transpose(1, 2)) / length
        found = torch.minimum(torch.maximum(found - step[..., 0], -most), most)
    return found


def moved(images: Tensor, by: Tensor) -> Tensor:
    """Images (N, 1, H, W) seen under a movement (N, 6); beyond their borders they go on as they end."""
    height, width = images.shape[-2:]
    size, turn, x, y, upright, slanted = by[:, :, None, None].unbind(1)  # (N, 1, 1)
    right, down = _places(height, width, images.device)
    # no product of matrices, whose order of summing differs between machines: all are to look at the very same places
    across = ((1 + size + upright) * right + x) + (slanted - turn) * down
    along = ((1 + size - upright) * down + y) + (turn + slanted) * right
    return F.grid_sample(images, torch.stack([across, along], dim=-1), "bilinear", "border", align_corners=False)


def _slopes(template: Tensor) -> Tensor:
    """How each pixel of the template (N, 1, H, W) would change with each of the numbers, (N, 6, H·W)."""
    height, width = template.shape[-2:]
    right, down = _places(height, width, template.device)
    inside = ((right.abs() < 1 - 2 * BORDER) & (down.abs() < 1 - 2 * BORDER)).float()
    padded = F.pad(template, (1, 1, 1, 1), mode="replicate")
    across = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) * (inside * width / 4)
    along = (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) * (inside * height / 4)
    wide, high, turned, slanted = across * right, along * down, along * right, across * down
    slopes = [wide + high, turned - slanted, across, along, wide - high, turned + slanted]
    return torch.cat(slopes, dim=1).flatten(2)


def _inverse(normal: Tensor) -> Tensor:
    """Of matrices (N, 6, 6) with ones in the diagonal, a little damped."""
    one = torch.eye(len(MOST), device=normal.device)
    normal = (normal + RIDGE * one) / (1 + RIDGE)
    inverse = 2 / len(MOST) * one.expand_as(normal)  # small enough for any correlations to converge
    for _ in range(ROUNDS):
        inverse = inverse @ (2 * one - normal @ inverse)
    return inverse


@cache
def _most(device: torch.device) -> Tensor:
    """`MOST`, copied to a device once: a step that is recorded as a CUDA graph may copy nothing."""
    return torch.tensor(MOST, device=device)


@cache
def _places(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Middles of the pixels, -1..1: right (1, 1, W) and down (1, H, 1)."""
    right = (torch.arange(width, device=device) + 0.5) / width * 2 - 1
    down = (torch.arange(height, device=device) + 0.5) / height * 2 - 1
    return right[None, None, :], down[None, :, None]


@cache
def _smaller(length: int, device: torch.device) -> Tensor:
    """Means over neighbouring pixels, weighed by a triangle, for a third as many: (length // COARSE, length)."""
    side = max(1, length // COARSE)
    middle = (torch.arange(side, device=device) + 0.5) * (length / side) - 0.5
    away = (torch.arange(length, device=device) - middle[:, None]).abs()
    weight = (1 - away * (side / length)).clamp(min=0)
    return weight / weight.sum(1, keepdim=True)
