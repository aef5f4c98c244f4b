"""All pictures that scenes are made of, as tensors on the device that makes them."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from eyeprentice.finder.closeups import Closeups, joined, simulate_closeups
from eyeprentice.finder.material import FACE, Faces, Material
from eyeprentice.finder.textures import texture
from eyeprentice.words.progress import progress

LEVELS = 4
"""Of pictures, each half as large as the one before: one that is shrunk is sampled from the level nearest to it."""
BACKGROUND = 160
"""Pixels of a background's side."""
WALL = (2.5,) * 4
"""Grey levels by which what stands behind a person may differ from its neighbour."""

Pyramid = list[Tensor]  # of (N, C, S, S) uint8


@dataclass(frozen=True)
class Pool:
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


def make_pool(
    material: Material, drawn: int, textures: int, seed: int, jobs: int, device: torch.device, title: str
) -> Pool:
    """Adds `drawn` people, each in twelve pictures, and generated textures to what is gathered from portraits."""
    parts: list[Closeups] = [material.closeups]
    with progress(f"simulating eyes for {title}", drawn) as advance:
        for closeups in simulate_closeups(range(drawn), seed, jobs):
            parts.append(closeups)
            advance("")
    all_closeups = joined(parts)
    rng = np.random.default_rng(seed)
    walls = np.stack([texture(rng, BACKGROUND) for _ in range(textures)])
    truth = np.stack([getattr(all_closeups, name) for name in ("x", "y", "size", "tilt", "left", "openness")], axis=1)

    def put(array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device)

    return Pool(
        _pyramid(put(_with_masks(material.faces))), put(material.faces.eyes), put(material.faces.openness),
        _pyramid(put(all_closeups.pictures[:, None])), put(truth.astype(np.float32)),
        _pyramid(put(walls[:, None])), _pyramid(put(material.patches[:, None])),
    )  # fmt: skip


def _pyramid(pictures: Tensor) -> Pyramid:
    levels = [pictures]
    for _ in range(LEVELS - 1):
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
