"""The one type that every recording is read into."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    """A packet of four arrays of one length; a polarity of 1 (or True) is brighter, 0 or -1 (not both) is darker.

    Raises `ValueError` for a time or pixel that no sensor has, for other polarities, and for what is no whole number.
    """
    events = np.empty(len(t_us), EVENT)
    fill(events, (t_us, x, y, polarity))
    return events


def fill(events: Events, columns: Columns) -> None:
    """Writes columns into a packet of their length; raises `ValueError` as `make_events` does."""
    t_us, x, y, polarity = columns
    for axis in (x, y):
        if axis.dtype.kind == "b":
            raise ValueError("a coordinate is true or false")
        if (
            axis.dtype != np.uint16 and len(axis) and not (axis.min() >= 0 and axis.max() <= np.iinfo(np.uint16).max)
        ):  # not: NaN is neither
            raise ValueError("a coordinate is negative or above 65535")
    if len(t_us) and not (t_us.min() >= -LATEST_US and t_us.max() <= LATEST_US):
        raise ValueError("a time is not within 146,000 years")
    for column in (t_us, x, y):
        if column.dtype.kind == "f" and (column != np.trunc(column)).any():
            raise ValueError("a time or coordinate is no whole number")
    if polarity.dtype.kind != "b":
        polarity, is_zero, is_minus = polarity == 1, polarity == 0, polarity == -1
        if not (polarity | is_zero | is_minus).all():
            raise ValueError("a polarity is none of 0, 1 and -1")
        if is_zero.any() and is_minus.any():
            raise ValueError("polarities are both 0 and -1")
    events["t_us"], events["x"], events["y"], events["polarity"] = t_us, x, y, polarity


def in_packets(batches: Iterable[Columns | str | None], packet: int) -> Iterator[Events | str | None]:
    """Batches of any lengths as packets of `packet` events (the last may be shorter); what is no batch passes."""
    events, count = np.empty(packet, EVENT), 0
    for batch in batches:
        if batch is None or isinstance(batch, str):
            yield batch
            continue
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
