"""What a face usually looks like: what is learnt, what is not, and what does not fit."""

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.eye.region import Region
from eyeprentice.runtime import Recognizer, read, watch
from eyeprentice.runtime.neutral import watch_calibrated
from eyeprentice.runtime.usual import HABITS, Usual, fit, learnt, log_neutral, reference
from eyeprentice.sources.frames import array_frames
from eyeprentice.words.errors import InputError

HABIT = replace(HABITS, kept=3, least_neutral=math.log(0.4), margin=0.5, forget_s=100.0)


def picture(value: int) -> np.ndarray:
    return np.full((4, 4), value, np.uint8)


def after(*seen: tuple[int, float, float]) -> Usual:
    """Values, probabilities of neutral and times."""
    usual = Usual()
    for value, probability, time_s in seen:
        usual = learnt(usual, picture(value), math.log(probability), time_s, HABIT)
    return usual


def value(usual: Usual) -> int | None:
    found = reference(usual, HABIT)
    return None if found is None else int(found[0, 0])


def test_the_probability_of_neutral_by_hand():
    assert log_neutral(np.array([0, 0, 0, 0, math.log(3), 0, 0], np.float32)) == pytest.approx(
        math.log(3 / 9), abs=1e-6
    )


def test_nothing_is_learnt_of_what_does_not_look_neutral():
    assert value(after((10, 0.39, 0), (20, 0.1, 1))) is None


def test_the_reference_is_the_median_of_the_calmest():
    assert value(after((10, 0.8, 0), (20, 0.8, 1), (90, 0.8, 2))) == 20
    assert value(after((10, 0.8, 0), (20, 0.9, 1))) == 15
    assert value(after((10, 0.5, 0), (20, 0.9, 1))) == 20  # ln(0.9/0.5) is 0.59
    assert value(after((10, 0.6, 0), (10, 0.6, 0), (20, 0.7, 0), (30, 0.8, 0), (40, 0.9, 0))) == 30


def test_an_expression_that_is_held_is_not_learnt_while_calm_is_remembered():
    calm = (10, 0.9, 0.0)
    held = [(200, 0.2, float(second)) for second in range(1, 90)]
    assert value(after(calm, *held)) == 10


def test_calm_is_forgotten_slowly():
    """Worth 1 less after 100 s: what is 0.59 less neutral is used from 9 s on, and alone from 109 s on."""
    calm = (10, 0.9, 0.0)
    assert value(after(calm, (200, 0.5, 8))) == 10
    assert value(after(calm, (200, 0.5, 10))) == 105
    assert value(after(calm, (200, 0.5, 108))) == 105
    assert value(after(calm, (200, 0.5, 110))) == 200


def test_a_face_that_never_looks_calm_becomes_usual_in_the_end():
    """ln(0.4/0.2) is 0.69: after 69 s."""
    assert value(after((200, 0.2, 69))) is None
    assert value(after((200, 0.2, 70))) == 200


def test_an_eye_fits_itself_in_any_light_and_no_other():
    one, two = np.random.default_rng(0).integers(60, 120, (2, 90, 90), dtype=np.uint8)
    assert fit(one, one) == pytest.approx(1)
    assert fit(one, one * 2) > 0.99
    assert fit(one, two) < 0.5
    flat = np.zeros((90, 90), np.uint8)
    assert fit(flat, flat) == fit(flat, one) == 0


class Judging(Recognizer):
    """A picture whose first pixel is bright looks neutral."""

    def _judged(self, image: np.ndarray) -> float:
        return math.log(0.9 if image[0, 0, 0] > 200 else 0.1)


@pytest.fixture
def faces() -> np.ndarray:
    """Two that are different, (2, 32, 32), neutral; the model is given 32x32."""
    blocks = np.random.default_rng(0).integers(0, 255, (2, 8, 8), dtype=np.uint8)
    faces = blocks.repeat(4, 1).repeat(4, 2)
    faces[:, :4, :4] = 255
    return faces


def test_phases_begin_with_what_was_learnt(exported: dict[str, Path], faces: np.ndarray):
    learning = Judging(exported["ready"], neutral="auto")
    told = Recognizer(exported["ready"], neutral=[faces[0]])
    assert learning.calibration == "none"
    learning.step(faces[0])
    assert learning.calibration == "automatic"
    assert (learning.neutral == told.neutral).all()
    learning.reset()
    assert learning.calibration == "automatic"
    assert [learning.step(faces[1]) for _ in range(9)] == [told.step(faces[1]) for _ in range(9)]


def test_an_expression_at_the_beginning_is_not_the_reference(exported: dict[str, Path], faces: np.ndarray):
    expression = faces[0].copy()
    expression[:4, :4] = 0
    recognizer = Judging(exported["ready"], neutral="auto")
    for _ in range(60):
        recognizer.step(expression)
    assert recognizer.calibration == "none"
    for frame in [faces[0]] * 10 + [expression] * 300:
        recognizer.step(frame)
    assert (recognizer.neutral == faces[0]).all()
    assert recognizer.lost == 0


