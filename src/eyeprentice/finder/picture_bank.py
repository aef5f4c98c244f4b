"""All pictures that scenes are made of, on the device that makes them, and how pictures are placed in scenes."""

from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.finder.material import FACE, Faces, Material, concatenate_closeups
from eyeprentice.finder.simulated import simulate_closeups
from eyeprentice.finder.textures import texture

PYRAMID_LEVELS = 4
"""Of pictures, each half as large as the one before: one that is shrunk is sampled from the level nearest to it."""
BACKGROUND = 160
"""Pixels of a background's side."""
WALL = (2.5,) * 4
"""Grey levels by which what stands behind a person may differ from its neighbour."""

Pyramid = list[Tensor]  # of (N, C, S, S) uint8


@dataclass(frozen=True)
class PictureBank:
    """Everything on one device. Positions are in pixels of the first level."""

    faces: Pyramid
    """Channels: the picture, whether the portrait shows anything there, whether it is the person."""
    eyes: Tensor  # (N, 2, 2)
    face_openness: Tensor  # (N,)
    closeups: Pyramid
    closeup_eyes: Tensor  # (K, 6): x, y, size, tilt, left, openness
    textures: Pyramid
    patches: Pyramid

    @property
    def device(self) -> torch.device:
        return self.eyes.device


def make_bank(material: Material, drawn: int, textures: int, seed: int, jobs: int, device: torch.device) -> PictureBank:
    """Adds `drawn` people, each in twelve pictures, and generated textures to what is gathered from portraits."""
    closeups = concatenate_closeups([material.closeups, *simulate_closeups(range(drawn), seed, jobs)])
    rng = np.random.default_rng(seed)
    walls = np.stack([texture(rng, BACKGROUND) for _ in range(textures)])
    truth = np.stack([getattr(closeups, field.name) for field in fields(closeups)[1:]], axis=1)

    def put(array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device)

    return PictureBank(
        _pyramid(put(_with_masks(material.faces))), put(material.faces.eyes), put(material.faces.openness),
        _pyramid(put(closeups.pictures[:, None])), put(truth.astype(np.float32)),
        _pyramid(put(walls[:, None])), _pyramid(put(material.patches[:, None])),
    )  # fmt: skip


def _pyramid(pictures: Tensor) -> Pyramid:
    levels = [pictures]
    for _ in range(PYRAMID_LEVELS - 1):
        halves = [F.avg_pool2d(part.float(), 2).round().to(torch.uint8) for part in levels[-1].split(256)]
        levels.append(torch.cat(halves))
    return levels


def _with_masks(faces: Faces) -> NDArray[np.uint8]:
    """(N, 3, FACE, FACE): pictures, what is inside the portrait, and the person without the wall behind."""
    masks = np.zeros((len(faces), 3, FACE, FACE), np.uint8)
    masks[:, 0] = faces.pictures
    for number, (picture, (left, top, right, bottom)) in enumerate(zip(faces.pictures, faces.inside, strict=True)):
        x0, y0, x1, y1 = int(np.ceil(left)) + 1, int(np.ceil(top)), int(right) - 1, int(bottom)
        masks[number, 1, y0:y1, x0:x1] = 255
        masks[number, 2, y0:y1, x0:x1] = person_in(picture[y0:y1, x0:x1])
    return masks


def person_in(portrait: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """255 where a portrait before an even wall shows the person: what is not reached from its upper corners."""
    soft = np.ascontiguousarray(cv2.GaussianBlur(portrait, (0, 0), 1.5).astype(np.uint8))
    reached = np.zeros((portrait.shape[0] + 2, portrait.shape[1] + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | (255 << 8)  # four neighbours, and what is written
    for corner in ((0, 0), (portrait.shape[1] - 1, 0)):
        if not reached[corner[1] + 1, corner[0] + 1]:
            cv2.floodFill(soft, reached, corner, 0, WALL, WALL, flags)
    person = cv2.morphologyEx(255 - reached[1:-1, 1:-1], cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
    return cv2.GaussianBlur(person, (0, 0), 1.5).astype(np.uint8)


def pixel_centres(height: int, width: int, device: torch.device) -> Tensor:
    """x and y of the middle of each pixel: (H, W, 2)."""
    x, y = (torch.arange(side, device=device) + 0.5 for side in (width, height))
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


def similarity(scale: Tensor, turn: Tensor, flip: Tensor, squash: Tensor) -> Tensor:
    """(B, 2, 2): scales, turns (radians), mirrors (-1, or 1) and narrows pictures."""
    c, s = torch.cos(turn), torch.sin(turn)
    first = torch.stack([c, s], dim=1) * (flip * squash)[:, None]
    second = torch.stack([-s, c], dim=1)
    return torch.stack([first, second], dim=2) * scale[:, None, None]


def anchored(linear: Tensor, anchor: Tensor, place: Tensor) -> Tensor:
    """Maps (B, 2, 3) from pictures to scenes, with this linear part, that take points `anchor` (B, 2) to `place`."""
    move = place - (linear @ anchor[..., None])[..., 0]
    return torch.cat([linear, move[..., None]], dim=2)


def apply_maps(maps: Tensor, points: Tensor) -> Tensor:
    """Points (B, N, 2) of the pictures -> where they are in the scenes."""
    return points @ maps[:, :, :2].transpose(1, 2) + maps[:, None, :, 2]


def places(maps: Tensor, height: int, width: int) -> Tensor:
    """For each pixel of the scenes, the place in the picture that it shows: (B, H, W, 2)."""
    inverse = torch.linalg.inv(maps[:, :, :2])
    shifted = pixel_centres(height, width, maps.device) - maps[:, None, None, :, 2]
    return shifted @ inverse.transpose(1, 2)[:, None]


def sample(pyramid: Pyramid, numbers: Tensor, at: Tensor, scale: Tensor) -> Tensor:
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
            seen[here] = F.grid_sample(pictures[numbers[here]].float() / 255, grid[here], align_corners=False)
    return seen
