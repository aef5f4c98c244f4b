"""A portrait's landmarks, and the face model that is put on them.

Landmarks are WebMorph's template of 189 points, of which those that an eye region needs. The numbering is that of the
Face Research Lab's template: pupils, irises, lids, lid creases, brows, nose, mouth, jaw. DeBruine, L. M., *webmorphR*,
2022.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from eyeprentice.files.whole import read_text
from eyeprentice.synth.cast.face_model import LANDMARKS, FaceModel
from eyeprentice.synth.drawing import Floats
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

Landmarks = NDArray[np.float64]
"""(189, 2) of x, y in pixels"""
COUNT, OF_EYES = 189, 87
RIGHT = {
    "pupil": [0], "iris": list(range(2, 10)), "upper": [18, 19, 20, 21, 22], "lower": [18, 28, 29, 30, 22],
    "crease": [34, 35, 36, 37, 38], "brow": [71, 72, 73, 74, 75, 76], "under": [71, 83, 84, 76],
}  # fmt: skip
"""Of the person's right eye, from the outer end to the inner one."""
LEFT = {
    "pupil": [1], "iris": list(range(10, 18)), "upper": [27, 26, 25, 24, 23], "lower": [27, 33, 32, 31, 23],
    "crease": [43, 42, 41, 40, 39], "brow": [82, 81, 80, 79, 78, 77], "under": [82, 86, 85, 77],
}  # fmt: skip
MULTI_PIE = {
    8: [129], 17: [71], 18: [72], 19: [73], 20: [74], 21: [75, 76], 22: [77, 78], 23: [79], 24: [80], 25: [81],
    26: [82], 28: [51, 57], 29: [52, 58], 36: [18], 37: [19, 20], 38: [20, 21], 39: [22], 40: [30, 29], 41: [29, 28],
    42: [23], 43: [24, 25], 44: [25, 26], 45: [27], 46: [33, 32], 47: [32, 31], 48: [87], 54: [93],
}  # fmt: skip
"""Landmarks of Multi-PIE, each as the mean of points of the template."""
LIDS = [18, 19, 20, 21, 22, 30, 29, 28], [23, 24, 25, 26, 27, 31, 32, 33]
"""Points of the lids of the right eye and of the left one."""
PAIRS = (51, 57), (52, 58), (87, 93)
"""Points beside the nose and of the mouth's corners, right and left."""
ROUNDS, IDENTITIES, RIDGE = 8, 40, 0.1
LID_WEIGHT, BROW_WEIGHT = 4.0, 2.0


def read_template(path: Path, width: int, height: int) -> Landmarks:
    """Landmarks from a `.tem` file, for a picture of `width` x `height`; raises `InputError`."""
    if not path.is_file():
        raise InputError(path, "this file with the picture's landmarks is missing", "add it, or leave the picture out")
    try:
        lines = read_text(path, "a WebMorph template", limits.LANDMARKS_BYTES).split("\n")
        count = int(lines[0])
        if count != COUNT:
            wanted = f"give a template of {COUNT} points, as the Face Research Lab's"
            raise InputError(path, f"{count} landmarks", wanted)
        points = np.array([[float(number) for number in line.split()] for line in lines[1 : count + 1]])
        if points.shape != (COUNT, 2) or not np.isfinite(points).all():
            raise ValueError("its points are not pairs of numbers")
    except ValueError as error:
        raise InputError(path, f"not a WebMorph template ({error})", "export it again from WebMorph") from None
    size = np.array([width, height])
    beyond = size * (np.arange(COUNT) >= OF_EYES)[:, None]  # jaws and hair may be cut off by the border
    if (points < -beyond).any() or (points >= size + beyond).any():
        what = f"a landmark lies outside the picture of {width}x{height}"
        raise InputError(path, what, "give the landmarks of this picture")
    return points


def eye_centres(landmarks: Landmarks) -> NDArray[np.float64]:
    """Centres of the right eye and the left one, (2, 2): the means of their lids' points."""
    return np.stack([landmarks[lids].mean(0) for lids in LIDS])


