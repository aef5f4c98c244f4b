"""The time of a stream, counted in intervals of its usual rate; and what that rate is, from the times of its frames.

Networks and trackers count frames. Frames of videos and cameras do not come evenly: some are left out, some come at
once, and phones change their rate with the light. So what counts is not frames but *ticks*: how many usual intervals
have passed.
"""

import math
from collections.abc import Sequence

import numpy as np

MOST_HZ = 1000.0
"""Ticks a second at most: of faster sources, frames that come within a tick are not read one by one."""
TRIMMED = 0.1
"""Share of the shortest and of the longest intervals that do not count: a first frame too early, a pause."""
WHOLE = 0.01
"""A rate that is so near to a whole number is taken for it, as a share: times are rounded, mostly to milliseconds."""
FOLLOWED = 0.9
"""Of what a frame was off the beat, so much counts at the next one: jitter cancels out, small errors do not add up."""


class Pace:
    """`ticks(time_s)` of frame after frame: 1 for a frame that comes in time, 0 for one too early, more after a gap.

    Args:
        rate_hz: usual frames a second
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = min(rate_hz, MOST_HZ)
        self._last_s: float | None = None
        self._off = 0.0

    def ticks(self, time_s: float) -> int:
        """Intervals since the last frame that was not too early; the first frame counts as 1.

        Raises `ValueError` where time runs backwards, and for NaN and infinity: of those, no later frame could be told.
        """
        if not math.isfinite(time_s):
            raise ValueError(f"its time is {time_s:g}, and not a number of seconds")
        if self._last_s is None:
            self._last_s = time_s
            return 1
        passed = (time_s - self._last_s) * self.rate_hz + self._off
        if time_s < self._last_s:
            raise ValueError(f"its time runs backwards, from {self._last_s:g} s to {time_s:g} s")
        ticks = round(passed)
        if ticks:
            self._last_s, self._off = time_s, FOLLOWED * (passed - ticks)
        return ticks


def usual_rate(times_us: Sequence[float]) -> float | None:
    """Frames a second of frames at these times; None where the times do not tell.

    It is the mean over the intervals, without the shortest and the longest ones.
    """
    intervals = np.sort(np.diff(np.asarray(times_us, np.float64)))
    cut = int(np.ceil(TRIMMED * len(intervals))) if len(intervals) > 2 else 0
    kept = intervals[cut : len(intervals) - cut]
    mean_us = float(kept.mean()) if len(kept) else 0.0
    if not 0 < mean_us < float("inf") or intervals[0] < 0:
        return None
    rate, whole = 1e6 / mean_us, round(1e6 / mean_us)
    return float(whole) if whole and abs(rate - whole) <= WHOLE * whole else rate
