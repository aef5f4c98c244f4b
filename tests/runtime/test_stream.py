"""Frames that a program has, one by one."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import eyeprentice
from eyeprentice.runtime import FrameError, Recognizer, Stream, read
from eyeprentice.synth.stream import simulate_stream
from eyeprentice.words.errors import InputError


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return simulate_stream(9101, 1, ["neutral", "happiness"], 20, 120).frames


@pytest.mark.parametrize("neutral", ["auto", None, 0.3, "frames"])
def test_pushed_frames_are_read_as_a_camera_is(frames: np.ndarray, neutral):
    given = frames[:3] if neutral == "frames" else neutral
    stream = Stream(eye="full", neutral=given)
    pushed = [stream.push(frame) for frame in frames]
    assert pushed == list(read(iter(frames), eye="full", neutral=given))
    stream.reset()
    again = [stream.push(frame) for frame in frames]
    assert [reading.frame for reading in again] == list(range(40))
    if neutral != "auto":  # what the face usually looks like stays known
        assert [r.probabilities for r in again] == [r.probabilities for r in pushed]


def test_the_eye_is_found_and_its_place_told(frames: np.ndarray):
    wide = np.full((240, 320, 3), 128, np.uint8)
    wide[60:180, 100:220] = frames[0][..., None]
    stream = Stream()
    assert stream.push(np.zeros_like(wide)) is None
    assert stream.moment is not None
    assert stream.moment.reading is None
    readings = [stream.push(wide, time_s=1 + n / 30) for n in range(10)]
    seen = [reading for reading in readings if reading is not None]
    assert seen
    assert seen[-1].time_s == pytest.approx(1.3)
    x, y, width, height = seen[-1].box
    assert 60 < x + width / 2 < 260
    assert 60 < y + height / 2 < 180
    assert 0.3 < seen[-1].quality <= 1
    assert seen[-1].as_dict()["box"] == [x, y, width, height]


def test_what_is_no_frame_and_time_that_runs_backwards_are_refused_and_the_stream_goes_on(frames: np.ndarray):
    stream = Stream(eye="full", colour="bgr")
    stream.push(frames[0], 1.0)
    with pytest.raises(FrameError, match="uint8"):
        stream.push(frames[0] / 255)
    with pytest.raises(FrameError, match="backwards"):
        stream.push(frames[0], 0.5)
    reading = stream.push(cv2.cvtColor(frames[1], cv2.COLOR_GRAY2BGR), 1.1)
    assert reading.time_s == pytest.approx(1.1)


def test_settings_that_cannot_be_are_refused_before_a_frame(tmp_path: Path):
    with pytest.raises(InputError, match="eye"):
        Stream(eye="nose")
    with pytest.raises(InputError, match="rotate"):
        Stream(rotate=45)
    with pytest.raises(InputError, match="mirror"):
        Stream(mirror=True)
    with pytest.raises(InputError, match="does not exist"):
        Stream(neutral=tmp_path / "nobody.png")


def test_a_frame_without_the_box_is_refused_and_the_stream_goes_on(frames: np.ndarray):
    stream = Stream(eye="10,10,100,100")
    with pytest.raises(InputError, match="outside"):
        stream.push(frames[0][:50])
    reading = stream.push(frames[0])
    assert reading is not None
    assert reading.box == (10, 10, 100, 100)


def test_the_package_itself_gives_what_a_program_needs():
    assert eyeprentice.read is read
    assert eyeprentice.Stream is Stream
    assert set(eyeprentice.__all__) <= set(dir(eyeprentice))
    with pytest.raises(AttributeError, match="nothing"):
        _ = eyeprentice.nothing


@pytest.mark.parametrize("colour", ["BGR", "RGB", "grey", None])
def test_an_order_of_channels_that_is_none_is_refused_and_not_taken_for_bgr(frames: np.ndarray, colour):
    with pytest.raises(ValueError, match="colour must be rgb or bgr"):
        Stream(colour=colour)
    with pytest.raises(ValueError, match="colour must be rgb or bgr"):
        read(frames, colour=colour)
    with pytest.raises(ValueError, match="colour must be rgb or bgr"):
        Recognizer(colour=colour)


@pytest.mark.parametrize("time_s", [float("nan"), float("inf"), -float("inf")])
def test_a_time_that_is_no_number_is_refused_and_the_stream_goes_on(frames: np.ndarray, time_s: float):
    for give in (Stream(eye="full").push, Recognizer().step):
        for later in (1.0, 2.0):
            with pytest.raises(FrameError, match="not a number of seconds"):
                give(frames[0], time_s)
            assert give(frames[0], later).time_s == later
