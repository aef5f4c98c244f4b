"""What the numbers of a table of events mean: the unit of its times, and which of its polarities is brighter.

It is decided once for a file. Where the first rows do not tell it, the whole file is looked at before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import LATEST_US
from eyeprentice.sources.events.readers.clock import FORWARD_US
from eyeprentice.sources.events.readers.found import Piece, RefusedError, counted, seconds
from eyeprentice.sources.events.readers.tables import Table
from eyeprentice.sources.events.readers.told import SCALES

ON = ((1, 2), (0, 255))
"""Pairs of polarities, darker and brighter, besides 0 and 1 and -1 and 1."""
Codes = tuple[Any, Any]
"""The polarity that means darker, and the one that means brighter."""
EPOCH_S, EPOCH_NS = (1e9, 2.2e9), (1e17, 4.3e18)
"""Since 1970: what times of today are in, within a century."""
SURE_S, LONGEST_S, BUSY_HZ = 10, 86_400, 5_000
"""Times with fractions are seconds if they span so little, or not more than a day at the rate of a busy sensor: in
milliseconds, the rate would be that of five million events a second."""
FINE_US = 100
"""A floating-point number of a time must tell this apart."""
MOST_SHOWN = 4


@dataclass
class _Times:
    """What all times of a file have together."""

    first: float
    last: float
    count: int
    are_whole: bool
    are_thousandths: bool
    finest: float
    """The largest step between two neighbouring numbers of their type."""


@dataclass
class _Turns:
    """Of times of 32 bits, which start again after 71 minutes."""

    last: int | None = None
    turns: int = 0

    def unfold(self, t_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """(N,) whole µs without the falls of almost 2^32."""
        if not len(t_us):
            return t_us
        last, back = int(t_us[0]) if self.last is None else self.last, FORWARD_US - (1 << 32)
        self.last = int(t_us[-1])
        if min(int(t_us[0]) - last, int((t_us[1:] - t_us[:-1]).min(initial=0))) > back:
            return t_us + (self.turns << 32) if self.turns else t_us
        turns = self.turns + np.cumsum(np.diff(t_us, prepend=last) <= back)
        self.turns = int(turns[-1])
        return t_us + (turns << 32)


def events_of(table: Table, packet: int) -> Iterator[Piece]:
    """The events of a table as µs, columns, rows and booleans; raises `RefusedError` for numbers that are none."""
    if table.note:
        yield table.note
    rows = table.rows(packet)
    head = next(rows, None)
    if head is None:
        return
    parts = chain([head], rows)
    unit = table.told.unit or _unit_of_whole(head[0])
    if unit is None:
        for found in _survey_times(table, packet):
            times = found
            yield None
        unit = _unit_of_fractions(times)
    offset_us = table.told.offset_us(unit)
    codes: Codes = 0, 1
    if head[3].dtype.kind != "b":
        values = _distinct(head[3])
        if len(values) == 1:
            for so_far in _survey_polarities(table, packet):
                values = so_far
                yield None
        codes = _codes(values, head[3].dtype)
    del head
    turns, count = _Turns(), 0
    for t, x, y, p in parts:
        t_us = _microseconds(t, unit, offset_us, turns)
        yield t_us, _pixels("x", x, count), _pixels("y", y, count), _brighter(p, codes)
        count += len(t)


def _unit_of_whole(t: NDArray[Any]) -> str | None:
    """Of whole numbers, by their first; None for floating-point numbers, which have to be looked at."""
    if t.dtype.kind == "f":
        return None
    return "ns" if len(t) and EPOCH_NS[0] <= float(t[0]) <= EPOCH_NS[1] else "us"


def _survey_times(table: Table, packet: int) -> Iterator[_Times]:
    """Looks at all times; what it gives last holds for all."""
    found: _Times | None = None
    for t, *_ in table.rows(packet):
        if not np.isfinite(t).all():
            raise RefusedError("a time is not a number, or infinite", "record it again, or leave those events out")
        _refuse_never(not (np.abs(t) <= LATEST_US).all())
        whole, thousandths = bool((t == np.trunc(t)).all()), _are_whole(t.astype(np.float64) * 1e3)
        finest = float(np.spacing(np.abs(t).max()))
        if found is None:
            found = _Times(float(t[0]), float(t[-1]), len(t), whole, thousandths, finest)
        else:
            found = _Times(
                found.first, float(t[-1]), found.count + len(t),
                found.are_whole and whole, found.are_thousandths and thousandths, max(found.finest, finest),
            )  # fmt: skip
        yield found


def _are_whole(numbers: NDArray[np.float64]) -> bool:
    return bool((np.abs(numbers - np.round(numbers)) < 1e-3).all())


def _unit_of_fractions(times: _Times) -> str:
    """Of floating-point times: whole ones are µs (or ns since 1970), others are seconds if nothing else is likely."""
    span = times.last - times.first
    if times.are_whole:
        unit = "ns" if EPOCH_NS[0] <= times.first <= EPOCH_NS[1] else "us"
    else:
        is_epoch = EPOCH_S[0] <= times.first <= EPOCH_S[1] and span <= LONGEST_S
        is_busy = 0 < span <= LONGEST_S and times.count >= BUSY_HZ * span
        may_be_ms = times.are_thousandths and times.count >= BUSY_HZ
        if not (is_epoch or ((span <= SURE_S or is_busy) and not may_be_ms)):
            raise RefusedError(
                "the unit of its times cannot be told: "
                f"{counted(times.count, 'event', 'events')} from {times.first:.9g} to {times.last:.9g}",
                "store them as whole numbers of µs, or give the column an attribute 'unit' (s, ms, us or ns)",
            )
        unit = "s"
    _check_fine(times.finest, unit)
    return unit


def _check_fine(finest: float, unit: str) -> None:
    scale, divisor = SCALES[unit]
    if finest * scale / divisor > FINE_US:
        raise RefusedError(
            f"its times are stored so coarsely that {seconds(round(finest * scale / divisor))} cannot be told apart",
            "store them as whole numbers of µs",
        )


def _microseconds(t: NDArray[Any], unit: str, offset_us: int, turns: _Turns) -> NDArray[np.int64]:
    """Times as whole µs; those that no clock has stay out of any range."""
    scale, divisor = SCALES[unit]
    if t.dtype.kind == "f":
        times = t.astype(np.float64) * (scale / divisor)
        _refuse_never(not (np.abs(times) <= LATEST_US).all())
        return np.round(times).astype(np.int64) + offset_us
    if unit != "us" or offset_us or t.dtype.kind == "u":  # what is taken as it is, is checked where packets are filled
        _refuse_never(len(t) > 0 and not (int(t.min()) * scale >= -LATEST_US and int(t.max()) * scale <= LATEST_US))
    t_us = t.astype(np.int64, copy=False)
    t_us = turns.unfold(t_us) if unit == "us" else t_us
    if (scale, divisor) != (1, 1):
        t_us = t_us * scale // divisor
    return t_us + offset_us if offset_us else t_us


def _refuse_never(is_never: bool) -> None:
    if is_never:
        raise RefusedError("a time is not within 146,000 years", "record it again, or leave those events out")


def _distinct(p: NDArray[Any]) -> list[Any]:
    if p.dtype.kind == "f" and not np.isfinite(p).all():
        raise RefusedError("a polarity is not a number", "record it again, or leave those events out")
    ends = np.array([p.min(), p.max()])
    if ((p == ends[0]) | (p == ends[1])).all():
        return np.unique(ends).tolist()
    return np.unique(p)[: MOST_SHOWN + 1].tolist()


def _survey_polarities(table: Table, packet: int) -> Iterator[list[Any]]:
    """Looks at all polarities until there are two; what it gives last holds for all."""
    values: set[Any] = set()
    for *_, p in table.rows(packet):
        values |= set(_distinct(p))
        yield sorted(values)
        if len(values) > 1:
            return


def _codes(values: list[Any], dtype: np.dtype[Any]) -> Codes:
    """Which values are darker, and which is brighter."""
    if values in ([0], [1], [0, 1]):
        return 0, 1
    if values in ([-1], [-1, 1]):
        return -1, 1
    most = np.iinfo(dtype).max if dtype.kind == "u" else None
    if values == [1, most]:  # -1 in a type without sign
        return most, 1
    if tuple(values) in ON:
        return values[0], values[1]
    raise _unknown_polarities(values)


def _unknown_polarities(values: list[Any]) -> RefusedError:
    texts = [f"{value:g}" for value in values[:MOST_SHOWN]] + ["more"] * (len(values) > MOST_SHOWN)
    listed = f"polarities are {', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else f"polarity is {texts[0]}"
    what = f"its {listed}, so which is brighter cannot be told"
    return RefusedError(what, "store them as 0 (darker) and 1 (brighter)")


def _brighter(p: NDArray[Any], codes: Codes) -> NDArray[np.bool_]:
    if p.dtype.kind == "b":
        return p
    off, on = codes
    is_on = p == on
    if not (is_on | (p == off)).all():
        raise _unknown_polarities(sorted({off, on, *_distinct(p)}))
    return is_on


def _pixels(name: str, axis: NDArray[Any], count: int) -> NDArray[np.uint16]:
    """Columns or rows as they are stored in packets; raises `RefusedError` for one that no pixel has."""
    kept = axis
    if axis.dtype != np.uint16 and len(axis):
        with np.errstate(invalid="ignore"):  # what is no number differs from whatever it becomes
            kept = axis.astype(np.uint16)
        wrong = kept != axis
        if wrong.any():
            number = int(wrong.argmax())
            what = "no whole number" if 0 <= axis[number] < 1 << 16 else "negative, above 65535 or no number"
            raise RefusedError(
                f"a coordinate is {what}: {name} is {axis[number]:g} at event {count + number:,}",
                "store the columns and rows of the sensor's own pixels",
            )
    return kept
