"""What holds for every stream of events, and what is doubtful in one: each event is looked at once, as it passes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import Events, combined
from eyeprentice.words.errors import InputError

PAUSE_US = 60_000_000
"""Two neighbouring events are further apart than this only if the recording was paused, or the clock is wrong."""
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
LOOKED_AT = 1 << 15
"""Events whose times are looked at together: with the steps between them they stay near the processor."""
AT_ONCE = 1000
"""Events of one time that are looked at more closely."""
MOST_AT_ONCE = 0.1
"""Share of all events that may have one time."""
SHORTEST_US = 5_000
"""Of a recording of many events: less, and its times may be in another unit."""


def check_packets(
    packets: Iterable[Events], width: int, height: int, where: object, say: Callable[[str], None] = lambda _: None
) -> Iterator[Events]:
    """The same packets, empty ones left out.

    Raises `InputError` where time runs backwards, stands still for more events than there are pixels, or leaps as no
    pause does, and where a pixel is not there. What is doubtful goes to `say`, in a sentence.
    """
    watch = _Watch(str(where), width * height, say)
    for events in packets:
        if not len(events):
            continue
        count = watch.count
        for first in range(0, len(events), LOOKED_AT):
            watch.look(events["t_us"][first : first + LOOKED_AT])
        *_, right, bottom, _, _ = combined(events, np.maximum)
        if right >= width or bottom >= height:
            number = count + int(((events["x"] >= width) | (events["y"] >= height)).argmax())
            raise InputError(
                str(where),
                f"event {number} lies outside the sensor of {width}x{height}",
                "give the sensor's size with --geometry",
            )
        yield events
    watch.end()


@dataclass
class _Watch:
    """The times of a stream."""

    where: str
    pixels: int
    say: Callable[[str], None]
    count: int = 0
    first: int = 0
    last: int = 0
    run: int = 0
    """Events so far that have the last time."""
    longest: tuple[int, int, int] = (0, 0, 0)
    """Of events of one time: how many, the first one's number, and the time."""
    leaps: int = 0
    is_thousands: bool = True
    _room: NDArray[np.int64] = field(default_factory=lambda: np.empty((2, LOOKED_AT), np.int64))
    """For times side by side and the steps between them: kept, as new memory costs more than what is done in it."""

    def look(self, times_us: NDArray[np.int64]) -> None:
        """At the next times, at most `LOOKED_AT`, which begin with event number `count`."""
        count = len(times_us)
        t_us, steps = self._room[0, :count], self._room[1, : count - 1]
        t_us[:] = times_us
        np.subtract(t_us[1:], t_us[:-1], out=steps)
        if not self.count:
            self.first = self.last = int(t_us[0])
        least, most = (int(steps.min()), int(steps.max())) if len(steps) else (0, 0)
        begins = int(t_us[0]) - self.last
        if begins < 0 or least < 0:
            number = self.count + (0 if begins < 0 else int((steps < 0).argmax()) + 1)
            raise InputError(
                self.where, f"time runs backwards at event {number}", "record it again, or cut the recording there"
            )
        if begins > PAUSE_US:
            self._leap(self.count, self.last, int(t_us[0]))
        if most > PAUSE_US:
            for number in np.flatnonzero(steps > PAUSE_US)[:3]:
                self._leap(self.count + int(number) + 1, int(t_us[number]), int(t_us[number + 1]))
        self._stand(t_us)
        if self.is_thousands:
            self.is_thousands = not (t_us[:AT_ONCE] % 1000).any() and not (t_us % 1000).any()
        self.last = int(t_us[-1])
        self.count += count

    def end(self) -> None:
        """Says what only the whole stream tells."""
        count, number, t_us = self.longest
        if count >= AT_ONCE and count > MOST_AT_ONCE * self.count:
            self.say(
                f"its clock stands still at {_seconds(t_us)}: {count:,} of its {self.count:,} events, "
                f"from event {number:,} on, have this time"
            )
        elif self.count >= AT_ONCE and self.last - self.first < SHORTEST_US:
            self.say(f"its {self.count:,} events last only {_seconds(self.last - self.first)}; are its times in µs?")
        elif self.count >= AT_ONCE and self.is_thousands:
            self.say("its times are whole milliseconds, if they are in µs; if they are in ns, all is read too slow")

    def _leap(self, number: int, before: int, after: int) -> None:
        at = f"its clock leaps from {_seconds(before)} to {_seconds(after)} at event {number:,}"
        from_zero = abs(self.first) < 1_000_000 and before - self.first < 1_000_000
        if after - before > DAY_US or (from_zero and after - before > HOUR_US):
            raise InputError(self.where, at, "the clock was set there: cut the recording there, and read the parts")
        self.leaps += 1
        if self.leaps == 1:
            self.say(f"{at}; if the recording was not paused there, its times are wrong")

    def _stand(self, t_us: NDArray[np.int64]) -> None:
        """Looks for many events of one time; times are in order, so a run has a sampled pair in it."""
        leading = int(np.searchsorted(t_us, t_us[0], "right"))
        trailing = int(np.searchsorted(t_us, t_us[-1], "left"))
        self._ran((self.run if t_us[0] == self.last else 0) + leading, leading, t_us[0])
        half = AT_ONCE // 2
        for number in np.flatnonzero(t_us[half::half] == t_us[:-half:half][: len(t_us[half::half])]):
            left = int(np.searchsorted(t_us, t_us[number * half], "left"))
            right = int(np.searchsorted(t_us, t_us[number * half], "right"))
            if left:
                self._ran(right - left, right, t_us[left])
        is_one = trailing == 0
        self.run = (self.run if is_one and t_us[0] == self.last and self.count else 0) + len(t_us) - trailing

    def _ran(self, count: int, end: int, t_us: Any) -> None:
        """Up to event `end` of this packet, `count` events have one time."""
        if count > self.longest[0]:
            self.longest = count, self.count + end - count, int(t_us)
        if count >= AT_ONCE and count > self.pixels:
            raise InputError(
                self.where,
                f"its clock stands still at {_seconds(int(t_us))} for {count:,} events, from event "
                f"{self.count + end - count:,} on, and its sensor has {self.pixels:,} pixels",
                "export it again with another program",
            )


def _seconds(t_us: int) -> str:
    return f"{t_us / 1e6:.6f} s"
