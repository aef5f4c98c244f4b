import pytest

from eyeprentice.runtime.affect import POINTS, arousal_of, valence_of
from eyeprentice.words.vocabulary import EMOTIONS


def certain(emotion: str) -> dict[str, float]:
    return dict.fromkeys(EMOTIONS, 0.0) | {emotion: 1.0}


def test_every_emotion_has_a_point_on_both_scales():
    assert tuple(POINTS) == EMOTIONS
    assert all(-1 <= part <= 1 for point in POINTS.values() for part in point)


def test_a_certain_emotion_is_at_its_point_and_a_doubtful_one_between():
    assert (valence_of(certain("angry")), arousal_of(certain("angry"), {})) == (-0.51, 0.59)
    assert (valence_of(certain("neutral")), arousal_of(certain("neutral"), {})) == (0, 0)
    torn = dict.fromkeys(EMOTIONS, 0.0) | {"happiness": 0.75, "sadness": 0.25}
    assert valence_of(torn) == pytest.approx(0.75 * 0.81 - 0.25 * 0.63)
    assert arousal_of(torn, {}) == pytest.approx(0.75 * 0.51 - 0.25 * 0.27)


def test_the_strongest_unit_scales_arousal_and_a_blink_does_not():
    assert arousal_of(certain("fear"), {"AU1": 0.5, "AU5": 0.2, "blink": 1.0}) == pytest.approx(0.60 * 0.75)
    assert arousal_of(certain("fear"), {"AU1": 0.0, "blink": 1.0}) == pytest.approx(0.30)
    assert arousal_of(certain("fear"), {"blink": 1.0}) == arousal_of(certain("fear"), {})
