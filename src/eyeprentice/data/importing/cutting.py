"""One source -> one sequence: its frames 30 a second, the eye cut out, and an event frame for each.

A source is decoded twice, frame by frame: once to see how long it is and where the eye lies, once to cut. What is held
are the cut frames of at most `LONGEST_SECONDS`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.importing.sources import Source
from eyeprentice.eye.looking import EyeFinder
from eyeprentice.eye.path import Course, course
from eyeprentice.eye.region import Place, Region
from eyeprentice.eye.tracking import Sight, Tracker
from eyeprentice.sources.events.packets import Events, make_events
from eyeprentice.sources.events.recording import open_recording
from eyeprentice.sources.events.representation import REPRESENTATIONS, frame_borders
from eyeprentice.sources.events.simulate import DVS, Timed, simulate_events
from eyeprentice.sources.frames import FrameSource, open_frames
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import FRAME_RATE_HZ

LONGEST_SECONDS = 20
"""Of a sequence: what is longer is one video of many emotions, and has to be cut first."""
EARLY = 0.25
"""Of an interval: so much later than its moment a frame may have been taken."""
ALIKE, THUMB, DARK = 0.9, 10, 3.0
"""Median correlation of neighbouring pictures, as thumbnails, from which on a folder is one clip; and the deviation of
grey levels below which noise hides that. Frames of a clip have 0.95 and more, aligned portraits of many people 0.89."""


@dataclass(frozen=True)
class Settings:
    """How sequences are cut."""

    eye: Region = Region("full")  # noqa: RUF009  frozen
    """Of one eye: not `both`."""
    size: int = 128
    seed: int = 0
    rate_hz: float | None = None
    """Of sources whose files do not state it correctly."""
    representation: str = "event-frame"


@dataclass(frozen=True)
class Cut:
    """What was cut out of a source."""

    frames: NDArray[np.uint8]  # (T, S, S)
    events: NDArray[np.uint8]  # (T, S, S)
    course: Course
    rate_hz: float
    """Of the source, in fact."""
    rate_assumed: bool
    recorded: bool
    """Whether the events were."""


@dataclass(frozen=True)
class _Survey:
    times_us: NDArray[np.int64]
    shape: tuple[int, int]
    sights: list[Sight | None]


def cut(source: Source, settings: Settings, rng: np.random.Generator) -> Cut:
    """Raises `InputError` for a source that is no single clip of one eye."""
    frames = open_frames(source.path, rate_hz=settings.rate_hz)
    seen = _survey(frames, settings.eye)
    moments, numbers = at_frame_rate(seen.times_us)
    if settings.eye.sides:
        followed = course(seen.sights, seen.times_us, moments, seen.shape)
        if followed is None:
            raise InputError(
                source.path, "no eye was found", "give the eye's place with --eye x,y,w,h, or use --eye full"
            )
        found = followed
    else:
        place = settings.eye.fixed(seen.shape, source.path)
        found = Course((place,) * len(moments), "full" if settings.eye.kind == "full" else "box", 1.0)
    crops: list[NDArray[np.uint8]] = []
    cropped = _crop(frames, numbers, found.places, settings.size, crops)
    size = (settings.size, settings.size)
    represent, borders = REPRESENTATIONS[settings.representation], frame_borders(moments)
    if frames.kind == "recording":
        for _ in cropped:
            pass
        recorded = open_recording(source.path).events()
        packets = crop_events(recorded, moments, found.places, settings.size)
    else:
        packets = simulate_events(cropped, DVS(), rng)
    events = np.stack(list(represent(packets, borders, *size)))
    for _ in cropped:  # whatever the events did not need
        pass
    span_s = 1e-6 * float(seen.times_us[-1] - seen.times_us[0])
    rate = (len(seen.times_us) - 1) / span_s
    return Cut(np.stack(crops), events, found, rate, frames.rate_from == "assumed", frames.kind == "recording")


def at_frame_rate(times_us: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Moments 30 a second (µs), and for each the number of the latest frame that had been taken.

    Of more frames a second some are left out; of fewer, some stand for several moments.
    """
    interval = 1e6 / FRAME_RATE_HZ
    count = int((times_us[-1] - times_us[0]) / interval + EARLY) + 1
    moments = times_us[0] + np.round(interval * np.arange(count)).astype(np.int64)
    numbers = np.searchsorted(times_us, moments + EARLY * interval, side="right") - 1
    fresh = np.diff(numbers, prepend=-1) > 0
    taken = times_us[numbers]
    near = fresh & (np.abs(taken - moments) <= EARLY * interval)  # there, a frame's own time is its moment
    return np.where(near, taken, moments), numbers


