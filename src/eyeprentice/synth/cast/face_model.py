"""The 3-D face model that portraits are put on: a neutral head, identity shapes and expression shapes.

Read from the published folder of ICT-FaceKit light (Li et al., *Learning Formation of Physically-Based Face
Attributes*, CVPR 2020), an OBJ file a shape, or from one `.npz` with the arrays `neutral` (V, 3), `identity` (K, V, 3),
`expression` (E, V, 3), `expression_names` (E,) and `triangles` (F, 3), shapes being differences to the neutral head.
x points to the person's left, y up, z forward.
"""

import lzma
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.arrays import Form, Forms, read_arrays
from eyeprentice.files.whole import open_regular
from eyeprentice.synth.cast.obj import FARTHEST, read_obj
from eyeprentice.synth.drawing import Floats
from eyeprentice.words import limits
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
PACK = Forms(
    {
        "neutral": Form("float", ("vertices", 3), -FARTHEST, FARTHEST),
        "identity": Form("float", ("identities", "vertices", 3), -FARTHEST, FARTHEST),
        "expression": Form("float", ("expressions", "vertices", 3), -FARTHEST, FARTHEST),
        "expression_names": Form("text", ("expressions",)),
        "triangles": Form("whole", ("triangles", 3), 0, limits.SHAPE_VERTICES),
    },
    {
        "vertices": (FACE_VERTICES, limits.SHAPE_VERTICES), "triangles": (1, 2 * limits.SHAPE_VERTICES),
        "identities": (1, limits.SHAPES), "expressions": (1, limits.SHAPES),
    },
    limits.FACE_MODEL_BYTES,
)  # fmt: skip
Parts = tuple[Floats, Floats, list[str], Floats, NDArray[np.int64]]
"""Neutral head, identity shapes, names of the expressions, those, and triangles."""


@dataclass(frozen=True)
class FaceModel:
    """Of V vertices, the skin of the face alone."""

    neutral: Floats  # (V, 3)
    identity: Floats  # (K, V, 3)
    shapes: dict[str, Floats]  # of SHAPES, both sides added: (V, 3)
    normals: Floats  # (V, 3) of the neutral head


def read_face_model(path: Path) -> FaceModel:
    """Reads a folder of OBJ files (`.obj` or `.obj.xz`) or a `.npz`; raises `InputError` if it is no such model."""
    parts = _read_folder(path) if path.is_dir() else _read_pack(path)
    try:
        neutral, identity, names, expression, triangles = parts
        if neutral.ndim != 2 or neutral.shape[1] != 3 or len(neutral) < FACE_VERTICES:
            raise ValueError(f"{len(neutral)} vertices, fewer than the {FACE_VERTICES} of a face")
        if len(triangles) == 0 or triangles.min() < 0 or triangles.max() >= len(neutral):
            raise ValueError("its triangles are not between its vertices")
        shapes = {name: _both_sides(name, names, expression) for name in SHAPES}
    except ValueError as error:
        raise InputError(path, f"not a face model ({error})", WANTED) from None
    normals = _normals(neutral, triangles)
    face = slice(FACE_VERTICES)
    return FaceModel(neutral[face], identity[:, face], {n: s[face] for n, s in shapes.items()}, normals[face])


def _both_sides(name: str, names: list[str], expression: Floats) -> Floats:
    """The brows' inner ends and the nose belong to both sides, so one side alone would tear the middle of the face."""
    sides = [names.index(f"{name}_{side}") for side in "LR"]
    return (expression[sides[0]] + expression[sides[1]]).astype(np.float32)


def _read_pack(path: Path) -> Parts:
    with open_regular(path, "the folder FaceXModel of ICT-FaceKit, or an .npz file of it") as file:
        pack = read_arrays(file, path, PACK, "a face model", WANTED)
    floats = (pack[name].astype(np.float32) for name in ("neutral", "identity", "expression"))
    neutral, identity, expression = floats
    return neutral, identity, [str(n) for n in pack["expression_names"]], expression, pack["triangles"].astype(np.int64)


def _read_folder(path: Path) -> Parts:
    neutral, triangles = _read_shape(_file(path, "generic_neutral_mesh"), faces=True)
    identities = sorted(p for p in path.iterdir() if p.name.startswith("identity") and ".obj" in p.suffixes)
    if not 0 < len(identities) <= limits.SHAPES:
        what = f"no face model ({len(identities)} files of identities, identity000.obj and so on)"
        raise InputError(path, what, WANTED)
    names = [f"{name}_{side}" for name in SHAPES for side in "LR"]

    def differences(files: list[Path]) -> Floats:
        found = np.empty((len(files), *neutral.shape), np.float32)
        for number, file in enumerate(files):
            shape, _ = _read_shape(file)
            if shape.shape != neutral.shape:
                what = f"not a face model ({len(shape)} vertices, the neutral head has {len(neutral)})"
                raise InputError(file, what, WANTED)
            found[number] = shape - neutral
        return found

    return neutral, differences(identities), names, differences([_file(path, name) for name in names]), triangles


def _file(folder: Path, name: str) -> Path:
    plain, packed = folder / f"{name}.obj", folder / f"{name}.obj.xz"
    if not plain.is_file() and not packed.is_file():
        raise InputError(folder, f"no face model ({plain.name} is missing)", WANTED)
    return plain if plain.is_file() else packed


def _read_shape(file: Path, faces: bool = False) -> tuple[Floats, NDArray[np.int64]]:
    try:
        return read_obj(file, faces)
    except (ValueError, lzma.LZMAError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(file, f"not a shape of a face model ({reason})", WANTED) from None


def _normals(vertices: Floats, triangles: NDArray[np.int64]) -> Floats:
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], np.cross(b - a, c - a))
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
