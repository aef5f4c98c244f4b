"""A picture shows no change: it has no number that anybody could believe."""

import json
from pathlib import Path

import cv2
import pytest

from eyeprentice.app.cli import main
from eyeprentice.sources.frames import open_frames


@pytest.fixture
def still(eye_video: Path, tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "still.png"), list(open_frames(str(eye_video)))[-1][1])
    return tmp_path / "still.png"


def test_one_picture_says_that_it_shows_no_change_and_what_to_do(still: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(still), "--eye", "full", "--certain", "0.1"])
    line, answer = capsys.readouterr().out.splitlines()
    assert line.split() == ["0", "0.000", "s", "uncertain"]
    assert answer == (
        "answer: uncertain: one picture shows no change, and change is what the network reads: give a video, or "
        "--neutral FILE, a picture of the same person with a neutral face (1 frame); eye: full (the whole picture)"
    )


def test_programs_are_told_too(still: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(still), "--eye", "full", "--certain", "0.1", "--json"])
    row, answer = map(json.loads, capsys.readouterr().out.splitlines())
    assert row["certain"] is False
    assert ([each["emotion"] for each in answer["segments"]], answer["still"]) == (["uncertain"], True)


def test_with_a_neutral_face_a_picture_is_read(eye_video: Path, still: Path, tmp_path: Path, capsys):
    cv2.imwrite(str(tmp_path / "neutral.png"), next(iter(open_frames(str(eye_video))))[1])
    words = ["--eye", "full", "--certain", "0.1", "--neutral", str(tmp_path / "neutral.png"), "--json"]
    main(["predict", str(still), *words])
    row, answer = map(json.loads, capsys.readouterr().out.splitlines())
    assert (row["certain"], row["calibration"]) == (True, "done")
    assert ([each["emotion"] for each in answer["segments"]], answer["still"]) == ([row["emotion"]], False)


def test_the_same_picture_over_and_over_is_a_still(still: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "folder").mkdir()
    for name in "ab":
        (tmp_path / "folder" / f"{name}.png").write_bytes(still.read_bytes())
    main(["predict", str(tmp_path / "folder"), "--eye", "full"])
    assert "one picture shows no change" in (last := capsys.readouterr().out.splitlines()[-1])
    assert "(2 frames)" in last
