"""What a stream of events is turned into for a network: SEE's event frames, counts, voxel grids, time surfaces.

`REPRESENTATIONS` are those that a dataset can be written with, by name: one grey image for each frame.

Windows of time are given by their borders in µs: N + 1 rising times make N windows, each of which holds its first
moment and not its last.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import EVENT, Events

INTERVAL_US = 33_333
"""Time that one of SEE's event frames accumulates, in µs: one frame at 30 fps."""
NONE, ON, OFF = 127, 255, 0
"""Its levels where nothing happened or neither prevailed, where it got brighter, and where it got darker."""

EVENT_FRAME, COUNT = "event-frame", "count"
"""Names of the representations whose pixels stand for whole events."""
A_COUNT = 16
"""Levels of an event in a count frame."""

Borders = NDArray[np.int64]


def frame_borders(frame_times_us: NDArray[np.int64]) -> Borders:
    """Borders of the windows that end with each frame: what happened since the frame before.

    The first frame's window is as long as the usual one.
    """
    usual = int(np.median(np.diff(frame_times_us))) if len(frame_times_us) > 1 else INTERVAL_US
    return np.concatenate([[frame_times_us[0] - usual], frame_times_us]).astype(np.int64)


def windows(packets: Iterable[Events], borders: Borders) -> Iterator[Events]:
    """The events of each window, in order; holds one window at a time."""
    parts: list[Events] = []
    window, last = 0, len(borders) - 1
    for events in packets:
        cuts = np.searchsorted(events["t_us"], borders)
        while window < last and cuts[window + 1] < len(events):
            parts.append(events[cuts[window] : cuts[window + 1]])
            yield np.concatenate(parts)
            parts, window = [], window + 1
        if window < last:
            parts.append(events[cuts[window] :])
    while window < last:
        yield np.concatenate([*parts, np.empty(0, EVENT)])
        parts, window = [], window + 1


def counts(events: Events, width: int, height: int) -> NDArray[np.int32]:
    """How many events each pixel sent: (2, H, W), ON first."""
    place = events["y"].astype(np.intp) * width + events["x"] + np.where(events["polarity"], 0, height * width)
    return np.bincount(place, minlength=2 * height * width).astype(np.int32).reshape(2, height, width)


