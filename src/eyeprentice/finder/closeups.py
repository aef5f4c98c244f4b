"""Pictures of one eye as a headset's camera takes them, simulated, with what is true of each."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.synth.camera import Camera, degrade, look, photograph, place_camera
from eyeprentice.synth.face import Pose
from eyeprentice.synth.light import lamp_of, sample_light
from eyeprentice.synth.motion import INSTANTS, sample_motion
from eyeprentice.synth.people import DRAWN, open_people, random_numbers
from eyeprentice.synth.variety import VARIETIES
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

SIDE = 96
"""Pixels."""
POSES = 12
"""Pictures of a person, spread over a video of `FRAMES` frames."""
FRAMES = 60
KINDS = ("see", "see", "wild", "wild", "wild", "corpus")
"""Varieties, as often as people are drawn from each."""
CLOSEUP = 1_000_007
"""Key of the random numbers of a person's pictures."""


@dataclass(frozen=True)
class Closeups:
    """N pictures of one eye each; positions in pixels from the upper left corner, angles in radians."""

    pictures: NDArray[np.uint8]  # (N, S, S)
    x: NDArray[np.float32]  # (N,)
    y: NDArray[np.float32]
    size: NDArray[np.float32]
    """Distance between the eyes, which is the side of a straight crop."""
    tilt: NDArray[np.float32]
    left: NDArray[np.float32]
    """1 for a left eye, 0 for a right one."""
    openness: NDArray[np.float32]
    """1 as open as in a relaxed face, 0 closed."""

    def __len__(self) -> int:
        return len(self.pictures)


def joined(parts: list[Closeups]) -> Closeups:
    return Closeups(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Closeups)))


def simulate_closeups(people: range, seed: int, jobs: int, kind: str = DRAWN) -> Iterator[Closeups]:
    """`POSES` pictures of each of the people with these numbers, drawn or of a cast, person after person."""
    task = partial(closeups_of, seed=seed, kind=kind)
    if jobs == 1:
        yield from map(task, people)
        return
    with ProcessPoolExecutor(
        jobs, multiprocessing.get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,)
    ) as pool:
        yield from pool.map(task, people, chunksize=4)


def closeups_of(subject: int, seed: int, kind: str = DRAWN) -> Closeups:
    """One person at several moments of a video, under one light; a third of the moments are moved into a blink."""
    rng = random_numbers(seed, subject, CLOSEUP)
    variety = VARIETIES[KINDS[rng.integers(len(KINDS))]]
    person = open_people(kind, seed, variety).person(subject)
    face = person.face(SIDE)
    camera = place_camera(face.eye, SIDE, variety, rng)
    light = sample_light(LIGHTINGS[rng.integers(len(LIGHTINGS))], rng)
    lamp = lamp_of(light, rng)
    motion = sample_motion(EMOTIONS[rng.integers(len(EMOTIONS))], FRAMES, person.mobility, rng)
    poses = [motion.pose(INSTANTS * int(frame)) for frame in rng.choice(FRAMES, POSES, replace=False)]
    poses = [pose._replace(blink=rng.uniform(0.2, 1.0)) if rng.random() < 0.33 else pose for pose in poses]
    poses = [pose._replace(blink=1.0) if pose.blink > 0.85 else pose for pose in poses]
    radiance = np.stack([look(face.render(pose, lamp), camera) for pose in poses])
    frames = photograph(radiance, light, rng, for_display=bool(rng.random() < max(variety.display, 0.3)))
    truth = np.array([eye_in(face.eye, pose, camera, SIDE) for pose in poses], np.float32)
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