def test_nothing_is_learnt_unless_it_is_asked_for(exported: dict[str, Path], faces: np.ndarray):
    recognizer = Judging(exported["ready"])
    for _ in range(30):
        recognizer.step(faces[0])
    assert recognizer.calibration == "none"
    with pytest.raises(ValueError, match="neutral must be"):
        Recognizer(exported["ready"], neutral="automatic")


def test_another_person_is_noticed_and_learnt(exported: dict[str, Path], faces: np.ndarray):
    source = array_frames([faces[0]] * 30 + [faces[1]] * 90, 30)
    moments = list(watch(source, Judging(exported["ready"], neutral="auto"), Region("full")))
    lost = [moment.frame for moment in moments if moment.lost]
    assert len(lost) == 1
    assert 30 < lost[0] < 30 + 60
    assert {moment.calibration for moment in moments} == {"automatic"}


def test_a_calibration_that_does_not_fit_is_forgotten(exported: dict[str, Path], faces: np.ndarray):
    for automatic, left in ((False, "none"), (True, "automatic")):
        recognizer = Judging(exported["ready"], neutral=[faces[0]])
        recognizer.automatic = automatic
        for _ in range(60):
            recognizer.step(faces[1])
        assert (recognizer.calibration, recognizer.lost) == (left, 1)


def test_a_blink_or_a_hand_for_a_second_loses_nothing(exported: dict[str, Path], faces: np.ndarray):
    recognizer = Judging(exported["ready"], neutral=[faces[0]])
    for frame in [faces[0]] * 10 + [faces[1]] * 30 + [faces[0]] * 30:
        recognizer.step(frame)
    assert (recognizer.calibration, recognizer.lost) == ("done", 0)


def test_each_eye_learns_its_own(exported: dict[str, Path], faces: np.ndarray):
    one = Judging(exported["ready"], neutral="auto")
    two = one.twin()
    two._judged = one._judged
    one.step(faces[0])
    assert (one.own_calibration, two.own_calibration, one.calibration) == ("automatic", "none", "none")
    two.step(faces[1])
    assert one.calibration == "automatic"
    assert (two.neutral == faces[1]).all()


def test_a_calibration_goes_before_what_is_learnt(exported: dict[str, Path], faces: np.ndarray):
    recognizer = Judging(exported["ready"], neutral="auto")
    recognizer.step(faces[0])
    recognizer.begin_neutral(0.1)
    for _ in range(3):
        recognizer.step(faces[1])
    assert recognizer.calibration == "done"
    assert (recognizer.neutral == faces[1]).all()
    recognizer.forget_neutral()
    assert recognizer.calibration == "none"
    recognizer.step(faces[0])
    assert recognizer.calibration == "automatic"


def test_a_neutral_face_of_another_size_is_refused_where_the_place_is_fixed(
    exported: dict[str, Path], faces: np.ndarray, tmp_path: Path
):
    cv2.imwrite(str(tmp_path / "0.png"), faces[0, :24])
    moments = watch_calibrated(
        array_frames(list(faces), 30), Recognizer(exported["ready"]), Region("full"), str(tmp_path)
    )
    with pytest.raises(InputError, match="its pictures are 32x24, those of the source 32x32"):
        list(moments)


def test_read_learns_by_default_and_can_be_told_not_to(exported: dict[str, Path], faces: np.ndarray):
    model = str(exported["ready"])
    plain, frames = Recognizer(exported["ready"]), [faces[0]] * 4
    found = list(read(frames, eye="full", model=model, neutral="none"))
    assert [reading.probabilities for reading in found] == [plain.step(frame).probabilities for frame in frames]
    assert len(list(read(frames, eye="full", model=model))) == 4
    assert len(list(read(frames, eye="full", model=model, neutral=0.1))) == 4


class Losing(Recognizer):
    """Whatever is seen looks neutral, and is noticed at once when it is another face."""

    habits = replace(HABITS, lost_s=0.1)

    def _judged(self, image: np.ndarray) -> float:
        assert super()._judged(image) <= 0  # by the file itself
        return math.log(0.9)


@pytest.mark.parametrize("units", [False, True])
def test_units_are_told_while_a_reference_is_learnt_and_lost(
    exported: dict[str, Path], exported_units: Path, faces: np.ndarray, units: bool
):
    recognizer = Losing(exported_units if units else exported["ready"], neutral="auto")
    shown = [faces[0]] * 20 + [faces[1]] * 20
    told = []
    for frame in shown:
        reading, said = recognizer.step(frame), [phase.units for phase in recognizer._phases.all]
        if units and any(of_one is not None for of_one in said):  # all begin anew where the reference is lost
            mean = np.mean([of_one for of_one in said if of_one is not None], axis=0)
            assert list(reading.units.values()) == pytest.approx(mean, abs=1e-6)
        told.append(tuple(reading.units))
    assert set(told) == {recognizer.model.units}
    assert bool(recognizer.model.units) == units
    assert (recognizer.lost, recognizer.calibration) == (1, "automatic")
