from dataclasses import replace

import numpy as np
import pytest

from eyeprentice.synth.courses import APEXES, sample_course
from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.synth.light import sample_light
from eyeprentice.synth.motion import INSTANTS, frame_times, sample_motion
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

MOBILITY = (1.0,) * len(ACTION_UNITS)
LENGTH = 80


def courses(emotion: str, count: int = 40) -> np.ndarray:
    """(count, N, 8)"""
    at = frame_times(LENGTH)
    return np.stack([sample_course(emotion, at, MOBILITY, np.random.default_rng(seed)) for seed in range(count)])


def speeds(units: np.ndarray, name: str) -> tuple[float, float]:
    """The fastest rise and fall of a unit in a frame, relative to the most that it shows: medians."""
    course = units[:, ::INSTANTS, ACTION_UNITS.index(name)]
    change = np.diff(course, axis=1) / course.max(axis=1, keepdims=True)
    return float(np.median(change.max(axis=1))), float(np.median(-change.min(axis=1)))


@pytest.mark.parametrize("pair", APEXES)
def test_both_of_a_pair_show_the_same_units_equally_strong(pair: tuple[str, str]):
    one, other = (courses(emotion) for emotion in pair)
    for number, name in enumerate(ACTION_UNITS):
        shown = [units[..., number].max(axis=1).mean() for units in (one, other)]
        assert shown[0] == pytest.approx(shown[1], abs=0.08)
        assert (shown[0] > 0.15) == (name in APEXES[pair])
        assert one[..., number].mean() == pytest.approx(other[..., number].mean(), abs=0.08)


def test_surprise_comes_fast_and_fear_goes_fast():
    rise, fall = speeds(courses("surprise"), "AU1")
    assert rise > 2 * fall
    rise, fall = speeds(courses("fear"), "AU1")
    assert fall > 2 * rise


def test_the_brow_leads_in_anger_and_the_nose_in_disgust():
    brow, nose = ACTION_UNITS.index("AU4"), ACTION_UNITS.index("AU9")
    for emotion, sign in (("angry", 1), ("disgust", -1)):
        for units in courses(emotion, 10)[:, INSTANTS * 10 : INSTANTS * 65 : INSTANTS]:
            lags = range(-8, 9)
            match = [np.corrcoef(units[10:-10, brow], np.roll(units[:, nose], -lag)[10:-10])[0, 1] for lag in lags]
            assert 3 <= sign * lags[int(np.argmax(match))] <= 8


def test_happiness_is_faster_than_sadness():
    number = ACTION_UNITS.index("AU6")
    happy, sad = (
        np.abs(np.diff(courses(emotion)[:, INSTANTS * 20 : INSTANTS * 60 : INSTANTS, number], axis=1)).mean()
        for emotion in ("happiness", "sadness")
    )
    assert happy > 4 * sad


def test_a_neutral_face_is_not_still_and_no_gaze_gives_sadness_away():
    plain, lively = (
        [sample_motion("neutral", LENGTH, MOBILITY, np.random.default_rng(s), course=c).units.max() for s in range(20)]
        for c in (False, True)
    )
    assert np.mean(lively) > np.mean(plain) + 0.1
    down = [sample_motion("sadness", LENGTH, MOBILITY, np.random.default_rng(s), course=True) for s in range(20)]
    assert abs(np.mean([motion.gaze[:, 1].mean() for motion in down])) < 0.1


def test_hard_light_is_brighter_or_darker_and_leaves_normal_light_alone():
    for lighting, factor in zip(LIGHTINGS, (1, 1.7, 0.7, 1.7), strict=True):
        plain, hard = (sample_light(lighting, np.random.default_rng(0), hardness) for hardness in (0.0, 1.0))
        assert hard.exposure == pytest.approx(factor * plain.exposure)
        assert replace(hard, exposure=plain.exposure) == plain


def test_every_emotion_has_a_course():
    assert {emotion for pair in APEXES for emotion in pair} == set(EMOTIONS) - {"neutral"}
