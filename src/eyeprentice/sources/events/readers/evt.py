"""Prophesee's encodings EVT2, EVT2.1 and EVT3, from arrays of words (docs.prophesee.ai, Data Encoding Formats).

Each word has its kind in its upper four bits. Words of time, row or base column hold for all events after them, so
decoding is: count the events of each word, and repeat what holds as often as events follow. `decode` of each class
takes words as they come and remembers what still holds after them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import Columns
from eyeprentice.sources.events.readers.clock import Clock

Words = NDArray[Any]
UNKNOWN = 1 << 15
"""A row or column that no word has told yet."""


class Encoding(ABC):
    """What the three have in common; an object decodes one file."""

    SIZE: ClassVar[int]
    """Bytes of a word."""
    KINDS: ClassVar[frozenset[int]]
    """Kinds that the format defines."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        """What words of time go through."""
        self.count = 0
        """Events so far."""
        self.lost = 0
        """Events before the first word of time or place, which have none."""
        self._high: int | None = None

    @staticmethod
    @abstractmethod
    def kinds(words: Words) -> NDArray[np.uint8]:
        """The kind of each word; 8 is the upper part of the time."""

    @staticmethod
    @abstractmethod
    def high(words: Words) -> NDArray[np.int64]:
        """The values of words of kind 8."""

    @abstractmethod
    def decode(self, words: Words, following: int | None) -> Columns:
        """The events of some words; `following` is the next value of kind 8, if it is known."""

    def _timed(self, before: NDArray[np.int64], total: int) -> tuple[int, Callable[[int], int]]:
        """Where events with a time begin, and which event follows the word of time number i.

        `before` says how many events come before each word of time, of `total`.
        """
        start = 0
        if self._high is None:
            start = int(before[0]) if len(before) else total
            self.lost += start
        count = self.count
        self.count += total - start
        return start, lambda i: count + int(before[i]) - start


class _Evt2Like(Encoding):
    """EVT2 and EVT2.1: the upper 28 bits of the time in words of their own, the lower 6 in each word of events."""

    def __init__(self) -> None:
        super().__init__(Clock(1 << 28, 64))

    def _highs(
        self, high: NDArray[np.int64], before: NDArray[np.int64], total: int, following: int | None
    ) -> tuple[int, NDArray[np.int64]]:
        """Where events with a time begin, and the upper part of each event's time, in µs."""
        start, place = self._timed(before, total)
        ticks = self.clock.ticks(high, place, following)
        held = _held(before, total, ticks << 6, (self._high or 0) << 6)
        self._high = int(ticks[-1]) if len(ticks) else self._high
        return start, held


class Evt2(_Evt2Like):
    """32 bits: an event, or the upper part of the time."""

    SIZE = 4
    KINDS = frozenset({0, 1, 8, 10, 14, 15})

    @staticmethod
    def kinds(words: Words) -> NDArray[np.uint8]:
        return (words >> 28).astype(np.uint8)

    @staticmethod
    def high(words: Words) -> NDArray[np.int64]:
        return (words & 0xFFFFFFF).astype(np.int64)

    def decode(self, words: Words, following: int | None) -> Columns:
        kinds = self.kinds(words)
        events = words.take(np.flatnonzero(kinds <= 1))
        others = np.flatnonzero(kinds > 1)
        highs = np.flatnonzero(kinds.take(others) == 8)
        at = others.take(highs)
        start, t_us = self._highs(self.high(words.take(at)), at - highs, len(events), following)
        events, t_us = events[start:], t_us[start:]
        t_us |= (events >> 22) & 63
        return t_us, ((events >> 11) & 2047).astype(np.uint16), (events & 2047).astype(np.uint16), events >= 1 << 28


