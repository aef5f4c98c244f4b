import csv
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.console import Console

from eyeprentice.app.cli import main
from eyeprentice.app.live.in_terminal import view
from eyeprentice.app.live.picture import COLOURS
from eyeprentice.app.live.telling import Teller
from eyeprentice.runtime import Moment, Reading
from eyeprentice.runtime.units import ARKIT
from eyeprentice.sources.frames import open_frames
from eyeprentice.synth.dataset import UNIT_COLUMNS
from eyeprentice.words.vocabulary import EMOTIONS


def predict(*words: object, stdin: bytes | None = None) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "eyeprentice", "predict", *map(str, words)]
    return subprocess.run(command, capture_output=True, input=stdin, timeout=120)


def test_a_line_a_frame_and_from_when_to_when_what_was_shown(eye_video: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(eye_video), "--eye", "full"])
    said = capsys.readouterr()
    frames, answer = said.out.split("\nsegments:\n")
    lines, segments = frames.splitlines(), answer.strip().splitlines()[:-2]
    assert len(lines) == 60
    assert [line.split()[-2:] for line in segments][-1] == ["surprise", segments[-1].split()[-1]]
    assert segments[0].split()[:4] == ["0.0", "to", segments[0].split()[2], "s"]
    assert segments[-1].split()[2] == "2.0"
    assert "the packaged model learnt from drawn people" in said.err
    assert said.err.count("note:") == 1
    assert lines[0].split()[:3] == ["0", "0.000", "s"]
    assert lines[30].split()[1] == "1.000"
    assert answer.splitlines()[-1].startswith("answer: ")


def test_json_lines_add_up(eye_video: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(eye_video), "--eye", "full", "--json"])
    *rows, answer = map(json.loads, capsys.readouterr().out.splitlines())
    assert [row["frame"] for row in rows] == list(range(60))
    assert all(sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-3) for row in rows)
    assert rows[-1]["emotion"] == "surprise"
    assert rows[-1]["probabilities"]["surprise"] > rows[29]["probabilities"]["surprise"] + 0.3
    assert answer["frames"] == 60
    assert answer["frames_without_eye"] == 0


def test_raw_frames_on_standard_input_are_the_video(eye_video: Path, capsys: pytest.CaptureFixture):
    frames = [image for _, image in open_frames(str(eye_video))]
    done = predict("-", "--raw", "96x96", "--eye", "full", "--json", stdin=b"".join(f.tobytes() for f in frames))
    assert done.returncode == 0, done.stderr
    main(["predict", str(eye_video), "--eye", "full", "--json"])
    read = [[json.loads(line) for line in out.splitlines()] for out in (done.stdout.decode(), capsys.readouterr().out)]
    assert [row.pop("source") for row in read[0]] == ["-"] * 61
    assert [row.pop("source") for row in read[1]] == [str(eye_video)] * 61
    assert read[0] == read[1]
    cut = predict("-", "--raw", "96x96", "--eye", "full", stdin=frames[0].tobytes() + b"1234")
    assert cut.returncode == 2
    assert b"error: -: frame 1 is cut short" in cut.stderr
    assert b"answer: " in cut.stdout


