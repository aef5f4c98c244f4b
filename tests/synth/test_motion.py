import numpy as np
import pytest

from eyeprentice.synth.expressions import (
    MEASURED,
    PATTERNS,
    RANGES,
    RESTING,
    sample_pattern,
    sample_rest,
    sample_strength,
)
from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.synth.motion import INSTANTS, Motion, sample_motion
from eyeprentice.synth.sequence import count_looks
from eyeprentice.words.vocabulary import EMOTIONS

MOBILITY = (1.0,) * len(ACTION_UNITS)


def still(frames: int) -> dict[str, np.ndarray]:
    count = INSTANTS * frames + 1
    shapes = {"units": (count, 8), "blink": (count,), "gaze": (count, 2), "shift": (count, 2), "roll": (count,)}
    return {name: np.zeros(shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_motion_starts_neutral_and_shows_one_of_its_patterns(emotion: str):
    for seed in range(20):
        motion = sample_motion(emotion, 60, MOBILITY, np.random.default_rng(seed))
        assert motion.frames == 60
        assert 0 <= motion.units.min() <= motion.units.max() <= 1
        if emotion != "neutral":
            assert motion.units[0].max() < 0.15
            apex = motion.units[INSTANTS * 34 : INSTANTS * 40].max(axis=0)
            allowed = [{*pattern.units} for pattern in PATTERNS[emotion]]
            shown = {unit for unit, value in zip(ACTION_UNITS, apex, strict=True) if value > 0.16}
            assert any(shown <= units for units in allowed)


def test_patterns_name_emotions_and_units_that_exist_and_share_out_everything():
    assert tuple(PATTERNS) == tuple(MEASURED) == EMOTIONS
    for patterns in (*PATTERNS.values(), *MEASURED.values()):
        assert sum(pattern.share for pattern in patterns) == pytest.approx(1)
        assert all(unit in ACTION_UNITS for pattern in patterns for unit in pattern.units)


def test_patterns_come_as_often_as_they_should_and_stay_whole():
    rng = np.random.default_rng(0)
    drawn = np.array([sample_pattern("surprise", rng) for _ in range(2000)])
    inner, outer, lid, lowered = (drawn[:, ACTION_UNITS.index(unit)] for unit in ("AU1", "AU2", "AU5", "AU4"))
    assert (outer > 0.5).mean() == pytest.approx(0.9, abs=0.05)
    assert ((lid > 0) & (lid < 0.4)).mean() == pytest.approx(0.35, abs=0.05)
    assert ((inner > 0.05) & (outer > 0.05)).all()  # brows never go up in part
    assert not lowered.any()


def test_ranges_are_drawn_as_often_as_they_should_and_fill_themselves():
    assert tuple(RANGES) == EMOTIONS
    rng = np.random.default_rng(0)
    for emotion, ranges in RANGES.items():
        drawn = np.array([sample_pattern(emotion, rng, breadth=1.0) for _ in range(400)])
        for unit, values in zip(ACTION_UNITS, drawn.T, strict=True):
            low, high = ranges.get(unit, (0, 0))
            assert low <= values.min() <= low + 0.05 * (high - low)
            assert high - 0.05 * (high - low) <= values.max() <= high
    some = np.array([sample_pattern("happiness", rng, breadth=0.6) for _ in range(2000)])
    inner = some[:, ACTION_UNITS.index("AU1")] > 0  # no pattern of happiness has it
    assert inner.mean() == pytest.approx(0.6, abs=0.04)


def test_about_the_share_that_is_measured_goes_together_as_people_put_it():
    rng = np.random.default_rng(0)
    drawn = np.array([sample_pattern("happiness", rng, breadth=0.3, measured=0.5) for _ in range(2000)])
    inner, nose, cheek = (drawn[:, ACTION_UNITS.index(unit)] for unit in ("AU1", "AU9", "AU6"))
    assert (inner > 0).mean() == pytest.approx(0.3 + 0.5 * (0.26 + 0.23 + 0.16 + 0.06), abs=0.04)
    assert ((cheek == 0) & (nose == 0)).mean() == pytest.approx(0.5 * 0.23, abs=0.03)  # lids alone, as no pattern
    assert drawn.max() <= 1


def test_a_relaxed_face_shows_a_little_of_some_units_and_motion_comes_on_top():
    drawn = np.array([sample_rest(1.0, np.random.default_rng(seed)) for seed in range(500)])
    most = np.array([RESTING[unit] for unit in ACTION_UNITS])
    assert (drawn <= most).all()
    assert (drawn.max(axis=0) > 0.9 * most).all()
    assert (drawn > 0).mean() == pytest.approx(0.35, abs=0.05)
    assert not sample_rest(0.0, np.random.default_rng(0)).any()
    motion = Motion(**still(2), rest=most)
    assert np.array_equal(motion.pose(3).units, most)
    motion.units[:] = 0.9
    assert motion.pose(3).units.max() == 1


def test_strengths_go_from_barely_visible_to_posed():
    rng = np.random.default_rng(0)
    strengths = [sample_strength(rng) for _ in range(2000)]
    assert min(strengths) < 0.4
    assert np.median(strengths) > 0.8


def test_what_is_between_two_frames_is_known():
    """A saccade is over within a frame or three, and yet no instant sees more than a part of it."""
    steps = []
    for seed in range(40):
        gaze = sample_motion("neutral", 60, MOBILITY, np.random.default_rng(seed)).gaze
        step = np.linalg.norm(np.diff(gaze, axis=0), axis=1)
        moving = step > 0
        lengths = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], moving, [0]]))))[::2]
        steps += lengths.tolist()
    milliseconds = 1000 / 30 / INSTANTS * np.array(steps)
    assert len(steps) > 20
    assert 15 < milliseconds.min() < milliseconds.max() < 110
    assert np.median(milliseconds) < 60


def test_a_blink_shuts_faster_than_it_opens():
    for seed in range(30):
        blink = sample_motion("neutral", 120, MOBILITY, np.random.default_rng(seed)).blink
        if (blink == 0).sum() > len(blink) // 2 and blink.max() > 0.8:
            shut = int(blink.argmax())
            start = shut - int((blink[shut::-1] == 0).argmax())
            end = shut + int((blink[shut:] == 0).argmax())
            if blink[start] == 0 and blink[end] == 0:
                shutting, opening = (1000 / 30 / INSTANTS * n for n in (shut - start, end - shut))
                assert 90 < shutting < 165
                assert 160 < opening < 270
                return
    raise AssertionError("nobody blinked")


def test_looks_are_as_many_as_the_fastest_part_of_a_frame_needs():
    parts = still(4)
    assert count_looks(Motion(**parts), 100) == [1, 1, 1, 1]
    parts["shift"][INSTANTS + 1 : INSTANTS + 9, 0] = 0.018 * np.arange(1, 9) / 8  # evenly by 1.8 pixels in frame 1
    parts["shift"][2 * INSTANTS + 1 :, 0] = 0.018
    parts["shift"][3 * INSTANTS + 4 :, 0] += 0.05  # by 5 pixels at once in frame 3
    assert count_looks(Motion(**parts), 100) == [1, 2, 1, 8]
    assert count_looks(Motion(**parts), 50) == [1, 1, 1, 8]
