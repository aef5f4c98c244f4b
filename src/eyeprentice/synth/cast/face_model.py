"""The 3-D face model that portraits are put on: a neutral head, identity shapes and expression shapes.

Read from the published folder of ICT-FaceKit light (Li et al., *Learning Formation of Physically-Based Face
Attributes*, CVPR 2020), an OBJ file a shape, or from one `.npz` with the arrays `neutral` (V, 3), `identity` (K, V, 3),
`expression` (E, V, 3), `expression_names` (E,) and `triangles` (F, 3), shapes being differences to the neutral head.
x points to the person's left, y up, z forward.
"""

import lzma
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.synth.drawing import Floats
from eyeprentice.words.errors import InputError

FACE_VERTICES = 9409
"""The skin of the face: the first vertices of the published numbering."""
LANDMARKS = (
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443, 268, 493, 1914,
    2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537,
    1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957,
    5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
)  # fmt: skip
"""Vertices of the 68 landmarks of Multi-PIE, as published with the model."""
SHAPES = (
    "browDown", "browInnerUp", "browOuterUp", "cheekRaiser", "cheekSquint", "eyeSquint", "noseSneer",
)  # fmt: skip
"""Expression shapes that move the skin around an eye; each is used on both sides of the face together."""
WANTED = "give ICT-FaceKit's FaceXModel folder"


@dataclass(frozen=True)
class FaceModel:
    """Of V vertices, the skin of the face alone."""

    neutral: Floats  # (V, 3)
    identity: Floats  # (K, V, 3)
    shapes: dict[str, Floats]  # of SHAPES, both sides added: (V, 3)
    normals: Floats  # (V, 3) of the neutral head


def read_face_model(path: Path) -> FaceModel:
    """Reads a folder of OBJ files (`.obj` or `.obj.xz`) or a `.npz`; raises `InputError` if it is no such model."""
    try:
        parts = _read_folder(path) if path.is_dir() else _read_pack(path)
        neutral, identity, names, expression, triangles = parts
        if neutral.ndim != 2 or neutral.shape[1] != 3 or len(neutral) < FACE_VERTICES:
            raise ValueError(f"{len(neutral)} vertices, fewer than the {FACE_VERTICES} of a face")
        if len(identity) == 0 or identity.shape[1:] != neutral.shape:
            raise ValueError("no identity shapes of the head's size")
        if expression.shape[1:] != neutral.shape or triangles.min() < 0 or triangles.max() >= len(neutral):
            raise ValueError("its parts are of different sizes")
        if not all(np.isfinite(part).all() for part in (neutral, identity, expression)):
            raise ValueError("a coordinate is not a number")
        shapes = {name: _both_sides(name, names, expression) for name in SHAPES}
    except FileNotFoundError as error:
        raise InputError(path, f"no face model ({Path(str(error.filename)).name} is missing)", WANTED) from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, lzma.LZMAError, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(path, f"not a face model ({reason})", WANTED) from None
    normals = _normals(neutral, triangles)
    face = slice(FACE_VERTICES)
    return FaceModel(neutral[face], identity[:, face], {n: s[face] for n, s in shapes.items()}, normals[face])


def _both_sides(name: str, names: list[str], expression: Floats) -> Floats:
    """The brows' inner ends and the nose belong to both sides, so one side alone would tear the middle of the face."""
    sides = [names.index(f"{name}_{side}") for side in "LR"]
    return (expression[sides[0]] + expression[sides[1]]).astype(np.float32)


def _read_pack(path: Path) -> tuple[Floats, Floats, list[str], Floats, NDArray[np.int64]]:
    if path.is_file() and not zipfile.is_zipfile(path):
        raise ValueError("neither a folder nor an .npz file")
    with np.load(path, allow_pickle=False) as pack:
        neutral = pack["neutral"].astype(np.float32)
        identity, expression = pack["identity"].astype(np.float32), pack["expression"].astype(np.float32)
        return neutral, identity, [str(n) for n in pack["expression_names"]], expression, pack["triangles"].astype(int)


def _read_folder(path: Path) -> tuple[Floats, Floats, list[str], Floats, NDArray[np.int64]]:
    neutral, triangles = _read_obj(_file(path, "generic_neutral_mesh"), faces=True)
    identities = sorted(p for p in path.iterdir() if p.name.startswith("identity") and ".obj" in p.suffixes)
    if not identities:
        raise FileNotFoundError(2, "", "identity000.obj")
    identity = np.stack([_read_obj(file)[0] - neutral for file in identities])
    names = [f"{name}_{side}" for name in SHAPES for side in "LR"]
    expression = np.stack([_read_obj(_file(path, name))[0] - neutral for name in names])
    return neutral, identity, names, expression, triangles


def _file(folder: Path, name: str) -> Path:
    plain, packed = folder / f"{name}.obj", folder / f"{name}.obj.xz"
    return packed if packed.is_file() and not plain.is_file() else plain


def _read_obj(path: Path, faces: bool = False) -> tuple[Floats, NDArray[np.int64]]:
    """Vertices (V, 3) of a Wavefront file, and its faces cut into triangles (F, 3) if asked for."""
    opened: Any = lzma.open if path.suffix == ".xz" else open
    points, triangles = [], []
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("v "):
                points.append(line.split()[1:4])
            elif faces and line.startswith("f "):
                corners = [int(corner.split("/")[0]) - 1 for corner in line.split()[1:]]
                triangles += [(corners[0], a, b) for a, b in pairwise(corners[1:])]
    return np.array(points, np.float32).reshape(-1, 3), np.array(triangles, np.int64).reshape(-1, 3)


def _normals(vertices: Floats, triangles: NDArray[np.int64]) -> Floats:
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], np.cross(b - a, c - a))
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
