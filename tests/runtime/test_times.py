"""Readings follow the times of frames, not their number."""

from pathlib import Path

import dv_processing as dv
import numpy as np
import pytest

from eyeprentice.eye.region import Region
from eyeprentice.runtime import FrameError, Recognizer, read, watch
from eyeprentice.runtime.neutral import watch_calibrated
from eyeprentice.sources.frames import FrameSource
from eyeprentice.words.errors import InputError
from tests.data.importing.material import eyes
from tests.sources.videos import restated, write_webm


@pytest.fixture(scope="module")
def eye() -> list[np.ndarray]:
    return list(eyes("surprise"))


def beliefs(readings) -> np.ndarray:
    return np.array([list(reading.probabilities.values()) for reading in readings])


def at(times_s: list[float], frames: list[np.ndarray], rate_hz: float = 30.0) -> FrameSource:
    timed = [(round(1e6 * t), frame) for t, frame in zip(times_s, frames, strict=True)]
    return FrameSource("made", "arrays", rate_hz, "an option", lambda: iter(timed))


def test_at_even_times_nothing_changes(eye: list[np.ndarray]):
    counted, timed = Recognizer(neutral="auto"), Recognizer(neutral="auto")
    expected = [counted.step(frame) for frame in eye]
    found = [timed.step(frame, 1700.0 + number / 30) for number, frame in enumerate(eye)]
    assert np.array_equal(beliefs(found), beliefs(expected))
    assert found[9].time_s == pytest.approx(1700.3)


def test_a_stream_that_comes_half_as_fast_as_stated_is_read_as_a_slow_one(eye: list[np.ndarray]):
    stated, slow = Recognizer(rate_hz=30), Recognizer(rate_hz=15)
    assert (stated.phases, slow.phases) == (2, 1)
    found = [stated.step(frame, number / 15) for number, frame in enumerate(eye)]
    assert beliefs(found) == pytest.approx(beliefs(slow.step(frame) for frame in eye), abs=1e-6)


def test_a_frame_too_early_repeats_the_answer_and_changes_no_other(eye: list[np.ndarray]):
    recognizer, plain = Recognizer(), Recognizer()
    expected = [plain.step(frame, number / 30) for number, frame in enumerate(eye[:12])]
    found = []
    for number, frame in enumerate(eye[:12]):
        found.append(recognizer.step(frame, number / 30))
        again = recognizer.step(eye[-1], number / 30 + 0.004)
        assert again.probabilities == found[-1].probabilities
        assert again.frame == 2 * number + 1
    assert np.array_equal(beliefs(found), beliefs(expected))


def test_after_a_gap_nothing_is_compared_with_what_was_before(eye: list[np.ndarray]):
    recognizer = Recognizer()
    for number, frame in enumerate(eye):
        recognizer.step(frame, number / 30)
    recognizer.step(eye[0], 100.0)
    assert {phase.age for phase in recognizer._phases.all} == {0, 1}


def test_time_that_runs_backwards_is_refused_and_the_stream_goes_on(eye: list[np.ndarray]):
    recognizer = Recognizer()
    recognizer.step(eye[0], 1.0)
    with pytest.raises(FrameError, match="backwards"):
        recognizer.step(eye[1], 0.9)
    assert recognizer.step(eye[1], 1.04).frame == 1
    with pytest.raises(InputError, match="backwards at frame 2"):
        list(watch(at([0, 0.03, 0.02], eye[:3]), recognizer, Region.parse("full")))


def test_seconds_of_a_neutral_face_are_seconds(eye: list[np.ndarray]):
    source = at([number / 10 for number in range(len(eye))], eye)
    moments = list(watch_calibrated(source, Recognizer(), Region.parse("full"), "1"))
    states = [moment.calibration for moment in moments]
    assert states.index("done") == pytest.approx(10, abs=1)


def recording(path: Path, times_us: list[int], frames: list[np.ndarray]) -> Path:
    """Of a DAVIS."""
    height, width = frames[0].shape
    writer = dv.io.MonoCameraWriter(str(path), dv.io.MonoCameraWriter.DAVISConfig("test", (width, height)))
    store = dv.EventStore()
    for t_us, frame in zip(times_us, frames, strict=True):
        store.push_back(t_us, 5, 5, True)
        writer.writeFrame(dv.Frame(t_us, frame))
    writer.writeEvents(store)
    del writer
    return path


def test_a_recording_whose_first_frames_come_at_once_is_read_at_its_usual_rate(eye: list[np.ndarray], tmp_path: Path):
    even = [5_000_000 + 33_333 * number for number in range(len(eye))]
    early = [even[0], even[0] + 5_000, *even[1:]]
    plain = recording(tmp_path / "a.aedat4", even, eye)
    odd = recording(tmp_path / "b.aedat4", early, [eye[0], eye[0], *eye[1:]])
    expected, found = (beliefs(read(path, eye="full")) for path in (plain, odd))
    assert np.delete(found, 1, axis=0) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("stated_hz", [60, 120])
def test_a_video_is_read_by_its_times_whatever_its_header_states(eye: list[np.ndarray], tmp_path: Path, stated_hz: int):
    plain = write_webm(tmp_path / "a.webm", eye, 15)
    other = restated(plain, tmp_path / "b.webm", stated_hz)
    expected, found = list(read(plain, eye="full")), list(read(other, eye="full"))
    assert beliefs(found) == pytest.approx(beliefs(expected), abs=1e-6)
    assert found[15].time_s == pytest.approx(1.0, abs=0.002)
