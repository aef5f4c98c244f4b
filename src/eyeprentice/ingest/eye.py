"""Finding one eye in a video and cutting it out as a headset would see it: always at the same place and size."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.errors import InputError

Frames = Sequence[NDArray[np.uint8]]

EYE_TO_CROP = 2.2
"""Side of the crop, brow included, in widths of what the eye detector boxes."""
CROP_ABOVE = 0.08
"""How far above the eye's centre the crop's centre lies, in sides of the crop."""
LOOK_EVERY = 3
"""Frames from one detection to the next; between them the eye is interpolated."""
SMOOTH_FRAMES = 9
LEAST_SHARE = 0.15
"""Share of the looks that must find an eye."""


@dataclass(frozen=True)
class Region:
    """Where to look: `auto` finds and follows the eye, `full` takes the whole picture, `box` a fixed part of it."""

    kind: Literal["auto", "full", "box"] = "auto"
    box: tuple[int, int, int, int] = (0, 0, 0, 0)  # x, y, width, height

    @classmethod
    def parse(cls, text: str) -> "Region":
        """Reads `auto`, `full` or `x,y,w,h`; raises `InputError`."""
        if text in ("auto", "full"):
            return cls("auto" if text == "auto" else "full")
        if not re.fullmatch(r"\d+,\d+,[1-9]\d*,[1-9]\d*", text):
            raise InputError("eye", f"'{text}' is no place for an eye", "write auto, full or x,y,w,h in pixels")
        x, y, width, height = map(int, text.split(","))
        return cls("box", (x, y, width, height))


@dataclass(frozen=True)
class Track:
    """Where the crop lies in each of T frames."""

    centres: NDArray[np.float64]  # (T, 2) x, y
    width: float
    height: float
    mirrored: bool
    """Whether it is a left eye, to be mirrored into a right one."""
    found: float
    """Share of the looks that found the eye, 0..1."""


def locate(frames: Frames, region: Region, where: object) -> Track:
    """Where the eye is in every frame; raises `InputError`, naming `where`, if there is none."""
    height, width = frames[0].shape
    if region.kind == "auto":
        return _follow(frames, where)
    x, y, w, h = (0, 0, width, height) if region.kind == "full" else region.box
    if x + w > width or y + h > height:
        raise InputError(str(where), f"{x},{y},{w},{h} lies outside its {width}x{height} pixels", "choose another box")
    return Track(np.tile([x + w / 2, y + h / 2], (len(frames), 1)), w, h, False, 1.0)


def crop(frame: NDArray[np.uint8], track: Track, number: int, size: int) -> NDArray[np.uint8]:
    """Frame `number`'s crop as (size, size); what lies beyond the picture is filled with its border."""
    affine = crop_matrix(track, number, size)
    shrinks = max(track.width, track.height) > 1.5 * size
    if shrinks:  # an affine warp does not average: soften first
        frame = cv2.GaussianBlur(frame, (0, 0), 0.4 * max(track.width, track.height) / size).astype(np.uint8)
    cut = cv2.warpAffine(frame, affine, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cut.astype(np.uint8, copy=False)


def crop_matrix(track: Track, number: int, size: int) -> NDArray[np.float64]:
    """From pixels of the frame to pixels of its crop, (2, 3)."""
    (x, y), kx, ky = track.centres[number], size / track.width, size / track.height
    sign = -1 if track.mirrored else 1
    half = (size - 1) / 2
    return np.array([[sign * kx, 0, half - sign * kx * (x - 0.5)], [0, ky, half - ky * (y - 0.5)]])


def _follow(frames: Frames, where: object) -> Track:
    detector = Detector()
    looks = list(range(0, len(frames), LOOK_EVERY))
    seen = [(number, eye) for number in looks if (eye := detector.find(frames[number])) is not None]
    share = len(seen) / len(looks)
    if not seen or share < LEAST_SHARE:
        raise InputError(
            str(where), f"no eye found in {100 - 100 * share:.0f} % of it", "name its place with --eye x,y,w,h"
        )
    left = np.median([eye[3] for _, eye in seen]) > 0.5
    same = [(number, eye) for number, eye in seen if bool(eye[3]) == bool(left)]
    side = EYE_TO_CROP * float(np.median([eye[2] for _, eye in same]))
    places = np.array([eye[:2] for _, eye in same])
    middle = np.median(places, axis=0)
    near = np.linalg.norm(places - _median_filtered(places), axis=1) < 0.25 * side  # a jump is another thing's box
    numbers, places = np.array([number for number, _ in same])[near], places[near]
    if not len(numbers):
        numbers, places = np.array([0]), middle[None]
    course = np.stack([np.interp(np.arange(len(frames)), numbers, places[:, axis]) for axis in (0, 1)], axis=1)
    course = np.stack([_smoothed(course[:, axis]) for axis in (0, 1)], axis=1)
    course[:, 1] -= CROP_ABOVE * side
    return Track(course, side, side, bool(left), share)


class Detector:
    """OpenCV's Haar cascades: an eye within a face if there is one, else an eye anywhere."""

    def __init__(self) -> None:
        folder = str(Path(cv2.__file__).parent / "data") + "/"
        self.face = cv2.CascadeClassifier(folder + "haarcascade_frontalface_default.xml")
        self.eye = cv2.CascadeClassifier(folder + "haarcascade_eye.xml")
        self.evener = cv2.createCLAHE(3.0, (8, 8))

    def find(self, frame: NDArray[np.uint8]) -> tuple[float, float, float, bool] | None:
        """Centre, width, and whether it is the left eye; a right eye is preferred."""
        scale = min(1.0, 480 / max(frame.shape))
        small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else frame
        even = self.evener.apply(small)
        faces = self.face.detectMultiScale(even, 1.15, 5, minSize=(90, 90))
        if len(faces):
            x, y, w, h = max(faces, key=lambda face: face[2])
            upper = even[y : y + int(0.62 * h), x : x + w]
            eyes = [(ex + x, ey + y, ew, eh) for ex, ey, ew, eh in self._eyes(upper, int(0.12 * w))]
            for is_left in (False, True):  # a right eye is on the image's left
                side = [e for e in eyes if (e[0] + e[2] / 2 > x + w / 2) == is_left]
                if side:
                    return self._scaled(max(side, key=lambda e: e[2]), scale, is_left)
        eyes = self._eyes(even, 20)
        return self._scaled(max(eyes, key=lambda e: e[2]), scale, False) if eyes else None

    def _eyes(self, image: Any, least: int) -> list[Any]:
        return list(self.eye.detectMultiScale(image, 1.1, 4, minSize=(least, least)))

    def _scaled(self, eye: Any, scale: float, is_left: bool) -> tuple[float, float, float, bool]:
        x, y, w, h = (float(value) / scale for value in eye)
        return x + w / 2, y + h / 2, w, is_left


def _median_filtered(places: NDArray[np.float64], half: int = 2) -> NDArray[np.float64]:
    padded = np.pad(places, ((half, half), (0, 0)), mode="edge")
    return np.stack([np.median(padded[i : i + 2 * half + 1], axis=0) for i in range(len(places))])


def _smoothed(course: NDArray[np.float64]) -> NDArray[np.float64]:
    half = SMOOTH_FRAMES // 2
    kernel = np.hanning(SMOOTH_FRAMES + 2)[1:-1]
    return np.convolve(np.pad(course, half, mode="edge"), kernel / kernel.sum(), mode="valid")
