"""Images of events at another size: no event is lost, and none becomes a grey."""

import numpy as np
import pytest

from eyeprentice.sources.events.representation import COUNT, EVENT_FRAME, NONE, resize_events, three_levels


def frame(*events: tuple[int, int, int], side: int = 8) -> np.ndarray:
    image = np.full((side, side), NONE, np.uint8)
    for row, column, level in events:
        image[row, column] = level
    return image


def test_an_event_lights_the_pixel_in_which_it_lies():
    small = resize_events(frame((0, 1, 255), (5, 6, 0)), EVENT_FRAME, 4)
    assert np.array_equal(small, frame((0, 0, 255), (2, 3, 0), side=4))


def test_where_both_signs_meet_the_one_that_covers_more_prevails_and_a_draw_is_nothing():
    image = frame((0, 0, 255), (0, 1, 255), (1, 1, 0), (2, 2, 255), (3, 3, 0))
    assert np.array_equal(resize_events(image, EVENT_FRAME, 4), frame((0, 0, 255), side=4))


@pytest.mark.parametrize("size", [90, 64, 33, 200])
def test_an_event_frame_stays_one_at_every_size(size: int):
    rng = np.random.default_rng(0)
    image = rng.choice(np.array([0, NONE, 255], np.uint8), (96, 96), p=[0.01, 0.98, 0.01])
    resized = resize_events(image, EVENT_FRAME, size)
    assert set(np.unique(resized)) == {0, NONE, 255}
    assert (resized != NONE).sum() >= 0.9 * min(1, (size / 96) ** 2) * (image != NONE).sum()


def test_counts_are_added_up_and_none_is_lost():
    rng = np.random.default_rng(0)
    counts = rng.choice(np.array([-2, -1, 0, 1, 3]), (96, 96), p=[0.01, 0.02, 0.94, 0.02, 0.01])
    image = (NONE + 16 * counts).astype(np.uint8)
    smaller = (resize_events(image, COUNT, 90).astype(int) - NONE) / 16
    assert np.array_equal(smaller, smaller.round())
    assert smaller.sum() == counts.sum()


def test_other_representations_are_averaged():
    image = frame((0, 0, 255), side=2)
    assert resize_events(image, "time-surface", 1).tolist() == [[159]]


def test_what_jpeg_compression_makes_of_the_levels_is_undone():
    assert three_levels(np.array([[0, 40, 63], [64, 127, 190], [200, 250, 255]], np.uint8)).tolist() == [
        [0, 0, 0], [127, 127, 127], [255, 255, 255]
    ]  # fmt: skip