def crop_events(
    packets: Iterator[Events], moments: NDArray[np.int64], places: tuple[Place, ...], size: int
) -> Iterator[Events]:
    """Recorded events, moved into the crop of the frame that follows them; those outside are left out."""
    matrices = np.stack([place.matrix(size) for place in places])
    for events in packets:
        number = np.clip(np.searchsorted(moments, events["t_us"], side="right"), 0, len(moments) - 1)
        at = np.stack([events["x"], events["y"], np.ones(len(events))], axis=1).astype(np.float64)
        x, y = np.round(np.einsum("nij,nj->in", matrices[number], at)).astype(np.int64)
        inside = (x >= 0) & (x < size) & (y >= 0) & (y < size)
        yield make_events(events["t_us"][inside], x[inside], y[inside], events["polarity"][inside])


def _survey(source: FrameSource, region: Region) -> _Survey:
    """The first time through: times, size, and where the eye is seen."""
    tracker = Tracker(EyeFinder(), source.rate_hz, region.sides[0]) if region.sides else None
    times: list[int] = []
    sights: list[Sight | None] = []
    thumbs: list[NDArray[np.float32]] = []
    shape = (0, 0)
    for t_us, image in source:
        if not times:
            shape = (image.shape[0], image.shape[1])
        elif t_us <= times[-1]:
            raise InputError(source.name, f"its time runs backwards at frame {len(times)}", "record or encode it again")
        if image.shape != shape:
            raise InputError(source.name, "its pictures differ in size", "give pictures of one size")
        times.append(t_us)
        if t_us - times[0] > LONGEST_SECONDS * 1_000_000:
            raise InputError(
                source.name, f"is longer than {LONGEST_SECONDS} s", "cut it into clips of one emotion each"
            )
        if tracker is not None:
            sights.append(tracker.step(image))
        if source.kind == "pictures" and source.rate_from == "assumed":
            thumbs.append(cv2.resize(image, (THUMB, THUMB), interpolation=cv2.INTER_AREA).astype(np.float32))
    if len(times) < 2:
        raise InputError(source.name, "has fewer than two frames", "give a video, or the pictures of one clip")
    if len(thumbs) > 1 and not _resemble(np.stack(thumbs)):
        what = "its neighbouring pictures show different things, so they are not the frames of one clip"
        todo = "give each clip a folder of its own; if this is one clip, name its frame rate with --rate"
        raise InputError(source.name, what, todo)
    return _Survey(np.array(times, np.int64), shape, sights)


def _resemble(thumbs: NDArray[np.float32]) -> bool:
    """Whether neighbouring thumbnails (T, N, N) show the same thing."""
    flat = thumbs.reshape(len(thumbs), -1)
    deviation = flat.std(1, keepdims=True)
    if float(np.median(deviation)) < DARK:
        return True
    normal = (flat - flat.mean(1, keepdims=True)) / np.maximum(deviation, 1e-6)
    return float(np.median((normal[1:] * normal[:-1]).mean(1))) >= ALIKE


def _crop(
    source: FrameSource,
    numbers: NDArray[np.int64],
    places: tuple[Place, ...],
    size: int,
    crops: list[NDArray[np.uint8]],
) -> Iterator[Timed]:
    """The second time through: the chosen frames, cut, at their own times; `crops` is given one for each moment."""
    for number, (t_us, image) in enumerate(source):
        chosen = slice(*np.searchsorted(numbers, [number, number + 1]))
        cut_out = [place.cut(image, size) for place in places[chosen]]
        crops += cut_out
        if cut_out:
            yield t_us, cut_out[0].astype(np.float32) / 255
