from pathlib import Path

import numpy as np
import pytest

from eyeprentice.errors import InputError
from eyeprentice.ingest.eye import Region, Track, crop, locate
from tests.ingest.material import SCENE, eyes, in_a_scene


def test_the_eye_is_found_followed_and_held_still():
    frames = in_a_scene(eyes("surprise"), left=100, top=70, sway=20)
    track = locate(frames, Region("auto"), "video")
    true = np.array([100 + round(20 * np.sin(n / 8)) + 55 for n in range(len(frames))])
    assert np.abs(track.centres[:, 0] - true - np.median(track.centres[:, 0] - true)).max() < 6
    assert 90 < track.width < 170
    cut = np.stack([crop(frame, track, i, 64) for i, frame in enumerate(frames)]).astype(float)
    swayed = np.stack([frame[70:180, 100:210] for frame in frames]).astype(float)
    assert cut.std(axis=0).mean() < 0.6 * swayed.std(axis=0).mean()


def test_a_video_without_an_eye_is_told_apart(tmp_path: Path):
    empty = [np.random.default_rng(n).integers(60, 90, SCENE).astype(np.uint8) for n in range(12)]
    with pytest.raises(InputError, match="no eye found in 100 %"):
        locate(empty, Region("auto"), tmp_path / "a.mp4")


def test_the_whole_picture_and_a_box_are_cut_exactly():
    frame = np.random.default_rng(0).integers(0, 255, (40, 40)).astype(np.uint8)
    assert np.array_equal(crop(frame, locate([frame], Region.parse("full"), ""), 0, 40), frame)
    box = locate([frame], Region.parse("5,10,20,20"), "")
    assert np.array_equal(crop(frame, box, 0, 20), frame[10:30, 5:25])
    mirrored = Track(box.centres, 20, 20, True, 1.0)
    assert np.array_equal(crop(frame, mirrored, 0, 20), frame[10:30, 5:25][:, ::-1])
    with pytest.raises(InputError, match="outside"):
        locate([frame], Region.parse("30,30,20,20"), "a.mp4")


@pytest.mark.parametrize("text", ["everywhere", "1,2,3", "1,2,0,4", "-1,2,3,4"])
def test_a_place_that_is_none_is_refused(text: str):
    with pytest.raises(InputError, match="no place for an eye"):
        Region.parse(text)
