"""What predict says once of drawn faces: that there are several, and that the whole picture is no eye."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.app.live.answer import Answer
from eyeprentice.runtime import Moment, Reading, Stream
from eyeprentice.synth.stream import simulate_stream
from eyeprentice.words.vocabulary import EMOTIONS


def add_face(picture: np.ndarray, person: int, left: int, top: int, size: int) -> None:
    eye = simulate_stream(5, person, ["neutral"], 2, size).frames[0]
    picture[top : top + size, left : left + 2 * size] = np.hstack([eye, eye[:, ::-1]])


@pytest.fixture(scope="module")
def two_faces() -> np.ndarray:
    picture = np.full((360, 640), 150, np.uint8)
    add_face(picture, 9, 40, 100, 110)
    add_face(picture, 7, 400, 120, 90)
    return picture


@pytest.fixture
def pictures(two_faces: np.ndarray, tmp_path: Path) -> Path:
    for number in range(8):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.roll(two_faces, number % 3, axis=1))
    return tmp_path


def test_several_faces_are_said_once_with_the_one_that_is_read(pictures: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(pictures), "--json"])
    said = capsys.readouterr()
    (line,) = [line for line in said.err.splitlines() if line.startswith("note: several faces")]
    x, y, width, height = json.loads(said.out.splitlines()[0])["eye_box"]
    assert line.startswith("note: several faces are seen; the largest is read, its eye at ")
    assert line.split("its eye at ")[1].split(";")[0] == f"{round(x + width / 2)},{round(y + height / 2)}"
    assert x + width < 320  # the larger face is on the left


def test_of_several_sources_it_says_of_which(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(pictures), str(pictures / "0.png")])
    assert f"note: {pictures}: several faces are seen; " in capsys.readouterr().err


def test_programs_count_the_faces(two_faces: np.ndarray):
    stream = Stream()
    readings = [stream.push(two_faces) for _ in range(3)]
    assert readings[-1] is not None
    assert readings[-1].faces == 2


def test_a_face_that_is_taken_whole_for_an_eye_is_said(pictures: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(pictures), "--eye", "full"])
    said = capsys.readouterr().err
    assert (
        f"note: {pictures}: --eye full takes the whole picture for an eye, but it shows a face; use --eye auto" in said
    )


def test_an_eye_that_is_taken_whole_says_nothing(eye_video: Path, capsys: pytest.CaptureFixture):
    main(["predict", str(eye_video), "--eye", "full"])
    assert "--eye full" not in capsys.readouterr().err


def test_nothing_that_is_taken_whole_for_an_eye_is_said(tmp_path: Path, capsys: pytest.CaptureFixture):
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((90, 90), 128, np.uint8))
    main(["predict", str(tmp_path / "grey.png"), "--eye", "full"])
    assert "no eye is seen in the picture, which --eye full takes for one" in capsys.readouterr().err


def told(*shares: float) -> list[str]:
    """What is said of readings of fear, ten a second, of a picture that changes."""
    answer = Answer("x", 0.6)
    answer.begin(10)
    for number, share in enumerate(shares):
        probabilities = dict.fromkeys(EMOTIONS, (1 - share) / 6) | {"fear": share}
        reading = Reading("fear", share, share >= 0.6, probabilities, number, number / 10)
        picture = np.full((4, 4), number, np.uint8)
        answer.add(Moment(number, number / 10, picture, None, "box", picture, reading))
    return answer.lines()


def test_what_is_probable_and_too_short_is_said_to_be_so():
    assert told(0.9, 0.9, 0.9) == ["      0.0 to     0.3 s  uncertain  most probable: fear 0.90, too short to be named"]
    assert told(*[0.2] * 10) == ["      0.0 to     1.0 s  uncertain  most probable: fear 0.20"]
