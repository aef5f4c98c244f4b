"""The neutral face at the beginning of a stream, and in a file of its own."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.eye.region import Region
from eyeprentice.runtime import Recognizer, read
from eyeprentice.runtime.model import StepModel
from eyeprentice.runtime.neutral import calibrate_from, parse_neutral, watch_calibrated
from eyeprentice.sources.frames import array_frames
from eyeprentice.words.errors import InputError

FULL = Region("full")


@pytest.fixture
def frames() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 48, 48), dtype=np.uint8)


def test_the_first_seconds_calibrate_what_comes_after(exported: dict[str, Path], frames: np.ndarray):
    source, recognizer = array_frames(list(frames), 30), Recognizer(exported["ready"])
    moments = list(watch_calibrated(source, recognizer, FULL, "0.5"))
    plain, calibrated = Recognizer(exported["ready"]), Recognizer(exported["ready"], neutral=frames[:15])
    found = [moment.reading.probabilities for moment in moments]
    assert found[:15] == [plain.step(frame).probabilities for frame in frames[:15]]
    assert found[15:] == [calibrated.step(frame).probabilities for frame in frames[15:]]


def test_a_file_of_its_own_calibrates(exported: dict[str, Path], frames: np.ndarray, tmp_path: Path):
    for number, frame in enumerate(frames[:9]):
        cv2.imwrite(str(tmp_path / f"{number}.png"), frame)
    frames = frames[:30]  # noise does not fit noise for longer than a second
    recognizer, source = Recognizer(exported["ready"]), array_frames(list(frames), 30)
    found = [moment.reading for moment in watch_calibrated(source, recognizer, FULL, str(tmp_path))]
    other = Recognizer(exported["ready"], neutral=frames[:9])
    assert [reading.probabilities for reading in found] == [other.step(frame).probabilities for frame in frames]


def test_a_file_without_an_eye_is_refused(exported: dict[str, Path]):
    black = array_frames([np.zeros((96, 128), np.uint8)] * 3, 30)
    with pytest.raises(InputError, match="frames: no eye was found in the neutral face"):
        calibrate_from(black, Recognizer(exported["ready"]), Region("right"))


def test_a_twin_is_calibrated_too(exported: dict[str, Path], frames: np.ndarray):
    one = Recognizer(exported["ready"])
    one.begin_neutral(0.1)
    two = one.twin()
    for frame in frames[:3]:
        one.step(frame)
        two.step(frame[:, ::-1].copy())
    assert one.calibration == two.calibration == "done"
    assert (one.neutral == two.neutral[:, ::-1]).all()
    assert one.twin() is two
    one.forget_neutral()
    assert one.calibration == two.calibration == "none"


def test_seconds_or_a_file():
    assert parse_neutral("2.5") == 2.5
    assert parse_neutral("calm.mp4") == Path("calm.mp4")
    assert [parse_neutral(word) for word in ("auto", "none")] == ["auto", "none"]
    for wrong in ("0", "-1", "nan", "inf", "61"):
        with pytest.raises(InputError, match="neutral"):
            parse_neutral(wrong)


def test_a_neutral_face_that_is_given_is_that_of_one_eye(exported: dict[str, Path], frames: np.ndarray):
    one = Recognizer(exported["ready"], neutral=frames[:5])
    two, fresh = one.twin(), Recognizer(exported["ready"])
    assert two.neutral is None
    assert one.calibration == "none"  # of both eyes
    assert [two.step(frame) for frame in frames] == [fresh.step(frame) for frame in frames]
    for recognizer in (one, two):
        recognizer.calibrate(frames[:5])
    assert one.calibration == "done"


def test_both_eyes_are_calibrated_when_both_were_seen(exported: dict[str, Path], frames: np.ndarray):
    one = Recognizer(exported["ready"])
    two = one.twin()
    one.begin_neutral(0.1)
    for frame in frames[:3]:
        one.step(frame)
    assert (one.calibration, two.calibration) == ("collecting", "collecting")
    two.step(frames[3])
    assert one.end_neutral()
    assert one.calibration == "done"


def test_a_frame_that_is_being_read_does_not_calibrate(
    exported: dict[str, Path], frames: np.ndarray, monkeypatch: pytest.MonkeyPatch
):
    """The face is neutral from the call on; a frame that came before it and is still read shows another one."""
    recognizer = Recognizer(exported["ready"])
    estimate, other = StepModel.estimate, threading.Thread(target=recognizer.begin_neutral, args=(1 / 30,))

    def begin_meanwhile(model: StepModel, *given):
        if other.ident is None:
            other.start()
            other.join(0.3)  # it waits for the frame
        return estimate(model, *given)

    monkeypatch.setattr(StepModel, "estimate", begin_meanwhile)
    recognizer.step(frames[0])
    other.join()
    assert recognizer.calibration == "collecting"
    recognizer.step(frames[1])
    assert (recognizer.neutral == recognizer._prepared(frames[1])[..., 0]).all()


def test_read_takes_frames_and_nothing_as_the_recognizer_does(exported: dict[str, Path], frames: np.ndarray):
    told = {"eye": "full", "model": exported["ready"]}
    shown = list(frames[:30])
    by_frames = [reading.probabilities for reading in read(shown, neutral=shown[:9], **told)]
    recognizer = Recognizer(exported["ready"], neutral=frames[:9])
    assert by_frames == [recognizer.step(frame).probabilities for frame in shown]
    without = [[reading.probabilities for reading in read(shown, neutral=how, **told)] for how in (None, "none")]
    assert without[0] == without[1] != by_frames


def test_a_picture_of_one_grey_is_no_neutral_face(exported: dict[str, Path], frames: np.ndarray, tmp_path: Path):
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((48, 48), np.uint8))
    with pytest.raises(InputError, match="one grey"):
        list(watch_calibrated(array_frames(list(frames), 30), Recognizer(exported["ready"]), FULL, str(tmp_path)))


def test_a_source_that_ends_before_the_neutral_face_does_is_said(exported: dict[str, Path], frames: np.ndarray, capsys):
    source = array_frames(list(frames), 30)
    assert len(list(watch_calibrated(source, Recognizer(exported["ready"]), FULL, "3"))) == 40
    assert "nothing was calibrated" in capsys.readouterr().err
