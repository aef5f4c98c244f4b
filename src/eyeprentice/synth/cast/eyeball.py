"""The eye between a re-enacted face's lids: white, iris, glints, the lid's shadow, the wet margin, the lashes."""

import cv2
import numpy as np

from eyeprentice.synth.cast.layers import IRIS_REACH, Layers
from eyeprentice.synth.cast.lids import EDGE, STEPS, Lids, Opening, at
from eyeprentice.synth.face import Lamp, Pose
from eyeprentice.synth.image import Image

GAZE = (0.075, 0.050)
"""How far the iris moves right and down at a gaze of 1, in crop widths."""
LASHES = 30


def draw_eye(
    skin: Image, white: Image, layers: Layers, lids: Lids, iris: Image, opened: Opening, pose: Pose, lamp: Lamp,
    at_face: tuple[Image, Image], at_eye: tuple[Image, Image], pixel: float,
) -> Image:  # fmt: skip
    """Puts the eye into `skin` (H, W); `at_face` and `at_eye` say where each pixel looks, in the face and in the eye.

    `white` (H, W) is the eyeball without its iris, `iris` its x, y and radius, `pixel` the width of a pixel.
    """
    (x, y), (s, v) = at_face, at_eye
    upper, lower = np.moveaxis(at(np.stack([opened.upper, opened.lower], axis=1), s), 2, 0)
    px = np.float32(pixel)
    inside = np.clip((v - upper) / px + 0.5, 0, 1) * np.clip((lower - v) / px + 0.5, 0, 1)
    inside *= np.clip((1 - np.abs(s)) * np.float32(lids.half) / px + 0.5, 0, 1)
    ix = (x - iris[0] - np.float32(GAZE[0] * pose.gaze[0])) / iris[2]
    iy = (y - iris[1] - np.float32(GAZE[1] * pose.gaze[1])) / iris[2]
    scale = np.float32(layers.iris.shape[0] / (2 * IRIS_REACH))
    corner, half = np.float32(IRIS_REACH), np.float32(0.5)
    disc = cv2.remap(
        layers.iris, (ix + corner) * scale - half, (iy + corner) * scale - half, cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    ball = white + np.clip((1.06 - np.sqrt(ix * ix + iy * iy)) / 0.14, 0, 1) * (disc - white)
    for glint in lamp.glints:
        away = (ix - np.float32(glint.x)) ** 2 + (iy - np.float32(glint.y)) ** 2
        ball = ball + np.float32(glint.strength) * np.exp(-away / np.float32(glint.radius**2))
    wet = np.exp(-(((v - lower + 0.004) / np.float32(0.004)) ** 2)) * (np.abs(s) < 0.9)
    ball = (ball + 0.10 * wet) * np.float32(0.5 + 0.5 * lamp.ambient)
    ball *= 1 - 0.5 * np.exp(-np.clip(v - upper, 0, None) / np.float32(0.022))  # the upper lid's shadow
    near = np.clip((1.05 - np.abs(s)) / 0.1, 0, 1)
    roots = np.exp(-(((v - upper) / np.float32(0.006)) ** 2)) * near
    return (skin + inside * (ball - skin)) * (1 - np.float32(0.35 + 0.35 * layers.lash) * roots)


def draw_lashes(picture: Image, layers: Layers, lids: Lids, opened: Opening, at_face: tuple[Image, Image]) -> Image:
    """Draws the upper lashes, which point up from open lids and down from shut ones, over `picture` (H, W)."""
    x, y = at_face
    s = np.linspace(-1.0, 0.8, LASHES).astype(np.float32)
    upper = np.interp(s, np.linspace(-EDGE, EDGE, STEPS), opened.upper).astype(np.float32)
    lift = 1 - 1.6 * opened.closure
    length = (0.022 + 0.03 * layers.lash) * (0.75 + 0.25 * np.sin(7.0 * np.arange(LASHES))).astype(np.float32)
    out, up = (0.55 * s - 0.15) / np.float32(lids.half), -lift * (0.6 + 0.25 * (1 - s * s))
    course = ((0.0, 0.0, 0.0), (0.5, 0.3, 0.1), (1.0, 1.0, 0.0))  # share of the way outwards, of that up, and a bow
    points = np.stack(
        [np.stack(lids.place(s + a * length * out, upper + length * (b * up + c)), axis=1) for a, b, c in course],
        axis=1,
    )
    # from the face to pixels: undo the headset's slip, read off the coordinate images
    origin = np.array([x[0, 0], y[0, 0]])
    right = np.array([x[0, -1] - x[0, 0], y[0, -1] - y[0, 0]]) / (x.shape[1] - 1)
    down = np.array([x[-1, 0] - x[0, 0], y[-1, 0] - y[0, 0]]) / (x.shape[0] - 1)
    pixels = (points - origin) @ np.linalg.inv(np.stack([right, down], axis=1)).T
    mask = np.zeros(picture.shape, np.uint8)
    cv2.polylines(mask, list(np.round(pixels * 16).astype(np.int32)), False, 255, 1, cv2.LINE_AA, shift=4)
    strength = (0.25 + 0.35 * opened.closure) * (0.4 + 0.6 * layers.lash)
    return picture * (1 - np.float32(strength / 255) * mask.astype(np.float32))
