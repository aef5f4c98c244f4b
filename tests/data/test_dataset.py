import json
import os
import shutil
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from eyeprentice.data.clips import Sampling
from eyeprentice.data.dataset import open_dataset
from eyeprentice.data.store import FOLDER
from eyeprentice.errors import InputError


def stores(root: Path) -> list[str]:
    return sorted(path.name for path in (root / FOLDER).glob("*.npy"))


def test_a_dataset_holds_what_is_on_disk(shared_tiny: Path):
    dataset = open_dataset(shared_tiny, 24, events=True)
    assert len(dataset.names) == 35
    assert dataset.frames.shape == dataset.events.shape == (700, 24, 24)
    name = dataset.names[11]
    path = shared_tiny / "frame" / name.emotion / str(name) / "00003.png"
    stored = dataset.frames[dataset.offsets[11] + 3].numpy()
    assert np.array_equal(stored, cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))


def test_a_clip_is_made_of_the_frames_it_names(shared_tiny: Path):
    dataset = open_dataset(shared_tiny, 24, events=True)
    clip = dataset.clip(torch.tensor([5, 0]), torch.tensor([1, 0]), Sampling(3, 2))
    assert clip.frames.shape == clip.events.shape == (3, 2, 1, 24, 24)
    expected = dataset.frames[dataset.offsets[5] + 1 + 2 * 3].float() / 255
    assert torch.equal(clip.frames[2, 0, 0], expected)
    assert dataset.labels.tolist() == [0, 1, 2, 3, 4, 5, 6] * 5


def test_a_store_is_packed_once_and_reused_by_content(tiny: Path):
    first = open_dataset(tiny, 16, events=False)
    packed = tiny / FOLDER / stores(tiny)[0]
    made = packed.stat().st_mtime_ns
    os.utime(next((tiny / "frame").rglob("*.png")))  # another time, the same content
    assert open_dataset(tiny, 16, events=False).content == first.content
    assert stores(tiny) == [packed.name]
    assert packed.stat().st_mtime_ns == made


def test_a_changed_image_is_packed_anew(tiny: Path):
    before = open_dataset(tiny, 16, events=False)
    image = next((tiny / "frame").rglob("*.png"))
    cv2.imwrite(str(image), np.zeros((24, 24), np.uint8))
    after = open_dataset(tiny, 16, events=False)
    assert after.content != before.content
    assert len(stores(tiny)) == 2
    assert (after.frames == 0).all(dim=2).all(dim=1).any()


def test_a_copy_is_the_same_data(tiny: Path, tmp_path: Path):
    content = open_dataset(tiny, 16, events=False).content
    shutil.copytree(tiny, tmp_path / "copy", ignore=shutil.ignore_patterns(FOLDER), copy_function=shutil.copyfile)
    assert open_dataset(tmp_path / "copy", 16, events=False).content == content


def test_two_that_start_at_once_get_the_same_store(tiny: Path):
    results = []
    threads = [threading.Thread(target=lambda: results.append(open_dataset(tiny, 16, events=True))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert torch.equal(results[0].frames, results[1].frames)
    assert len(stores(tiny)) == 2
    assert not list((tiny / FOLDER).glob("*.partial"))


def test_folders_are_found_in_any_case(tiny: Path):
    for modality in ("frame", "event"):
        (tiny / modality / "neutral").rename(tiny / modality / "neutraL")
    (tiny / "event").rename(tiny / "Event")
    assert len(open_dataset(tiny, 16, events=True).names) == 35


def test_frames_outside_the_annotated_segment_are_left_out(tiny: Path):
    path = tiny / "emotion.json"
    content = json.loads(path.read_text())
    name = next(iter(content["database"]))
    content["database"][name]["annotations"]["segment"] = [3, 12]
    path.write_text(json.dumps(content))
    dataset = open_dataset(tiny, 16, events=True)
    assert dataset.lengths[0] == 10
    assert dataset.lengths[1] == 20


def sequence_of(root: Path, modality: str) -> Path:
    return sorted((root / modality / "fear").iterdir())[0]


def remove_events(root: Path) -> None:
    shutil.rmtree(root / "event")


def drop_an_event_frame(root: Path) -> None:
    (sequence_of(root, "event") / "00004.png").unlink()


def spoil_an_image(root: Path) -> None:
    (sequence_of(root, "frame") / "00004.png").write_bytes(b"")


def truncate_an_image(root: Path) -> None:
    (sequence_of(root, "frame") / "00004.png").write_bytes(b"\x89PNG\r\n")


def remove_a_sequence(root: Path) -> None:
    shutil.rmtree(sequence_of(root, "frame"))


def relabel(root: Path) -> None:
    path = root / "emotion.json"
    path.write_text(path.read_text().replace('"label": "fear"', '"label": "bored"'))


def mislabel(root: Path) -> None:
    path = root / "emotion.json"
    path.write_text(path.read_text().replace('"label": "fear"', '"label": "angry"', 1))


def remove_annotations(root: Path) -> None:
    (root / "emotion.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (remove_events, "no folder 'event'; use a model that needs frames alone"),
        (drop_an_event_frame, "19 event frames for 20 frames"),
        (spoil_an_image, r"00004.png: not a readable image"),
        (truncate_an_image, r"00004.png: not a readable image"),
        (remove_a_sequence, "no images"),
        (relabel, "'bored' is not an emotion"),
        (mislabel, "is labelled 'angry'"),
        (remove_annotations, "no such annotation file"),
    ],
)
def test_what_is_wrong_with_a_dataset_is_said_and_nothing_is_left_behind(tiny: Path, spoil, complaint: str):
    spoil(tiny)
    with pytest.raises(InputError, match=complaint) as caught:
        open_dataset(tiny, 16, events=True)
    assert "\n" not in str(caught.value)
    assert not list(tiny.rglob("*.partial"))
    assert not [name for name in stores(tiny) if name.startswith("frame") and "image" in complaint]
