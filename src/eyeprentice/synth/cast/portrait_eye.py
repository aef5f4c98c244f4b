"""What is kept of one eye of a portrait: the picture around it, where its parts lie, and how its skin can move.

Everything is in crop coordinates: x right, y down, in widths of the crop, which is as wide as the distance between the
eyes; the eye's centre lies at (0.50, 0.58), the nose on the right, the line through both eyes level.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import cKDTree

from eyeprentice.synth.cast.face_model import SHAPES, FaceModel
from eyeprentice.synth.cast.landmarks import RIGHT, FaceFit, Landmarks, eye_centres, fit_face, mirror_landmarks
from eyeprentice.synth.drawing import Floats, smooth
from eyeprentice.words.vocabulary import EYE_IN_CROP

FROM, WIDTH = -0.45, 1.9
"""The kept picture begins left of and above the crop, and is wider, so that a moved camera still sees skin."""
PIXELS = 304
"""Of a side of the kept picture: 160 a crop's width."""
CELLS = 48
"""Of a side of the grid that depth and movement are kept on."""
ROUND_THE_EYE, FREE = 0.035, 0.10
"""Distances from the opening of the eye: within the first, skin is the lids', which move by rules of their own; beyond
the second, it moves as the face model says; in between, more and more so. All in crop widths."""

FARTHEST = 20.0
"""From the crop's corner, in its widths: no part of an eye lies or moves further."""
NARROWEST, SMALLEST, LARGEST = 0.05, 0.02, 0.5
"""Width of an eye's opening, and radius of an iris at least and at most, in crop widths."""
SHAPES_OF_PARTS: dict[str, tuple[int, ...]] = {
    "picture": (PIXELS, PIXELS), "upper": (5, 2), "lower": (5, 2), "crease": (5, 2), "brow": (6, 2), "under": (4, 2),
    "iris": (3,), "depth": (CELLS, CELLS), "moves": (len(SHAPES), 3, CELLS, CELLS),
}  # fmt: skip


@dataclass(frozen=True)
class PortraitEye:
    """One eye, as a right one; raises `ValueError` if a part has another shape, or holds what is no number."""

    picture: NDArray[np.uint8]  # (PIXELS, PIXELS)
    upper: Floats  # (5, 2) margin of the upper lid, from the outer corner to the inner one
    lower: Floats  # (5, 2)
    crease: Floats  # (5, 2)
    brow: Floats  # (6, 2) upper edge of the brow, from its outer end to its inner one
    under: Floats  # (4, 2) lower edge of the brow
    iris: Floats  # (3,) x, y and radius
    depth: Floats  # (CELLS, CELLS) towards the camera
    moves: Floats  # (7, 3, CELLS, CELLS) right, down and towards the camera, of each of SHAPES at full strength

    def __post_init__(self) -> None:
        for name, shape in SHAPES_OF_PARTS.items():
            value = getattr(self, name)
            if value.shape != shape or not np.isfinite(value.astype(np.float32)).all():
                raise ValueError(f"{name} is not what an eye of a portrait holds")
        if np.linalg.norm(self.upper[-1] - self.upper[0]) < NARROWEST:
            raise ValueError("the corners of the eye lie at one place")
        if not SMALLEST <= self.iris[2] <= LARGEST:
            raise ValueError("its iris is too small or too large")
        if self.picture.max() == 0:
            raise ValueError("its picture is black")


Eyes = tuple[PortraitEye, PortraitEye]
"""A person's right eye, and the left one mirrored."""


def cut_eyes(model: FaceModel, portrait: NDArray[np.uint8], landmarks: Landmarks) -> tuple[FaceFit, Eyes]:
    """How the model fits a grey portrait (H, W), and its eyes."""
    fitted = fit_face(model, landmarks)
    mirrored = mirror_landmarks(landmarks, portrait.shape[1])
    other = np.ascontiguousarray(portrait[:, ::-1])
    right = _cut_eye(model, portrait, landmarks, fitted)
    return fitted, (right, _cut_eye(model, other, mirrored, fit_face(model, mirrored)))