def event_frames(packets: Iterable[Events], borders: Borders, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """SEE's event frame of each window: (H, W), 127 none, 255 brighter, 0 darker."""
    levels = np.array([OFF, NONE, ON], np.uint8)
    net = np.zeros(height * width, np.int32)  # ON less OFF; only pixels that sent something are touched
    for events in windows(packets, borders):
        place = events["y"].astype(np.intp) * width + events["x"]
        np.add.at(net, place, np.where(events["polarity"], np.int32(1), np.int32(-1)))
        image = np.full(height * width, NONE, np.uint8)
        image[place] = levels[np.sign(net[place]) + 1]
        net[place] = 0
        yield image.reshape(height, width)


def voxel_grid(events: Events, borders_us: tuple[int, int], bins: int, width: int, height: int) -> NDArray[np.float32]:
    """Polarities (+1, -1) spread linearly over `bins` moments between two times: (bins, H, W).

    Zhu et al., *Unsupervised Event-based Learning of Optical Flow, Depth and Egomotion*, CVPR 2019, Eq. 1 and 2.
    """
    first, last = borders_us
    at = (events["t_us"] - first) / max(last - first, 1) * (bins - 1)
    below = np.clip(np.floor(at).astype(np.intp), 0, bins - 1)
    sign = np.where(events["polarity"], 1.0, -1.0)
    place = events["y"].astype(np.intp) * width + events["x"]
    grid: NDArray[Any] = np.zeros(bins * height * width)
    for moment in (below, below + 1):
        weight = np.clip(1 - np.abs(moment - at), 0, None)
        inside = moment < bins
        index = moment[inside] * height * width + place[inside]
        grid += np.bincount(index, (sign * weight)[inside], minlength=grid.size)
    return grid.astype(np.float32).reshape(bins, height, width)


def time_surface(events: Events, now_us: int, decay_us: float, width: int, height: int) -> NDArray[np.float32]:
    """How long ago each pixel last sent an event, as `exp(-age / decay_us)`: (2, H, W), ON first; 0 where it never did.

    Lagorce et al., *HOTS*, IEEE TPAMI 2017, Eq. 3.
    """
    latest = np.full(2 * height * width, np.iinfo(np.int64).min)
    place = events["y"].astype(np.intp) * width + events["x"] + np.where(events["polarity"], 0, height * width)
    latest[place] = events["t_us"]  # of several, the last assignment stays: events are in order of time
    age = np.where(latest == np.iinfo(np.int64).min, np.inf, now_us - latest.astype(np.float64))
    return np.exp(-age / decay_us).astype(np.float32).reshape(2, height, width)


def count_frames(packets: Iterable[Events], borders: Borders, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """How often each pixel got brighter less how often it got darker: (H, W), 127 none, 16 levels an event."""
    for events in windows(packets, borders):
        on, off = counts(events, width, height)
        yield np.clip(NONE + A_COUNT * (on - off), OFF, ON).astype(np.uint8)


def surface_frames(packets: Iterable[Events], borders: Borders, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """How lately each pixel got brighter (above 127) or darker (below), fading within a window: (H, W)."""
    for events, begin, end in zip(windows(packets, borders), borders[:-1], borders[1:], strict=True):
        on, off = time_surface(events, int(end), float(max(end - begin, 1)), width, height)
        yield np.round(NONE + np.where(on > off, (ON - NONE) * on, (OFF - NONE) * off)).astype(np.uint8)


Representation = Callable[[Iterable[Events], Borders, int, int], Iterator[NDArray[np.uint8]]]
"""(packets, borders in µs (N + 1,), width, height) -> N images (H, W), 127 where nothing happened."""

REPRESENTATIONS: dict[str, Representation] = {
    EVENT_FRAME: event_frames,
    COUNT: count_frames,
    "time-surface": surface_frames,
}


def three_levels(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The level of an event frame that each grey is nearest to: greys around them come from JPEG compression."""
    return np.where(image > (NONE + ON) // 2, ON, np.where(image <= NONE // 2, OFF, NONE)).astype(np.uint8)


BETWEEN, FAR = 12, 32
"""Levels that a grey of an event frame is away from the three that there are: not one of them; nearly another one."""
HALF = 0.5
"""Of the pixels: so many greys no compression makes of an event frame, nor of counts (JPEG of quality 30: 0.08)."""


class Greys(NamedTuple):
    """Of an image of events: how many of its pixels are events, and how many no event gives."""

    events: int
    between: int
    far: int
    pixels: int


def count_greys(image: NDArray[np.uint8], representation: str) -> Greys:
    """Counts the greys of an event frame that are between its levels, or of counts that are no whole events.

    Nothing is between the levels of other representations.
    """
    between = far = np.zeros(0, bool)
    events = image != NONE
    if representation == EVENT_FRAME:
        levels = three_levels(image)
        away = cv2.absdiff(image, levels)
        events, between, far = levels != NONE, away > BETWEEN, away > FAR
    elif representation == COUNT:
        rest = (image.astype(np.int16) - NONE) % A_COUNT
        between = (np.minimum(rest, A_COUNT - rest) > 2) & (image > OFF) & (image < ON)  # JPEG moves them by one or two
    counts = [int(np.count_nonzero(places)) for places in (events, between, far)]
    return Greys(counts[0], counts[1], counts[2], image.size)


def resize_events(image: NDArray[np.uint8], representation: str, size: int) -> NDArray[np.uint8]:
    """An image of events (H, W) at size x size pixels, without an event that gets lost or that becomes a grey.

    In an event frame a pixel is an event if one lies in any part of its area, of the sign that covers more of it. (To
    take the nearest pixel instead cost a teacher of events 2.7 points: docs/results.md.) Counts are added up, each
    event in the pixel where it lies. Other representations are averaged over the area of a pixel.
    """
    if image.shape == (size, size):
        return image
    if representation == COUNT:
        rows, columns = (_regrouped(length, size) for length in image.shape)
        events = np.round((image.astype(np.float32) - NONE) / A_COUNT)
        return np.clip(NONE + A_COUNT * (rows @ events @ columns.T), OFF, ON).astype(np.uint8)
    if representation == EVENT_FRAME:
        on, off = (_averaged((image == level).astype(np.float32), size) for level in (ON, OFF))
        return np.where(on > off, ON, np.where(off > on, OFF, NONE)).astype(np.uint8)
    return _averaged(image, size)


def _averaged(image: NDArray[Any], size: int) -> NDArray[Any]:
    """Over the area of each of size x size pixels; of fewer pixels, the nearest."""
    how = cv2.INTER_AREA if min(image.shape) >= size else cv2.INTER_NEAREST
    averaged: NDArray[Any] = cv2.resize(image, (size, size), interpolation=how)
    return averaged


@cache
def _regrouped(length: int, size: int) -> NDArray[np.float32]:
    """Which of `length` places lie in which of `size`, (size, length); of fewer places, each goes to several."""
    new, old = np.arange(size)[:, None], np.arange(length)
    if length >= size:
        return ((2 * old + 1) * size // (2 * length) == new).astype(np.float32)
    return ((2 * new + 1) * length // (2 * size) == old).astype(np.float32)
