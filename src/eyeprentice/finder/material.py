"""What the finder learns from: faces, parts of portraits without an eye, pictures of one eye; and the file of them.

Faces are cut out so that the distance between the eyes is the same in all of them. Beside every portrait of a cast
stand its re-enactments: the same face with both eyes closed, closing, or showing an expression.
"""

import io
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.whole import new_file
from eyeprentice.words.errors import InputError

BETWEEN = 80.0
"""Pixels between the eyes of a face."""
FACE = 416
"""Pixels of a face's side: 5.2 distances between the eyes."""
PATCH = 128
"""Pixels of the side of a patch."""
CLOSEUP = 96
"""Pixels of the side of a picture of one eye."""
QUALITY = 88
"""Of the JPEGs in the file."""
ROLES = ("training", "validation")


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
class Closeups:
    """N pictures of one eye each; positions in pixels from the upper left corner, angles in radians."""

    pictures: NDArray[np.uint8]  # (N, CLOSEUP, CLOSEUP)
    x: NDArray[np.float32]  # (N,)
    y: NDArray[np.float32]
    size: NDArray[np.float32]
    """Distance between the eyes, which is the side of a straight crop."""
    tilt: NDArray[np.float32]
    left: NDArray[np.float32]
    """1 for a left eye, 0 for a right one."""
    openness: NDArray[np.float32]
    """1 as open as in a relaxed face, 0 closed."""

    def __len__(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True)
class Material:
    """What is learnt from, or what thresholds are chosen with."""

    faces: Faces
    patches: NDArray[np.uint8]  # (M, PATCH, PATCH) parts of portraits that show no eye
    closeups: Closeups
    """Re-enacted people of a cast, as a headset's camera sees them."""


def concatenate_closeups(parts: list[Closeups]) -> Closeups:
    """All of them as one; of no parts, one without pictures."""
    none = Closeups(np.empty((0, CLOSEUP, CLOSEUP), np.uint8), *[np.empty(0, np.float32)] * 6)
    parts = [none, *parts]
    return Closeups(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Closeups)))


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
            return {role: _material(arrays, role) for role in ROLES}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, cv2.error) as error:
        raise InputError(path, f"is not the finder's material ({error})", "make it again from the portraits") from None


def _material(arrays: Any, role: str) -> Material:
    def of(kind: Any, name: str, side: int) -> Any:
        rest = [arrays[f"{role}.{name}.{field.name}"] for field in fields(kind)[1:]]
        return kind(_unpacked(arrays, f"{role}.{name}", side), *rest)

    patches = _unpacked(arrays, f"{role}.patches", PATCH)
    return Material(of(Faces, "faces", FACE), patches, of(Closeups, "closeups", CLOSEUP))


def _packed(name: str, pictures: NDArray[np.uint8]) -> dict[str, Any]:
    codes = [cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].ravel() for picture in pictures]
    lengths = np.array([len(code) for code in codes], np.int64)
    return {name: np.concatenate([np.empty(0, np.uint8), *codes]), f"{name}.lengths": lengths}


def _unpacked(arrays: Any, name: str, side: int) -> NDArray[np.uint8]:
    codes = np.split(arrays[name], np.cumsum(arrays[f"{name}.lengths"]))[:-1]
    pictures = [np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE), np.uint8) for code in codes]
    return np.array(pictures, np.uint8).reshape(len(codes), side, side)
