"""The clock of a camera: a counter of few bits that starts again at 0, of which words may be lost or wrong.

Two neighbouring values tell how far the clock went: forward by a little, around its end, or back by a little, because
words came in another order. A word that fits to nothing, between two that fit to each other, is left out. What else
falls was a reset of the camera, or is lost for ever, and is refused.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import Columns
from eyeprentice.sources.events.readers.found import ColumnsPiece, RefusedError, refuse_if, seconds

FORWARD_US, BACK_US = 1_000_000, 250_000
"""So far a clock goes forward from one word to the next without being asked; so far back, words only changed places."""
MOST_ODD = 10_000
"""Of odd words in a file: so many make no clock."""
RESET = 1 / 64
"""Of the range: a counter that falls to below this may have been reset."""
SHORT_US = 60_000_000
"""A clock that starts again sooner than this cannot tell how long a pause was."""


@dataclass
class Clock:
    """Makes times that never wrap of a counter's values, `modulus` of them, each `tick_us` long."""

    modulus: int
    tick_us: int
    last: int | None = None
    """The value that came last; None before the first."""
    notes: dict[str, str] = field(default_factory=dict)
    """What was doubtful, in words, the first of each kind."""
    _turns: int = 0
    _odd: int = 0

    def ticks(
        self, values: NDArray[np.int64], place: Callable[[int], int], following: int | None = None
    ) -> NDArray[np.int64]:
        """(N,) values -> (N,) ticks since the counter's first 0.

        `place(i)` is the number of the event that follows value i; `following` is the value after the last one, where
        it is known. Raises `RefusedError` at a value that cannot be told.
        """
        if not len(values):
            return values
        if self.last is None:
            self.last = int(values[0])
        steps = np.diff(values, prepend=self.last)
        odd = np.flatnonzero((steps < -(BACK_US // self.tick_us)) | (steps > FORWARD_US // self.tick_us))
        turns: NDArray[np.int64] | int = self._turns
        if len(odd):
            self._odd += len(odd)
            refuse_if(self._odd > MOST_ODD, "its clock makes no sense")
            values, turns = self._unfold(values.copy(), odd.tolist(), place, following)
        self.last = int(values[-1])
        return values + turns * self.modulus

    def _unfold(
        self, values: NDArray[np.int64], odd: list[int], place: Callable[[int], int], following: int | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The values without those that are left out, and the turns of each."""
        turns, waiting = np.full(len(values), self._turns, np.int64), deque(odd)
        while waiting:
            number = waiting.popleft()
            before = int(values[number - 1]) if number else self.last
            after = int(values[number + 1]) if number + 1 < len(values) else following
            assert before is not None
            turn = self._turn(before, int(values[number]), after, place(number))
            if turn is None:
                values[number] = before
                if number + 1 < len(values) and number + 1 not in waiting:
                    waiting.appendleft(number + 1)
            elif turn:
                turns[number:] += turn
        self._turns = int(turns[-1])
        return values, turns

    def tell(self) -> Iterator[str]:
        """Notes that were not told yet."""
        yield from filter(None, self.notes.values())
        self.notes = dict.fromkeys(self.notes, "")

    def _turn(self, before: int, now: int, after: int | None, event: int) -> int | None:
        """By how many turns the counter went on (-1, 0, 1), or None for a word that is to be left out."""
        on = (now - before) % self.modulus
        around = int(now < before)
        if on <= FORWARD_US // self.tick_us:
            return around
        if self.modulus - on <= BACK_US // self.tick_us:
            return around - 1
        if after is not None and (after - before) % self.modulus <= FORWARD_US // self.tick_us:
            self.notes.setdefault(
                "odd", f"a time of its clock, before event {event:,}, fits to none of its neighbours and was left out"
            )
            return None
        if around and (now < RESET * self.modulus or on > self.modulus // 2):
            raise RefusedError(
                f"its clock falls from {seconds(before * self.tick_us)} to {seconds(now * self.tick_us)} at event "
                f"{event:,}: the camera was started again there, or a part of the recording is lost",
                "cut the recording there, and read the parts one by one",
            )
        if self.modulus * self.tick_us < SHORT_US:  # leaps of longer clocks are said where all formats are watched
            self.notes.setdefault(
                "leap",
                f"its clock leaps by {seconds(on * self.tick_us)} at event {event:,}; it starts again every "
                f"{seconds(self.modulus * self.tick_us)}, so the pause may have been longer by a multiple of that",
            )
        return around


def in_order(pieces: Iterator[ColumnsPiece], clock: Clock) -> Iterator[ColumnsPiece]:
    """The same events in the order of their times, where a clock steps back by little; its notes come with them.

    One piece is held back. What belongs further back than that stays out of order, and is refused like everywhere.
    """
    held: Columns | None = None
    count, is_said = 0, False
    for piece in pieces:
        yield from clock.tell()
        if piece is None or isinstance(piece, str):
            yield piece
        elif len(t_us := piece[0]):
            falls = t_us[1:] < t_us[:-1]
            back = int(held[0][-1] - t_us[0]) if held is not None else 0
            if back > 0 or falls.any():
                if not is_said:
                    number = 0 if back > 0 else int(falls.argmax()) + 1
                    back = back if back > 0 else int(t_us[number - 1] - t_us[number])
                    yield (
                        f"its clock steps back by {seconds(back)} at event {count + number:,}; "
                        "events were put into the order of their times"
                    )
                    is_said = True
                held, piece = _sorted(held, piece)
            count += len(t_us)
            if held is not None:
                yield held
            held = piece
    yield from clock.tell()
    if held is not None:
        yield held


def _sorted(held: Columns | None, piece: Columns) -> tuple[Columns | None, Columns]:
    """The same two pieces with their events in the order of their times."""
    both = piece if held is None else tuple(np.concatenate(pair) for pair in zip(held, piece, strict=True))
    order = np.argsort(both[0], kind="stable")
    first = 0 if held is None else len(held[0])
    t_us, x, y, polarity = (column[order] for column in both)
    later = t_us[first:], x[first:], y[first:], polarity[first:]
    return None if held is None else (t_us[:first], x[:first], y[:first], polarity[:first]), later
