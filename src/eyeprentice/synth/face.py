"""What the simulator asks of a face, whatever it is made of: to be drawn at one instant, in a pose, under a lamp.

Lengths are in widths of the picture, x to the right and y down. A relaxed face under a straight headset fills the crop
that is the same everywhere: a right eye with the nose on the right, the crop as wide as the distance between the eyes,
and the eye's centre at about `EYE_IN_CROP`.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from eyeprentice.synth.drawing import Floats, Image, pixel_grid

ACTION_UNITS = (
    "AU1",  # inner brow raiser
    "AU2",  # outer brow raiser
    "AU4",  # brow lowerer: down, and towards the nose
    "AU5",  # upper lid raiser
    "AU6",  # cheek raiser
    "AU7",  # lid tightener
    "AU9",  # nose wrinkler
    "AU43",  # eye closure (0.3 droops)
)
"""Those of FACS (Ekman and Friesen, 1978; Ekman, Friesen and Hager, 2002) that show around one eye."""


class Pose(NamedTuple):
    """What an eye region does at one instant."""

    units: Floats
    """(8,) intensities of ACTION_UNITS, 0..1."""
    blink: float = 0.0
    """Closure of the lids by a blink, 0..1, on top of AU43."""
    gaze: tuple[float, float] = (0.0, 0.0)
    """Right and down, -1..1; 1 is about 20 degrees."""
    shift: tuple[float, float] = (0.0, 0.0)
    """How far the headset, and so the picture of the face, has slipped: right and down."""
    roll: float = 0.0
    """The same, turned: radians, positive from x towards y."""

    @property
    def closure(self) -> float:
        """Of the lids by AU43 and a blink together, 0..1."""
        return 1 - (1 - self.blink) * (1 - float(self.units[ACTION_UNITS.index("AU43")]))


RELAXED = Pose(np.zeros(len(ACTION_UNITS)))


@dataclass(frozen=True)
class Glint:
    """A lamp's reflection on the cornea, relative to the iris's centre, in iris radii."""

    x: float
    y: float
    radius: float
    strength: float


@dataclass(frozen=True)
class Lamp:
    """The light of one instant."""

    direction: tuple[float, float, float]
    """Towards the lamp: right, down, towards the camera."""
    ambient: float
    """Share of the light that comes from everywhere, 0..1."""
    glints: tuple[Glint, ...] = ()


class Face(Protocol):
    """One person's eye region at one size of picture."""

    @property
    def eye(self) -> tuple[float, float]:
        """Centre of the relaxed eye, near `EYE_IN_CROP`."""

    def render(self, pose: Pose, lamp: Lamp) -> Image:
        """Radiance (S, S) float32, in units where white paper that faces the lamp is about 1."""

    def flow(self, pose: Pose) -> Image:
        """How far what each pixel shows in a relaxed pose moves to reach `pose`: (2, S, S) right and down.

        In widths; exact where it is skin, NaN where it is hidden or inside the lids.
        """


@dataclass(frozen=True)
class Opening:
    """Where the margins of the lids are at one instant, in widths below the line between the corners of the eye."""

    upper: Image
    lower: Image
    closure: float
    """0..1"""


def face_coordinates(size: int, pose: Pose) -> tuple[Image, Image]:
    """Where in the face each pixel looks, (S, S) each, under a headset that slipped."""
    x, y = pixel_grid(size)
    c, s = np.float32(np.cos(pose.roll)), np.float32(np.sin(pose.roll))
    dx, dy = x - np.float32(0.5 + pose.shift[0]), y - np.float32(0.5 + pose.shift[1])
    return c * dx + s * dy + np.float32(0.5), c * dy - s * dx + np.float32(0.5)


def slip(size: int, pose: Pose) -> Image:
    """How far the picture of the face has moved with the headset: (2, S, S) right and down, in widths."""
    x, y = pixel_grid(size)
    turn = np.float32(pose.roll)
    return np.stack(np.broadcast_arrays(pose.shift[0] - turn * (y - 0.5), pose.shift[1] + turn * (x - 0.5)))


UNIT_REACH = np.array([0.09, 0.09, 0.13, 0.05, 0.07, 0.05, 0.09, 0.14])
BLINK_REACH, GAZE_REACH, ROLL_REACH = 0.14, 0.10, 0.75
"""How far anything moves at most, in widths, for each action unit, a blink, a gaze of 1 and a radian: for any kind."""
