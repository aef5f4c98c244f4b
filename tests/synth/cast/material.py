"""A face model and portraits of our own: a bent sheet of vertices, and grey pictures with its landmarks."""

from pathlib import Path

import cv2
import numpy as np

from eyeprentice.synth.cast.face_model import LANDMARKS, SHAPES
from eyeprentice.synth.cast.landmarks import COUNT, LEFT, RIGHT

SIDE = 97  # vertices a side: 97 x 97 are the 9,409 of a face
EYE_X, EYE_Y = 3.2, 3.4

RIGHT_EYE = {
    "upper": [(-1.3, 0.0), (-0.7, 0.40), (0.0, 0.52), (0.7, 0.36), (1.3, -0.15)],
    "lower": [(-1.3, 0.0), (-0.7, -0.30), (0.0, -0.38), (0.7, -0.33), (1.3, -0.15)],
    "crease": [(-1.3, 0.25), (-0.7, 0.70), (0.0, 0.82), (0.7, 0.66), (1.2, 0.2)],
    "brow": [(-1.9, 1.3), (-1.2, 1.85), (-0.4, 2.0), (0.5, 1.95), (1.3, 1.85), (1.6, 1.6)],
    "under": [(-1.9, 1.3), (-0.8, 1.5), (0.4, 1.5), (1.6, 1.6)],
}
"""Points of a right eye, x towards the nose and y up, from the eye's centre, in the model's units."""
PLACES = {8: (0.0, -7.0), 28: (0.0, 2.6), 29: (0.0, 1.5), 48: (-2.5, -3.5), 54: (2.5, -3.5)}


def landmarks() -> dict[int, tuple[float, float]]:
    """Where the landmarks of Multi-PIE are that the fit uses, x to the person's left."""
    places = dict(PLACES)
    u, lo, b = RIGHT_EYE["upper"], RIGHT_EYE["lower"], RIGHT_EYE["brow"]
    right = {
        17: b[0], 18: b[1], 19: b[2], 20: b[3], 21: _middle(b[4], b[5]), 36: u[0], 37: _middle(u[1], u[2]),
        38: _middle(u[2], u[3]), 39: u[4], 40: _middle(lo[3], lo[2]), 41: _middle(lo[2], lo[1]),
    }  # fmt: skip
    other = {17: 26, 18: 25, 19: 24, 20: 23, 21: 22, 36: 45, 37: 44, 38: 43, 39: 42, 40: 47, 41: 46}
    for number, (x, y) in right.items():
        places[number] = (x - EYE_X, y + EYE_Y)
        places[other[number]] = (EYE_X - x, y + EYE_Y)
    return places


def write_model(path: Path) -> dict[str, np.ndarray]:
    """Writes the pack, and gives what is in it."""
    x, y = np.meshgrid(np.linspace(-7, 7, SIDE), np.linspace(-9, 9, SIDE))
    points = np.stack([x.ravel(), y.ravel(), 11 - 0.05 * x.ravel() ** 2 - 0.02 * y.ravel() ** 2], axis=1)
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]
    triangles = np.concatenate([np.stack(t, axis=-1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])
    order = np.arange(len(points))  # order[new] = old: every landmark's vertex is the nearest one of the sheet
    for landmark, place in landmarks().items():
        nearest = int(((points[:, :2] - place) ** 2).sum(1).argmin())
        points[nearest, :2] = place
        here, there = LANDMARKS[landmark], int(np.flatnonzero(order == nearest)[0])
        order[[here, there]] = order[[there, here]]
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    neutral, triangles = points[order], places[triangles]
    wide = neutral * (0.1, 0, 0)
    long = neutral * (0, 0.1, 0)
    names, expression = [], []
    for shape in SHAPES:
        for side, sign in (("L", 1), ("R", -1)):
            up = -1.0 if shape in ("browDown", "noseSneer") else 1.0
            high = 5.3 if "brow" in shape else 1.6
            near = np.exp(-(((neutral[:, 0] - sign * EYE_X) / 2) ** 2) - ((neutral[:, 1] - high) / 1.2) ** 2)
            names.append(f"{shape}_{side}")
            expression.append(0.6 * up * near[:, None] * (0, 1, 0))
    pack = {
        "neutral": neutral.astype(np.float32), "identity": np.stack([wide, long]).astype(np.float32),
        "expression": np.array(expression, np.float32), "expression_names": np.array(names),
        "triangles": triangles.astype(np.int32),
    }  # fmt: skip
    np.savez(path, **pack)
    return pack


def write_obj(path: Path, vertices: np.ndarray, triangles: np.ndarray | None = None) -> None:
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices]
    if triangles is not None:
        lines += [f"f {a + 1}/1/1 {b + 1}/1/1 {c + 1}/1/1" for a, b, c in triangles]
    path.write_text("\n".join(["# of our own", *lines]) + "\n")


