"""Maps between a scene and the pictures in it, for whole batches: (B, 2, 3) from a picture's pixels to the scene's."""

import torch
from torch import Tensor
from torch.nn import functional as F


def similarity(scale: Tensor, turn: Tensor, flip: Tensor, squash: Tensor) -> Tensor:
    """Scales, turns (radians), mirrors (-1, or 1) and narrows pictures: (B, 2, 2)."""
    c, s = torch.cos(turn), torch.sin(turn)
    first = torch.stack([c, s], dim=1) * (flip * squash)[:, None]
    second = torch.stack([-s, c], dim=1)
    return torch.stack([first, second], dim=2) * scale[:, None, None]


def anchored(linear: Tensor, anchor: Tensor, place: Tensor) -> Tensor:
    """The map with this linear part that takes the point `anchor` (B, 2) of a picture to `place` in the scene."""
    move = place - (linear @ anchor[..., None])[..., 0]
    return torch.cat([linear, move[..., None]], dim=2)


def apply(maps: Tensor, points: Tensor) -> Tensor:
    """Points (B, N, 2) of the pictures -> where they are in the scenes."""
    return points @ maps[:, :, :2].transpose(1, 2) + maps[:, None, :, 2]


def places(maps: Tensor, height: int, width: int) -> Tensor:
    """For each pixel of the scenes, the place in the picture that it shows: (B, H, W, 2)."""
    inverse = torch.linalg.inv(maps[:, :, :2])
    y = torch.arange(height, device=maps.device) + 0.5
    x = torch.arange(width, device=maps.device) + 0.5
    at = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
    shifted = at[None] - maps[:, None, None, :, 2]
    return shifted @ inverse.transpose(1, 2)[:, None]


def sample(pyramid: list[Tensor], numbers: Tensor, at: Tensor, scale: Tensor) -> Tensor:
    """Pictures with these numbers at places (B, H, W, 2) of their first level, 0..1: (B, C, H, W); 0 outside.

    `scale` (B,) says how many pixels of the scene one of a picture takes.
    """
    side = pyramid[0].shape[-1]
    grid = 2 * at / side - 1
    wanted = torch.log2(1 / scale).round().clamp(0, len(pyramid) - 1)
    seen = torch.zeros(len(numbers), pyramid[0].shape[1], *at.shape[1:3], device=at.device)
    for level, pictures in enumerate(pyramid):
        here = (wanted == level).nonzero()[:, 0]
        if len(here):
            chosen = pictures[numbers[here]].float() / 255
            seen[here] = F.grid_sample(chosen, grid[here], align_corners=False)
    return seen
