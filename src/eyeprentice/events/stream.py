"""The one type that every recording is read into, and what holds for every stream of it."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.errors import InputError

EVENT = np.dtype([("t_us", "<i8"), ("x", "<u2"), ("y", "<u2"), ("polarity", "?")])
"""One event: time in µs, column, row, and whether it got brighter."""

PACKET = 1 << 18
"""Events that are held at once, at most: a packet takes 3.4 MB."""

Events = NDArray[Any]
"""A packet: an array of EVENT, in order of time."""


def make_events(t_us: Any, x: Any, y: Any, polarity: Any) -> Events:
    """A packet of four arrays of one length; a polarity above 0 is brighter.

    Raises `ValueError` for a pixel that no sensor has.
    """
    events = np.empty(len(t_us), EVENT)
    for axis in (x, y):
        if len(axis) and (axis.min() < 0 or axis.max() > np.iinfo(np.uint16).max):
            raise ValueError("a coordinate is negative or above 65535")
    events["t_us"], events["x"], events["y"], events["polarity"] = t_us, x, y, np.greater(polarity, 0)
    return events


def checked(packets: Iterable[Events], width: int, height: int, where: object) -> Iterator[Events]:
    """The same packets, empty ones left out; raises `InputError` where time runs backwards or a pixel is not there."""
    count, last = 0, -(1 << 62)
    for events in packets:
        if not len(events):
            continue
        steps = np.diff(events["t_us"], prepend=last)
        if (steps < 0).any():
            number = count + int((steps < 0).argmax())
            raise InputError(str(where), f"time runs backwards at event {number}", "record it again, or cut it there")
        if events["x"].max() >= width or events["y"].max() >= height:
            number = count + int(((events["x"] >= width) | (events["y"] >= height)).argmax())
            raise InputError(
                str(where), f"event {number} lies outside the sensor of {width}x{height}", "give its true geometry"
            )
        count, last = count + len(events), int(events["t_us"][-1])
        yield events


def in_packets(events: Events) -> Iterator[Events]:
    """An array of any length, in packets."""
    for first in range(0, len(events), PACKET):
        yield events[first : first + PACKET]
