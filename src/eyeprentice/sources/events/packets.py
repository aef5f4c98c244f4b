"""The one type that every recording is read into, and what holds for every stream of it."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.words.errors import InputError

EVENT = np.dtype([("t_us", "<i8"), ("x", "<u2"), ("y", "<u2"), ("polarity", "?")])
"""One event: time in µs, column, row, and whether it got brighter."""

PACKET = 1 << 18
"""Events that are held at once, at most: a packet takes 3.4 MB."""

LATEST_US = 1 << 62
"""Times are at most this far from 0, so that differences of two are numbers, too."""

Events = NDArray[Any]
"""A packet: an array of EVENT, in order of time."""

Columns = tuple[Any, Any, Any, Any]
"""Times, columns, rows and polarities: arrays of one length, of numbers of any type."""


def make_events(t_us: Any, x: Any, y: Any, polarity: Any) -> Events:
    """A packet of four arrays of one length; a polarity above 0 is brighter.

    Raises `ValueError` for a time or pixel that no sensor has, and for what is not a number.
    """
    events = np.empty(len(t_us), EVENT)
    fill(events, (t_us, x, y, polarity))
    return events


def fill(events: Events, columns: Columns) -> None:
    """Writes columns into a packet of their length; raises `ValueError` as `make_events` does."""
    t_us, x, y, polarity = columns
    for axis in (x, y):
        if len(axis) and not (axis.min() >= 0 and axis.max() <= np.iinfo(np.uint16).max):  # not: NaN is neither
            raise ValueError("a coordinate is negative or above 65535")
    if len(t_us) and not (t_us.min() >= -LATEST_US and t_us.max() <= LATEST_US):
        raise ValueError("a time is not within 146,000 years")
    if polarity.dtype.kind == "f" and not np.isfinite(polarity).all():
        raise ValueError("a polarity is not a number")
    events["t_us"], events["x"], events["y"], events["polarity"] = t_us, x, y, np.greater(polarity, 0)


def check_packets(packets: Iterable[Events], width: int, height: int, where: object) -> Iterator[Events]:
    """The same packets, empty ones left out; raises `InputError` where time runs backwards or a pixel is not there."""
    count, last = 0, -(1 << 62)
    for events in packets:
        if not len(events):
            continue
        steps = np.diff(events["t_us"], prepend=last)
        if (steps < 0).any():
            number = count + int((steps < 0).argmax())
            raise InputError(
                str(where), f"time runs backwards at event {number}", "record it again, or cut the recording there"
            )
        if events["x"].max() >= width or events["y"].max() >= height:
            number = count + int(((events["x"] >= width) | (events["y"] >= height)).argmax())
            raise InputError(
                str(where),
                f"event {number} lies outside the sensor of {width}x{height}",
                "give the sensor's size with --geometry",
            )
        count, last = count + len(events), int(events["t_us"][-1])
        yield events


def in_packets(batches: Iterable[Columns], packet: int) -> Iterator[Events]:
    """Batches of any lengths as packets of `packet` events (the last may be shorter)."""
    events, count = np.empty(packet, EVENT), 0
    for batch in batches:
        first = 0
        while first < len(batch[0]):
            end = min(len(batch[0]), first + packet - count)
            t_us, x, y, polarity = (column[first:end] for column in batch)
            fill(events[count : count + end - first], (t_us, x, y, polarity))
            first, count = end, count + end - first
            if count == packet:
                yield events
                events, count = np.empty(packet, EVENT), 0
    if count:
        yield events[:count]
