"""What a user should know of the names of a clip's pictures, though their order is clear."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from eyeprentice.sources.picture_moments import rate_of_epochs, rate_of_moments
from eyeprentice.sources.picture_names import Name, spelling, take_apart, value, with_exponents
from eyeprentice.sources.picture_order import times_in_names
from eyeprentice.words.limits import FASTEST_HZ
from eyeprentice.words.notes import note_once
from eyeprentice.words.vocabulary import FRAME_RATE_HZ

_COUNTED = 5
"""Steps from one name's number to the next below which these count pictures."""
_FEWEST_TIMES = 3
_UNITS = {"ms": (1e3, 200.0), "µs": (1e6, 200e3), "ns": (1e9, 200e6)}
"""In which whole numbers may tell times: how many there are in a second, and the longest step."""
_UNIT = re.compile(r"[\W_]*(s|ms|us|\N{GREEK SMALL LETTER MU}s|ns)(?:ecs?|econds?)?(?![^\W_])")
_SECOND = {"s": 1.0, "m": 1e3, "u": 1e6, "\N{GREEK SMALL LETTER MU}": 1e6, "n": 1e9}
"""Of a unit that stands behind the number, by its first letter, how many a second has."""
_SHOWN = 3


def tell_of_names(folder: Path, files: Sequence[Path], rate_hz: float | None) -> None:
    """Says what is remarkable in the names; `files` are as `pictures_in` gives them, `rate_hz` is what a user named."""
    for remark in _remarks(files, rate_hz):
        note_once(f"{folder}: {remark}")


def _remarks(files: Sequence[Path], rate_hz: float | None) -> Iterator[str]:
    names = take_apart([path.stem for path in files])
    stems = [spelling(path.stem) for path in files]
    forms = sorted({"#".join(name.words) for name in names})
    every = f"they are read {FRAME_RATE_HZ} a second unless --rate names another rate"
    if len(forms) > 1:
        if rate_hz is None and len(names) >= _FEWEST_TIMES and (times := _by_moments(stems)) is not None:
            yield f"the names of its pictures look like times, {times}; {every}"
        shown = ", ".join(forms[:_SHOWN]) + (", ..." if len(forms) > _SHOWN else "")
        yield f"the names of its pictures have {len(forms)} forms ({shown}); the alphabet orders them"
        return
    if rate_hz is None and (seconds := times_in_names(files)) is not None:
        rate = 1 / float(np.median(np.diff(seconds)))
        yield f"the names of its pictures are times, about {rate:.0f} a second; they are read at these times"
    elif rate_hz is None and (times := _look_like_times(names, stems)) is not None:
        yield f"the names of its pictures look like times, {times}; {every}"
        return
    columns = _varying(names)
    if len(columns) == 1 and (left_out := _left_out(columns[0])):
        yield f"the numbers of its pictures leave out {left_out}; the pictures are read evenly all the same"
    if len(columns) == 2 and (series := _series(*columns)) > 1:
        yield f"the names of its pictures tell {series} series of the same numbers; they are read one after the other"


def _varying(names: Sequence[Name]) -> list[list[tuple[int, ...]]]:
    """The columns of numbers that are not the same in all names, of names of one form."""
    columns = zip(*(name.chains for name in names), strict=True)
    numbers = [[tuple(map(int, chain)) for chain in column] for column in columns]
    return [column for column in numbers if len(set(column)) > 1]


def _look_like_times(names: Sequence[Name], stems: Sequence[str]) -> str | None:
    """The rate that names would tell if they were times, in words."""
    if len(names) < _FEWEST_TIMES:
        return None
    if (rate := rate_of_moments(stems)) is not None:
        return _told(rate)
    return _by_numbers(names) or _by_moments(stems)


def _by_moments(stems: Sequence[str]) -> str | None:
    if (rate := rate_of_moments(stems) or rate_of_epochs(stems)) is not None:
        return _told(rate)
    numbers = with_exponents(stems)
    gap = float(np.median(np.diff(np.array(numbers, np.float64)))) if numbers else 0.0
    return f"{_told(1 / gap)} if they are seconds" if gap > 0 and 1 / gap <= FASTEST_HZ else None


def _by_numbers(names: Sequence[Name]) -> str | None:
    """By the one column of numbers that is not the same in all names and does not count them one by one."""
    columns = {place: [name.chains[place] for name in names] for place in range(len(names[0].chains))}
    columns = {place: column for place, column in columns.items() if len(set(column)) > 1}
    if len(columns) > 1:
        columns = {place: column for place, column in columns.items() if not _counts(column)}
    if len(columns) != 1:
        return None
    ((place, column),) = columns.items()
    longest = max(map(len, column))
    numbers = [float(name.signs[place] * value(name.chains[place])) for name in names]
    gap = float(np.median(np.diff(numbers)))
    if gap <= 0 or longest > 2:
        return None
    if unit := _UNIT.match(names[0].words[place + 1]):
        return _told(_SECOND[unit[1][0]] / gap)
    if longest == 2:
        is_told = not _counts(column) and 1 / gap <= FASTEST_HZ
        return f"{_told(1 / gap)} if they are seconds" if is_told else None
    units = [(unit, a_second) for unit, (a_second, longest) in _UNITS.items() if _COUNTED <= gap <= longest]
    return f"{_told(units[0][1] / gap)} if they are {units[0][0]}" if units else None


def _told(rate_hz: float) -> str:
    return f"about {rate_hz:,.0f} a second" if rate_hz >= 10 else f"about {rate_hz:.2g} a second"


def _counts(column: Sequence[tuple[str, ...]]) -> bool:
    """Whether numbers count one by one, all of them behind the same others: 1.01, 1.02, 1.03."""
    return len({number[:-1] for number in column}) == 1 and all(
        int(b[-1]) - int(a[-1]) == 1 for a, b in pairwise(column)
    )


def _left_out(column: list[tuple[int, ...]]) -> int:
    """How many numbers are missing where pictures are counted one by one."""
    if any(len(number) > 1 for number in column):
        return 0
    gaps = [b[0] - a[0] for a, b in pairwise(column)]
    return sum(gaps) - len(gaps) if np.median(gaps) == 1 and min(gaps) == 1 else 0


def _series(outer: list[tuple[int, ...]], inner: list[tuple[int, ...]]) -> int:
    """How many times the same inner numbers, two or more, are there."""
    groups = defaultdict(list)
    for number, within in zip(outer, inner, strict=True):
        groups[number].append(within)
    first = groups[outer[0]]
    return len(groups) if len(first) > 1 and all(group == first for group in groups.values()) else 0
