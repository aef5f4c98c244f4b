"""Registration: each frame is moved, turned and scaled onto the first one before the two are compared.

What a network is told of an expression is how the picture has changed, and a head that comes 5 % nearer changes all of
it. Four numbers explain such a movement (a similarity: size, turn, shift right and down). They are found by Lucas and
Kanade's method in its inverse form (Baker and Matthews, *Lucas-Kanade 20 Years On*, IJCV 56, 2004): how the template
would change with each number is computed once, and a few least-squares steps follow. Two numbers more are found with
them and thrown away: how the picture is stretched. A raised brow stretches it, and would otherwise be taken for a
picture that is larger (benchmarks/registration.py). Nothing here is learnt.
"""

from functools import cache
from typing import NamedTuple

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


class Template(NamedTuple):
    """What is looked at of a clip's first frame, once."""

    still: Tensor  # (B, P, 1) the frame, three times smaller
    descent: Tensor  # (B, 6, P) how much of each number a difference in each pixel stands for


def template_of(first: Tensor) -> Template:
    """Of local contrast (B, 1, H, W)."""
    still = _shrunk(first)
    slopes = _slopes(still)  # (B, 6, P)
    return Template(still.flatten(1)[..., None], _solution(slopes @ slopes.transpose(1, 2)) @ slopes)


def registered(frames: Tensor, template: Template, iterations: int) -> Tensor:
    """Frames (T, B, 1, H, W), local contrast, each moved onto the template of its clip, likewise."""
    found = (movement(frames, template, iterations) * PARTS).round() / PARTS
    return moved(frames.flatten(0, 1), found * _similar(frames.device)).reshape(frames.shape)


def movement(frames: Tensor, template: Template, iterations: int) -> Tensor:
    """How frames (T, B, 1, H, W) lie against the templates of their clips, (T·B, 6), as in `MOST`.

    Looked for at a third of the resolution, in `iterations` (1 or more) steps of least squares.
    """
    small, most = _shrunk(frames.flatten(0, 1)), _most(frames.device)  # (T·B, 1, h, w)
    found = None
    for _ in range(iterations):
        shown = small if found is None else moved(small, found)  # at first as it lies
        difference = shown.reshape(*frames.shape[:2], -1, 1) - template.still
        step = (template.descent @ difference.clamp(-OUTLIER, OUTLIER)).reshape(-1, len(MOST))
        found = torch.minimum(torch.maximum(-step if found is None else found - step, -most), most)
    assert found is not None
    return found


def moved(images: Tensor, by: Tensor) -> Tensor:
    """Images (N, 1, H, W) seen under a movement (N, 6); beyond their borders they go on as they end."""
    height, width = images.shape[-2:]
    share, unmoved, right, down = _places(height, width, images.device)
    most = 1 - 1 / width
    # Sums of two numbers at the most, the others being times zero: all machines are to look at the very same places,
    # and add up more of them in different orders. Of each row of the picture, across and along lie side by side.
    rightward, downward, shift = (by @ share + unmoved)[:, None].split(2 * width, dim=2)  # (N, 1, 2W) each
    places = (rightward * right + shift) + downward * down  # (N, H, 2W)
    # places within the picture need no border, and runtimes are faster without one
    places = places.clamp(-most, most) if height == width else _between(places, height, width)
    return F.grid_sample(images, places.unflatten(2, (width, 2)), "bilinear", "zeros", align_corners=False)


def _between(places: Tensor, height: int, width: int) -> Tensor:
    """Places (N, H, 2W) within a picture that is no square."""
    most = torch.tensor([1 - 1 / width, 1 - 1 / height], device=places.device).repeat(width)
    return torch.minimum(torch.maximum(places, -most), most)


def _shrunk(frames: Tensor) -> Tensor:
    """(N, 1, H, W) -> (N, 1, h, w), three times smaller."""
    rows, columns = (_smaller(length, frames.device) for length in frames.shape[-2:])
    return rows @ (frames @ columns.T)


