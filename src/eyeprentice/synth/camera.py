"""The frame camera: where it stands, what it sees, and the 8-bit grey frames that it makes of that."""

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.synth.drawing import Floats, Image, pixel_grid
from eyeprentice.synth.light import Light
from eyeprentice.synth.variety import Variety

DISPLAY = 2.2
"""Gamma that cameras code for a display with."""


@dataclass(frozen=True)
class Camera:
    """How one person's sequences are looked at."""

    view: Floats  # (3, 3) from pixels of the face to pixels of the picture
    lens: Image | None  # (2, S, S): what spectacles let through, and what they reflect

    @cached_property
    def straight(self) -> bool:
        """Whether it shows a face as it is."""
        return bool(np.allclose(self.view, np.eye(3)))

    @property
    def magnification(self) -> float:
        """How many pixels of the picture a pixel in the middle of the face takes."""
        return float(np.sqrt(abs(np.linalg.det(self.view[:2, :2]))))


def place_camera(eye: tuple[float, float], size: int, variety: Variety, rng: np.random.Generator) -> Camera:
    """Draws where the camera stands, and whether it looks through spectacles at a right or a left eye."""
    p = variety.pose
    zoom, turn = np.exp(p * rng.uniform(-0.05, 0.25)), p * rng.uniform(-0.17, 0.17)
    move = p * rng.uniform(-0.05, 0.05, 2)
    slant = p * rng.uniform(-0.25, 0.25, 2)
    if rng.random() < variety.without_brow:
        zoom = zoom * 1.55
        move[1] += 1.55 * (0.5 - eye[1])
    sign = -1.0 if rng.random() < variety.left_eyes else 1.0
    view = _view(zoom, turn, move, slant, sign, size)
    return Camera(view, _spectacles(eye, size, rng) if rng.random() < variety.glasses else None)


def move_camera(camera: Camera, size: int, rng: np.random.Generator) -> Camera:
    """The same camera, put down again: a little nearer or farther, beside where it was, turned and slanted."""
    zoom, turn = np.exp(rng.uniform(-0.04, 0.04)), rng.uniform(-0.05, 0.05)
    moved = _view(zoom, turn, rng.uniform(-0.02, 0.02, 2), rng.uniform(-0.08, 0.08, 2), 1.0, size)
    return replace(camera, view=moved @ camera.view)


def _view(zoom: float, turn: float, move: Floats, slant: Floats, sign: float, size: int) -> Floats:
    """From pixels of the face to those of the picture, (3, 3): `zoom` and `turn` (radians) are about the middle, `move`
    is in widths, `slant` is how much nearer one border is, and a `sign` of -1 mirrors."""
    c, s = zoom * np.cos(turn), zoom * np.sin(turn)
    centred = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    turned = np.array([[c, -s, move[0]], [s, c, move[1]], [slant[0], slant[1], 1]])
    back = np.array([[sign, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    pixels = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, size]]) / size
    view: Floats = np.linalg.inv(pixels) @ back @ turned @ centred @ pixels
    return view


def look(radiance: Image, camera: Camera) -> Image:
    """What the camera sees of a face (S, S)."""
    if camera.lens is not None:
        radiance = radiance * camera.lens[0] + camera.lens[1]
    if camera.straight:
        return radiance
    size = (radiance.shape[1], radiance.shape[0])
    seen: Image = cv2.warpPerspective(radiance, camera.view, size, borderMode=cv2.BORDER_REPLICATE)
    return seen


def photograph(radiance: Image, light: Light, rng: np.random.Generator, for_display: bool = False) -> NDArray[np.uint8]:
    """Radiance (T, S, S) -> grey frames: vignette, lens blur, shot and read noise, hot pixels, saturation, gamma."""
    size = radiance.shape[1]
    at = np.linspace(-1, 1, size, dtype=np.float32)
    vignette = 1 - 0.35 * (at[None, :] ** 2 + at[:, None] ** 2) / 2
    level = radiance * vignette * np.float32(light.exposure)
    blur = rng.uniform(0.0, 0.0075) * size
    if blur > 0.3:
        level = np.stack([cv2.GaussianBlur(frame, (0, 0), blur) for frame in level])
    deviation = np.sqrt(np.maximum(level, 0) / np.float32(light.photons) + np.float32(light.read_noise**2))
    deviation *= rng.standard_normal(level.shape, dtype=np.float32)
    level += deviation
    hot = rng.integers(0, size, (int(rng.poisson(2)), 2))
    level[:, hot[:, 0], hot[:, 1]] += rng.uniform(60, 255, len(hot)).astype(np.float32)
    if for_display:
        level = 255 * (np.clip(level, 0, 255) / np.float32(255)) ** np.float32(1 / DISPLAY)
    return np.rint(level, out=level).clip(0, 255, out=level).astype(np.uint8)


def degrade(frames: NDArray[np.uint8], variety: Variety, rng: np.random.Generator) -> NDArray[np.uint8]:
    """What cheap cameras and codecs do to frames (T, S, S)."""
    size = frames.shape[1]
    if rng.random() < variety.low_resolution:
        small = int(size * rng.uniform(0.35, 0.7))
        frames = np.stack([_resized(_resized(frame, small, cv2.INTER_AREA), size, cv2.INTER_CUBIC) for frame in frames])
    if rng.random() < variety.interlaced:
        woven = frames.copy()
        woven[1:, 1::2] = frames[:-1, 1::2]  # every other line is of the frame before
        frames = woven
    if rng.random() < variety.compressed:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(12, 50))]
        coded = (cv2.imencode(".jpg", frame, quality)[1] for frame in frames)
        frames = np.stack([np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE), np.uint8) for code in coded])
    return frames


def _resized(frame: NDArray[np.uint8], size: int, how: int) -> NDArray[np.uint8]:
    return cv2.resize(frame, (size, size), interpolation=how).astype(np.uint8, copy=False)


def _spectacles(eye: tuple[float, float], size: int, rng: np.random.Generator) -> Image:
    """A rim around the eye, and a window's reflection on the glass: (2, S, S)."""
    x, y = pixel_grid(size)
    ex, ey = eye
    corner = rng.uniform(2.5, 6.0)  # from round to square
    wide, high = rng.uniform(0.36, 0.44), rng.uniform(0.24, 0.32)
    shape = np.abs((x - ex) / wide) ** corner + np.abs((y - ey - 0.05) / high) ** corner
    distance = (shape ** (1 / corner) - 1) * 0.35
    rim = np.exp(-((distance / rng.uniform(0.008, 0.022)) ** 4))
    bridge = np.exp(-(((y - ey + 0.05) / 0.02) ** 4)) * (x > ex + 0.40)
    passes = 1 - rng.uniform(0.6, 0.95) * np.maximum(rim, bridge)
    rx, ry = ex + rng.uniform(-0.2, 0.2), ey + rng.uniform(-0.1, 0.15)
    slope = rng.uniform(-0.4, 0.4)
    width, height = rng.uniform(0.03, 0.09), rng.uniform(0.05, 0.14)
    glare = np.exp(-(((x - rx + slope * (y - ry)) / width) ** 4) - ((y - ry) / height) ** 4)
    return np.stack([passes, rng.uniform(0.0, 0.35) * glare * (shape < 1)]).astype(np.float32)