class Evt21(_Evt2Like):
    """64 bits: up to 32 events of one row and polarity, or the upper part of the time."""

    SIZE = 8
    KINDS = Evt2.KINDS

    @staticmethod
    def kinds(words: Words) -> NDArray[np.uint8]:
        return (words >> 60).astype(np.uint8)

    @staticmethod
    def high(words: Words) -> NDArray[np.int64]:
        return ((words >> 32) & 0xFFFFFFF).astype(np.int64)

    def decode(self, words: Words, following: int | None) -> Columns:
        kinds = self.kinds(words)
        at = np.flatnonzero(kinds == 8)
        groups = np.flatnonzero(kinds <= 1)
        row, bit = _bits((words[groups] & 0xFFFFFFFF).astype(np.uint32))
        per_word = np.zeros(len(words), np.int32)
        per_word[groups] = np.bincount(row, minlength=len(groups))
        ends = _sums(per_word)
        start, t_us = self._highs(self.high(words[at]), ends.take(at), int(ends[-1]), following)
        head = (words[groups] >> 32).astype(np.uint32)[row[start:]]
        t_us = t_us[start:] + ((head >> 22) & 63)
        x = ((head >> 11) & 2047) + bit[start:].astype(np.uint32)
        return t_us, x.astype(np.uint16), (head & 2047).astype(np.uint16), head >= 1 << 28


_SET = np.unpackbits(np.arange(256, dtype=np.uint8).reshape(-1, 1), axis=1, bitorder="little")  # (256, 8)
BITS = np.nonzero(_SET)[1]
"""The bits that are set in 0, in 1, and so on up to 255."""
ONES = _SET.sum(1).astype(np.uint8)
FIRST = np.cumsum(ONES, dtype=np.int64) - ONES
"""How many they are in each byte, and where those of each begin."""