def write_portrait(
    path: Path,
    seed: int = 0,
    scale: float = 38.0,
    turn: float = 0.0,
    yaw: float = 0.0,
    size: tuple[int, int] = (640, 600),
) -> None:
    """A grey picture with two eyes, and its template beside it; `turn` and `yaw` in radians."""
    rng = np.random.default_rng(seed)
    width, height = size
    points = np.full((COUNT, 2), np.nan)
    for names, sign in ((RIGHT, -1), (LEFT, 1)):
        for name, course in RIGHT_EYE.items():
            for number, (x, y) in zip(names[name], course, strict=True):
                points[number] = (sign * (EYE_X - x), EYE_Y + y)
        points[names["pupil"][0]] = (sign * EYE_X, EYE_Y + 0.05)
        ring = np.linspace(0, 2 * np.pi, 8, endpoint=False)
        round_pupil = 0.5 * np.stack([np.sin(ring), np.cos(ring)], axis=1)
        points[list(names["iris"])] = np.add(round_pupil, points[names["pupil"][0]])
    for landmark, numbers in ((8, (129,)), (28, (51, 57)), (29, (52, 58)), (48, (87,)), (54, (93,))):
        points[list(numbers)] = PLACES[landmark]
    points[np.isnan(points[:, 0])] = (0, 0)
    depth = 11 - 0.05 * points[:, 0] ** 2 - 0.02 * points[:, 1] ** 2
    points[:, 0] = np.cos(yaw) * points[:, 0] + np.sin(yaw) * (depth - 10)
    c, s = np.cos(turn), np.sin(turn)
    pixels = scale * (points * (1, -1)) @ np.array([[c, s], [-s, c]]) + (width / 2, 0.55 * height)
    picture = np.full((height, width), 150, np.float32) + cv2.GaussianBlur(
        rng.normal(0, 40, (height, width)), (0, 0), 2
    )
    for names in (RIGHT, LEFT):
        brow = np.concatenate([pixels[list(names["brow"])], pixels[list(names["under"])][-2:0:-1]])
        cv2.fillPoly(picture, [np.round(brow).astype(np.int32)], 45.0)
        lids = np.concatenate([pixels[list(names["upper"])], pixels[list(names["lower"])][-2:0:-1]])
        eye = np.zeros_like(picture)
        cv2.fillPoly(eye, [np.round(lids).astype(np.int32)], 1.0)
        ball = np.full_like(picture, 215)
        centre = pixels[names["pupil"][0]]
        cv2.circle(ball, tuple(int(v) for v in np.round(centre)), round(0.5 * scale), 70.0, -1)
        cv2.circle(ball, tuple(int(v) for v in np.round(centre)), round(0.2 * scale), 15.0, -1)
        picture = picture * (1 - eye) + ball * eye
    cv2.imwrite(str(path), np.clip(picture, 0, 255).astype(np.uint8))
    lines = [str(COUNT), *(f"{x:.2f}\t{y:.2f}" for x, y in pixels), "0", ""]
    path.with_suffix(".tem").write_text("\n".join(lines))


def _middle(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    return ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
