"""How much simulated scenes differ from one another: as SEE's, recorded in one headset; as corpora of posed
expressions; or wild, as users' own videos.

`SEE` adds nothing to what people, motion and sensors are. `CORPUS` is what research corpora of posed expressions and
ordinary video in mostly good light differ in. `WILD` adds what users' own videos differ in:
ages, glasses and make-up, deep-set and bulging eyes, left eyes, camera pose and distance, crops without the brow, a
lamp that moves, subtle, slow and mixed expressions, and what cheap cameras and codecs do to frames. `COURSE` is a task
that needs time and light: pairs of emotions look the same in a picture, and frames saturate or drown in noise. Each
axis can be set by itself.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.synth.face import Lamp
from eyeprentice.synth.image import Image, pixel_grid
from eyeprentice.synth.motion import INSTANTS, Motion
from eyeprentice.synth.roles import SHARE_OF_LIGHTINGS


@dataclass(frozen=True)
class Variety:
    """Shares are of people or sequences, 0..1; strengths multiply the widest range there is."""

    ages: float = 0.0
    """Strength: at 1, ages from 18 to 75, with the wrinkles that go with them."""
    glasses: float = 0.0
    make_up: float = 0.0
    sockets: float = 0.0
    """Strength: deep-set to bulging eyes."""
    left_eyes: float = 0.0
    pose: float = 0.0
    """Strength: turned, tilted, nearer and farther cameras."""
    without_brow: float = 0.0
    moving_light: float = 0.0
    subtle: float = 0.0
    """Strength: at 1, expressions down to a third of their intensity."""
    slow: float = 0.0
    mixed: float = 0.0
    """Share of sequences in which a weaker second emotion shows too."""
    interlaced: float = 0.0
    compressed: float = 0.0
    low_resolution: float = 0.0
    infrared: float = 0.0
    """Share of people seen by infrared light, as in many headsets."""
    display: float = 0.0
    """Share of sequences of cameras that code for a display (gamma 2.2), as all but scientific ones do."""
    posed: float = 0.0
    """Share of sequences that are short, rise slowly from a relaxed face and end at the apex, as in corpora."""

    reach: float = 0.0
    """Strength: at 1, skin moves by 0.7 to 1.6 times as much as that of the median person."""
    lightings: tuple[float, ...] = SHARE_OF_LIGHTINGS
    """Shares of people under each of LIGHTINGS."""
    course: float = 0.0
    """Share of sequences whose emotion shows in its course alone (`synth/course.py`)."""
    hard_light: float = 0.0
    """Strength: at 1, the bright lightings are 1.7 times as bright and the dark one is 0.7 times as bright."""


SEE = Variety()
WILD = Variety(
    ages=1.0, glasses=0.25, make_up=0.3, sockets=1.0, left_eyes=0.5, pose=1.0, without_brow=0.15, moving_light=0.3,
    subtle=1.0, slow=0.25, mixed=0.2, interlaced=0.08, compressed=0.35, low_resolution=0.25, infrared=0.1,
    display=0.7, posed=0.4, reach=1.0,
)  # fmt: skip
CORPUS = Variety(
    ages=1.0, glasses=0.1, make_up=0.2, sockets=0.6, pose=0.6, without_brow=0.05, moving_light=0.15, subtle=0.4,
    slow=0.1, mixed=0.05, interlaced=0.05, compressed=0.25, low_resolution=0.2, infrared=0.1, display=0.85,
    posed=0.6, reach=1.0, lightings=(0.70, 0.10, 0.08, 0.12),
)  # fmt: skip
COURSE = Variety(course=1.0, hard_light=1.0, subtle=0.2, lightings=(0.25, 0.25, 0.25, 0.25))
WILD_COURSE = replace(WILD, course=1.0, subtle=0.5, slow=0.0, mixed=0.0, posed=0.0)
VARIETIES = {"see": SEE, "wild": WILD, "corpus": CORPUS, "course": COURSE, "wild-course": WILD_COURSE}


def draw_reach(variety: Variety, rng: np.random.Generator) -> float:
    """Draws how far a person's skin moves, relative to the median person's."""
    return float(np.exp(variety.reach * rng.uniform(np.log(0.7), np.log(1.6))))


@dataclass(frozen=True)
class Camera:
    """How one person's sequences are looked at."""

    view: NDArray[np.float64]  # (3, 3) from pixels of the face to pixels of the picture
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
    c, s = zoom * np.cos(turn), zoom * np.sin(turn)
    sign = -1.0 if rng.random() < variety.left_eyes else 1.0
    centred = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    turned = np.array([[c, -s, move[0]], [s, c, move[1]], [slant[0], slant[1], 1]])
    back = np.array([[sign, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    pixels = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, size]]) / size
    view = np.linalg.inv(pixels) @ back @ turned @ centred @ pixels
    return Camera(view, _spectacles(eye, size, rng) if rng.random() < variety.glasses else None)


def look(radiance: Image, camera: Camera) -> Image:
    """What the camera sees of a face (S, S)."""
    if camera.lens is not None:
        radiance = radiance * camera.lens[0] + camera.lens[1]
    if camera.straight:
        return radiance
    size = (radiance.shape[1], radiance.shape[0])
    seen: Image = cv2.warpPerspective(radiance, camera.view, size, borderMode=cv2.BORDER_REPLICATE)
    return seen


def vary_motion(motion: Motion, other: Motion, variety: Variety, rng: np.random.Generator) -> Motion:
    """The same motion, weaker, slower, or with some of another emotion's."""
    units = motion.units
    if rng.random() < variety.slow:
        instants = np.arange(len(units))
        pace = rng.uniform(0.4, 0.75)
        units = np.stack([np.interp(pace * instants, instants, unit) for unit in units.T], axis=1)
    if rng.random() < variety.mixed:
        units = np.maximum(units, rng.uniform(0.2, 0.45) * other.units)
    return replace(motion, units=np.clip(units * rng.uniform(1 - 0.65 * variety.subtle, 1), 0, 1))


def move_light(one: Lamp, other: Lamp, frames: int, variety: Variety, rng: np.random.Generator) -> list[Lamp]:
    """The light of every instant: of the first lamp, or on its way to where the second is, and back."""
    count = INSTANTS * frames + 1
    if rng.random() >= variety.moving_light:
        return [one] * count
    phase = rng.uniform(0, 2 * np.pi) + rng.uniform(0.5, 2.5) * np.linspace(0, 2 * np.pi, count)
    share = (0.5 - 0.5 * np.cos(phase))[:, None]
    courses = np.array(one.direction) * (1 - share) + np.array(other.direction) * share
    return [replace(one, direction=(right, down, near)) for right, down, near in courses.tolist()]


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
