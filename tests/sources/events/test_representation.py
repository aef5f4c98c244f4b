import numpy as np
import pytest

from eyeprentice.sources.events.packets import make_events
from eyeprentice.sources.events.representation import (
    REPRESENTATIONS,
    counts,
    event_frames,
    frame_borders,
    time_surface,
    voxel_grid,
    windows,
)


def events_of(*rows: tuple[int, int, int, int]) -> np.ndarray:
    return make_events(*np.array(rows).T)


@pytest.fixture
def random_case() -> np.ndarray:
    rng = np.random.default_rng(0)
    t = np.sort(rng.integers(0, 10**6, 20_000))
    return make_events(t, rng.integers(0, 30, 20_000), rng.integers(0, 20, 20_000), rng.integers(0, 2, 20_000))


def test_counts_are_those_of_a_loop(random_case: np.ndarray):
    expected = np.zeros((2, 20, 30), int)
    for _, x, y, on in random_case.tolist():
        expected[0 if on else 1, y, x] += 1
    assert np.array_equal(counts(random_case, 30, 20), expected)


@pytest.mark.parametrize("packet", [1, 777, 5000, 20_000])
def test_windows_do_not_depend_on_the_packets(random_case: np.ndarray, packet: int):
    borders = np.array([100_000, 100_001, 300_000, 300_000, 850_000, 2_000_000])
    random_case = random_case[:3000] if packet == 1 else random_case
    packets = [random_case[first : first + packet] for first in range(0, len(random_case), packet)]
    cut = list(windows(packets, borders))
    assert len(cut) == 5
    t = random_case["t_us"]
    for part, first, last in zip(cut, borders, borders[1:], strict=False):
        assert np.array_equal(part, random_case[(t >= first) & (t < last)])


def test_an_event_on_a_border_belongs_to_the_window_it_opens():
    first, second = windows([events_of((10, 0, 0, 1), (20, 1, 0, 1))], np.array([10, 20, 30]))
    assert first["t_us"].tolist() == [10]
    assert second["t_us"].tolist() == [20]


def test_event_frames_worked_out_by_hand():
    events = events_of((0, 0, 0, 1), (5, 1, 0, 0), (9, 1, 0, 0), (9, 1, 0, 1), (40, 0, 1, 0), (41, 0, 1, 1))
    frames = list(event_frames([events], np.array([0, 20, 40, 60]), width=2, height=2))
    assert frames[0].tolist() == [[255, 0], [127, 127]]
    assert frames[1].tolist() == [[127, 127], [127, 127]]
    assert frames[2].tolist() == [[127, 127], [127, 127]]  # one of each


def test_the_window_of_a_frame_ends_with_it():
    assert frame_borders(np.array([1000, 1033, 1066])).tolist() == [967, 1000, 1033, 1066]
    assert frame_borders(np.array([50_000])).tolist() == [50_000 - 33_333, 50_000]


def test_a_voxel_grid_worked_out_by_hand():
    events = events_of((0, 0, 0, 1), (25, 1, 0, 0), (100, 2, 0, 1))
    grid = voxel_grid(events, (0, 100), bins=3, width=3, height=1)
    assert grid[:, 0, 0].tolist() == [1, 0, 0]
    assert grid[:, 0, 1].tolist() == pytest.approx([-0.5, -0.5, 0])
    assert grid[:, 0, 2].tolist() == [0, 0, 1]


def test_a_voxel_grid_keeps_every_polarity(random_case: np.ndarray):
    grid = voxel_grid(random_case, (0, 10**6), bins=5, width=30, height=20)
    on_minus_off = np.subtract(*counts(random_case, 30, 20))
    assert np.allclose(grid.sum(0), on_minus_off, atol=1e-3)


def test_a_time_surface_worked_out_by_hand():
    events = events_of((0, 0, 0, 1), (90, 0, 0, 1), (50, 1, 0, 0))
    surface = time_surface(np.sort(events, order="t_us"), now_us=100, decay_us=10, width=2, height=1)
    assert surface[0, 0].tolist() == pytest.approx([np.exp(-1), 0])
    assert surface[1, 0].tolist() == pytest.approx([0, np.exp(-5)])


@pytest.mark.parametrize("name", sorted(REPRESENTATIONS))
def test_every_representation_gives_an_image_a_window_and_127_where_nothing_happened(name: str):
    """Pixel 1,0 gets brighter twice in the first window, pixel 0,1 darker once in the second; the third is empty."""
    events = events_of((10, 1, 0, 1), (90, 1, 0, 1), (150, 0, 1, 0))
    images = list(REPRESENTATIONS[name](iter([events]), np.array([0, 100, 200, 300]), 3, 2))
    assert [(image.shape, image.dtype) for image in images] == [((2, 3), np.uint8)] * 3
    first, second, third = (image.astype(int) - 127 for image in images)
    bright = {"event-frame": 128, "count": 32, "time-surface": round(128 * np.exp(-10 / 100))}[name]
    dark = {"event-frame": -127, "count": -16, "time-surface": round(-127 * np.exp(-50 / 100))}[name]
    assert first.tolist() == [[0, bright, 0], [0, 0, 0]]
    assert second.tolist() == [[0, 0, 0], [dark, 0, 0]]
    assert not third.any()
