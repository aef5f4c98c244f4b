from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.data.layout import SequenceName, find_sequences, sequence_folder, write_images
from eyeprentice.sources.pictures import pictures_in
from eyeprentice.words.errors import InputError

NAME = SequenceName(1, "001", "man", 24, "Master", "normal", "angry", 3, 0)


def greys(*levels: int) -> list[np.ndarray]:
    return [np.full((16, 16), level, np.uint8) for level in levels]


def test_images_are_found_as_they_were_written(tmp_path: Path):
    target = write_images(tmp_path, "frame", NAME, greys(0, 127, 255))
    assert target == sequence_folder(tmp_path, "frame", NAME) == tmp_path / "frame" / "angry" / str(NAME)
    assert [path.name for path in pictures_in(target)] == ["00000.jpg", "00001.jpg", "00002.jpg"]
    assert [int(cv2.imread(str(path), 0)[8, 8]) for path in pictures_in(target)] == [0, 127, 255]


def test_event_frames_are_written_without_loss(tmp_path: Path):
    events = np.random.default_rng(0).choice(np.array([0, 127, 255], np.uint8), (2, 32, 32), p=[0.02, 0.96, 0.02])
    paths = pictures_in(write_images(tmp_path, "event", NAME, events))
    assert [path.name for path in paths] == ["00000.png", "00001.png"]
    assert np.array_equal([cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in paths], events)


def test_images_replace_what_lay_there(tmp_path: Path):
    write_images(tmp_path, "frame", NAME, greys(1, 2, 3))
    assert len(pictures_in(write_images(tmp_path, "frame", NAME, greys(4)))) == 1


def test_a_sequence_that_cannot_be_written_is_one_line_and_leaves_nothing(tmp_path: Path, monkeypatch):
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.name == "00001.jpg":
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match=r"take000: cannot be written \(No space left on device\); free some space"):
        write_images(tmp_path, "frame", NAME, greys(1, 2, 3))
    assert not list((tmp_path / "frame" / "angry").iterdir())


def test_images_are_in_order_of_their_numbers_whatever_the_padding(tmp_path: Path):
    for name in ("10.png", "9.png", "100.PNG", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in pictures_in(tmp_path)] == ["9.png", "10.png", "100.PNG"]
    assert pictures_in(tmp_path / "nowhere") == ()


def test_sequences_are_found_in_folders_of_any_case_and_of_one_modality(tmp_path: Path):
    for place in ("Frame/neutraL/one", "frame/Angry/two", "event/angry/three", "spare/angry/four"):
        (tmp_path / place).mkdir(parents=True)
    found = {(folder.emotion, folder.name) for folder in find_sequences(tmp_path, "frame")}
    assert found == {("neutral", "one"), ("angry", "two")}
