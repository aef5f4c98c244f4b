"""What the finder learns from: faces, parts of portraits without an eye, pictures of one eye; and the file of them.

Faces are cut out so that the distance between the eyes is the same in all of them. Beside every portrait of a cast
stand its re-enactments: the same face with both eyes closed, closing, or showing an expression.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.arrays import Arrays, Form, Forms, read_arrays
from eyeprentice.files.whole import new_file, open_regular
from eyeprentice.sources.pictures import decode_picture
from eyeprentice.words import limits
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
SIDES = {"faces": FACE, "patches": PATCH, "closeups": CLOSEUP}
"""Pixels of the side of each kind of pictures."""
WHAT, AGAIN = "the finder's material", "make it again from the portraits"
MOST_PICTURES, CODE_BYTES = 1_000_000, 1 << 20
"""Of one kind, and bytes of a JPEG."""
NARROWEST = 16
"""Pixels of a face that its portrait shows, at least."""


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
    with open_regular(path, "the finder's material") as file:
        arrays = read_arrays(file, path, _forms(), WHAT, AGAIN)
        size = file.seek(0, 2)
    pixels = sum(side * side * len(arrays[f"{role}.{name}.lengths"]) for role in ROLES for name, side in SIDES.items())
    if pixels > min(limits.MATERIAL_BYTES, limits.MATERIAL_PIXELS_A_BYTE * size):
        raise InputError(path, f"not {WHAT} (its pictures take {pixels >> 20} MB)", AGAIN)
    return {role: _material(arrays, role, path) for role in ROLES}


def _forms() -> Forms:
    """What a file of material holds: for each role and kind of pictures, their code, its lengths and what is known."""
    arrays: dict[str, Form] = {}
    lengths: dict[str, tuple[int, int]] = {}
    for role in ROLES:
        for name in SIDES:
            count, code = f"{role}.{name}", f"bytes of {role}.{name}"
            lengths |= {count: (int(name == "faces"), MOST_PICTURES), code: (0, limits.ARRAYS_BYTES)}
            arrays |= {count: Form("bytes", (code,)), f"{count}.lengths": Form("whole", (count,), 1, CODE_BYTES)}
            arrays |= {f"{count}.{part}": form for part, form in _known(name, count).items()}
    return Forms(arrays, lengths, 2 * limits.ARRAYS_BYTES)


def _known(name: str, count: str) -> dict[str, Form]:
    """What is known of each picture, beside the picture itself."""
    if name == "faces":
        return {
            "eyes": Form("float", (count, 2, 2), 0, FACE),
            "openness": Form("float", (count,), 0, 1, unknown=True),
            "inside": Form("float", (count, 4), 0, FACE),
        }
    if name == "closeups":
        far = 10 * CLOSEUP
        bounds = {"x": (-far, far), "y": (-far, far), "size": (1, far), "tilt": (-4, 4), "left": (0, 1)}
        return {part: Form("float", (count,), *ends) for part, ends in {**bounds, "openness": (0, 1)}.items()}
    return {}


def _material(arrays: Arrays, role: str, path: Path) -> Material:
    def of(kind: Any, name: str) -> Any:
        rest = [arrays[f"{role}.{name}.{field.name}"].astype(np.float32) for field in fields(kind)[1:]]
        return kind(_unpacked(arrays, f"{role}.{name}", SIDES[name], path), *rest)

    faces, closeups = of(Faces, "faces"), of(Closeups, "closeups")
    if (faces.inside[:, 2:] - faces.inside[:, :2] < NARROWEST).any():
        raise InputError(path, f"not {WHAT} (of one face next to nothing is seen)", AGAIN)
    return Material(faces, _unpacked(arrays, f"{role}.patches", PATCH, path), closeups)


def _packed(name: str, pictures: NDArray[np.uint8]) -> dict[str, Any]:
    codes = [cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].ravel() for picture in pictures]
    lengths = np.array([len(code) for code in codes], np.int64)
    return {name: np.concatenate([np.empty(0, np.uint8), *codes]), f"{name}.lengths": lengths}


def _unpacked(arrays: Arrays, name: str, side: int, path: Path) -> NDArray[np.uint8]:
    code, ends = arrays[name], np.cumsum(arrays[f"{name}.lengths"].astype(np.int64)).tolist()
    if (ends[-1] if ends else 0) != len(code):
        raise InputError(path, f"not {WHAT} (the lengths of '{name}' are not those of its pictures)", AGAIN)
    pictures = np.empty((len(ends), side, side), np.uint8)
    for number, (begin, end) in enumerate(zip([0, *ends], ends, strict=False)):
        pictures[number] = decode_picture(code[begin:end].tobytes(), path, AGAIN, (side, side))
    return pictures
