"""A portrait's eye taken apart: skin without the eye, the white without the iris, the iris by itself, lids' own skin.

Reflectances, 0..1, as a camera with a linear response would see them; (S', S') images over the kept picture's square at
S pixels a crop's width.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.synth.cast.portrait_eye import FROM, PIXELS, WIDTH, PortraitEye
from eyeprentice.synth.drawing import Floats, Image

GAMMA = 2.2
"""Of the portraits' grey levels."""
IRIS_PIXELS, IRIS_REACH = 48, 1.25
"""Side of the iris's picture, which reaches this many radii from its centre."""
DARKEST_SKIN, PALEST_SKIN = 0.22, 0.65
"""Between these the skin's tone is brought: how a portrait was exposed is not known."""
LASH_SHADOW = 0.018
"""How far lashes darken the white below the upper lid, in crop widths."""


@dataclass(frozen=True)
class Layers:
    """One eye of a portrait taken apart, in linear light; S' pixels are the kept picture's width."""

    skin: Image  # (S', S')
    white: Image  # (S', S') the eyeball without its iris
    lid: Image  # (S', S') smooth skin for the part of the lid that an open eye hides
    iris: Image  # (IRIS_PIXELS, IRIS_PIXELS)
    lash: float
    """How dark and long the lashes are that are drawn, 0..1."""


def take_apart(eye: PortraitEye, size: int, lash: float) -> Layers:
    """Takes an eye apart at `size` pixels a crop's width."""
    linear = np.asarray((eye.picture / np.float32(255)) ** np.float32(GAMMA), np.float32)
    opening = _mask(np.concatenate([eye.upper, eye.lower[-2:0:-1]]))
    lashes, wet = np.array([0, LASH_SHADOW], np.float32), np.array([0, 0.006], np.float32)
    seen = _mask(np.concatenate([eye.upper + lashes, (eye.lower - wet)[-2:0:-1]])) & opening
    x, y = _grid()
    r = np.hypot(x - eye.iris[0], y - eye.iris[1]) / eye.iris[2]
    visible_white = seen & (r > 1.10)
    white = _fill(linear, visible_white, 5.0)
    white = np.where(visible_white, linear, white)
    white = np.asarray(cv2.GaussianBlur(white, (0, 0), 1.0), np.float32)
    grown = cv2.dilate(opening.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    skin = np.where(grown, _fill(linear, ~grown, 3.0), linear)
    soft = _fill(linear, ~cv2.dilate(opening.astype(np.uint8), np.ones((13, 13), np.uint8)).astype(bool), 7.0)
    side, tone = round(WIDTH * size), float(np.median(skin))
    gain = np.float32((DARKEST_SKIN + (1 - DARKEST_SKIN / PALEST_SKIN) * tone) / tone)
    skin, white, lid = (gain * _resized(image, side) for image in (skin, white, soft))
    return Layers(skin, white, lid, gain * _iris(linear, seen, eye), lash)


def _grid() -> tuple[Image, Image]:
    at = (FROM + (np.arange(PIXELS) + 0.5) * WIDTH / PIXELS).astype(np.float32)
    return at[None, :], at[:, None]


def _mask(outline: Floats) -> NDArray[np.bool_]:
    mask = np.zeros((PIXELS, PIXELS), np.uint8)
    pixels = np.round(((outline - FROM) * PIXELS / WIDTH - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(mask, [pixels], 1, shift=4)
    return mask.astype(bool)


def _fill(image: Image, known: NDArray[np.bool_], pixels: float) -> Image:
    """What is known, spread smoothly over what is not: a pyramid of normalised blurs, the finest that reaches wins."""
    filled = np.full_like(image, float(np.median(image[known])) if known.any() else 0.3)
    weight = known.astype(np.float32)
    for sigma in (8 * pixels, 4 * pixels, 2 * pixels, pixels):
        share = cv2.GaussianBlur(weight, (0, 0), sigma)
        mean = cv2.GaussianBlur(image * weight, (0, 0), sigma) / np.maximum(share, 1e-6)
        certain = np.clip(share / 0.1, 0, 1)
        filled = filled + certain * (mean - filled)
    return filled.astype(np.float32)


def _iris(linear: Image, seen: NDArray[np.bool_], eye: PortraitEye) -> Image:
    """The iris and pupil as a disc: seen parts as they are, hidden ones and reflections from the rest of their ring."""
    at = (np.arange(IRIS_PIXELS, dtype=np.float32) + 0.5) / IRIS_PIXELS * 2 * IRIS_REACH - IRIS_REACH
    x, y = np.meshgrid(at, at)
    cx, cy, radius = eye.iris
    px, py = ((c + offset * radius - FROM) * PIXELS / WIDTH - 0.5 for c, offset in ((cx, x), (cy, y)))
    picture = cv2.remap(linear, px.astype(np.float32), py.astype(np.float32), cv2.INTER_LINEAR)
    known = cv2.remap(seen.astype(np.float32), px.astype(np.float32), py.astype(np.float32), cv2.INTER_LINEAR) > 0.9
    r = np.hypot(x, y)
    ring = np.minimum((r / IRIS_REACH * 16).astype(int), 15)
    whole = picture.copy()
    for number in range(16):
        here = ring == number
        sure = here & known
        enough = sure.sum() >= 4
        level = float(np.median(picture[sure])) if enough else float(np.percentile(picture[known], 20))
        spread = max(0.03, 1.5 * float(np.subtract(*np.percentile(picture[sure], [75, 25])))) if enough else 0.0
        wrong = here & (~known | (picture > level + spread))
        mirrored = picture[:, ::-1]
        usable = known[:, ::-1] & (mirrored <= level + spread)
        whole[wrong] = np.where(usable[wrong], 0.5 * mirrored[wrong] + 0.5 * level, level)
    return cv2.GaussianBlur(whole, (0, 0), 0.7).astype(np.float32)


def _resized(image: Image, side: int) -> Image:
    how = cv2.INTER_AREA if side < image.shape[0] else cv2.INTER_CUBIC
    return cv2.resize(image, (side, side), interpolation=how).astype(np.float32)


def infrared(layers: Layers) -> Layers:
    """The same near 850 nm, as in a headset: skin and brows pale and low in contrast, irises light, pupils black.

    Melanin absorbs little there (Anderson and Parrish, *The Optics of Human Skin*, 1981).
    """
    tone = float(np.median(layers.skin))
    skin, lid = (0.55 * (image / tone) ** np.float32(0.45) for image in (layers.skin, layers.lid))
    white = 0.55 * (layers.white / max(float(np.median(layers.white)), 1e-3)) ** np.float32(0.7)
    pupil = float(layers.iris.min())
    iris = 0.02 + 0.30 * np.clip((layers.iris - pupil) / 0.04, 0, 1) ** np.float32(0.6)
    return replace(layers, skin=skin, lid=lid, white=white, iris=iris.astype(np.float32), lash=0.5 * layers.lash)
