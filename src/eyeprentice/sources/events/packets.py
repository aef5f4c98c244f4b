"""The one type that every recording is read into."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

EVENT = np.dtype([("t_us", "<i8"), ("x", "<u2"), ("y", "<u2"), ("polarity", "?")], align=True)
"""One event: time in µs, column, row, and whether it got brighter. It takes 16 bytes, of which the last three mean
nothing: numbers that begin where the processor expects them are read in a fraction of the time."""

PACKET = 1 << 18
"""Events that are held at once, at most: a packet takes 4 MiB."""

LATEST_US = 1 << 62
"""Times are at most this far from 0, so that differences of two are numbers, too."""

Events = NDArray[Any]
"""A packet: an array of EVENT, in order of time."""

Columns = tuple[Any, Any, Any, Any]
"""Times, columns, rows and polarities: arrays of one length, of numbers of any type."""

Rows = NDArray[np.int64]
"""(2 N,): N rows of EVENT as a library gives them, each as two numbers, of which nothing was checked: columns, rows and
polarities may be negative numbers of their size."""

Batch = Columns | Rows
Room = Callable[[int, np.dtype[Any]], NDArray[Any]]
"""Gives an empty array (N,) of a type."""
_BLOCK = 256
"""Events that are looked at side by side."""


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


def sound(events: Events) -> Events:
    """The events of unchecked rows as a packet; raises `ValueError` as `make_events` does."""
    bits = combined(events, np.bitwise_or)
    is_positive = not (bits[3] >> 14 or bits[4] >> 15 or bits[5] >> 15)  # times below LATEST_US, columns and rows
    if is_positive and bits[6] & 0xFF <= 1:
        return events
    return make_events(events["t_us"], events["x"].view("<i2"), events["y"].view("<i2"), events["polarity"].view("i1"))


def combined(events: Events, what: np.ufunc) -> NDArray[np.uint16]:
    """All events, taken for (N, 8) numbers of 16 bits, reduced to (8,): four of the time, the column, the row, ...

    It goes through the memory once, as it lies there, and takes a third less time than two of its fields by themselves.
    """
    numbers = events.view("<u2").reshape(-1, 8)
    whole = len(numbers) // _BLOCK * _BLOCK
    blocks = what.reduce(numbers[:whole].reshape(-1, 8 * _BLOCK), initial=0)
    reduced: NDArray[np.uint16] = what.reduce(np.concatenate([blocks.reshape(_BLOCK, 8), numbers[whole:]]))
    return reduced


def in_packets(
    batches: Iterable[Batch | str | None], packet: int, room: Room = np.empty
) -> Iterator[Events | str | None]:
    """Batches of any lengths as packets of `packet` events (the last may be shorter); what is no batch passes."""
    numbers, count, has_rows = room(2 * packet, np.dtype("<i8")), 0, False
    for batch in batches:
        if batch is None or isinstance(batch, str):
            yield batch
            continue
        is_rows, first = isinstance(batch, np.ndarray), 0
        length = len(batch) // 2 if is_rows else len(batch[0])
        while first < length:
            end = min(length, first + packet - count)
            if is_rows:
                numbers[2 * count : 2 * (count + end - first)] = batch[2 * first : 2 * end]
                has_rows = True  # many small batches are checked together
            else:
                t_us, x, y, polarity = (column[first:end] for column in batch)
                fill(numbers.view(EVENT)[count : count + end - first], (t_us, x, y, polarity))
            first, count = end, count + end - first
            if count == packet:
                events = numbers.view(EVENT)
                yield sound(events) if has_rows else events
                numbers, count, has_rows = room(2 * packet, np.dtype("<i8")), 0, False
    if count:
        events = numbers.view(EVENT)[:count]
        yield sound(events) if has_rows else events
