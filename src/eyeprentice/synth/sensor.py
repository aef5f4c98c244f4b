"""Lightings, and the two cameras that look: an 8-bit grey one that saturates and is noisy, and a DVS that does not."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.synth.image import Image

ORDINARY_EXPOSURE = 180.0
"""Exposure under normal light, in the middle: the DVS, which has no exposure, is dazzled or starved relative to it."""


@dataclass(frozen=True)
class Light:
    """How a scene is lit and exposed."""

    direction: tuple[float, float, float]
    """Towards the lamp: right, down, towards the camera."""
    ambient: float
    """Share of the light that comes from everywhere, 0..1."""
    exposure: float
    """Grey levels of white paper, before saturation at 255."""
    photons: float
    """Photons that make one grey level: fewer are noisier."""
    read_noise: float
    """Deviation in grey levels."""
    shutter: float
    """Share of the time between frames that the shutter is open, 0..1, up to the frame's own moment."""


def sample_light(lighting: str, rng: np.random.Generator) -> Light:
    """Draws a scene of one of SEE's lightings; levels after the figures of SEE's paper."""
    u = rng.uniform
    side = 1 if rng.random() < 0.5 else -1
    match lighting:
        case "normal":
            return Light((u(-0.5, 0.5), u(-0.7, -0.1), 1.0), u(0.3, 0.6), u(110, 260), 12, 1.2, u(0.1, 0.5))
        case "Overexposed":
            return Light((u(-0.5, 0.5), u(-0.7, -0.1), 1.0), u(0.3, 0.6), u(480, 820), 12, 1.5, u(0.2, 0.6))
        case "Low":
            return Light((u(-0.5, 0.5), u(-0.7, -0.1), 1.0), u(0.3, 0.6), u(14, 34), 2, 1.8, u(0.6, 1.0))
        case "HDR":
            return Light((side * u(1.2, 2.2), u(-0.6, 0.2), 0.6), u(0.10, 0.22), u(380, 700), 12, 1.5, u(0.1, 0.4))
    raise ValueError(f"no such lighting: {lighting}")


def harden(light: Light, lighting: str, strength: float) -> Light:
    """The same scene, farther from what an 8-bit camera can hold: a DVS compares logarithms, and sees on."""
    most = {"normal": 1.0, "Overexposed": 1.7, "Low": 0.7, "HDR": 1.7}[lighting]
    return replace(light, exposure=light.exposure * most**strength)


DISPLAY = 2.2
"""Gamma that cameras code for a display with."""


def photograph(radiance: Image, light: Light, rng: np.random.Generator, for_display: bool = False) -> NDArray[np.uint8]:
    """Radiance (T, S, S) -> grey frames: vignette, lens blur, shot and read noise, hot pixels, saturation, gamma."""
    size = radiance.shape[1]
    at = np.linspace(-1, 1, size, dtype=np.float32)
    vignette = 1 - 0.35 * (at[None, :] ** 2 + at[:, None] ** 2) / 2
    level = radiance * vignette * np.float32(light.exposure)
    blur = rng.uniform(0.0, 0.0075) * size
    if blur > 0.3:
        level = np.stack([cv2.GaussianBlur(frame, (0, 0), blur) for frame in level])
    deviation = np.sqrt(np.clip(level, 0, None) / np.float32(light.photons) + np.float32(light.read_noise**2))
    level = level + deviation * rng.standard_normal(level.shape, dtype=np.float32)
    hot = rng.integers(0, size, (int(rng.poisson(2)), 2))
    level[:, hot[:, 0], hot[:, 1]] += rng.uniform(60, 255, len(hot)).astype(np.float32)
    if for_display:
        level = 255 * (np.clip(level, 0, 255) / np.float32(255)) ** np.float32(1 / DISPLAY)
    return np.clip(np.round(level), 0, 255).astype(np.uint8)
