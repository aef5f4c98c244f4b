"""Readings as segments: from when to when an emotion was shown, because the mean over a video is no answer.

A segment begins and ends with hysteresis. It begins when its emotion reaches the probability from which on emotions are
named, and is dated back to the moment since when that emotion has been the most probable one, at a lower limit or
above. It ends when its probability falls below that limit, or another emotion is named. What is shorter than people
show an emotion does not count, and a short doubt within a segment does not divide it. The three numbers (`Habits`) were
chosen on streams of simulated validation people (`benchmarks/segments.py`).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice, pairwise
from typing import Any

import numpy as np

from eyeprentice.runtime.belief import Reading
from eyeprentice.runtime.recognizer import CERTAIN
from eyeprentice.sources.pace import usual_rate
from eyeprentice.words.vocabulary import EMOTIONS, FRAME_RATE_HZ

UNCERTAIN, NO_EYE = "uncertain", "no eye"


@dataclass(frozen=True)
class Habits:
    """How readings become segments."""

    kept: float = 0.75
    """An emotion ends below this share of the probability from which on it is named."""
    least_s: float = 0.4
    """What is shown for a shorter time is not named, and so short a doubt before an emotion is its beginning."""
    bridged_s: float = 0.8
    """So long a doubt within an emotion, or an eye that is not seen, does not end it."""
    longest_s: float = 1.0
    """A reading counts for at most so long, or for three usual intervals, if no other one follows."""


HABITS = Habits()
ROUNDING_S = 1e-6
FIRST = 25
"""Readings by which the usual rate is known."""


@dataclass(frozen=True)
class Segment:
    """A part of a stream in which one answer holds."""

    emotion: str
    """One of the seven, `uncertain`, or `no eye`."""
    start_s: float
    end_s: float
    probability: float
    """Of the emotion, its mean over the segment; where it is uncertain, of the most probable one; 0 without an eye."""
    likeliest: str = ""
    """The emotion that was the most probable one on average; empty without an eye."""

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    @property
    def is_named(self) -> bool:
        """Whether it is one of the seven emotions."""
        return self.emotion in EMOTIONS

    def as_dict(self) -> dict[str, Any]:
        """The same as a dictionary of built-in types, in ms and to four digits, as `predict --json` prints it."""
        digits = {"start_s": 3, "end_s": 3, "probability": 4}
        return {name: round(value, digits[name]) if name in digits else value for name, value in asdict(self).items()}

    def __str__(self) -> str:
        number = f" ({self.probability:.2f})" if self.is_named else ""
        return f"{self.start_s:.1f} to {self.end_s:.1f} s {self.emotion}{number}"


def segments(
    readings: Iterable[Reading],
    *,
    certain: float = CERTAIN,
    rate_hz: float | None = None,
    habits: Habits = HABITS,
) -> list[Segment]:
    """Readings of one source, as `read` gives them -> its segments, one after the other without a gap.

    Frames that are missing among the readings, by their numbers, showed no eye. `certain` is the probability from which
    on an emotion is named. `rate_hz`, by default the usual rate of the first readings, tells how long the last one
    counts; after more than a second, and three of its intervals, without a reading, no eye was seen. Raises
    `ValueError` for numbers that cannot be, and where time runs backwards: the readings of two sources are not those of
    one.
    """
    if (rate_hz is not None and not 0 < rate_hz < math.inf) or not 0 <= certain <= 1:
        raise ValueError("rate_hz must be above 0, certain within 0..1")
    first = list(islice(coming := iter(readings), FIRST))
    last_s = -math.inf
    segmenter, expected = Segmenter(certain, rate_hz or _rate_of(first), habits), None
    for reading in chain(first, coming):
        if not math.isfinite(reading.time_s):
            raise ValueError(f"the time of frame {reading.frame} is {reading.time_s:g}, and not a number of seconds")
        if reading.time_s < last_s:
            what = f"time runs backwards, from {last_s:g} s to {reading.time_s:g} s (frame {reading.frame})"
            raise ValueError(f"{what}; give the readings of one source, in their order")
        last_s = reading.time_s
        if expected is not None and reading.frame > expected:
            segmenter.add(segmenter.until_s, None)
        segmenter.add(reading.time_s, reading.probabilities)
        expected = reading.frame + 1
    return segmenter.segments()


def _rate_of(first: Sequence[Reading]) -> float:
    """The usual rate of frames that come one after the other among the first readings; 30 if there are none."""
    steps = [b.time_s - a.time_s for a, b in pairwise(first) if b.frame == a.frame + 1]
    times_s = np.cumsum([0.0, *steps])
    usual = usual_rate((1e6 * times_s).tolist()) if steps and np.isfinite(times_s).all() else None
    return usual or float(FRAME_RATE_HZ)


def shares(of: Sequence[Segment]) -> dict[str, float]:
    """How much of the whole time each answer takes, 0..1: the seven emotions, `uncertain` and `no eye`."""
    whole = sum(segment.seconds for segment in of) or 1.0
    return {
        name: sum(segment.seconds for segment in of if segment.emotion == name) / whole
        for name in (*EMOTIONS, UNCERTAIN, NO_EYE)
    }


@dataclass
class _Run:
    """Readings in succession that have one answer; sums are over time."""

    answer: str
    start_s: float
    end_s: float
    total: Sequence[float] = (0.0,) * len(EMOTIONS)
    read_s: float = 0.0

    def with_(self, other: "_Run") -> "_Run":
        """Both as one, with the answer of the first."""
        total = tuple(a + b for a, b in zip(self.total, other.total, strict=True))
        return _Run(self.answer, self.start_s, other.end_s, total, self.read_s + other.read_s)

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    def segment(self) -> Segment:
        if not self.read_s:
            return Segment(NO_EYE, self.start_s, self.end_s, 0.0)
        means = [value / self.read_s for value in self.total]
        best = int(np.argmax(means))
        which = EMOTIONS.index(self.answer) if self.answer in EMOTIONS else best
        return Segment(self.answer, self.start_s, self.end_s, means[which], EMOTIONS[best])


class Segmenter:
    """Readings one by one -> segments, in memory that grows with their number and not with that of the frames.

    Args:
        certain: probability from which on an emotion is named
        rate_hz: usual readings a second
        habits: what is bridged, what is too short
    """

    def __init__(self, certain: float = CERTAIN, rate_hz: float = FRAME_RATE_HZ, habits: Habits = HABITS) -> None:
        self.certain, self.habits, self.interval_s = certain, habits, 1 / rate_hz
        self._runs: list[_Run] = []
        self._rising: _Run | None = None
        """Of the last run, if that is uncertain: the end, in which one emotion is the most probable all the time."""
        self._last: tuple[float, tuple[float, ...] | None] | None = None

    @property
    def until_s(self) -> float:
        """The end of the last reading, if the next one comes when it is usual."""
        return 0.0 if self._last is None else self._last[0] + self.interval_s

    def add(self, time_s: float, probabilities: Mapping[str, float] | None) -> None:
        """What is believed from this time on, until the next one; None where no eye is seen."""
        self._close(time_s)
        self._last = (time_s, None if probabilities is None else tuple(probabilities[name] for name in EMOTIONS))

    def segments(self) -> list[Segment]:
        """All of what was given; more may be added afterwards."""
        if self._last is None:
            return []
        runs = list(self._runs)
        self._take(runs, self._rising, *self._last, self.until_s)
        return [run.segment() for run in cleaned(runs, self.habits)]

    def _close(self, time_s: float) -> None:
        """What was given last counts until now."""
        if self._last is None:
            return
        began, probabilities = self._last
        longest = max(self.habits.longest_s, 3 * self.interval_s)
        end_s = time_s if probabilities is None or time_s - began <= longest else began + self.interval_s
        self._rising = self._take(self._runs, self._rising, began, probabilities, end_s)
        if end_s < time_s:
            self._rising = self._take(self._runs, self._rising, end_s, None, time_s)

    def _take(
        self, runs: list[_Run], rising: _Run | None, start_s: float, probabilities: Sequence[float] | None, end_s: float
    ) -> _Run | None:
        """Adds one reading to the runs; gives what rises at their end."""
        seconds = end_s - start_s
        if probabilities is None:
            _append(runs, _Run(NO_EYE, start_s, end_s))
            return None
        best = int(np.argmax(probabilities))
        weighed = tuple(seconds * value for value in probabilities)
        now = _Run(self._answer(runs, probabilities, best), start_s, end_s, weighed, seconds)
        if now.answer == UNCERTAIN:
            _append(runs, now)
            if probabilities[best] < self.habits.kept * self.certain:
                return None
            rose = rising is not None and rising.answer == EMOTIONS[best]
            now = replace(now, answer=EMOTIONS[best])
            return rising.with_(now) if rose and rising is not None else now
        if rising is not None and rising.answer == now.answer:  # it began before it was named
            doubt = runs.pop()
            if doubt.start_s < rising.start_s:
                rest = tuple(a - b for a, b in zip(doubt.total, rising.total, strict=True))
                runs.append(_Run(UNCERTAIN, doubt.start_s, rising.start_s, rest, doubt.read_s - rising.read_s))
            now = rising.with_(now)
        _append(runs, now)
        return None

    def _answer(self, runs: list[_Run], probabilities: Sequence[float], best: int) -> str:
        before = runs[-1].answer if runs else UNCERTAIN
        if probabilities[best] >= self.certain:
            return EMOTIONS[best]
        if before in EMOTIONS and probabilities[EMOTIONS.index(before)] >= self.habits.kept * self.certain:
            return before
        return UNCERTAIN


def cleaned(runs: Sequence[_Run], habits: Habits) -> list[_Run]:
    """Without emotions that are too short, without short doubts within one emotion, and before one."""
    named: list[_Run] = []
    for run in runs:
        brief = run.answer in EMOTIONS and run.seconds < habits.least_s - ROUNDING_S
        _append(named, replace(run, answer=UNCERTAIN) if brief else run)
    kept: list[_Run] = []
    for number, run in enumerate(named):
        before, after = (kept[-1].answer if kept else ""), (named[number + 1].answer if number + 1 < len(named) else "")
        if run.answer not in EMOTIONS and after in EMOTIONS:
            is_bridge = before == after and run.seconds <= habits.bridged_s + ROUNDING_S
            is_beginning = run.answer == UNCERTAIN and run.seconds < habits.least_s - ROUNDING_S
            run = replace(run, answer=after) if is_bridge or is_beginning else run
        _append(kept, run)
    return kept


def _append(runs: list[_Run], run: _Run) -> None:
    """Behind them, or to the last of them where it has the same answer."""
    if runs and runs[-1].answer == run.answer:
        runs[-1] = runs[-1].with_(run)
    else:
        runs.append(run)
