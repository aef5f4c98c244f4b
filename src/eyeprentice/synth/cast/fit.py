"""Puts a face model on a portrait: weak perspective and identity from landmarks, then exactly onto them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from eyeprentice.synth.cast.face_model import LANDMARKS, FaceModel, Floats
from eyeprentice.synth.cast.template import MULTI_PIE, Points, Template

ROUNDS, IDENTITIES, RIDGE = 8, 40, 0.1
LID_WEIGHT, BROW_WEIGHT = 4.0, 2.0
EYES = (36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47)


@dataclass(frozen=True)
class Fit:
    """Where the model's V vertices lie in the portrait."""

    points: Points  # (V, 2) pixels, landmarks exactly met
    depth: Floats  # (V,) towards the camera, in pixels
    turned: NDArray[np.float64]  # (2, 3) from differences of the model to pixels
    residual: float
    """Mean distance of the landmarks before they were met exactly, in percent of the distance between the eyes."""
    yaw: float
    pitch: float
    """Degrees by which the head is turned and tilted."""


def fit(model: FaceModel, template: Template) -> Fit:
    """Fits in turn, eight rounds: the camera by least squares, the identity by ridge regression.

    Lids weigh 4, brows 2. What is left over is taken out by thin-plate splines, which meet every landmark.
    """
    numbers = list(MULTI_PIE)
    vertices = [LANDMARKS[number] for number in numbers]
    wanted = np.stack([template[MULTI_PIE[number]].mean(0) for number in numbers]) * (1, -1)  # y up, as the model's
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
    between = np.linalg.norm(np.subtract(*(template[tuple(EYE_POINTS[e])].mean(0) for e in range(2))))
    exact = RBFInterpolator(points[vertices], apart, kernel="thin_plate_spline", smoothing=1e-3)
    turned = scale * rotation[:2] * ((1,), (-1,))
    yaw, pitch = np.degrees(np.arcsin(np.clip((rotation[0, 2], rotation[1, 2]), -1, 1)))
    return Fit(
        points + exact(points), seen[:, 2].astype(np.float32), turned,
        float(100 * np.linalg.norm(apart, axis=1).mean() / between), float(yaw), float(pitch),
    )  # fmt: skip


EYE_POINTS = (18, 19, 20, 21, 22, 30, 29, 28), (23, 24, 25, 26, 27, 31, 32, 33)


def _camera(shape: Points, wanted: Points, weight: NDArray[np.float64]) -> tuple[float, Points, Points]:
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
