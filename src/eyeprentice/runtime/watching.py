"""From a source to readings: its frames, the eye in them, what is believed. `read` is the one call for all of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.detector import Detector, HaarDetector
from eyeprentice.eye.region import Place, Region
from eyeprentice.eye.tracking import SEARCH_S, Follower, Manner
from eyeprentice.frames import Colour, FrameSource, array_frames, open_frames
from eyeprentice.runtime.recognizer import CERTAIN, Reading, Recognizer
from eyeprentice.vocabulary import FRAME_RATE_HZ

LOOK_BACK_S = 1.0
"""So many frames of a file are kept until an eye is found, and then read after all if they show it too."""


@dataclass(frozen=True)
class Moment:
    """A frame, the eye in it, and what is believed after it."""

    frame: int
    """Its number in the source, from 0."""
    time_s: float
    image: NDArray[np.uint8]  # (H, W)
    place: Place | None
    """What shows the eye; None where there is none."""
    manner: Manner | None
    """How that was chosen."""
    eye: NDArray[np.uint8] | None  # (S, S), what the recognizer was given
    reading: Reading | None


def read(
    source: str | PathLike[str] | int | Iterable[NDArray[np.uint8]],
    *,
    eye: str = "auto",
    model: str | PathLike[str] | None = None,
    rate_hz: float | None = None,
    certain: float = CERTAIN,
    mirror: bool = False,
    colour: Colour = "rgb",
    raw: str | None = None,
) -> Iterator[Reading]:
    """Readings of all frames that show an eye, one by one as they are asked for, in constant memory.

    Args:
        source: a video, a folder of pictures, a picture or a recording; a camera's number; `-` for standard input; or
            frames, uint8, (H, W) or (H, W, 3)
        eye: `auto` follows the eye of a face, or takes the picture whole if that is itself an eye; `full`; or `x,y,w,h`
        model: a file that `eyeprentice export` wrote; by default the one that comes with the package
        rate_hz: frame rate, if the source does not state it correctly; 30 for frames
        certain: probability from which on an answer counts as certain
        mirror: whether the source shows a left eye (`auto` sees that itself where it sees the face)
        colour: order of the channels of frames (H, W, 3): rgb, or bgr as OpenCV has it
        raw: size of raw frames on standard input, as `640x480`

    Frames without an eye have no reading: `reading.frame` and `reading.time_s` tell which were left out, and `watch`
    gives all of them. Raises `InputError` (a `ModelError` for the model) for what cannot be used, before the first
    frame is read wherever that can be known.
    """
    if isinstance(source, str | PathLike):
        frames = open_frames(source if isinstance(source, str) else Path(source), raw, rate_hz)
    elif isinstance(source, int | np.integer):
        frames = open_frames(int(source), raw, rate_hz)
    else:
        frames = array_frames(source, rate_hz or FRAME_RATE_HZ, colour)
    recognizer = Recognizer(model, rate_hz=frames.rate_hz, certain=certain, mirror=mirror)
    moments = watch(frames, recognizer, Region.parse(eye))
    return (moment.reading for moment in moments if moment.reading is not None)


def watch(
    source: FrameSource, recognizer: Recognizer, region: Region, detector: Detector | None = None
) -> Iterator[Moment]:
    """Every frame of a source, with or without an eye. When an eye is lost, what was believed of it is forgotten."""
    seen = False
    for number, (t_us, image, place, manner) in enumerate(_placed(source, region, detector)):
        if place is None:
            if seen:
                recognizer.reset()
            seen = False
            yield Moment(number, 1e-6 * t_us, image, None, None, None, None)
            continue
        cut, seen = place.cut(image, recognizer.model.size), True
        reading = replace(recognizer.step(cut), frame=number, time_s=1e-6 * t_us)
        yield Moment(number, 1e-6 * t_us, image, place, manner, cut, reading)


def _placed(
    source: FrameSource, region: Region, detector: Detector | None
) -> Iterator[tuple[int, NDArray[np.uint8], Place | None, Manner | None]]:
    if region.kind != "auto":
        for t_us, image in source:
            yield t_us, image, region.fixed((image.shape[0], image.shape[1]), source.name), region.kind
        return
    follower = Follower(detector or HaarDetector(), source.rate_hz)
    waiting: list[tuple[int, NDArray[np.uint8]]] = []
    most = 0 if source.is_live else round(LOOK_BACK_S * source.rate_hz)
    count = 0

    def answered(frames: list[Any]) -> Iterator[tuple[int, NDArray[np.uint8], Place | None, Manner | None]]:
        for t_us, image in frames:
            alike = follower.shows_the_same(image)
            yield t_us, image, follower.place if alike else None, follower.manner if alike else None

    for t_us, image in source:
        count += 1
        if follower.step(image) is None:
            waiting.append((t_us, image))
            while len(waiting) > most:
                yield *waiting.pop(0), None, None
            continue
        yield from answered(waiting)
        waiting = []
        yield t_us, image, follower.place, follower.manner
    if waiting and count <= max(1, 2 * SEARCH_S * source.rate_hz):  # too few frames for looks that agree
        follower.step(waiting[-1][1], last=True)
    yield from answered(waiting)