def _slopes(still: Tensor) -> Tensor:
    """How each pixel of what is still (B, 1, h, w) would change with each of the numbers, (B, 6, h·w)."""
    upward, leftward, by_across, by_along = _differences(*still.shape[-2:], still.device)
    return ((still @ leftward) * by_across + (upward @ still) * by_along).flatten(2)


def _solution(normal: Tensor) -> Tensor:
    """The inverse of the normal equations (N, 6, 6), a little damped as if ones were in their diagonal."""
    one = torch.eye(len(MOST), device=normal.device)
    length = (normal * one).sum(2, keepdim=True).clamp(min=1e-6).sqrt()
    scale = length @ length.transpose(1, 2)
    normal = (normal / scale + RIDGE * one) / (1 + RIDGE)
    start = 2 / len(MOST)  # small enough for any correlations to converge
    inverse = 2 * start * one - start**2 * normal
    for _ in range(ROUNDS - 1):
        inverse = inverse @ (2 * one - normal @ inverse)
    return inverse / scale


@cache
def _most(device: torch.device) -> Tensor:
    """`MOST`, copied to a device once: a step that is recorded as a CUDA graph may copy nothing."""
    return torch.tensor(MOST, device=device)


@cache
def _similar(device: torch.device) -> Tensor:
    """Ones for the four numbers of a similarity, and zeros for the two that are thrown away."""
    return torch.tensor([1.0, 1.0, 1.0, 1.0, 0.0, 0.0], device=device)


@cache
def _axes(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Middles of the pixels, -1..1: right (1, W) and down (H, 1)."""
    right, down = ((torch.arange(side, device=device) + 0.5) / side * 2 - 1 for side in (width, height))
    return right[None, :], down[:, None]


@cache
def _places(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What `moved` computes the places with that it looks at, across and along for each of a row.

    The shares of the six numbers in what right, down and nothing are multiplied with (6, 6W) and what is there without
    them (6W,); right (2W,) and down (H, 1).
    """
    right, down = _axes(height, width, device)
    #          rightward: across, along   downward   shift
    numbers = [[1, 0, 0, 1, 0, 0],  # size
               [0, 1, -1, 0, 0, 0],  # turn
               [0, 0, 0, 0, 1, 0],  # x
               [0, 0, 0, 0, 0, 1],  # y
               [1, 0, 0, -1, 0, 0],  # upright
               [0, 1, 1, 0, 0, 0],  # slanted
               [1, 0, 0, 1, 0, 0]]  # fmt: skip
    shares = torch.tensor(numbers, dtype=torch.float32, device=device).unflatten(1, (3, 1, 2))
    each = shares.expand(-1, -1, width, -1).reshape(len(numbers), -1)
    return each[:-1], each[-1], right[0].repeat_interleave(2), down


@cache
def _differences(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Central differences as products from the left (H, H) and from the right (W, W), and what they are times in each
    of the six slopes, (6, H, W) each."""
    right, down = _axes(height, width, device)
    inside = ((right.abs() < 1 - 2 * BORDER) & (down.abs() < 1 - 2 * BORDER)).float()
    one, none = torch.ones_like(inside), torch.zeros_like(inside)
    across, along = one * right, one * down
    by_across = torch.stack([across, -along, one, none, across, along]) * (inside * width / 4)
    by_along = torch.stack([along, across, none, one, -along, across]) * (inside * height / 4)
    return _central(height, device), _central(width, device).T, by_across, by_along


def _central(length: int, device: torch.device) -> Tensor:
    """The next pixel less the one before, as a matrix (length, length); beyond the ends they go on as they end."""
    one = torch.eye(length, device=device)
    at = torch.arange(length, device=device)
    return one[(at + 1).clamp(max=length - 1)] - one[(at - 1).clamp(min=0)]


@cache
def _smaller(length: int, device: torch.device) -> Tensor:
    """Means over neighbouring pixels, weighed by a triangle, for a third as many: (length // COARSE, length)."""
    side = max(1, length // COARSE)
    middle = (torch.arange(side, device=device) + 0.5) * (length / side) - 0.5
    away = (torch.arange(length, device=device) - middle[:, None]).abs()
    weight = (1 - away * (side / length)).clamp(min=0)
    return weight / weight.sum(1, keepdim=True)