class Evt3(Encoding):
    """16 bits: a row, a column, a base column, twelve or eight pixels from there on, or a part of the time."""

    SIZE = 2
    KINDS = frozenset({0, 2, 3, 4, 5, 6, 7, 8, 10, 14, 15})
    _WIDTHS = np.array([0, 0, 0, 0, 12, 8], np.int64)
    _MASKS = np.array([0, 0, 0, 0, 0xFFF, 0xFF], np.uint16)

    def __init__(self) -> None:
        super().__init__(Clock(1 << 12, 1 << 12))
        self._low, self._y, self._base, self._base_on = 0, UNKNOWN, UNKNOWN, False

    @staticmethod
    def kinds(words: Words) -> NDArray[np.uint8]:
        return (words >> 12).astype(np.uint8)

    @staticmethod
    def high(words: Words) -> NDArray[np.int64]:
        return (words & 0xFFF).astype(np.int64)

    def decode(self, words: Words, following: int | None) -> Columns:
        kinds = self.kinds(words)
        per_word = (kinds == 2).astype(np.uint8)
        vectors = np.flatnonzero(kinds - np.uint8(4) <= 1)
        masks = words.take(vectors) & self._MASKS.take(kinds.take(vectors))
        per_word[vectors] = ONES.take(masks & 255) + ONES.take(masks >> 8)
        ends = _sums(per_word)
        start, t_us = self._times(words, kinds, ends, following)
        rows = np.flatnonzero(kinds <= 1)  # kind 1 is the row of another kind of events
        y_told = (words.take(rows) & 0x7FF) | ((kinds.take(rows) == 1).astype(np.uint16) << 15)
        y = _held_often(ends.take(rows), int(ends[-1]), y_told, self._y)
        self._y = int(y_told[-1]) if len(rows) else self._y
        each = np.empty(ends[-1] + 1, np.uint16)
        each[ends - per_word] = words  # of several words at one place the last one stays, which is that of the event
        x, on = each[:-1] & np.uint16(0x7FF), (each[:-1] & np.uint16(0x800)) != 0
        bases = np.flatnonzero(kinds == 3)
        if len(vectors) or len(bases):
            first, base_on = self._bases(words.take(bases), vectors.searchsorted(bases), kinds.take(vectors))
            which, bit = _bits(masks)
            ones = per_word.take(vectors)
            at = np.arange(len(which)) + (ends.take(vectors) - _sums(ones)).take(which)
            x[at], on[at] = np.minimum(first.take(which) + bit, UNKNOWN), base_on.take(which)
        t_us, x, y, on = t_us[start:], x[start:], y[start:], on[start:]
        if len(y) and (y.max() >= UNKNOWN or x.max() >= UNKNOWN):
            known = (y < UNKNOWN) & (x < UNKNOWN)
            t_us, x, y, on = t_us[known], x[known], y[known], on[known]
            unknown = len(known) - int(known.sum())
            self.count, self.lost = self.count - unknown, self.lost + unknown
        return t_us, x, y, on

    def _bases(
        self, told: Words, before: NDArray[np.intp], kinds: NDArray[np.uint8]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The first column and the polarity of each vector, of these kinds: from the base and the vectors since then.

        `told` are the words of bases, and `before` says how many vectors come before each.
        """
        passed = np.concatenate([[0], _sums(self._WIDTHS.take(kinds))])
        base = np.concatenate([[self._base], (told & 0x7FF) - passed.take(before)])
        base_on = np.concatenate([[self._base_on], (told & 0x800) != 0])
        self._base, self._base_on = min(int(base[-1] + passed[-1]), UNKNOWN), bool(base_on[-1])
        times = np.diff(before, prepend=0, append=len(kinds))
        return np.repeat(base, times) + passed[:-1], np.repeat(base_on, times)

    def _times(
        self, words: Words, kinds: NDArray[np.uint8], ends: NDArray[np.int64], following: int | None
    ) -> tuple[int, NDArray[np.int64]]:
        """Where events with a time begin, and each event's time in µs.

        A new upper part sets the lower to 0, until that comes: it is the next word, if none was lost.
        """
        at = np.flatnonzero((kinds == 6) | (kinds == 8))
        value, is_high = self.high(words[at]), kinds[at] == 8
        before, total = ends.take(at), int(ends[-1])
        start, place = self._timed(before[is_high], total)
        ticks = self.clock.ticks(value[is_high], place, following)
        highs = np.concatenate([[self._high or 0], ticks])[_sums(is_high)]
        told = ~is_high | (np.diff(highs, prepend=self._high or 0) != 0)
        value[is_high] = 0
        latest = np.maximum.accumulate(np.where(told, np.arange(1, len(at) + 1), 0))
        lows = np.concatenate([[self._low], value])[latest]
        t_us = _held(before, total, (highs << 12) + lows, ((self._high or 0) << 12) + self._low)
        if len(at):
            self._low = int(lows[-1])
            self._high = int(highs[-1]) if is_high.any() else self._high
        return start, t_us


def _sums(counts: NDArray[Any]) -> NDArray[np.int64]:
    """The sum up to each, below 2^31. NumPy adds up numbers of 32 bits several times as fast."""
    return np.cumsum(counts, dtype=np.int32).astype(np.int64)


def _held(before: NDArray[np.int64], total: int, told: NDArray[np.int64], first: int) -> NDArray[np.int64]:
    """For each of `total` events what the latest word told, of those that have so many events `before` them."""
    return np.repeat(np.concatenate([[first], told]), np.diff(before, prepend=0, append=total))


def _held_often(before: NDArray[np.int64], total: int, told: NDArray[np.uint16], first: int) -> NDArray[np.uint16]:
    """The same, faster where it changes every few events: the sum of all changes up to each."""
    steps = np.zeros(total + 1, np.int32)
    steps[0] = first
    last = np.flatnonzero(before[1:] != before[:-1])  # of several words between two events
    last = np.append(last, len(before) - 1) if len(before) else last
    steps[before.take(last)] += _changes(told.take(last), first)
    return np.cumsum(steps[:-1], dtype=np.int32).astype(np.uint16)


def _changes(told: NDArray[np.uint16], first: int) -> NDArray[np.int32]:
    after = told.astype(np.int32)
    return after - np.concatenate([[np.int32(first)], after[:-1]])[: len(after)]


def _bits(masks: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The bits that are set: in which mask, and which one, in order. Each byte is looked up in a table."""
    bytes_ = masks.astype(masks.dtype.newbyteorder("<"), copy=False).view(np.uint8)
    filled = np.flatnonzero(bytes_ != 0)
    value = bytes_[filled]
    ones = ONES.take(value)
    part = np.repeat(np.arange(len(filled)), ones)
    first = FIRST.take(value) - _sums(ones) + ones
    bit = BITS.take(np.arange(len(part)) + first.take(part))
    mask, byte = np.divmod(filled.take(part), masks.itemsize)
    return mask, bit + 8 * byte
