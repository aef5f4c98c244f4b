"""Dates, times of day and seconds since 1970 in names of pictures, as far as all names of a folder have them."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import pairwise

Moments = list[Fraction]
"""Of each name, in seconds."""

_DAY_S, _NIGHT_S = 86_400, 23 * 3600
_YEAR, _SHORT_YEAR, _TWO, _ONE = r"(?P<y>(?:19|20)\d\d)", r"(?P<y>[1-3]\d)", r"\d\d", r"\d\d?"
_FRACTION = r"(?:(?P<point>[.,_-]?)(?P<f>\d{1,9}))?"
_HALF = r"(?:[\W_]?(?P<half>[ap])\.?m)?"
_TIME = rf"(?P<H>\d\d?)(?P<c>[-:._h ]?)(?P<M>\d\d)(?:(?P=c)|m)(?P<S>\d\d)s?{_FRACTION}{_HALF}"
_TIMES_ALONE = [
    re.compile(rf"(?:t|time)?[\W_]*{_TIME}z?".replace("[-:._h ]?", "[-:._h ]")),
    re.compile(rf".*(?:[\W_]t?){_TIME}(?!\d).*".replace("[-:._h ]?", "[-:h]")),
    re.compile(r"(?:t|time)?[\W_]*(?P<M>\d\d?)(?:m|[-:](?=\d\d[.,]))(?P<S>\d\d?)(?:(?P<point>[.,])(?P<f>\d{1,9}))?s?"),
]
_EPOCH = re.compile(r".*?(?<!\d)(?P<e>1[3-9]\d{8})(?:(?P<point>[.,_-]?)(?P<f>\d{1,9}))?(?!\d).*")


def _dates(order: str) -> Iterator[re.Pattern[str]]:
    for year, number, between in ((_YEAR, _ONE, "[-._ ]"), (_YEAR, _TWO, ""), (_SHORT_YEAR, _ONE, "[-._ ]")):
        parts = {"y": year, "m": f"(?P<m>{number})", "d": f"(?P<d>{number})"}
        first, second, third = (parts[part] for part in order)
        date = rf"{first}(?P<s>{between}){second}(?P=s){third}"
        yield re.compile(rf".*?(?<!\d){date}\D{{0,3}}{_TIME}(?!\d).*")
        yield re.compile(rf".*?(?<!\d){_TIME}\D{{1,3}}{date}(?!\d).*")
        yield re.compile(rf".*?(?<!\d){date}(?!\d).*")
    if order == "ymd":
        yield re.compile(rf".*?(?<!\d){_SHORT_YEAR}(?P<m>\d\d)(?P<d>\d\d)[_-]{_TIME}(?!\d).*")


_DATES = {order: list(_dates(order)) for order in ("ymd", "dmy", "mdy")}


def contradiction(stems: Sequence[str]) -> tuple[int, str] | None:
    """The first of these names, by its place, that is later than the next one by its date or time; and why that is so.

    If it is not known whether the day or the month comes first, the order has to be right in both ways.
    """
    dates = _dates_in(stems)
    for moments in dates:
        if (place := _falls(moments)) is not None:
            return place, "by their dates it comes after"
    if dates or (times := _timed(stems)) is None:
        return None
    if (place := _falls(times)) is not None:
        return place, "by their times of day it comes after"
    gaps = [b - a for a, b in pairwise(times)]
    if gaps and max(gaps) > _NIGHT_S:
        return gaps.index(max(gaps)), "it comes after, if midnight is between them"
    return None


def rate_of_moments(stems: Sequence[str]) -> float | None:
    """Pictures a second by the dates with times of day, or the times of day, in these names; None without any."""
    return _rate(next(iter(_dates_in(stems, with_time=True)), None) or _timed(stems))


def rate_of_epochs(stems: Sequence[str]) -> float | None:
    """Pictures a second by the seconds since 1970 in these names, with fractions behind them; None without any."""
    found = [_EPOCH.fullmatch(stem) for stem in stems]
    matches = [match for match in found if match is not None]
    return _rate([int(match["e"]) + part for match, part in zip(matches, _fractions(matches), strict=True)]
                 if len(matches) == len(stems) else None)  # fmt: skip


def _rate(moments: Moments | None) -> float | None:
    if not moments or moments[-1] <= moments[0]:
        return None
    return float((len(moments) - 1) / (moments[-1] - moments[0]))


def _falls(moments: Moments) -> int | None:
    return next((place for place, (a, b) in enumerate(pairwise(moments)) if b < a), None)


def _dates_in(stems: Sequence[str], with_time: bool = False) -> list[Moments]:
    """By the year, month and day of these names; in both ways, if the year is the last."""
    if (dates := _dated(stems, "ymd", with_time)) is not None:
        return [dates]
    return [dates for order in ("dmy", "mdy") if (dates := _dated(stems, order, with_time)) is not None]


def _dated(stems: Sequence[str], order: str, with_time: bool) -> Moments | None:
    """If all names have a date that exists, written in one way."""
    for pattern in _DATES[order]:
        if with_time and "H" not in pattern.groupindex:
            continue
        matches = _matches(pattern, stems)
        if matches and (len(matches[0]["y"]) == 4 or len({match["y"] for match in matches}) == 1):
            try:
                return _moments(matches)
            except ValueError:
                continue
    return None


def _timed(stems: Sequence[str]) -> Moments | None:
    """If all names have a time of day, or minutes and seconds, and no date."""
    for pattern in _TIMES_ALONE:
        if matches := _matches(pattern, stems):
            try:
                return _moments(matches)
            except ValueError:
                continue
    return None


def _matches(pattern: re.Pattern[str], stems: Sequence[str]) -> list[re.Match[str]]:
    """Of all names, or none."""
    matches = []
    for stem in stems:
        if (match := pattern.fullmatch(stem)) is None:
            return []
        matches.append(match)
    return matches


def _moments(matches: list[re.Match[str]]) -> Moments:
    """Raises `ValueError` for a date or time that does not exist."""
    return [_whole(match.groupdict()) + part for match, part in zip(matches, _fractions(matches), strict=True)]


def _whole(found: dict[str, str | None]) -> int:
    year, month, day = (int(found.get(part) or 1) for part in "ymd")
    hour, minute, second = (int(found.get(part) or 0) for part in "HMS")
    if half := found.get("half"):
        hour = hour % 12 + (12 if half == "p" else 0)
    date = datetime(year if year > 99 else 2000 + year, month, day, hour, minute, second)
    return date.toordinal() * _DAY_S + hour * 3600 + minute * 60 + second


def _fractions(matches: list[re.Match[str]]) -> Moments:
    """What stands behind whole seconds: a fraction behind a dot, else ms, µs or ns by its length, else no time."""
    found = [match.groupdict() for match in matches]
    parts = [one.get("f") or "" for one in found]
    if any(one.get("point") in (".", ",") for one in found):
        return [Fraction(int(part or 0), 10 ** len(part)) for part in parts]
    longest = max(map(len, parts), default=0)
    is_known = longest in (3, 6, 9) and (longest == 9 or len(set(map(len, parts))) == 1)
    return [Fraction(int(part or 0), 10**longest) if is_known else Fraction(0) for part in parts]
