"""One instant of a drawn face: painted skin pulled into an expression, and the eye drawn into its lids."""

import cv2
import numpy as np

from eyeprentice.synth.drawing import Image, mix, pixel_grid
from eyeprentice.synth.drawn.anatomy import Anatomy
from eyeprentice.synth.drawn.eye import draw_eye, eye_coordinates, shape_lids
from eyeprentice.synth.drawn.muscles import pull_fields
from eyeprentice.synth.drawn.skin import paint
from eyeprentice.synth.face import ACTION_UNITS, RELAXED, Lamp, Pose, face_coordinates, slip
from eyeprentice.synth.folds import FOLDING


class DrawnFace:
    """A `Face` of a drawn person."""

    def __init__(self, person: Anatomy, size: int) -> None:
        self._person, self._size = person, size
        self._painting = paint(person, size)
        self._fields = pull_fields(person, *pixel_grid(size))  # (8, 2, S, S)
        self._lit: tuple[tuple[tuple[float, float, float], float], Image, Image] | None = None

    @property
    def eye(self) -> tuple[float, float]:
        return self._person.eye

    def render(self, pose: Pose, lamp: Lamp) -> Image:
        painting = self._painting
        shading, soft = self._shade(lamp)
        depth = FOLDING @ pose.units.astype(np.float32) + np.float32(self._person.resting_folds)
        skin = painting.albedo * np.exp(-mix(depth, painting.folds)) * shading
        x, y = face_coordinates(self._size, pose)
        here = cv2.merge([x, y])
        pull = cv2.merge(list(self._pull(pose)))  # how far the skin at each place moves
        pull = _sample(pull, here - pull)  # ... and how far what is there now did
        image = _sample(skin, here - pull)
        draw_eye(image, self._person, pose, x, y, lamp.glints, soft)
        return image

    def flow(self, pose: Pose) -> Image:
        """Lids take what is drawn along their margins with them."""
        person = self._person
        moved = self._pull(pose)
        along, v = eye_coordinates(person, *pixel_grid(self._size))
        s = np.clip(along / person.half_width, -1, 1)
        rest, now = shape_lids(person, s, RELAXED), shape_lids(person, s, pose)
        beside = np.abs(along) < person.half_width
        upper = beside & (v < rest.upper) & (v > rest.upper - person.crease - 0.01)
        lower = beside & (v > rest.lower) & (v < rest.lower + 0.04)
        moved[:, upper] = np.stack([0 * v, now.upper - rest.upper])[:, upper]
        moved[:, lower] = np.stack([0 * v, now.lower - rest.lower])[:, lower]
        moved[:, beside & (v >= rest.upper) & (v <= rest.lower)] = np.nan
        return moved + slip(self._size, pose)

    def _pull(self, pose: Pose) -> Image:
        moving = pose.units.astype(np.float32)
        moving[ACTION_UNITS.index("AU43")] = pose.closure
        return mix(moving, self._fields)

    def _shade(self, lamp: Lamp) -> tuple[Image, Image]:
        """Irradiance of the skin, (S, S), about 0..1, and of the eyeball, which is smoother than the skin around it."""
        key = (lamp.direction, lamp.ambient)
        lit = self._lit  # which another thread may replace meanwhile
        if lit is None or lit[0] != key:
            direction = (np.asarray(lamp.direction) / np.linalg.norm(lamp.direction)).astype(np.float32)
            lambert = np.clip(np.tensordot(direction, self._painting.normals, axes=1), 0, None)
            shading = (lamp.ambient + (1 - lamp.ambient) * lambert) * self._painting.hollows
            shading = (shading / np.percentile(shading, 90)).astype(np.float32)
            self._lit = lit = (key, shading, cv2.GaussianBlur(shading, (0, 0), 0.04 * self._size))
        return lit[1], lit[2]


def _sample(image: Image, at: Image) -> Image:
    """`image` (S, S) or (S, S, 2) at the face's positions `at` (S, S, 2)."""
    pixels = at * np.float32(image.shape[0]) - np.float32(0.5)
    sampled: Image = cv2.remap(image, pixels, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)  # type: ignore[call-overload]
    return sampled