def mirror_landmarks(landmarks: Landmarks, width: int) -> Landmarks:
    """Those of the portrait mirrored left to right: what was a left eye is then a right one."""
    points = landmarks * (-1, 1) + (width - 1, 0)
    swapped = points.copy()
    for right, left in (*((RIGHT[name], LEFT[name]) for name in RIGHT), *(([a], [b]) for a, b in PAIRS)):
        swapped[right], swapped[left] = points[left], points[right]
    return swapped


@dataclass(frozen=True)
class FaceFit:
    """Where the model's V vertices lie in the portrait."""

    points: Floats  # (V, 2) pixels, landmarks exactly met
    depth: Floats  # (V,) towards the camera, in pixels
    turned: Floats  # (2, 3) from differences of the model to pixels
    residual: float
    """Mean distance of the landmarks before they were met exactly, in percent of the distance between the eyes."""
    yaw: float
    """Degrees by which the head is turned."""


def fit_face(model: FaceModel, landmarks: Landmarks) -> FaceFit:
    """Fits in turn, eight rounds: the camera by least squares, the identity by ridge regression.

    Lids weigh 4, brows 2. What is left over is taken out by thin-plate splines, which meet every landmark.
    """
    numbers = list(MULTI_PIE)
    vertices = [LANDMARKS[number] for number in numbers]
    wanted = np.stack([landmarks[MULTI_PIE[number]].mean(0) for number in numbers]) * (1, -1)  # y up, as the model's
    weight = np.array([LID_WEIGHT if 36 <= n < 48 else BROW_WEIGHT if 17 <= n < 27 else 1.0 for n in numbers])
    basis = model.identity[:IDENTITIES].astype(np.float64)
    coefficients = np.zeros(len(basis))
    for _ in range(ROUNDS):
        shape = model.neutral[vertices] + np.tensordot(coefficients, basis[:, vertices], axes=1)
        scale, rotation, move = _camera(shape, wanted, weight)
        left = (wanted - move) / scale - shape @ rotation[:2].T
        seen = (basis[:, vertices] @ rotation[:2].T).reshape(len(basis), -1).T  # (2N, K)
        w = np.repeat(weight, 2)[:, None]
        normal = seen.T @ (w * seen) + RIDGE * np.eye(len(basis))
        coefficients = coefficients + np.linalg.solve(normal, seen.T @ (w * left.reshape(-1, 1)))[:, 0]
        coefficients = np.clip(coefficients, -3, 3)
    shape = model.neutral + np.tensordot(coefficients, basis, axes=1)
    scale, rotation, move = _camera(shape[vertices], wanted, weight)
    seen = scale * shape @ rotation.T
    points = (seen[:, :2] + move) * (1, -1)
    apart = wanted * (1, -1) - points[vertices]
    residual = 100 * np.linalg.norm(apart, axis=1).mean() / np.linalg.norm(np.subtract(*eye_centres(landmarks)))
    exact = RBFInterpolator(points[vertices], apart, kernel="thin_plate_spline", smoothing=1e-3)
    turned = scale * rotation[:2] * ((1,), (-1,))
    yaw = np.degrees(np.arcsin(np.clip(rotation[0, 2], -1, 1)))
    return FaceFit(points + exact(points), seen[:, 2].astype(np.float32), turned, float(residual), float(yaw))


def _camera(shape: Floats, wanted: Floats, weight: Floats) -> tuple[float, Floats, Floats]:
    """Scale, rotation (3, 3) and move (2,) that bring `shape` (N, 3) nearest to `wanted` (N, 2)."""
    w = weight / weight.sum()
    centre, target = w @ shape, w @ wanted
    root = np.sqrt(w)[:, None]
    affine, *_ = np.linalg.lstsq((shape - centre) * root, (wanted - target) * root, rcond=None)
    first, second = affine.T
    scale = float((np.linalg.norm(first) + np.linalg.norm(second)) / 2)
    u, _, v = np.linalg.svd(affine.T, full_matrices=False)
    rows = u @ v
    rotation = np.vstack([rows, np.cross(*rows)])
    return scale, rotation, target - scale * (rotation[:2] @ centre)
