"""Time in usual intervals, and the usual rate of what came."""

import numpy as np
import pytest

from eyeprentice.sources.pace import MOST_HZ, Pace, usual_rate

MS = 1000


def ticks(rate_hz: float, times_ms: list[float]) -> list[int]:
    pace = Pace(rate_hz)
    return [pace.ticks(1e-3 * t) for t in times_ms]


def test_frames_in_time_count_as_one_each_at_any_rate():
    for rate in (0.05, 5, 23.976, 29.97, 30, 59.94, 240, 1000):
        assert set(ticks(rate, [1e3 * n / rate for n in range(500)])) == {1}, rate


def test_gaps_count_for_what_is_missing_and_a_frame_too_early_for_nothing():
    assert ticks(30, [0, 33, 67, 167, 200]) == [1, 1, 1, 3, 1]
    assert ticks(30, [0, 5, 38, 71]) == [1, 0, 1, 1]
    assert ticks(30, [0, 67, 133, 200]) == [1, 2, 2, 2]
    assert ticks(30, [100, 100, 133]) == [1, 0, 1]
    assert sum(ticks(30, list(np.arange(0, 1000, 1000 / 60)))) == pytest.approx(30, abs=1)


def test_jitter_cancels_out_and_a_rate_that_is_a_little_wrong_does_not_add_up():
    rng = np.random.default_rng(0)
    jittered = 1000 * np.arange(600) / 30 + rng.uniform(-8, 8, 600)
    found = ticks(30, list(jittered))
    assert sum(found) == 600
    assert np.mean(np.array(found) == 1) > 0.98
    for error in (0.97, 1.03):
        assert set(ticks(30 * error, [1000 * n / 30 for n in range(2000)])) == {1}


def test_what_is_faster_than_the_most_ticks_is_not_counted_frame_by_frame():
    found = ticks(4000, [n / 4 for n in range(4000)])
    assert sum(found) == pytest.approx(1000, rel=0.05)
    assert Pace(4000).rate_hz == MOST_HZ


@pytest.mark.parametrize("later", [-0.001, float("nan")])
def test_time_does_not_run_backwards(later: float):
    pace = Pace(30)
    pace.ticks(0.0)
    with pytest.raises(ValueError, match="backwards" if later < 0 else "not a number of seconds"):
        pace.ticks(later)
    assert pace.ticks(1 / 30) == 1


@pytest.mark.parametrize(
    ("intervals_ms", "rate"),
    [
        ([33, 33, 34] * 8, 30.0),  # rounded to milliseconds
        ([33.37] * 24, 30.0),
        ([41.7] * 24, 24.0),
        ([5] + [33.3] * 23, 30.0),
        ([33.3] * 10 + [60_000] + [33.3] * 10, 30.0),
        ([2, 64.67] * 12, 30.0),
        ([66.7] * 24, 15.0),
        ([20_000], 0.05),
        ([0.25] * 24, 4000.0),
        ([0, 1] * 12, 2000.0),  # as Matroska rounds them
        ([48] * 24, 1000 / 48),
    ],
)
def test_the_usual_rate(intervals_ms: list[float], rate: float):
    times = MS * np.concatenate([[7], 7 + np.cumsum(intervals_ms)])
    assert usual_rate(list(times)) == pytest.approx(rate, rel=0.012)
    if rate == round(rate):
        assert usual_rate(list(times)) == rate or len(set(intervals_ms)) == 2


@pytest.mark.parametrize("times", [[], [5.0], [0.0, 0.0, 0.0], [0.0, 40.0, 20.0], [0.0, float("inf")]])
def test_times_that_tell_no_rate(times: list[float]):
    assert usual_rate(times) is None
