"""Clips: a source of at most 20 s, its frames 30 a second, cut out, and an image of the events for each.

A source is read twice, frame by frame: once to see how long it is and where the eye lies, once to cut. What is held are
the cut frames. Who remembers enough of the first time (`data.importing.kept`) need not decode it again.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import Events, make_events
from eyeprentice.sources.events.representation import REPRESENTATIONS, frame_borders
from eyeprentice.sources.events.simulate import DVS, simulate_events
from eyeprentice.sources.frames import FrameSource, Grey, Timed
from eyeprentice.sources.likeness import Detail, are_one_clip, detail, likeness
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import FRAME_RATE_HZ

LONGEST_SECONDS = 20
"""Of a clip: what is longer is one video of many emotions, and has to be cut first."""
EARLY = 0.25
"""Of an interval: so much later than its moment a frame may have been taken."""
_ROUNDED = 1e-3
"""Of an interval: more than the rounding of a moment to whole µs."""


class Crop(Protocol):
    """A part of a picture."""

    def cut(self, frame: Grey, size: int) -> Grey:
        """(H, W) -> (size, size)."""

    def matrix(self, size: int) -> NDArray[np.float64]:
        """From pixels of the picture to pixels of what is cut out, (2, 3)."""


class Moments(NamedTuple):
    """When the T frames of a clip are, 30 a second, and which frame of the source is shown at each."""

    times_us: NDArray[np.int64]  # (T,)
    numbers: NDArray[np.int64]  # (T,), counted from 0, never falling


def clip_frames(source: FrameSource) -> Iterator[Timed]:
    """The frames of a source as they are; raises `InputError` at the latest at its end if it is no single clip."""
    times: list[int] = []
    likenesses: list[float] = []
    deviations: list[float] = []
    before: Detail | None = None
    shape: tuple[int, ...] = ()
    for t_us, image in source:
        if times and t_us <= times[-1]:
            raise InputError(source.name, f"its time runs backwards at frame {len(times)}", "record or encode it again")
        times.append(t_us)
        if image.shape != (shape := shape or image.shape):
            raise InputError(source.name, "its pictures differ in size", "give pictures of one size")
        if t_us - times[0] > LONGEST_SECONDS * 1_000_000:
            what = f"is longer than {LONGEST_SECONDS} s"
            raise InputError(source.name, what, "cut it into clips of one emotion each")
        yield t_us, image
        if source.kind == "pictures" and source.rate_from != "an option":
            after = detail(image)
            deviations.append(float(after.std()))
            if before is not None:
                likenesses.append(likeness(before, after))
            before = after
    if len(times) < 2:
        raise InputError(source.name, "has fewer than two frames", "give a video, or the pictures of one clip")
    if likenesses and not are_one_clip(likenesses, deviations):
        what = "its neighbouring pictures show different things, so they are not the frames of one clip"
        todo = "give each clip a folder of its own; if this is one clip, name its frame rate with --rate"
        raise InputError(source.name, what, todo)


def at_frame_rate(times_us: NDArray[np.int64]) -> Moments:
    """Moments 30 a second, and for each the latest frame that had been taken, of frames at `times_us`.

    Of more frames a second some are left out; of fewer, some stand for several moments.
    """
    interval = 1e6 / FRAME_RATE_HZ
    count = int((times_us[-1] - times_us[0]) / interval + EARLY) + 1
    moments = times_us[0] + np.round(interval * np.arange(count)).astype(np.int64)
    numbers = np.searchsorted(times_us, moments + EARLY * interval, side="right") - 1
    fresh = np.diff(numbers, prepend=-1) > 0
    taken = times_us[numbers]
    near = fresh & (np.abs(taken - moments) <= EARLY * interval)  # there, a frame's own time is its moment
    return Moments(np.where(near, taken, moments), numbers)


def is_shown(first_us: int, t_us: int, next_us: int) -> bool:
    """Whether `at_frame_rate` may show a frame of `t_us` at one of its moments, if another one follows at `next_us`.

    `first_us` is the time of the first frame. It says yes rather than no where rounding decides.
    """
    interval = 1e6 / FRAME_RATE_HZ
    passed, after = ((time_us - first_us) / interval - EARLY for time_us in (t_us, next_us))
    return math.ceil(passed - _ROUNDED) <= after + _ROUNDED and after > -_ROUNDED


def cut_clip(
    source: FrameSource,
    moments: Moments,
    crops: Sequence[Crop],
    size: int,
    representation: str,
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What `crops` cut out of the frame at each moment, and an image of the events up to it: (T, size, size) each.

    The events are the recorded ones, if the source has them, or are simulated from what was cut out.
    `representation` is one of `REPRESENTATIONS`.
    """
    images: list[Grey] = []
    cut_out = _cut_frames(source, moments.numbers, crops, size, images)
    if source.events is None:
        packets = simulate_events(cut_out, DVS(), rng)
    else:
        deque(cut_out, maxlen=0)
        packets = crop_events(source.events(), moments.times_us, crops, size)
    represent = REPRESENTATIONS[representation]
    events = np.stack(list(represent(packets, frame_borders(moments.times_us), size, size)))
    deque(cut_out, maxlen=0)  # whatever the events did not need
    return np.stack(images), events


def crop_events(
    packets: Iterator[Events], times_us: NDArray[np.int64], crops: Sequence[Crop], size: int
) -> Iterator[Events]:
    """Recorded events, moved into the crop of the frame that follows them; those outside are left out."""
    matrices = np.stack([crop.matrix(size) for crop in crops])
    for events in packets:
        number = np.clip(np.searchsorted(times_us, events["t_us"], side="right"), 0, len(times_us) - 1)
        at = np.stack([events["x"], events["y"], np.ones(len(events))], axis=1).astype(np.float64)
        x, y = np.round(np.einsum("nij,nj->in", matrices[number], at)).astype(np.int64)
        inside = (x >= 0) & (x < size) & (y >= 0) & (y < size)
        yield make_events(events["t_us"][inside], x[inside], y[inside], events["polarity"][inside])


def _cut_frames(
    source: FrameSource, numbers: NDArray[np.int64], crops: Sequence[Crop], size: int, images: list[Grey]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The chosen frames, cut, at their own times, as intensities; `images` is given one for each moment."""
    for number, (t_us, image) in enumerate(source):
        chosen = slice(*np.searchsorted(numbers, [number, number + 1]))
        cut_out = [crop.cut(image, size) for crop in crops[chosen]]
        images += cut_out
        if cut_out:
            yield t_us, cut_out[0].astype(np.float32) / np.float32(255)
