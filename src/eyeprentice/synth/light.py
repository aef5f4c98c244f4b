"""The light of a scene: SEE's lightings, the lamp that a face is seen by, and how it moves."""

from dataclasses import dataclass, replace

import numpy as np

from eyeprentice.synth.face import Glint, Lamp
from eyeprentice.synth.motion import INSTANTS
from eyeprentice.synth.variety import Variety

ORDINARY_EXPOSURE = 180.0
"""Exposure under normal light, in the middle: the DVS, which has no exposure, is dazzled or starved relative to it."""
HARDEST = {"normal": 1.0, "Overexposed": 1.7, "Low": 0.7, "HDR": 1.7}
"""How many times as bright each lighting is where it is as hard as it gets."""


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


def sample_light(lighting: str, rng: np.random.Generator, hardness: float = 0.0) -> Light:
    """Draws a scene of one of SEE's lightings; levels after the figures of SEE's paper.

    At a `hardness` of 1 it is farther from what an 8-bit camera can hold: a DVS compares logarithms, and sees on.
    """
    u = rng.uniform
    side = 1 if rng.random() < 0.5 else -1
    if lighting == "HDR":
        light = Light((side * u(1.2, 2.2), u(-0.6, 0.2), 0.6), u(0.10, 0.22), u(380, 700), 12, 1.5, u(0.1, 0.4))
    else:
        exposure, photons, read_noise, shutter = {
            "normal": ((110, 260), 12, 1.2, (0.1, 0.5)),
            "Overexposed": ((480, 820), 12, 1.5, (0.2, 0.6)),
            "Low": ((14, 34), 2, 1.8, (0.6, 1.0)),
        }[lighting]
        direction = (u(-0.5, 0.5), u(-0.7, -0.1), 1.0)
        light = Light(direction, u(0.3, 0.6), u(*exposure), photons, read_noise, u(*shutter))
    return replace(light, exposure=light.exposure * HARDEST[lighting] ** hardness)


def lamp_of(light: Light, rng: np.random.Generator) -> Lamp:
    """A light's lamp, and its and a window's reflections on the eye."""
    right, down, _ = light.direction
    lamp = Glint(0.45 * right, 0.5 * down, rng.uniform(0.10, 0.18), rng.uniform(0.8, 2.5))
    window = Glint(rng.uniform(-0.4, 0.4), rng.uniform(-0.3, 0.3), rng.uniform(0.06, 0.12), rng.uniform(0.0, 1.2))
    return Lamp(light.direction, light.ambient, (lamp, window))


def move_light(one: Lamp, other: Lamp, frames: int, variety: Variety, rng: np.random.Generator) -> list[Lamp]:
    """The light of every instant: of the first lamp, or on its way to where the second is, and back."""
    count = INSTANTS * frames + 1
    if rng.random() >= variety.moving_light:
        return [one] * count
    phase = rng.uniform(0, 2 * np.pi) + rng.uniform(0.5, 2.5) * np.linspace(0, 2 * np.pi, count)
    share = (0.5 - 0.5 * np.cos(phase))[:, None]
    courses = np.array(one.direction) * (1 - share) + np.array(other.direction) * share
    return [replace(one, direction=(right, down, near)) for right, down, near in courses.tolist()]
