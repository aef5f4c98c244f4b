"""Several sources in one call: an answer to each, one table, and an exit code for those that failed."""

import csv
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.app.live import reading, several
from eyeprentice.app.live.given import expanded
from eyeprentice.sources.frames import open_frames


@pytest.fixture
def folder(eye_video: Path, tmp_path: Path) -> Path:
    """Two short videos, 2 and 10, and one that is broken."""
    writers = {name: tmp_path / f"{name}.avi" for name in ("eye2", "eye10")}
    frames = [image for _, image in open_frames(str(eye_video))]
    for path, part in zip(writers.values(), (frames[:6], frames[40:48]), strict=True):
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (96, 96))
        for frame in part:
            writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
        writer.release()
    (tmp_path / "broken.avi").write_bytes(bytes(1000))
    return tmp_path


def exit_code(*words: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["predict", *map(str, words)])
    return int(stop.value.code or 0)


def test_a_pattern_that_no_shell_expanded_is_in_the_order_of_numbers(folder: Path):
    found = expanded([str(folder / "eye*.avi"), str(folder / "eye2.avi"), "a.mp4"])
    assert found == [str(folder / "eye2.avi"), str(folder / "eye10.avi"), "a.mp4"]
    (folder / "odd[1].avi").write_text("")
    assert expanded([str(folder / "odd[1].avi")]) == [str(folder / "odd[1].avi")]


def test_several_sources_have_an_answer_each_and_a_table(folder: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(folder / "eye*.avi"), "--eye", "full", "--csv", str(folder / "all.csv")])
    first, second, title, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{folder / 'eye2.avi'}: answer: ")
    assert "(6 frames); eye: full" in first
    assert second.startswith(f"{folder / 'eye10.avi'}: answer: ")
    assert title.strip() == "2 of 2 sources read"
    with (folder / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["source"]).stem for row in rows] == ["eye2"] * 6 + ["eye10"] * 8
    assert [row["frame"] for row in rows] == [*map(str, range(6)), *map(str, range(8))]


def test_each_source_is_read_as_it_is_read_alone(folder: Path, capsys: pytest.CaptureFixture):
    """Neither the belief nor the neutral face of one goes on into the next."""
    names = [str(folder / f"eye{number}.avi") for number in (2, 10)]
    words = ["--eye", "full", "--neutral", "0.1", "--json"]
    main(["predict", *names, *words])
    together = capsys.readouterr().out
    for name in names:
        main(["predict", name, *words])
    assert together == capsys.readouterr().out


def test_one_that_fails_is_one_line_and_the_others_go_on(folder: Path, capsys: pytest.CaptureFixture):
    words = ("--eye", "full", "--csv", folder / "all.csv")
    assert exit_code(folder / "broken.avi", folder / "eye2.avi", folder / "not.mp4", *words) == 1
    said = capsys.readouterr()
    broken, missing = (line for line in said.err.splitlines() if not line.startswith("note: "))
    assert broken.startswith(f"error: {folder / 'broken.avi'}: no frame can be read; ")
    assert missing.startswith(f"error: {folder / 'not.mp4'}: does not exist; ")
    assert "1 of 3 sources read" in said.out
    assert said.out.count("failed") == 2
    assert len((folder / "all.csv").read_text().splitlines()) == 7
    assert exit_code(folder / "broken.avi", folder / "eye2.avi", "--eye", "full", "--json") == 1
    error, *rows = map(json.loads, capsys.readouterr().out.splitlines())
    assert set(error) == {"source", "error"}
    assert {row["source"] for row in rows} == {str(folder / "eye2.avi")}
    assert [row["frame"] for row in rows[:-1]] == list(range(6))


def test_where_all_fail_there_is_no_table(folder: Path, capsys: pytest.CaptureFixture):
    assert exit_code(folder / "broken.avi", folder / "not.mp4", "--csv", folder / "all.csv") == 2
    assert not (folder / "all.csv").exists()
    assert [path for path in folder.iterdir() if "partial" in path.name] == []


def test_what_was_read_of_a_source_that_fails_later_is_not_kept(folder: Path, capsys: pytest.CaptureFixture):
    pictures = folder / "pictures"
    pictures.mkdir()
    for number in range(3):
        cv2.imwrite(str(pictures / f"{number}.png"), np.full((40, 40), 90 + 20 * number, np.uint8))
    (pictures / "3.png").write_bytes(b"no picture")
    assert exit_code(pictures, folder / "eye2.avi", "--eye", "full", "--csv", folder / "all.csv") == 1
    assert capsys.readouterr().err.startswith(f"error: {pictures / '3.png'}: not a readable image; ")
    rows = (folder / "all.csv").read_text().splitlines()
    assert len(rows) == 7
    assert all("eye2.avi" in row for row in rows[1:])


def test_a_source_without_an_eye_counts_as_failed_and_its_rows_say_so(folder: Path, capsys: pytest.CaptureFixture):
    cv2.imwrite(str(folder / "grey.png"), np.full((60, 60), 128, np.uint8))
    assert exit_code(folder / "grey.png", folder / "eye2.avi", "--csv", folder / "all.csv") == 1
    assert "grey.png: no eye was found; " in capsys.readouterr().err
    with (folder / "all.csv").open(newline="") as file:
        assert next(csv.DictReader(file))["eye"] == "none"


def test_a_folder_of_videos_is_refused_with_the_pattern_that_names_them(folder: Path, capsys: pytest.CaptureFixture):
    assert exit_code(folder) == 2
    said = f"error: {folder}: contains no pictures, but videos or recordings; give '{folder / '*.avi'}'\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["A", "B", "--save", "x.webm"], "error: save: a picture or a video shows one source, and 2 are given; "),
        (["A", "0"], "error: 0: standard input, a camera or an address cannot be one of several sources; "),
        (["-", "A"], "error: -: standard input, a camera or an address cannot be one of several sources; "),
        (["A", "FOLDER/none*.mp4"], "none*.mp4: no file has a name like this; correct the pattern"),
        (["A", "B", "--rate", "1e9"], "error: rate: 1e+09 frames a second; "),
        (["A", "B", "--mirror"], "error: mirror: --eye auto sees by itself"),
        (["A", "B", "--neutral", "FOLDER/not.png"], "not.png: does not exist; "),
    ],
)
def test_what_is_wrong_with_all_is_said_once_before_the_work(folder: Path, words: list[str], said: str, capsys):
    places = {"A": str(folder / "eye2.avi"), "B": str(folder / "eye10.avi")}
    assert exit_code(*(places.get(word, word.replace("FOLDER", str(folder))) for word in words)) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""


def test_ctrl_c_keeps_what_is_finished(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    shutil.copy(folder / "eye2.avi", folder / "eye3.avi")

    def interrupted(frames, how):
        yield from reading.moments_of(frames, how)
        if "eye10" in frames.name:
            raise KeyboardInterrupt

    monkeypatch.setattr(several, "moments_of", interrupted)
    assert exit_code(folder / "eye*.avi", "--eye", "full", "--csv", folder / "all.csv") == 130
    rows = (folder / "all.csv").read_text().splitlines()[1:]
    assert {Path(row.split(",")[0]).stem for row in rows} == {"eye2", "eye3"}
    assert "2 of 2 sources read" in capsys.readouterr().out
