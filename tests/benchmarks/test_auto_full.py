"""The benchmark of `auto` beside the ideal crop: its videos, of pictures that show nobody."""

import auto_full
import cv2
import numpy as np
import pytest

EYES = np.array([[60.0, 100.0], [140.0, 100.0]])


def dotted(level: int) -> np.ndarray:
    picture = np.zeros((240, 200), np.uint8)
    for x, y in EYES:
        cv2.circle(picture, (int(x), int(y)), 5, level, -1)
    return picture


def test_the_similarity_takes_both_eyes_to_the_others():
    others = np.array([[10.0, 20.0], [10.0, 180.0]])  # a head that lies, twice as near
    matrix = auto_full.between_eyes(EYES, others)
    for eye, other in zip(EYES, others, strict=True):
        assert matrix @ [*eye, 1] == pytest.approx(other)


def test_the_ideal_crop_goes_where_the_head_goes_and_the_smile_fades_in():
    rng = np.random.default_rng(0)
    frames, places = auto_full.video((dotted(120), dotted(240), EYES), True, True, rng)
    assert len(frames) == len(places) == auto_full.FRAMES
    crops = auto_full.ideal(frames, places, 80)
    for crop in crops:
        rows, columns = np.nonzero(crop > 60)
        assert (columns.mean(), rows.mean()) == pytest.approx((39.5, 45.9), abs=1.2)
    levels = [crop[46, 40].astype(float) for crop in crops]
    assert levels[0] == pytest.approx(120, abs=10)
    assert levels[30] == pytest.approx(180, abs=15)
    assert levels[-1] == pytest.approx(240, abs=10)
    way = np.array([(place.x, place.y) for place in places]) - (places[0].x, places[0].y)
    assert np.linalg.norm(way, axis=1).max() == pytest.approx(auto_full.AWAY * 80, abs=4)


def test_a_crop_aside_shows_the_eye_at_the_other_side():
    frames, places = auto_full.video((dotted(200), dotted(200), EYES), False, False, np.random.default_rng(0))
    crop = auto_full.ideal(frames[:1], places[:1], 80, aside=0.1)[0]
    assert np.nonzero(crop > 100)[1].mean() == pytest.approx(39.5 - 8, abs=1)
