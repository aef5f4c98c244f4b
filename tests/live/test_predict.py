import json
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.console import Console

from eyeprentice.cli import main
from eyeprentice.commands.live import view
from eyeprentice.errors import InputError
from eyeprentice.ingest.eye import Region
from eyeprentice.live.eye import Eye
from eyeprentice.live.frames import open_frames
from eyeprentice.live.picture import annotated, timeline
from eyeprentice.runtime import Reading
from eyeprentice.synth.stream import simulate_stream
from eyeprentice.vocabulary import EMOTIONS


@pytest.fixture(scope="session")
def eye_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a simulated eye: neutral, then surprised."""
    stream = simulate_stream(5, 1, ["neutral", "surprise"], 30, 96)
    path = tmp_path_factory.mktemp("video") / "eye.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30, (96, 96))
    for frame in stream.frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


def predict(*words: object, stdin: bytes | None = None) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "eyeprentice", "predict", *map(str, words)]
    return subprocess.run(command, capture_output=True, input=stdin, timeout=120)


def test_a_line_a_frame_and_a_verdict(eye_video: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(eye_video), "--eye", "full"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 61
    assert lines[0].split()[:3] == ["0", "0.000", "s"]
    assert lines[30].split()[1] == "1.000"
    assert lines[-1].startswith("verdict: ")


def test_json_lines_add_up(eye_video: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(eye_video), "--eye", "full", "--json"])
    *rows, verdict = map(json.loads, capsys.readouterr().out.splitlines())
    assert [row["frame"] for row in rows] == list(range(60))
    assert all(sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-3) for row in rows)
    assert rows[-1]["emotion"] == "surprise"
    assert rows[-1]["probabilities"]["surprise"] > rows[29]["probabilities"]["surprise"] + 0.3
    assert verdict["frames"] == 60
    assert verdict["frames_without_eye"] == 0


def test_raw_frames_on_standard_input_are_the_video(eye_video: Path, capsys: pytest.CaptureFixture):
    frames = list(open_frames(str(eye_video)).images)
    done = predict("-", "--raw", "96x96", "--eye", "full", "--json", stdin=b"".join(f.tobytes() for f in frames))
    assert done.returncode == 0, done.stderr
    main(["predict", str(eye_video), "--eye", "full", "--json"])
    assert done.stdout.decode() == capsys.readouterr().out
    cut = predict("-", "--raw", "96x96", "--eye", "full", stdin=frames[0].tobytes() + b"1234")
    assert cut.returncode == 2
    assert b"error: -: frame 1 is cut short" in cut.stderr
    assert b"verdict" in cut.stdout


def test_pictures_in_a_folder(eye_video: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    for number, frame in enumerate(open_frames(str(eye_video)).images):
        if number < 5:
            cv2.imwrite(str(tmp_path / f"{number + 8}.png"), frame)
    main(["predict", str(tmp_path), "--eye", "full", "--rate", "15"])
    assert len(capsys.readouterr().out.splitlines()) == 6


@pytest.mark.parametrize("suffix", [".png", ".mp4"])
def test_what_was_read_is_saved(eye_video: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture):
    out = tmp_path / f"saved{suffix}"
    main(["predict", str(eye_video), "--eye", "full", "--save", str(out)])
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    if suffix == ".png":
        assert cv2.imread(str(out)).shape == (400, 1280, 3)
    else:
        saved = list(open_frames(str(out)).images)
        assert len(saved) == 60
        assert saved[0].shape == (240, 96 + 240)


def test_a_timeline_shows_what_was_believed_and_when():
    beliefs = np.zeros((100, 7), np.float32)
    beliefs[:50, 0] = 1
    beliefs[50:80, 6] = 1  # and nothing was seen after that
    image = timeline(beliefs, 30.0)
    assert image[200, 100].tolist() == [60, 60, 214]
    assert image[200, 700].tolist() == [60, 190, 190]
    assert image[200, 1100].tolist() == [255, 255, 255]


def test_a_frame_without_an_eye_says_so():
    image = annotated(np.zeros((101, 77), np.uint8), None, None)
    assert image.shape[0] % 2 == image.shape[1] % 2 == 0


def test_a_box_is_cut_out_and_full_is_all():
    frame = np.arange(100 * 80, dtype=np.uint32).reshape(100, 80).astype(np.uint8)
    box = Eye(Region.parse("10,20,30,40"), 30).cut(frame)
    assert np.array_equal(box, cv2.resize(frame[20:60, 10:40], (30, 30), interpolation=cv2.INTER_AREA))
    assert Eye(Region.parse("full"), 50).cut(frame).shape == (50, 50)
    with pytest.raises(InputError, match="outside"):
        Eye(Region.parse("70,0,30,30"), 30).cut(frame)


def test_an_eye_that_is_found_is_followed_slowly():
    class Found:
        def __init__(self) -> None:
            self.places = iter([None, (50.0, 50.0, 20.0, False), (60.0, 50.0, 20.0, False), (5.0, 90.0, 20.0, False)])

        def find(self, frame):
            return next(self.places)

    eye = Eye(Region.parse("auto"), 16)
    eye.detector = Found()
    frame = np.zeros((100, 100), np.uint8)
    assert eye.cut(frame) is None
    for _ in range(21):
        assert eye.cut(frame).shape == (16, 16)
    assert eye.place[0] == pytest.approx(53)  # 0.3 of the way to 60; what was seen at 5 is another thing


def shown(*moment) -> str:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(view(*moment))
    return capture.get()


def test_live_shows_a_bar_for_each_emotion_and_says_when_there_is_no_eye():
    reading = Reading("fear", 0.5, False, dict.fromkeys(EMOTIONS, 0.5 / 6) | {"fear": 0.5}, 7)
    assert "uncertain" in shown(reading, 1.0, 0.6)
    assert [line.split()[0] for line in shown(reading, 1.0, 0.6).splitlines()[1:8]] == list(EMOTIONS)
    assert "no eye" in shown(None, 1.0, 0.6)


def test_live_plays_a_video_in_its_own_time(eye_video: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich's way of saying that this is a terminal
    started = time.monotonic()
    main(["live", str(eye_video), "--eye", "full", "--rate", "120"])
    assert 0.4 < time.monotonic() - started < 5


def test_live_in_a_pipe_points_to_predict(eye_video: Path, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit):
        main(["live", str(eye_video)])
    assert "use predict in a pipe" in capsys.readouterr().err


def spoilt_video(eye_video: Path, tmp_path: Path) -> Path:
    content = bytearray(eye_video.read_bytes())
    start = content.index(b"mdat") + len(content) // 3
    content[start : start + 1500] = bytes(1500)
    path = tmp_path / "spoilt.mp4"
    path.write_bytes(content)
    return path


def test_a_video_with_a_spoilt_middle_goes_on(eye_video: Path, tmp_path: Path):
    done = predict(spoilt_video(eye_video, tmp_path), "--eye", "full")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 59


def test_the_last_good_frame_stands_in_for_spoilt_ones_but_not_beyond_the_end(monkeypatch: pytest.MonkeyPatch):
    class Video:
        course = iter([1, 2, None, None, 3, None, None, None])  # 12 frames are announced

        def isOpened(self) -> bool:  # noqa: N802
            return True

        def get(self, what: int) -> float:
            return 12.0 if what == cv2.CAP_PROP_FRAME_COUNT else 30.0

        def read(self):
            value = next(self.course, None)
            return value is not None, None if value is None else np.full((4, 4), value, np.uint8)

        def release(self) -> None:
            pass

    monkeypatch.setattr(cv2, "VideoCapture", lambda path: Video())
    monkeypatch.setattr(Path, "exists", lambda self: True)
    assert [int(frame[0, 0]) for frame in open_frames("some.mp4").images] == [1, 2, 2, 2, 3]


def test_a_camera_that_vanishes_is_one_line_and_the_verdict_stays(monkeypatch, capsys: pytest.CaptureFixture):
    class Camera:
        left = 3

        def __init__(self, number: int) -> None:
            pass

        def isOpened(self) -> bool:  # noqa: N802
            return True

        def get(self, what: int) -> float:
            return 0.0

        def read(self):
            self.left -= 1
            return self.left >= 0, np.zeros((40, 40, 3), np.uint8)

        def release(self) -> None:
            pass

    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    with pytest.raises(SystemExit) as stop:
        main(["predict", "0", "--eye", "full"])
    assert stop.value.code == 2
    said = capsys.readouterr()
    assert said.err.strip() == "error: camera 0: gives no more pictures; connect it again"
    assert said.out.splitlines()[-1].startswith("verdict")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.mp4"], "not there"),
        (["TEXT"], "of a kind that is not known"),
        (["EMPTY"], "holds no pictures"),
        (["BROKEN"], "no frame can be read"),
        (["VIDEO", "--eye", "10,10,900,900"], "outside"),
        (["VIDEO", "--eye", "left"], "no place for an eye"),
        (["VIDEO", "--model", "TEXT"], "no seal"),
        (["VIDEO", "--eye", "full", "--save", "out.gif"], "cannot be written"),
        (["VIDEO", "--certain", "2"], "probability"),
        (["-"], "--raw 640x480"),
        (["97"], "camera 97"),
    ],
)
def test_bad_input_is_one_line(eye_video: Path, tmp_path: Path, words: list[str], said: str, capfd):
    places = {"TEXT": tmp_path / "notes.txt", "EMPTY": tmp_path / "empty", "BROKEN": tmp_path / "broken.mp4"}
    places["TEXT"].write_text("hello")
    places["BROKEN"].write_bytes(b"\0" * 1000)
    places["EMPTY"].mkdir()
    places["VIDEO"] = eye_video
    with pytest.raises(SystemExit) as stop:
        main(["predict", *(str(places.get(word, word)) for word in words)])
    assert stop.value.code == 2
    errors = [line for line in capfd.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert said in errors[0]
