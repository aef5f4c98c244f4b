"""What the network should answer in each cell of a scene, and the loss: how wrong its answers are."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.eye.contract import CELL
from eyeprentice.finder.architecture import TYPICAL_SIZE
from eyeprentice.finder.picture_bank import pixel_centres
from eyeprentice.finder.scenes import EYE, NO_EYE, UNSURE

POSITIVE, LEAST_POSITIVE = 0.16, 6.0
"""Cells whose centres lie nearer to an eye's centre than this share of its size, or as many pixels, show it."""
OPEN, LEAST_OPEN = 0.36, 13.0
"""Up to here, nothing is asked of a cell."""
OPEN_HALF_HIDDEN = 0.7
"""The same, for eyes that are half hidden."""
FOCUS = 2.0
"""Power of the focal loss (Lin et al., ICCV 2017): cells that are clear count less."""
TURN = torch.pi / 6
"""Radians of tilt that count as 1."""


class Targets(NamedTuple):
    """For each of B scenes and its cells, (B, h, w)."""

    shows: Tensor
    """1 where a cell shows an eye, 0 where it shows none, -1 where nothing is asked."""
    truth: Tensor
    """(B, 6, h, w) of that eye: dx and dy in cells, log size, tilt, left, openness."""
    size: Tensor
    """(B, h, w) of that eye in pixels."""


def make_targets(eyes: Tensor, rows: int, columns: int) -> Targets:
    """From true eyes (B, 2, 7) as `scenes.Scenes` has them."""
    at = pixel_centres(rows, columns, eyes.device).movedim(2, 0) * CELL  # (2, h, w)
    offset = eyes[:, :, 1:3, None, None] - at  # (B, 2, 2, h, w)
    distance = offset.norm(dim=2)
    state, size = eyes[:, :, 0, None, None], eyes[:, :, 3, None, None]
    shows = (state == EYE) & (distance < (POSITIVE * size).clamp(min=LEAST_POSITIVE))
    open_ = (state == EYE) & (distance < (OPEN * size).clamp(min=LEAST_OPEN))
    open_ = open_ | ((state == UNSURE) & (distance < (OPEN_HALF_HIDDEN * size).clamp(min=LEAST_OPEN)))
    nearest = torch.where(state == NO_EYE, torch.inf, distance).argmin(1, keepdim=True)
    chosen = torch.where(shows.any(1), 1.0, torch.where(open_.any(1), -1.0, 0.0))
    maps = torch.cat(
        [offset / CELL, *(value[:, :, None, None, None].expand(-1, -1, -1, rows, columns) for value in (
            torch.log(eyes[..., 3].clamp(min=1) / TYPICAL_SIZE), eyes[..., 4], eyes[..., 5], eyes[..., 6],
        ))], dim=2,
    )  # fmt: skip
    truth = maps.gather(1, nearest[:, :, None].expand(-1, -1, maps.shape[2], -1, -1))[:, 0]
    return Targets(chosen, truth, size.expand(-1, -1, rows, columns).gather(1, nearest)[:, 0])


def losses(maps: Tensor, targets: Targets) -> dict[str, Tensor]:
    """Each part of the loss, of maps (B, 7, h, w) as the network gives them; training minimises their sum."""
    shows, truth, size = targets
    asked = (shows >= 0).float()
    wrong = F.binary_cross_entropy_with_logits(maps[:, 0], shows.clamp(min=0), reduction="none")
    focal = (1 - torch.exp(-wrong)) ** FOCUS * wrong * asked
    here = shows > 0
    count = here.sum().clamp(min=1)
    found, true = maps.permute(0, 2, 3, 1)[here], truth.permute(0, 2, 3, 1)[here]
    cells = (CELL / size[here])[:, None]
    known = torch.isfinite(true[:, 5])
    openness = F.binary_cross_entropy_with_logits(found[:, 6], true[:, 5].nan_to_num(1.0), reduction="none")
    return {
        "probability": 2 * focal.sum() / count,
        "place": 8 * _robust((found[:, 1:3] - true[:, :2]) * cells, 0.01).sum() / count,
        "size": 3 * _robust(found[:, 3] - true[:, 2], 0.03).sum() / count,
        "tilt": _robust((found[:, 4] - true[:, 3]) / TURN, 0.1).sum() / count,
        "left": 0.5 * F.binary_cross_entropy_with_logits(found[:, 5], true[:, 4], reduction="sum") / count,
        "openness": 0.5 * (openness * known).sum() / count,
    }


def _robust(error: Tensor, bend: float) -> Tensor:
    """Absolute errors, rounded where they are smaller than `bend`."""
    return F.smooth_l1_loss(error, torch.zeros_like(error), reduction="none", beta=bend)
