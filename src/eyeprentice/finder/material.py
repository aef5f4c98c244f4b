"""What the finder learns from portraits, gathered once and kept in one file.

Faces are cut out so that the distance between the eyes is the same in all of them. Beside every portrait of a cast
stand its re-enactments: the same face with both eyes closed, closing, or showing an expression.
"""

import io
import re
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.whole import new_file
from eyeprentice.finder.closeups import Closeups
from eyeprentice.words.errors import InputError

BETWEEN = 80.0
"""Pixels between the eyes of a face."""
FACE = 416
"""Pixels of a face's side: 5.2 distances between the eyes."""
BELOW = 0.45
"""How far the picture's middle lies below the eyes', in the same unit."""
PATCH = 128
"""Pixels of the side of a patch."""
TRIES = 200
"""For each patch: a portrait that is all eyes has none."""
QUALITY = 88
"""Of the JPEGs in the file."""
TESTED, VALIDATED = "test", "validation"


@dataclass(frozen=True)
class Faces:
    """N faces, straight from a portrait or re-enacted."""

    pictures: NDArray[np.uint8]  # (N, FACE, FACE)
    eyes: NDArray[np.float32]
    """(N, 2, 2) centres of the right and the left eye, x and y in pixels from the upper left corner."""
    openness: NDArray[np.float32]  # (N,) of both eyes; NaN where nobody knows
    inside: NDArray[np.float32]
    """(N, 4) left, top, right and bottom of what the portrait shows; beyond that the picture is black."""

    def __len__(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True)
class Material:
    """What is learnt from, or what thresholds are chosen with."""

    faces: Faces
    patches: NDArray[np.uint8]  # (M, PATCH, PATCH) parts of portraits that show no eye
    closeups: Closeups
    """Re-enacted people of a cast, as a headset's camera sees them."""


def role_of(name: str) -> str:
    """`test`, `validation` or `training`, by the number that a portrait's name begins with.

    In names like 012_03 the number is the person. Those divisible by four are for testing, those that leave 1 when
    divided by eight for validation. Other names (003f) are always learnt from.
    """
    match = re.fullmatch(r"(\d+)_\d+", name)
    if match is None:
        return "training"
    number = int(match.group(1))
    return TESTED if number % 4 == 0 else VALIDATED if number % 8 == 1 else "training"


def cut_face(
    portrait: NDArray[np.uint8], eyes: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]]:
    """A portrait (H, W) with eyes (2, 2) -> the face, its eyes, and what is inside."""
    scale = BETWEEN / float(np.linalg.norm(eyes[1] - eyes[0]))
    middle = eyes.mean(0) + np.array([0, BELOW * BETWEEN / scale])
    move = FACE / 2 - scale * middle
    soft = cv2.GaussianBlur(portrait, (0, 0), 0.4 / scale) if scale < 0.8 else portrait
    shift = move + 0.5 * scale - 0.5  # from pixel numbers to pixel numbers
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    picture = cv2.warpAffine(soft, matrix, (FACE, FACE), flags=cv2.INTER_LINEAR).astype(np.uint8)
    corners = np.array([[0, 0], portrait.shape[::-1]]) * scale + move
    return picture, scale * eyes + move, np.clip(corners, 0, FACE).ravel()


def patches_without_eyes(
    portrait: NDArray[np.uint8], eyes: NDArray[np.float64], count: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Square parts of a portrait that show no eye, at random places and scales: (count, PATCH, PATCH), or fewer.

    Of distances between the eyes, what is nearer to an eye's centre than 0.42 sideways, or 0.24 up or down, is the eye.
    """
    between = float(np.linalg.norm(eyes[1] - eyes[0]))
    half = np.array([0.42, 0.24]) * between
    patches: list[NDArray[np.uint8]] = []
    for _ in range(TRIES * count):
        if len(patches) == count:
            break
        side = between * np.exp(rng.uniform(np.log(0.4), np.log(2.4)))
        near = eyes.mean(0) + rng.normal(0, [1.3 * between, 1.6 * between])
        x, y = near - side / 2
        if x < 0 or y < 0 or x + side > portrait.shape[1] or y + side > portrait.shape[0]:
            continue
        apart = np.maximum(np.array([x, y]) - eyes, eyes - np.array([x + side, y + side]))  # (2, 2); negative within
        if (apart < half).all(1).any():
            continue
        part = portrait[int(y) : int(y + side), int(x) : int(x + side)]
        patches.append(cv2.resize(part, (PATCH, PATCH), interpolation=cv2.INTER_AREA).astype(np.uint8))
    return np.array(patches, np.uint8).reshape(-1, PATCH, PATCH)


def write_material(path: Path, parts: dict[str, Material]) -> None:
    """Writes material for training and for validation into one `.npz`, pictures as JPEG."""
    arrays: dict[str, Any] = {}
    for role, material in parts.items():
        arrays |= _packed(f"{role}.patches", material.patches)
        for name, kind in (("faces", material.faces), ("closeups", material.closeups)):
            arrays |= _packed(f"{role}.{name}", kind.pictures)
            for field in fields(kind)[1:]:
                arrays[f"{role}.{name}.{field.name}"] = getattr(kind, field.name).astype(np.float32)
    with new_file(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)


def read_material(path: Path) -> dict[str, Material]:
    """Reads what `write_material` wrote; raises `InputError` for any other file."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            return {role: _material(arrays, role) for role in ("training", VALIDATED)}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, cv2.error) as error:
        raise InputError(path, f"is not the finder's material ({error})", "make it again from the portraits") from None


def _material(arrays: Any, role: str) -> Material:
    def of(kind: Any, name: str) -> Any:
        rest = [arrays[f"{role}.{name}.{field.name}"] for field in fields(kind)[1:]]
        return kind(_unpacked(arrays, f"{role}.{name}"), *rest)

    return Material(of(Faces, "faces"), _unpacked(arrays, f"{role}.patches"), of(Closeups, "closeups"))


def _packed(name: str, pictures: NDArray[np.uint8]) -> dict[str, Any]:
    codes = [cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].ravel() for picture in pictures]
    return {name: np.concatenate(codes), f"{name}.lengths": np.array([len(code) for code in codes])}


def _unpacked(arrays: Any, name: str) -> NDArray[np.uint8]:
    ends = np.cumsum(arrays[f"{name}.lengths"])
    codes = np.split(arrays[name], ends[:-1])
    return np.stack([np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE), np.uint8) for code in codes])
