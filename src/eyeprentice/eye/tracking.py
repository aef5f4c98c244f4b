"""The eye in a stream of pictures: what is seen decides how it is cut out, and an eye that is lost is looked for again.

Two ways through one set of rules: `Follower` frame by frame, and `course` for a whole video, smoothed from both sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.detector import CROP_ABOVE, Detection, Detector
from eyeprentice.eye.region import Place, whole

Manner = Literal["followed", "full", "box"]
"""How the eye is cut out: at its place in the picture, as the whole picture, or as a fixed part of it."""

LOOK_S = 1 / 3
"""From one look for the eye to the next, while it is where it was."""
SEARCH_S = 0.1
"""The same, while it is not."""
GRACE_S = 0.2
"""So long a picture that looks otherwise may be a hand or a shadow; after that the eye is lost."""
UNSEEN_S = 3.0
"""So long eyes may stay closed, which a detector does not find; after that the eye is lost."""
NEAR = 0.5
"""Of the crop's side: what is found farther away is another thing."""
FOLLOW = 0.3
"""How far the crop moves towards what a look finds: a headset's view does not jitter either."""
LAG = 0.2
"""Of the crop's side: how far behind the crop may stay."""
LIKE = 0.5
"""Correlation from which on a crop shows what it showed before."""
FAINTEST = 0.7
"""Deviation of a crop's grey levels below which it shows nothing."""
LEAST_SHARE = 0.15
"""Share of the looks that must find an eye in a whole video."""
SMOOTH_FRAMES = 9
PATCH = 24


@dataclass(frozen=True)
class Look:
    """What one look saw: an eye in a part of the picture, or that the picture is an eye."""

    found: Detection | None
    fills: bool


def look(detector: Detector, frame: NDArray[np.uint8]) -> Look:
    """Looks for a face's eye first; what has none may be an eye itself."""
    found = detector.find(frame)
    return Look(found, not (found is not None and found.in_face) and detector.fills(frame))


def chosen(looks: Sequence[Look], least: float) -> Manner | None:
    """What the looks are evidence of, if at least `least` of them agree: a face's eye, an eye as picture, an eye."""
    faces = sum(seen.found is not None and seen.found.in_face for seen in looks)
    filled = sum(seen.fills for seen in looks)
    parts = sum(seen.found is not None for seen in looks)
    if faces >= max(least, filled):
        return "followed"
    if filled >= least:
        return "full"
    return "followed" if parts >= least else None


class Follower:
    """The eye's place in frame after frame; None where there is none.

    It is found where looks agree, checked in every frame by what the crop shows, and looked for again once that is
    something else, or once the eye was not seen for long.
    """

    def __init__(self, detector: Detector, rate_hz: float) -> None:
        self.detector, self.rate_hz = detector, rate_hz
        self.place: Place | None = None
        self.manner: Manner | None = None
        self._looks: list[Look] = []  # while searching: those of the last second
        self._candidate: Detection | None = None  # an eye elsewhere than where it is held to be
        self._patch: NDArray[np.float32] | None = None
        self._since_look = self._since_like = self._since_seen = self._frames(UNSEEN_S)

    def step(self, frame: NDArray[np.uint8], last: bool = False) -> Place | None:
        """A grey frame (H, W) -> the eye's place; with the `last` frame of a source, one look is enough."""
        alike = self.place is not None and self.shows_the_same(frame)
        self._since_like = 0 if alike else self._since_like + 1
        self._since_seen += 1
        self._since_look += 1
        if self.place is None:
            if last or self._since_look >= self._frames(SEARCH_S):
                self._search(frame, last)
            return self.place
        if self.manner == "full" and alike:
            self._patch = _patch(self.place, frame)  # light and expression change slowly
            return self.place
        settled = alike and self._candidate is None
        if self._since_look >= self._frames(LOOK_S if settled else SEARCH_S):
            self._check(frame, alike)
        if self._since_like > self._frames(GRACE_S) or (
            self.manner == "followed" and self._since_seen > self._frames(UNSEEN_S)
        ):
            self._lose()
        return self.place

    def shows_the_same(self, frame: NDArray[np.uint8]) -> bool:
        """Whether the crop of a frame shows what it showed when the eye was last seen."""
        if self.place is None or self._patch is None:
            return False
        return float((self._patch * _patch(self.place, frame)).mean()) >= LIKE

    def _search(self, frame: NDArray[np.uint8], last: bool) -> None:
        self._since_look = 0
        self._looks = [*self._looks[-9:], look(self.detector, frame)]
        manner = chosen(self._looks, 1 if last else 2)
        if manner == "full":
            self._settle(whole(frame.shape), manner, frame)
        elif manner == "followed" and (found := self._looks[-1].found) is not None:
            before = [seen.found for seen in self._looks[:-1] if seen.found is not None]
            if last or any(_near(found, other.place) for other in before):
                self._settle(found.place, manner, frame)

    def _check(self, frame: NDArray[np.uint8], alike: bool) -> None:
        """Looks whether the eye is where it is held to be."""
        assert self.place is not None
        self._since_look = 0
        if self.manner == "full":
            if look(self.detector, frame).fills:
                self._settle(self.place, "full", frame)
            return
        found = self.detector.find(frame)
        if found is not None and _near(found, self.place):
            self._settle(_between(self.place, found.place), "followed", frame)
        elif found is not None and self._candidate is not None and _near(found, self._candidate.place):
            self._settle(found.place, "followed", frame)
        else:
            self._candidate = found

    def _settle(self, place: Place, manner: Manner, frame: NDArray[np.uint8]) -> None:
        self.place, self.manner, self._patch = place, manner, _patch(place, frame)
        self._candidate, self._looks, self._since_like, self._since_seen = None, [], 0, 0

    def _lose(self) -> None:
        self.place = self.manner = self._candidate = self._patch = None
        self._looks = []

    def _frames(self, seconds: float) -> int:
        return max(1, round(seconds * self.rate_hz))


