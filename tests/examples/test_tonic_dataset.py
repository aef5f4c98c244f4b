"""SEE's layout as a dataset of tonic: events where event frames say so; tonic makes the frames again."""

import importlib
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from eyeprentice.data.layout import write_representation
from eyeprentice.words.errors import InputError


@pytest.fixture
def example() -> ModuleType:
    pytest.importorskip("tonic")
    return importlib.import_module("tonic_dataset")


def test_events_lie_where_and_when_the_event_frames_say(example: ModuleType, tiny: Path):
    """In `angry` a square of 6x6 pixels from (2, 2) is brighter in each of 20 frames; one pixel becomes darker."""
    path = next((tiny / "event" / "angry").iterdir()) / "00003.png"
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    image[20, 10] = 0
    image[21, 10] = 100  # a grey that is nearer to nothing
    cv2.imwrite(str(path), image)
    data = example.SEE(tiny, "training")
    events, target = data[0]
    assert (len(data), data.sensor_size, data.classes[target]) == (20, (24, 24, 2), "angry")
    assert len(events) == 20 * 36 + 1
    assert (np.diff(events["t"]) >= 0).all()
    assert np.unique(events["t"]).tolist() == [number * 33_333 + 16_666 for number in range(20)]
    assert events[~events["p"]].tolist() == [(10, 20, 3 * 33_333 + 16_666, False)]
    brighter = events[events["p"]]
    assert (brighter["x"].min(), brighter["x"].max(), brighter["y"].min(), brighter["y"].max()) == (2, 7, 2, 7)


def test_tonic_makes_the_event_frames_again(example: ModuleType, tiny: Path):
    from tonic.transforms import ToFrame

    data = example.SEE(tiny, "testing")
    data.transform = ToFrame(data.sensor_size, time_window=example.FRAME_US, start_time=0)
    frames, target = data[0]
    image = cv2.imread(str(data.data[0].images[7]), cv2.IMREAD_GRAYSCALE)
    assert data.classes[target] == "disgust"
    assert frames.shape[1:] == (2, 24, 24)
    assert len(frames) in (19, 20)
    np.testing.assert_array_equal(frames[7, 1], image == 255)
    assert not frames[:, 0].any()


def test_what_has_no_event_frames_is_refused(example: ModuleType, tiny: Path):
    write_representation(tiny, "voxel-grid")
    with pytest.raises(InputError, match="shows events as voxel-grid; give a dataset with event-frame"):
        example.SEE(tiny)
    with pytest.raises(InputError, match="no such dataset"):
        example.SEE(tiny / "none")


def test_images_of_another_size_are_refused(example: ModuleType, tiny: Path):
    data = example.SEE(tiny)
    cv2.imwrite(str(data.data[1].images[4]), np.full((20, 24), 127, np.uint8))
    with pytest.raises(InputError, match=r"00004\.png: is not 24x24 like the first one of the dataset; "):
        data[1]
