import numpy as np
import pytest

from eyeprentice.events.frame import INTERVAL_US, event_frame
from eyeprentice.events.threshold import Pixel, count_events

QUIET = Pixel(contrast=0.2, mismatch=0.0, dark=1e-6, noise_hz=0.0)


def totals(intensities: np.ndarray, pixel: Pixel = QUIET, seed: int = 0) -> np.ndarray:
    """ON and OFF events of each interval, over all pixels: (T, 2)."""
    rng = np.random.default_rng(seed)
    counts = count_events(intensities.astype(np.float32), INTERVAL_US, pixel, rng)
    return np.array([[on.sum(), off.sum()] for on, off in counts])


def test_a_pixel_sends_an_event_for_every_threshold_it_crosses():
    levels = np.exp([0.0, 0.5, 0.65, 0.35, 0.35])  # log steps of 0.5, 0.15, -0.3, 0
    # remembered: 0 -> two ON, 0.4 -> one ON (0.65 - 0.4 > 0.2), 0.6 -> one OFF (-0.25), 0.4 -> nothing
    assert totals(levels.reshape(5, 1, 1)).tolist() == [[0, 0], [2, 0], [1, 0], [0, 1], [0, 0]]


def test_events_depend_on_contrast_and_not_on_brightness():
    rng = np.random.default_rng(1)
    video = rng.uniform(0.1, 1, (6, 8, 8))
    assert np.array_equal(totals(video), totals(50 * video))


def test_an_edge_that_passes_leaves_the_events_of_its_contrast():
    """An edge of contrast c crosses N pixels: each sends floor(log(c) / threshold) events of one sign."""
    video = np.full((9, 1, 8), 1.0)
    for step in range(9):
        video[step, :, :step] = 2.05
    counts = totals(video)
    assert counts[:, 0].tolist() == [0] + [3] * 8  # log 2.05 / 0.2 = 3.59
    assert counts[:, 1].sum() == 0


def test_noise_comes_at_its_rate_and_in_both_signs():
    still = np.ones((200, 40, 40))
    counts = totals(still, Pixel(noise_hz=2.0, mismatch=0.0))
    expected = 200 * 40 * 40 * 2.0 * INTERVAL_US * 1e-6
    assert counts.sum() == pytest.approx(expected, rel=0.05)
    assert counts[:, 0].sum() == pytest.approx(counts[:, 1].sum(), rel=0.1)


def test_mismatch_spreads_when_pixels_fire():
    ramp = np.exp(np.linspace(0, 0.3, 31)).reshape(31, 1, 1) * np.ones((1, 30, 30))
    even = (totals(ramp)[:, 0] > 0).sum()
    spread = (totals(ramp, Pixel(contrast=0.2, mismatch=0.04, dark=1e-6, noise_hz=0))[:, 0] > 0).sum()
    assert even == 1
    assert spread > 8


def test_what_is_darker_than_the_dark_is_not_seen():
    video = np.array([1e-4, 5e-4]).reshape(2, 1, 1)
    assert totals(video, Pixel(contrast=0.2, mismatch=0, dark=0.01, noise_hz=0)).sum() == 0
    assert totals(video).sum() > 0


def test_an_event_frame_shows_what_prevailed():
    on, off = np.array([[2, 0, 1, 0]], np.int32), np.array([[1, 3, 1, 0]], np.int32)
    assert event_frame(on, off).tolist() == [[255, 0, 127, 127]]


@pytest.mark.parametrize("wrong", [{"contrast": 0}, {"dark": 0}, {"mismatch": -1}, {"noise_hz": -1}])
def test_a_pixel_that_cannot_be_is_refused(wrong: dict):
    with pytest.raises(ValueError, match="must be above 0"):
        Pixel(**wrong)