@dataclass(frozen=True)
class Course:
    """Where the eye lies in each of T frames of a whole video."""

    places: tuple[Place, ...]
    manner: Manner
    found: float
    """Share of the looks that found the eye, 0..1."""


def course(looks: Sequence[tuple[int, Look]], times_us: NDArray[np.int64], shape: tuple[int, int]) -> Course | None:
    """From looks at some moments (µs, what was seen) to the place at all `times_us` (T,); None if there is no eye.

    Between looks the place is interpolated, what lies apart is left out, and the rest is smoothed over nine frames.
    """
    manner = chosen([seen for _, seen in looks], max(1.0, LEAST_SHARE * len(looks)))
    if manner is None:
        return None
    if manner == "full":
        return Course((whole(shape),) * len(times_us), manner, sum(seen.fills for _, seen in looks) / len(looks))
    eyes = [(t, seen.found) for t, seen in looks if seen.found is not None]
    if any(eye.in_face for _, eye in eyes):
        eyes = [(t, eye) for t, eye in eyes if eye.in_face]
    share = len(eyes) / len(looks)
    is_left = float(np.median([eye.is_left for _, eye in eyes])) > 0.5
    eyes = [(t, eye) for t, eye in eyes if eye.is_left == is_left]
    side = float(np.median([eye.place.width for _, eye in eyes]))
    points = np.array([[eye.x, eye.y - CROP_ABOVE * side] for _, eye in eyes])
    near = np.linalg.norm(points - _median_filtered(points), axis=1) < 0.25 * side  # a jump is another thing's box
    if not near.any():
        points[:], near[0] = np.median(points, axis=0), True
    seen_us = np.array([t for t, _ in eyes])[near]
    line = [_smoothed(np.interp(times_us, seen_us, points[near][:, axis])) for axis in (0, 1)]
    places = tuple(Place(float(x), float(y), side, side, is_left) for x, y in zip(*line, strict=True))
    return Course(places, manner, share)


def _near(found: Detection, place: Place) -> bool:
    apart = np.hypot(found.place.x - place.x, found.place.y - place.y)
    return bool(found.is_left == place.mirrored and apart < NEAR * max(found.place.width, place.width))


def _between(held: Place, found: Place) -> Place:
    """Part of the way from one place to the other; never more than `LAG` behind."""
    apart = float(np.hypot(found.x - held.x, found.y - held.y))
    share = max(FOLLOW, 1 - LAG * held.width / max(apart, 1e-9))
    x, y = held.x + share * (found.x - held.x), held.y + share * (found.y - held.y)
    side = held.width + FOLLOW * (found.width - held.width)
    return Place(x, y, side, side, held.mirrored)


def _patch(place: Place, frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What a place shows, small, with mean 0 and deviation 1; all 0 if it shows nothing."""
    patch = place.cut(frame, PATCH).astype(np.float32)
    patch = cv2.GaussianBlur(patch, (0, 0), 1.0).astype(np.float32)
    deviation = float(patch.std())
    return (patch - patch.mean()) / deviation if deviation >= FAINTEST else np.zeros_like(patch)


def _median_filtered(points: NDArray[np.float64], half: int = 2) -> NDArray[np.float64]:
    padded = np.pad(points, ((half, half), (0, 0)), mode="edge")
    return np.stack([np.median(padded[i : i + 2 * half + 1], axis=0) for i in range(len(points))])


def _smoothed(line: NDArray[np.float64]) -> NDArray[np.float64]:
    half = SMOOTH_FRAMES // 2
    kernel = np.hanning(SMOOTH_FRAMES + 2)[1:-1]
    return np.convolve(np.pad(line, half, mode="edge"), kernel / kernel.sum(), mode="valid")
