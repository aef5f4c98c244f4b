"""What a file of columns says of its times: their unit, and what is to be added to them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from eyeprentice.sources.events.packets import LATEST_US
from eyeprentice.sources.events.readers.found import RefusedError

UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "t_s"), "s"),
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds", "t_ms"), "ms"),
    **dict.fromkeys(("us", "µs", "μs", "usec", "usecs", "microsecond", "microseconds", "t_us"), "us"),
    **dict.fromkeys(("ns", "nsec", "nsecs", "nanosecond", "nanoseconds", "t_ns"), "ns"),
}
"""Of times, as an attribute or a name may tell them."""
SCALES = {"s": (1_000_000, 1), "ms": (1000, 1), "us": (1, 1), "ns": (1, 1000)}
"""µs of a unit, as a fraction."""
_TIMES = r"(?:(?:t|ts|times?|timestamps?)[ _-]?)?"
UNIT_NAME = re.compile(rf"{_TIMES}units?", re.IGNORECASE)
OFFSET_NAME = re.compile(rf"{_TIMES}offset(?:_(s|ms|us|ns))?", re.IGNORECASE)
"""How attributes and arrays are called that tell the unit, or what is to be added."""


@dataclass(frozen=True)
class Told:
    """The unit of times (s, ms, us or ns), and what is to be added to each of them, in a unit of its own."""

    unit: str | None = None
    offset: int | float = 0
    offset_unit: str | None = None

    def offset_us(self, unit: str) -> int:
        """What is to be added to times whose unit turned out to be `unit`; raises `RefusedError` if it is not clear."""
        if not self.offset:
            return 0
        if self.offset_unit is None and (unit != "us" or not isinstance(self.offset, int)):
            raise RefusedError(
                f"its times are in {unit}, and the unit of its t_offset ({self.offset}) is not told",
                "add the offset to the times and leave it out, or call it t_offset_us, t_offset_ns or t_offset_s",
            )
        offset_us = round(Fraction(self.offset) * Fraction(*SCALES[self.offset_unit or "us"]))
        if abs(offset_us) > LATEST_US:
            raise RefusedError("its t_offset is not within 146,000 years", "correct its t_offset")
        return offset_us


def is_told(name: str) -> bool:
    """Whether what is called so tells something of the times."""
    return UNIT_NAME.fullmatch(name) is not None or OFFSET_NAME.fullmatch(name) is not None


def told_of(column: str | None, said: Iterable[tuple[str, Any, str | None]]) -> Told:
    """Of the name of the column of times, and of names and values beside it, each with a unit of its own or None.

    Raises `RefusedError` for a unit that is not known, and for two that differ.
    """
    units = {UNITS[column.lower()]} if column and column.lower() in UNITS else set()
    offsets: set[tuple[int | float, str | None]] = set()
    for name, value, own in said:
        if (match := OFFSET_NAME.fullmatch(name)) is not None:
            suffix = match[1].lower() if match[1] else None
            offsets.add((_number(name, value), suffix or (known_unit(own) if own else None)))
        elif text := text_of(value):
            units.add(known_unit(text))
    if len(units) > 1:
        raise RefusedError(
            f"the unit of its times is told as {' and as '.join(sorted(units))}", "correct the wrong one"
        )
    if len(offsets) > 1:
        raise RefusedError("it tells two different offsets of its times", "leave the wrong one out")
    return Told(next(iter(units), None), *next(iter(offsets), (0, None)))


def known_unit(text: str) -> str:
    """Raises `RefusedError` for a unit that is not known."""
    unit = UNITS.get(text.strip().lower())
    if unit is None:
        raise RefusedError(f"the unit '{text.strip()[:40]}' of its times is not known", "give one of s, ms, us and ns")
    return unit


def text_of(value: Any) -> str:
    """A text as HDF5 and NumPy keep it; several, one after the other."""
    parts = np.asarray(value).reshape(-1)[:8].tolist()
    return ", ".join(part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in parts)


def _number(name: str, value: Any) -> int | float:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "iuf" or not np.isfinite(array).all():
        raise RefusedError(f"its {name[:40]} is not a number", f"correct its {name[:40]}")
    number: int | float = array.reshape(-1)[0].item()
    return number


def whole_number(name: str, value: Any) -> int:
    """Such as a width; raises `RefusedError` for what is none."""
    number = _number(name, value)
    if number != int(number):
        raise RefusedError(f"its width and height must be whole numbers, but its {name} is {number}", f"correct {name}")
    return int(number)
