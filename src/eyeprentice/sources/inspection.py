"""What is in a video, a folder of pictures, a picture or a recording, read to its end: how much, how fast."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.whole import read_bytes
from eyeprentice.sources.events.recording import Recording, open_recording, summarise
from eyeprentice.sources.frames import FrameSource, RateFrom, kind_of, open_frames
from eyeprentice.sources.pace import usual_rate
from eyeprentice.sources.pictures import PICTURES, pictures_in
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

EVEN, EVEN_MS = 0.1, 1.0
"""Frames are even if they come within this share of the usual distance, or within a millisecond, as files count."""
_MS, _ROUND_HZ = 1000, (10, 5, 1)
CHANNELS = {1: "grey", 3: "colour", 4: "colour with transparency"}


@dataclass(frozen=True)
class Pace:
    """How frames follow each other, by their times."""

    rate_hz: float | None
    """Of even frames, and of frames of which some are left out, the mean; else `usual_rate`. None if it is not told."""
    even: bool | None
    gaps_ms: tuple[float, float] | None
    """The shortest and the longest distance."""


@dataclass(frozen=True)
class Inspected:
    """What was found; None is what such a file does not have."""

    kind: str
    frames: int
    events: int
    on_events: int
    width: int
    height: int
    geometry_from: str
    t_first_us: int | None = None
    """Of the first frame or event; None for pictures whose names tell no times."""
    t_last_us: int | None = None
    duration_s: float | None = None
    """To the end of the last frame, if there are frames."""
    frame_rate_hz: float | None = None
    frame_rate_from: RateFrom | None = None
    frames_even: bool | None = None
    frame_gaps_ms: tuple[float, float] | None = None
    events_a_second: float | None = None
    """On average."""
    sizes: tuple[str, ...] = ()
    """Of pictures, each once."""
    depths: tuple[str, ...] = ()
    """Of pictures, each once: `8-bit grey`."""
    levels: tuple[int, int] | None = None
    """Of pictures, the lowest and the highest, as the files have them."""


def inspect_file(path: Path, geometry: tuple[int, int] | None = None) -> Inspected:
    """Reads all of it, in constant memory but for the times; `geometry` is the sensor's size, if a recording has none.

    Raises `InputError` for what cannot be read.
    """
    kind = kind_of(path)
    if kind == "video":
        return _video(path)
    if kind in ("picture", "pictures"):
        return _pictures(kind, open_frames(path), (path,) if kind == "picture" else pictures_in(path))
    if path.is_dir():
        raise InputError(path, "contains no pictures", f"give {', '.join(PICTURES)}, or a file")
    return _recording(open_recording(path, geometry))


def pace_of(times_us: NDArray[np.int64]) -> Pace:
    """Of frames at these times (T,), in order."""
    if len(times_us) < 2:
        return Pace(None, None, None)
    gaps = np.diff(times_us) / 1e3
    mean = float(gaps.mean())
    even = bool(np.abs(gaps - mean).max() <= max(EVEN_MS, EVEN * mean) + 1e-9)
    rate = _mean_rate(times_us, len(gaps)) if even else _uneven_rate(times_us, gaps)
    return Pace(None if rate is None else round(rate, 3), even, (float(gaps.min()), float(gaps.max())))


def _uneven_rate(times_us: NDArray[np.int64], gaps_ms: NDArray[np.float64]) -> float | None:
    """Of frames that are left out here and there, otherwise even, the rate of what is there; else the usual one."""
    rate = usual_rate(times_us.tolist())
    if rate is None:
        return None
    steps = np.round(gaps_ms * rate / 1e3)
    off_ms = np.abs(gaps_ms - 1e3 * steps / rate).max()
    on_beat = steps.min() >= 1 and off_ms <= max(EVEN_MS, EVEN * 1e3 / rate)
    return _mean_rate(times_us, int(steps.sum())) if on_beat else rate


def _mean_rate(times_us: NDArray[np.int64], steps: int) -> float | None:
    """Steps a second from the first time to the last: of what rounded times leave open, the roundest number."""
    span_us = int(times_us[-1] - times_us[0])
    rounded_us = 1 if (times_us % _MS).any() else _MS
    if span_us <= rounded_us:
        return None
    rate, low, high = (1e6 * steps / us for us in (span_us, span_us + rounded_us, span_us - rounded_us))
    round_rates = (unit * round(rate / unit) for unit in _ROUND_HZ)
    return next((float(whole) for whole in round_rates if low <= whole <= high), rate)


def _video(path: Path) -> Inspected:
    shape: tuple[int, ...] = (0, 0)
    times = array("q")
    for t_us, image in open_frames(path):
        shape = image.shape
        times.append(t_us)
    return _timed("video", np.array(times, np.int64), 0, 0, (shape[1], shape[0]), "the file")


def _recording(recording: Recording) -> Inspected:
    found = summarise(recording)
    times = np.fromiter((t for t, _ in recording.frames()) if found.frames else (), np.int64)
    size = (found.width, found.height)
    ends = [t for t in (found.t_first_us, found.t_last_us) if t is not None]
    return _timed(recording.format, times, found.events, found.on_events, size, recording.geometry_from, ends)


def _timed(
    kind: str,
    times_us: NDArray[np.int64],
    events: int,
    on_events: int,
    size: tuple[int, int],
    geometry_from: str,
    event_ends_us: Iterable[int] = (),
) -> Inspected:
    """Of frames (T,) and events that have times; `event_ends_us` are those of the first and the last event."""
    pace, ends = pace_of(times_us), list(event_ends_us)
    span_s = (ends[-1] - ends[0]) / 1e6 if ends else 0.0
    every = ends + [int(t) for t in (times_us[[0, -1]] if len(times_us) else ())]
    first, last = (min(every), max(every)) if every else (None, None)
    lasts_us = [int(times_us[-1]) + 1e6 / pace.rate_hz] if pace.rate_hz else []
    duration = None if first is None else round((max([*every, *lasts_us]) - first) / 1e6, 6)
    return Inspected(
        kind, len(times_us), events, on_events, *size, geometry_from, first, last, duration,
        pace.rate_hz, "the times" if pace.rate_hz else None, pace.even, pace.gaps_ms,
        round(events / span_s, 3) if span_s > 0 else None,
    )  # fmt: skip


def _pictures(kind: str, source: FrameSource, paths: tuple[Path, ...]) -> Inspected:
    """What `predict` reads, in one scale and at its times, and how the files have it."""
    sizes, depths = dict[str, None](), dict[str, None]()  # in the order in which they come
    low, high, times = 1 << 16, 0, array("q")
    for path, (t_us, shown) in zip(paths, source, strict=True):  # refuses what is too large before it is decoded
        content = np.frombuffer(read_bytes(path, limits.PICTURE_BYTES, "a picture"), np.uint8)
        image = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
        if image is None:
            raise InputError(path, "not a readable image", "replace it, or remove it")
        channels = 1 if image.ndim == 2 else image.shape[2]
        sizes[f"{shown.shape[1]}x{shown.shape[0]}"] = None
        depths[f"{8 * image.itemsize}-bit {CHANNELS.get(channels, f'{channels} channels')}"] = None
        low, high = min(low, int(image.min())), max(high, int(image.max()))
        times.append(t_us)
    width, height = map(int, next(iter(sizes)).split("x"))
    found = Inspected(
        kind, len(paths), 0, 0, width, height, "the file",
        sizes=tuple(sizes), depths=tuple(depths), levels=(low, high),
    )  # fmt: skip
    if len(paths) < 2:
        return found
    if source.rate_from != "the times":
        duration = round(len(paths) / source.rate_hz, 6)
        return replace(found, duration_s=duration, frame_rate_hz=source.rate_hz, frame_rate_from=source.rate_from)
    timed = _timed(kind, np.array(times, np.int64), 0, 0, (width, height), "the file")
    return replace(timed, sizes=found.sizes, depths=found.depths, levels=found.levels)
