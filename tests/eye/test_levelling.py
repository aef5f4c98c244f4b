"""Sources that are turned: as asked for, or as their eyes show."""

import csv
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.eye.levelling import levelled, looked_at, parse_rotate
from eyeprentice.eye.region import Region
from eyeprentice.eye.upright import Turn
from eyeprentice.runtime import read
from eyeprentice.sources.frames import FrameSource, array_frames
from eyeprentice.sources.turning import DEGREES, Degrees, turned_image
from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note_once
from tests.data.importing.material import eyes, in_a_scene, write_video

FULL, AUTO = Region("full"), Region("auto")


@pytest.fixture(scope="module")
def eye() -> list[np.ndarray]:
    return list(eyes("surprise"))


@pytest.fixture(scope="module")
def scene(eye: list[np.ndarray]) -> list[np.ndarray]:
    return list(in_a_scene(np.stack(eye), left=100, top=70, sway=0, mirrored=False))


def shown(source: FrameSource) -> np.ndarray:
    return np.stack([image for _, image in source])


def quarter(frames: list[np.ndarray], degrees: Degrees) -> FrameSource:
    return array_frames([turned_image(frame, degrees) for frame in frames], 30)


@pytest.mark.parametrize("degrees", DEGREES)
def test_auto_turns_an_eye_and_a_picture_with_one_upright(eye, scene, degrees: Degrees):
    for frames, region in ((eye, FULL), (eye, AUTO), (scene, AUTO)):
        assert np.array_equal(shown(levelled(quarter(frames, degrees), "auto", region)), np.stack(frames))


def test_a_stream_is_turned_as_soon_as_it_is_known(eye: list[np.ndarray]):
    stream = replace(quarter(eye, 180), is_live=True)
    found = shown(levelled(stream, "auto", FULL))
    assert np.array_equal(found[0], eye[0][::-1, ::-1])
    assert np.array_equal(found[-5:], np.stack(eye)[-5:])


def test_a_picture_that_is_turned_is_noticed_and_stays_as_it_is(eye: list[np.ndarray], capsys: pytest.CaptureFixture):
    note_once.cache_clear()
    source = quarter(eye, 180)
    assert np.array_equal(shown(levelled(source, 0, FULL)), shown(source))
    assert "try --rotate 180, or --rotate auto" in capsys.readouterr().err
    levelled(quarter(eye, 0), 0, FULL)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("count", [40, 3])
def test_what_is_told_while_a_source_is_read_is_what_is_told_beforehand_and_once(eye: list[np.ndarray], count: int):
    before: list[Turn] = []
    levelled(quarter(eye[:count], 90), 0, FULL, told=before.append)
    meanwhile: list[Turn] = []
    source = looked_at(quarter(eye[:count], 90), FULL, meanwhile.append)
    assert meanwhile == []
    assert np.array_equal(shown(source), shown(quarter(eye[:count], 90)))
    assert np.array_equal(shown(source), shown(quarter(eye[:count], 90)))
    assert meanwhile == before


def test_what_shows_no_eye_is_not_turned(capsys: pytest.CaptureFixture):
    note_once.cache_clear()
    grey = array_frames([np.full((96, 96), 90, np.uint8)] * 9, 30)
    turns: list[Turn] = []
    assert np.array_equal(shown(levelled(grey, "auto", FULL, told=turns.append)), shown(grey))
    assert turns[0].doubtful
    levelled(grey, "auto", FULL)
    assert "cannot be told" in capsys.readouterr().err


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_readings_of_a_turned_source_are_those_of_the_upright_one(eye: list[np.ndarray], degrees: Degrees):
    expected = [reading.probabilities for reading in read(eye, eye="full")]
    held = [turned_image(frame, degrees) for frame in eye]
    back = (360 - degrees) % 360
    for rotate in (back, "auto"):
        assert [reading.probabilities for reading in read(held, eye="full", rotate=rotate)] == expected


def test_words_that_are_no_turn_are_refused():
    assert [parse_rotate(text) for text in ("0", "90", "180", "270", "auto")] == [*DEGREES, "auto"]
    for text in ("45", "-90", "left", ""):
        with pytest.raises(InputError, match="is not a turn"):
            parse_rotate(text)
    with pytest.raises(InputError, match="before or after turning"):
        levelled(array_frames([], 30), "auto", Region("box", (0, 0, 5, 5)))


def test_import_turns_and_says_so(eye: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture):
    for name, degrees in (("upright", 0), ("turned", 180)):
        write_video(tmp_path / "videos" / f"surprise_{name}.mp4", [turned_image(frame, degrees) for frame in eye])
    words = ["import", str(tmp_path / "videos"), str(tmp_path / "out"), "--eye", "full", "--size", "48", "--jobs", "1"]
    main(words)
    said = capsys.readouterr().out
    assert "surprise_turned.mp4: the eye in it seems not to be upright; look at it, and try --rotate 180" in said
    assert "surprise_upright.mp4: the eye" not in said
    main([*words, "--rotate", "auto"])
    assert "surprise_turned.mp4: turned by 180 degrees" in capsys.readouterr().out
    rows = list(csv.DictReader((tmp_path / "out" / "sources.csv").open(newline="")))
    assert {Path(row["source"]).stem: row["turned"] for row in rows} == {
        "surprise_upright": "0",
        "surprise_turned": "180",
    }
    frames = [sorted((tmp_path / "out" / "frame" / "surprise" / row["sequence"]).iterdir()) for row in rows]
    first, second = (np.stack([cv2.imread(str(path), 0) for path in paths]).astype(float) for paths in frames)
    assert np.abs(first - second).mean() < 3  # each was compressed in its own way
