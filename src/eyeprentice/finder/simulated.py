"""Pictures that the simulator adds: one eye as a headset's camera takes it, and portraits that show something else."""

from collections.abc import Iterator, Sequence
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.processes import in_processes
from eyeprentice.finder.material import CLOSEUP, Closeups
from eyeprentice.synth.camera import Camera, degrade, look, photograph, place_camera
from eyeprentice.synth.cast.face import ReenactedFace
from eyeprentice.synth.cast.folder import Cast
from eyeprentice.synth.cast.layers import take_apart
from eyeprentice.synth.expressions import sample_pattern
from eyeprentice.synth.face import RELAXED, Lamp, Pose
from eyeprentice.synth.light import lamp_of, sample_light
from eyeprentice.synth.motion import INSTANTS, sample_motion
from eyeprentice.synth.people import DRAWN, open_people, random_numbers
from eyeprentice.synth.variety import VARIETIES
from eyeprentice.words.vocabulary import EMOTIONS, EYE_IN_CROP, LIGHTINGS

POSES = 12
"""Pictures of a person, spread over a video of `FRAMES` frames."""
FRAMES = 60
VARIETY_NAMES = ("see", "see", "wild", "wild", "wild", "corpus")
"""Varieties, as often as people are drawn from each."""
KEY = 1_000_007
"""Of the random numbers of a person's pictures."""
REENACTED = 4
"""Pictures of each face of a cast: shut, closing, and two expressions."""
CROP = 128
"""Pixels of a re-enacted eye's region before it is put back into its face."""
LAMP = Lamp((0.0, -0.2, 1.0), 0.6)


def simulate_closeups(people: range, seed: int, jobs: int, kind: str = DRAWN) -> Iterator[Closeups]:
    """`POSES` pictures of each of the people with these numbers, drawn or of a cast, person after person."""
    task, title = partial(closeups_of, seed=seed, kind=kind), "simulating eyes" if kind == DRAWN else "re-enacting"
    return in_processes(task, people, title, jobs, set_up=cv2.setNumThreads, given=(1,), or_here=True)


def closeups_of(subject: int, seed: int, kind: str = DRAWN) -> Closeups:
    """One person at several moments of a video, under one light; a third of the moments are moved into a blink."""
    rng = random_numbers(seed, subject, KEY)
    variety = VARIETIES[VARIETY_NAMES[rng.integers(len(VARIETY_NAMES))]]
    person = open_people(kind, seed, variety).person(subject)
    face = person.face(CLOSEUP)
    camera = place_camera(face.eye, CLOSEUP, variety, rng)
    light = sample_light(LIGHTINGS[rng.integers(len(LIGHTINGS))], rng)
    lamp = lamp_of(light, rng)
    motion = sample_motion(EMOTIONS[rng.integers(len(EMOTIONS))], FRAMES, person.mobility, rng)
    poses = [motion.pose(INSTANTS * int(frame)) for frame in rng.choice(FRAMES, POSES, replace=False)]
    poses = [pose._replace(blink=rng.uniform(0.2, 1.0)) if rng.random() < 0.33 else pose for pose in poses]
    poses = [pose._replace(blink=1.0) if pose.blink > 0.85 else pose for pose in poses]
    radiance = np.stack([look(face.render(pose, lamp), camera) for pose in poses])
    frames = photograph(radiance, light, rng, for_display=bool(rng.random() < max(variety.display, 0.3)))
    truth = np.array([eye_in(face.eye, pose, camera, CLOSEUP) for pose in poses], np.float32)
    return Closeups(degrade(frames, variety, rng), *truth.T)


def eye_in(eye: tuple[float, float], pose: Pose, camera: Camera, side: int) -> tuple[float, ...]:
    """x, y, size, tilt, left and openness of a face's eye in a picture of `side` pixels."""
    c, s = np.cos(pose.roll), np.sin(pose.roll)
    unturn = np.array([[c, -s], [s, c]])  # where the picture shows what lies at a place of the face

    def seen(point: NDArray[np.float64]) -> NDArray[np.float64]:
        at = unturn @ (point - 0.5) + 0.5 + np.array(pose.shift)
        x, y, w = camera.view @ [*(at * side - 0.5), 1.0]
        return np.array([x / w, y / w]) + 0.5

    centre, step = np.array(eye), 0.05
    right, down = (seen(centre + step * axis) - seen(centre - step * axis) for axis in np.eye(2))
    spread = np.array([right, down]) / (2 * step)
    left = right[0] < 0
    along = -right if left else right
    x, y = seen(centre)
    size = np.sqrt(abs(np.linalg.det(spread)))
    return x, y, size, float(np.arctan2(along[1], along[0])), float(left), 1 - pose.closure


def sample_poses(rng: np.random.Generator) -> list[Pose]:
    """Shut, closing, and twice with an expression."""
    poses = [Pose(RELAXED.units, 1.0), Pose(RELAXED.units, float(rng.uniform(0.3, 0.85)))]
    for _ in range(REENACTED - 2):
        units = np.clip(sample_pattern(EMOTIONS[rng.integers(len(EMOTIONS))], rng) * rng.uniform(0.5, 1.1), 0, 1)
        blink = float(rng.uniform(0, 0.5) * (rng.random() < 0.4))
        poses.append(Pose(units, blink, (rng.normal(0, 0.3), rng.normal(0, 0.3))))
    return poses


def reenact(
    portrait: NDArray[np.uint8], eyes: NDArray[np.float64], cast: Cast, number: int, poses: Sequence[Pose]
) -> list[NDArray[np.uint8]]:
    """The portrait (H, W) with both eyes in each of the poses."""
    pictures = [portrait.astype(np.float32) for _ in poses]
    for left, region in enumerate(cast.read(number)):
        face = ReenactedFace(region, take_apart(region, CROP, 0.5), CROP, 0.6, 1.0, number)
        matrix = _from_crop(eyes, bool(left))
        inverse = cv2.invertAffineTransform(matrix)
        true = cv2.warpAffine(portrait, inverse, (CROP, CROP), flags=cv2.INTER_LINEAR).astype(np.float32)
        gain, base = np.polyfit(face.render(RELAXED, LAMP).ravel(), true.ravel(), 1)  # radiance -> this portrait's grey
        size = portrait.shape[::-1]
        share = cv2.warpAffine(_feather(), matrix, size)
        for picture, pose in zip(pictures, poses, strict=True):
            crop = (gain * face.render(pose, LAMP) + base).astype(np.float32)
            pasted = cv2.warpAffine(crop, matrix, size)
            picture += share * (pasted - picture)
    return [np.clip(picture, 0, 255).astype(np.uint8) for picture in pictures]


def _from_crop(eyes: NDArray[np.float64], left: bool) -> NDArray[np.float64]:
    """From pixels of an eye's crop, a left one's mirrored, to pixels of the portrait: (2, 3)."""
    along = eyes[1] - eyes[0]
    turn = np.array([[along[0], -along[1]], [along[1], along[0]]]) / CROP
    if left:
        turn = turn @ np.diag([-1.0, 1.0])
    move = eyes[int(left)] - turn @ (np.array(EYE_IN_CROP) * CROP)
    return np.column_stack([turn, move + turn @ [0.5, 0.5] - 0.5])


def _feather() -> NDArray[np.float32]:
    """How much of a crop is put back: all of it in the middle, nothing at its border."""
    at = np.abs(np.linspace(-1, 1, CROP, dtype=np.float32))
    falls = np.clip((0.97 - at) / 0.25, 0, 1)
    return np.ascontiguousarray(falls[None] * falls[:, None])
