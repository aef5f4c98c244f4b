import numpy as np
import pytest

from eyeprentice.eye.path import held_from_both_sides, held_path
from eyeprentice.eye.region import crop_around
from eyeprentice.eye.tracking import Sight
from tests.eye.fakes import eye

TIMES = 33_333 * np.arange(90)


def sight(x: float, mirrored: bool = False, manner: str = "followed") -> Sight:
    return Sight(crop_around(x, 50, 40, mirrored), manner, 0.9, eye(x, 50.0, 40.0, left=float(mirrored)))


def test_a_head_that_moves_steadily_is_followed_without_lag():
    line = np.stack([np.linspace(50, 130, 90), np.full(90, 50.0), np.full(90, 40.0)], axis=1)
    held = held_from_both_sides(line, 30.0)
    assert np.abs(held - line)[30:60].max() < 0.01
    assert np.abs(held - line).max() < 0.035 * 40 + 0.01


def test_a_head_that_does_not_move_gives_a_crop_that_does_not():
    trembling = np.array([50, 50, 40]) + np.random.default_rng(0).normal(0, 0.3, (90, 3))
    held = held_from_both_sides(trembling, 30.0)
    assert np.ptp(held[:, :2], axis=0).max() < 0.01 * 40


def test_gaps_are_bridged_and_frames_of_the_other_side_are_left_out():
    sights = [sight(50.0 + n) for n in range(90)]
    sights[20:30] = [None] * 10
    sights[40] = sight(140.0, mirrored=True)
    found = held_path(sights, TIMES, TIMES, (100, 200))
    assert found is not None
    assert found.found == pytest.approx(80 / 90)
    assert [place.x for place in found.places] == pytest.approx(50.0 + np.arange(90), abs=0.035 * 40 + 0.01)
    assert not any(place.mirrored for place in found.places)


def test_a_picture_that_is_an_eye_is_whole_and_a_video_without_an_eye_has_no_path():
    found = held_path([sight(50, manner="full")] * 90, TIMES, TIMES[:9], (100, 120))
    assert found is not None
    assert {(place.x, place.width, place.height) for place in found.places} == {(60, 120, 100)}
    assert len(found.places) == 9
    assert held_path([None] * 90, TIMES, TIMES, (100, 120)) is None
    assert held_path([sight(50)] * 9 + [None] * 81, TIMES, TIMES, (100, 120)) is None