def _cut_eye(model: FaceModel, portrait: NDArray[np.uint8], landmarks: Landmarks, fitted: FaceFit) -> PortraitEye:
    to_crop, between = _crop_matrix(landmarks)
    keep = np.diag([PIXELS / WIDTH, PIXELS / WIDTH, 1.0]) @ np.array([[1, 0, -FROM], [0, 1, -FROM], [0, 0, 1.0]])
    first, last = (np.array([[1, 0, half], [0, 1, half], [0, 0, 1]]) for half in (-0.5, 0.5))
    pixels = first @ keep @ to_crop @ last
    shrink = between * WIDTH / PIXELS
    soft = cv2.GaussianBlur(portrait, (0, 0), 0.35 * shrink) if shrink > 1.2 else portrait
    picture = cv2.warpAffine(soft, pixels[:2], (PIXELS, PIXELS), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)

    def crop(points: Floats) -> Floats:
        return (points @ to_crop[:2, :2].T + to_crop[:2, 2]).astype(np.float32)

    parts = {name: crop(landmarks[RIGHT[name]]) for name in ("upper", "lower", "crease", "brow", "under")}
    iris = _circle(crop(landmarks[RIGHT["iris"]]), crop(landmarks[RIGHT["pupil"]])[0])
    depth, moves = _grids(model, fitted, crop(fitted.points), to_crop[:2, :2], between, parts["upper"], parts["lower"])
    return PortraitEye(picture.astype(np.uint8), **parts, iris=iris, depth=depth, moves=moves)


def _crop_matrix(landmarks: Landmarks) -> tuple[Floats, float]:
    """From pixels to crop coordinates (3, 3), and pixels between the eyes."""
    right, left = eye_centres(landmarks)
    along = left - right
    between = float(np.linalg.norm(along))
    c, s = along / between
    turn = np.array([[c, s], [-s, c]]) / between
    return np.vstack([np.column_stack([turn, np.array(EYE_IN_CROP) - turn @ right]), [0, 0, 1]]), between


def _circle(points: Floats, pupil: Floats) -> Floats:
    """The iris's circle: around the mean of its outline's lower part and the pupil, which lids do not hide."""
    design = np.column_stack([2 * points, np.ones(len(points))])
    (x, y, rest), *_ = np.linalg.lstsq(design, (points**2).sum(1), rcond=None)
    centre = 0.5 * (np.array([x, y]) + pupil)
    radius = np.sqrt(max(rest + x * x + y * y, 1e-6))
    return np.array([*centre, np.clip(radius, 0.05, 0.12)], np.float32)


def _grids(
    model: FaceModel, fitted: FaceFit, points: Floats, turn: Floats, between: float, upper: Floats, lower: Floats
) -> tuple[Floats, Floats]:
    """Depth and movement of the skin, interpolated between vertices that face the camera, across the eye too."""
    outline = np.concatenate([upper, lower[-2:0:-1]])
    near = np.array([cv2.pointPolygonTest(outline, (float(x), float(y)), True) > -ROUND_THE_EYE for x, y in points])
    inside = (np.abs(points - (FROM + WIDTH / 2)) < 0.75 * WIDTH).all(1)
    skin = (model.normals[:, 2] > 0.15) & ~near & inside & (model.neutral[:, 2] > 5.5)
    skin[skin] = _in_front(points[skin], fitted.depth[skin] / between)
    at = FROM + (np.arange(CELLS) + 0.5) * WIDTH / CELLS
    x, y = np.meshgrid(at, at)
    turned = turn @ fitted.turned
    towards = np.cross(fitted.turned[0], -fitted.turned[1])  # of length scale squared
    towards = towards / np.linalg.norm(towards) * np.linalg.norm(turned[0])
    moved = [model.shapes[name][skin] @ np.vstack([turned, towards]).T for name in SHAPES]
    values = np.concatenate([fitted.depth[skin, None] / between, *moved], axis=1)
    filled = LinearNDInterpolator(points[skin], values)(x, y)  # (CELLS, CELLS, 22)
    outside = np.isnan(filled[..., 0])
    if outside.any():  # beyond the head's edge: what is nearest
        mask = outside.astype(np.uint8)
        _, labels = cv2.distanceTransformWithLabels(mask, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        nearest = np.zeros((labels.max() + 1, filled.shape[2]))
        nearest[labels[~outside]] = filled[~outside]
        filled = np.where(outside[..., None], nearest[labels], filled)
    depth = filled[..., 0] - np.median(filled[..., 0])
    away = np.array([[-cv2.pointPolygonTest(outline, (float(a), float(b)), True) for a in at] for b in at])
    filled[..., 1:] *= smooth(away / FREE)[..., None]
    moves = filled[..., 1:].reshape(CELLS, CELLS, len(SHAPES), 3).transpose(2, 3, 0, 1)
    return depth.astype(np.float32), moves.astype(np.float32)


def _in_front(points: Floats, depth: Floats) -> NDArray[np.bool_]:
    """Which vertices no others hide: not far behind the foremost within a fiftieth of the crop (nostrils, say)."""
    foremost = np.array([depth[near].max() for near in cKDTree(points).query_ball_point(points, 0.03)])
    return depth > foremost - 0.08
