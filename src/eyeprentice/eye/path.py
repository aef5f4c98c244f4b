"""Where the eye lies in a whole video: measured frame by frame, then held steady from both sides, without lag."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.contract import Grey
from eyeprentice.eye.looking import EyeFinder
from eyeprentice.eye.region import Place, Region, crop_around, whole
from eyeprentice.eye.tracking import Held, Manner, Sight, Tracker
from eyeprentice.sources.clips import Moments, at_frame_rate, clip_frames
from eyeprentice.sources.frames import FrameSource
from eyeprentice.sources.pace import Pace
from eyeprentice.words.errors import InputError

LEAST_SHARE = 0.15
"""Share of the frames that must show an eye in a whole video."""
SETTLED_S = 1.0
"""After which what is held counts fully; before that, the less the fewer frames it knows."""
MARGIN = 2
"""Frames beside the one whose median is taken."""


@dataclass(frozen=True)
class EyePath:
    """Where the eye lies in each of T frames of a whole video."""

    places: tuple[Place, ...]
    manner: Manner
    found: float = 1.0
    """Share of the frames in which the eye was seen, 0..1."""


def find_eye_path(
    source: FrameSource, region: Region, seen: Callable[[int, Grey, Place | None], None] = lambda *_: None
) -> tuple[EyePath, Moments, float]:
    """Looks at a clip once: where its eye is 30 times a second, when that is, and the source's true frame rate.

    `seen` is called with each frame: its time, its picture, and about where it will be cut, if that is known. Raises
    `InputError` if it is no single clip, or if no eye is found.
    """
    tracker = Tracker(EyeFinder(), source.rate_hz, region.sides[0]) if region.sides else None
    times, sights, shape, pace = [], [], (0, 0), Pace(source.rate_hz)
    place: Place | None = None
    for t_us, image in clip_frames(source):
        times.append(t_us)
        shape = (image.shape[0], image.shape[1])
        if tracker is None:
            place = region.fixed(shape, source.name)
        else:
            sights.append(sight := tracker.step(image, pace.ticks(1e-6 * t_us)))
            place = sight.place if sight else place
        seen(t_us, image, place)
    times_us = np.array(times, np.int64)
    moments = at_frame_rate(times_us)
    if place is not None and tracker is None:
        path: EyePath | None = EyePath((place,) * len(moments.times_us), "full" if region.kind == "full" else "box")
    else:
        path = held_path(sights, times_us, moments.times_us, shape)
    if path is None:
        todo = "give the eye's place with --eye x,y,w,h, or use --eye full"
        raise InputError(source.name, "no eye was found", todo)
    return path, moments, (len(times) - 1) / (1e-6 * (times[-1] - times[0]))


def held_path(
    sights: Sequence[Sight | None], times_us: NDArray[np.int64], moments_us: NDArray[np.int64], shape: tuple[int, int]
) -> EyePath | None:
    """From what each frame showed, at `times_us`, to the eye's place at each of `moments_us`; None if there is no eye.

    What is measured is interpolated between frames; of the two sides and manners the more frequent one is right.
    """
    seen = [(t, sight) for t, sight in zip(times_us.tolist(), sights, strict=True) if sight and sight.eye]
    if len(seen) < max(1.0, LEAST_SHARE * len(sights)):
        return None
    share = len(seen) / len(sights)
    mirrored = 2 * sum(sight.place.mirrored for _, sight in seen) > len(seen)
    if 2 * sum(sight.manner == "full" for _, sight in seen) > len(seen):
        return EyePath((whole(shape, mirrored),) * len(moments_us), "full", share)
    seen = [(t, sight) for t, sight in seen if sight.place.mirrored == mirrored]
    at = np.array([t for t, _ in seen])
    measured = np.array([(sight.eye.x, sight.eye.y, np.log(sight.eye.size)) for _, sight in seen if sight.eye])
    measured = _median_filtered(measured)
    line = np.stack([np.interp(moments_us, at, values) for values in measured.T], axis=1)
    line[:, 2] = np.exp(line[:, 2])
    span_s = 1e-6 * float(moments_us[-1] - moments_us[0])
    held = held_from_both_sides(line, (len(line) - 1) / span_s if span_s > 0 else 30.0)
    return EyePath(tuple(crop_around(x, y, size, mirrored) for x, y, size in held.tolist()), "followed", share)


def held_from_both_sides(line: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    """x, y and size (T, 3) held steady forwards and backwards: where one lags behind, the other is as far ahead."""
    count = len(line)
    forwards, backwards = _held(line, rate_hz), _held(line[::-1], rate_hz)[::-1]
    known = np.arange(1, count + 1)
    weight = np.minimum(np.stack([known, known[::-1]]), max(1, round(SETTLED_S * rate_hz)))[..., None]
    mean: NDArray[np.float64] = (weight * np.stack([forwards, backwards])).sum(0) / weight.sum(0)
    return mean


def _held(line: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    held, places = Held(rate_hz), []
    for x, y, size in line.tolist():
        held.follow(x, y, size)
        places.append((held.x, held.y, held.size))
    return np.array(places)


def _median_filtered(points: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(points, ((MARGIN, MARGIN), (0, 0)), mode="edge")
    return np.stack([np.median(padded[i : i + 2 * MARGIN + 1], axis=0) for i in range(len(points))])
