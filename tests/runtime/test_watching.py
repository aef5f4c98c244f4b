from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

from eyeprentice.eye.contract import Rules
from eyeprentice.eye.decoding import Eye
from eyeprentice.eye.region import Region
from eyeprentice.runtime import ModelError, Recognizer, read, watch
from eyeprentice.runtime.belief import combined
from eyeprentice.sources.frames import FrameError, array_frames
from eyeprentice.words.errors import InputError
from tests.data.importing.material import eyes, write_video
from tests.eye.fakes import Scripted
from tests.eye.fakes import eye as an_eye


@pytest.fixture(scope="module")
def eye() -> list[np.ndarray]:
    return list(eyes("surprise"))


def test_one_call_reads_frames_a_folder_and_a_video_alike(eye: list[np.ndarray], tmp_path: Path):
    for number, frame in enumerate(eye):
        cv2.imwrite(str(tmp_path / f"{number}.png"), frame)
    whole = list(read(eye, eye="full"))
    assert [reading.frame for reading in whole] == list(range(len(eye)))
    assert whole[12].time_s == pytest.approx(0.4)
    found = list(read(tmp_path))  # what fills the picture is taken whole, and how sure that is comes with it
    assert all(0.3 < reading.quality < 1 for reading in found)
    assert [replace(reading, quality=1.0) for reading in found] == whole
    assert list(read(str(tmp_path), eye="full")) == whole
    coloured = [cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR) for frame in eye]
    assert [r.emotion for r in read(coloured, eye="full", colour="bgr")] == [r.emotion for r in whole]
    path = write_video(tmp_path / "a.mp4", eye, rate=15)
    video = list(read(path))
    assert video[12].time_s == pytest.approx(0.8)
    expected, opened = (
        Recognizer(rate_hz=15, neutral="auto"),
        cv2.VideoCapture(str(path)),
    )  # a codec changes frames a little
    decoded = [cv2.cvtColor(opened.read()[1], cv2.COLOR_BGR2GRAY) for _ in eye]
    assert [r.emotion for r in video] == [expected.step(frame).emotion for frame in decoded]


def test_readings_come_as_they_are_asked_for(eye: list[np.ndarray]):
    taken = []

    def camera():
        for number, frame in enumerate(eye):
            taken.append(number)
            yield frame

    readings = read(camera(), eye="full")
    assert taken == []
    assert next(readings).frame == 0
    assert taken == [0]


class Switch:
    """Sees an eye in bright frames, at once and always at the same place."""

    rules = Rules()

    def search(self, frame: np.ndarray) -> list[Eye]:
        return [an_eye(50, 50)] if frame.mean() > 50 else []

    def look_around(self, frame: np.ndarray, x: float, y: float, size: float) -> list[Eye]:
        return self.search(frame)


def test_an_eye_that_is_lost_is_forgotten_and_frames_without_one_have_no_reading():
    face = np.random.default_rng(0).integers(60, 255, (100, 100)).astype(np.uint8)
    wall = np.full((100, 100), 20, np.uint8)
    frames = [face] * 30 + [wall] * 30 + [face] * 30
    moments = list(watch(array_frames(frames, 30), Recognizer(), Region("auto"), Switch()))
    assert [moment.frame for moment in moments] == list(range(90))
    assert all(moment.reading is not None for moment in moments[:30])  # those before it was found are caught up on
    assert not any(moment.reading for moment in moments[45:60])
    first, again = moments[0].reading, moments[60].reading
    assert first is not None
    assert again is not None
    assert again.probabilities == first.probabilities
    assert (again.frame, again.time_s) == (60, 2.0)
    assert moments[0].manner == "followed"


def test_two_eyes_that_agree_are_no_surer_than_one():
    belief = [0.4, *[0.1] * 6]
    assert combined([belief, belief]) == pytest.approx(belief)  # a product would say 0.73
    assert combined([[0.8, 0.2], [0.5, 0.5]]) == pytest.approx([2 / 3, 1 / 3])  # sqrt(0.4) beside sqrt(0.1)
    assert combined([[1.0, 0.0], [1.0, 0.0]])[0] == pytest.approx(1)


@pytest.mark.parametrize("neutral", [None, "auto"])
def test_both_eyes_are_read_and_their_geometric_mean_counts(
    exported_units: Path, monkeypatch: pytest.MonkeyPatch, neutral: Literal["auto"] | None
):
    monkeypatch.setattr(Recognizer, "_judged", lambda *_: 0.0)  # all looks neutral, and each eye has its reference
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 255, (100, 200)).astype(np.uint8) for _ in range(12)]
    pair = [an_eye(50, 50, paired=True, left=0.0), an_eye(90, 50, paired=True, left=1.0)]
    shown = [pair] * 6 + [pair[:1]] * 6  # the left one is hidden in the end

    def moments(kind: str):
        finder = Scripted(shown)

        def numbered():
            for number, frame in enumerate(frames):
                finder.number = number
                yield frame

        return list(
            watch(array_frames(numbered(), 30), Recognizer(exported_units, neutral=neutral), Region(kind), finder)
        )

    expected = "none" if neutral is None else "automatic"
    right, left, both = moments("right"), moments("left"), moments("both")
    for number in range(6):
        a, b, c = (np.array(list(m[number].reading.probabilities.values())) for m in (right, left, both))
        assert c == pytest.approx(np.sqrt(a * b) / np.sqrt(a * b).sum())
        a, b, c = (np.array(list(m[number].reading.units.values())) for m in (right, left, both))
        assert c == pytest.approx((a + b) / 2)
        assert both[number].place == right[number].place
        assert both[number].second == left[number].place
        assert left[number].place.mirrored
        assert both[number].calibration == expected
    assert all(moment.second is None for moment in moments("right"))


def test_a_mirror_is_refused_where_the_side_is_seen(eye: list[np.ndarray]):
    with pytest.raises(InputError, match="sees by itself"):
        read(eye, mirror=True)
    assert len(list(read(eye[:2], eye="full", mirror=True))) == 2


def test_what_cannot_be_used_is_refused_before_a_frame_is_read(tmp_path: Path):
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "no.mp4")
    with pytest.raises(InputError, match="does not name the eye's place"):
        read([], eye="middle")
    (tmp_path / "a.onnx").write_bytes(b"none")
    with pytest.raises(ModelError):
        read([], model=tmp_path / "a.onnx")
    with pytest.raises(FrameError):
        list(read([np.zeros((4, 4))], eye="full"))