def test_pictures_in_a_folder(eye_video: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    for number, (_, frame) in enumerate(open_frames(str(eye_video))):
        if number < 5:
            cv2.imwrite(str(tmp_path / f"{number + 8}.png"), frame)
    main(["predict", str(tmp_path), "--eye", "full", "--rate", "15"])
    lines = capsys.readouterr().out.splitlines()
    assert lines.index("segments:") == 6  # after 5 frames and an empty line


def shown(reading: Reading | None, seconds: float, busy_ms: float) -> str:
    console, manner = Console(width=80), None if reading is None else "full"
    with console.capture() as capture:
        console.print(view(Moment(7, seconds, np.zeros((4, 4), np.uint8), None, manner, None, reading), busy_ms))
    return capture.get()


def test_live_shows_a_bar_for_each_emotion_and_says_when_there_is_no_eye():
    reading = Reading("fear", 0.5, False, dict.fromkeys(EMOTIONS, 0.5 / 6) | {"fear": 0.5}, 7, 0.2)
    assert "uncertain" in shown(reading, 1.0, 0.6)
    assert [line.split()[0] for line in shown(reading, 1.0, 0.6).splitlines()[1:8]] == list(EMOTIONS)
    assert "no eye" in shown(None, 1.0, 0.6)
    said = shown(replace(reading, units={"AU9": 0.25}, valence=-0.4), 1.0, 0.6).splitlines()
    assert said[8].split()[0] == "AU9"
    assert said[8].endswith("25 %")
    assert said[9].startswith("valence -0.40   arousal +0.00")


def test_live_plays_a_video_in_its_own_time(eye_video: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich's way of saying that this is a terminal
    started = time.monotonic()
    main(["live", "--terminal", str(eye_video), "--eye", "full", "--rate", "120"])
    assert 0.4 < time.monotonic() - started < 5


def test_live_in_a_pipe_points_to_predict(eye_video: Path, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit):
        main(["live", "--terminal", str(eye_video)])
    assert "use predict if the output is a file or a pipe" in capsys.readouterr().err


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


def test_a_single_right_eye_is_read_as_right_and_as_both_but_not_as_left(
    eye_video: Path, capsys: pytest.CaptureFixture
):
    said = {}
    for eye in ("auto", "right", "both"):
        main(["predict", str(eye_video), "--eye", eye, "--json"])
        said[eye] = capsys.readouterr().out
    assert said["right"] == said["both"] == said["auto"]
    row = json.loads(said["both"].splitlines()[5])
    assert (row["eye_mirrored"], row["eye_quality"] > 0.5, "second_eye_box" in row) == (False, True, False)
    with pytest.raises(SystemExit):
        main(["predict", str(eye_video), "--eye", "left"])
    assert "no eye was found" in capsys.readouterr().err


def test_auto_on_a_picture_that_is_an_eye_says_so_and_reads_what_full_reads(eye_video: Path, capsys):
    main(["predict", str(eye_video), "--eye", "full"])
    full = capsys.readouterr().out.splitlines()
    main(["predict", str(eye_video)])
    auto = capsys.readouterr().out.splitlines()
    assert auto == full
    assert auto[-1].endswith("; eye: full (the whole picture)")
    main(["predict", str(eye_video), "--json"])
    *rows, answer = map(json.loads, capsys.readouterr().out.splitlines())
    assert {row["eye_manner"] for row in rows} == {"full"}
    assert rows[0]["eye_box"] == [0, 0, 96, 96]
    assert answer["eye"] == ["full"]


def test_an_emotion_is_named_only_from_the_probability_that_was_asked_for(eye_video: Path, tmp_path: Path, capsys):
    for number, (_, image) in zip(range(15), open_frames(eye_video), strict=False):
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
    words = ["predict", str(tmp_path), "--eye", "full", "--json"]
    main([*words, "--certain", "0.99"])
    *_, answer = map(json.loads, capsys.readouterr().out.splitlines())
    (segment,) = answer["segments"]
    assert (segment["emotion"], segment["start_s"], segment["end_s"]) == ("uncertain", 0, 0.5)
    assert answer["shares"]["uncertain"] == 1
    main([*words, "--certain", f"{segment['probability'] - 0.15}"])
    *_, answer = map(json.loads, capsys.readouterr().out.splitlines())
    assert answer["segments"][-1]["emotion"] == segment["likeliest"]


def test_segments_are_a_table_too_and_a_strip_above_the_timeline(eye_video: Path, tmp_path: Path, capsys):
    table, picture = tmp_path / "segments.csv", tmp_path / "timeline.png"
    words = ["--eye", "full", "--json", "--segments", str(table), "--save", str(picture)]
    main(["predict", str(eye_video), *words])
    *_, answer = map(json.loads, capsys.readouterr().out.splitlines())
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row.pop("source") for row in rows] == [str(eye_video)] * len(answer["segments"])
    assert rows == [{name: str(value) for name, value in each.items()} for each in answer["segments"]]
    last = answer["segments"][-1]
    x = 20 + int((1280 - 170) * (last["start_s"] + last["end_s"]) / 2 / 2.0)
    assert tuple(cv2.imread(str(picture))[14, x]) == COLOURS[EMOTIONS.index(last["emotion"])]


def test_much_doubt_is_said_with_what_helps_and_the_answer_tells_how_much(eye_video: Path, capsys):
    main(["predict", str(eye_video), "--eye", "full", "--certain", "1"])
    said = capsys.readouterr()
    assert said.out.splitlines()[-1].startswith("answer: uncertain 100 % of 2.0 s (60 frames); eye: full")
    assert f"note: {eye_video}: uncertain for more than half of the time; what can help: a neutral face" in said.err


def test_what_another_model_learnt_from_is_said(eye_video: Path, exported: dict[str, Path], capsys):
    main(["predict", str(eye_video), "--eye", "full", "--model", str(exported["any"])])
    assert f"note: {exported['any']} learnt from a dataset that its file does not name" in capsys.readouterr().err


def test_a_reference_that_is_lost_is_said_once(capsys: pytest.CaptureFixture):
    say = Teller()
    moment = Moment(3, 0.1, np.zeros((4, 4), np.uint8), None, None, None, None, lost=True)
    for each in (replace(moment, lost=False), moment, moment):
        say(each)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("note: reference lost: the eye does not look like the face")


def test_lines_say_what_change_is_measured_against(eye_video: Path, capsys: pytest.CaptureFixture):
    found = {}
    for neutral in ("none", "0.1"):
        main(["predict", str(eye_video), "--eye", "full", "--neutral", neutral, "--json"])
        *rows, _ = map(json.loads, capsys.readouterr().out.splitlines())
        found[neutral] = [row["calibration"] for row in rows]
    assert set(found["none"]) == {"none"}
    assert found["0.1"][:4] == ["collecting", "collecting", "done", "done"]


def test_units_are_in_the_lines_and_the_table_by_the_names_that_are_asked_for(
    eye_video: Path, exported_units: Path, tmp_path: Path, capsys: pytest.CaptureFixture
):
    read = {}
    for names, expected in (("facs", UNIT_COLUMNS), ("arkit", tuple(ARKIT))):
        words = ["--model", str(exported_units), "--json", "--csv", str(tmp_path / f"{names}.csv")]
        main(["predict", str(eye_video), *words, "--unit-names", names])
        *rows, _ = map(json.loads, capsys.readouterr().out.splitlines())
        with (tmp_path / f"{names}.csv").open(newline="") as file:
            table = list(csv.DictReader(file))
        assert tuple(table[0])[-len(expected) - 2 :] == ("valence", "arousal", *expected)
        for row, line in zip(rows, table, strict=True):
            assert tuple(row["units"]) == expected
            assert {name: float(line[name]) for name in expected} == row["units"]
            assert (float(line["valence"]), float(line["arousal"])) == (row["valence"], row["arousal"])
        read[names] = rows
    for facs, shapes in zip(read["facs"], read["arkit"], strict=True):
        assert facs["units"]["AU9"] == shapes["units"]["noseSneer"]


def test_arkit_names_of_a_model_without_units_are_refused(eye_video: Path, exported: dict[str, Path], capsys):
    with pytest.raises(SystemExit):
        main(["predict", str(eye_video), "--model", str(exported["ready"]), "--unit-names", "arkit"])
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: unit names: this model estimates no action units; ")


def test_a_table_holds_what_the_json_lines_hold(eye_video: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(eye_video), "--json", "--csv", str(tmp_path / "a" / "readings.csv")])
    *rows, _ = map(json.loads, capsys.readouterr().out.splitlines())
    with (tmp_path / "a" / "readings.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 60
    for row, line in zip(rows, table, strict=True):
        assert (line["source"], int(line["frame"]), float(line["time_s"])) == (
            str(eye_video),
            row["frame"],
            row["time_s"],
        )
        assert (line["eye"], line["emotion"], float(line["probability"])) == (
            "full",
            row["emotion"],
            row["probability"],
        )
        assert {name: float(line[name]) for name in EMOTIONS} == row["probabilities"]


@pytest.mark.parametrize("option", ["--save", "--csv"])
@pytest.mark.parametrize("place", ["FILE/x.png", "FOLDER.png"])
def test_a_place_that_cannot_be_written_is_refused_before_a_frame_is_read(
    eye_video: Path, tmp_path: Path, option: str, place: str, capsys: pytest.CaptureFixture
):
    (tmp_path / "FILE").write_text("in the way")
    (tmp_path / "FOLDER.png").mkdir()
    with pytest.raises(SystemExit) as stop:
        main(["predict", str(eye_video), option, str(tmp_path / place)])
    said = capsys.readouterr()
    assert stop.value.code == 2
    assert said.out == ""
    assert said.err.startswith(f"error: {tmp_path / place}: ")


def test_a_camera_that_vanishes_is_one_line_and_what_was_read_stays(
    tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture
):
    monkeypatch.chdir(tmp_path)

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
    files = ["--csv", "a.csv", "--segments", "b.csv", "--save", "c.png"]
    with pytest.raises(SystemExit) as stop:
        main(["predict", "0", "--eye", "full", *files])
    assert stop.value.code == 2
    said = capsys.readouterr()
    assert said.err.strip() == "error: camera 0: gives no more pictures; connect it again"
    assert said.out.splitlines()[-1].startswith("answer: ")
    assert len(Path("a.csv").read_text().splitlines()) == 1 + 3  # nobody can show it again: what was read is kept
    assert len(Path("b.csv").read_text().splitlines()) > 1
    assert Path("c.png").stat().st_size


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.mp4"], "does not exist"),
        ([""], "'': is no source"),
        (["TEXT"], "a file of a type that cannot be read"),
        (["EMPTY"], "contains no pictures"),
        (["BROKEN"], "no frame can be read"),
        (["VIDEO", "--eye", "10,10,900,900"], "outside"),
        (["VIDEO", "--eye", "middle"], "does not name the eye's place"),
        (["VIDEO", "--model", "TEXT"], "no seal"),
        (["VIDEO", "--eye", "full", "--save", "out.gif"], "give a name that ends with .png, .webm or .mp4"),
        (["VIDEO", "--certain", "2"], "probability"),
        (["VIDEO", "--rate", "1e9"], "frames a second"),
        (["-"], "--raw 640x480"),
        (["-", "--raw", "100000x100000"], "not the size of raw frames"),
        (["97"], "camera 97"),
        (["2147483648"], "camera 2147483648"),
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
