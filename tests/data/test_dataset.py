import json
import os
import shutil
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from eyeprentice.data import store
from eyeprentice.data.dataset import open_dataset
from eyeprentice.data.layout import SequenceName, read_annotations, write_units
from eyeprentice.data.store import FOLDER
from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Sampling


def set_segment(root: Path, first: int, last: int) -> None:
    """Of the first sequence."""
    path = root / "emotion.json"
    content = json.loads(path.read_text())
    next(iter(content["database"].values()))["annotations"]["segment"] = [first, last]
    path.write_text(json.dumps(content))


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
    assert (after.frames == 0).all(dim=2).all(dim=1).any()


def test_a_new_store_replaces_the_old_one_of_its_kind_and_size(tiny: Path):
    before = open_dataset(tiny, 16, events=True)
    open_dataset(tiny, 20, events=False)
    old = before.frames.clone()
    cv2.imwrite(str(next((tiny / "frame").rglob("*.png"))), np.zeros((24, 24), np.uint8))
    after = open_dataset(tiny, 16, events=True)
    assert sorted(name.rsplit("-", 1)[0] for name in stores(tiny)) == ["event-16", "frame-16", "frame-20"]
    assert torch.equal(before.frames, old)  # who has it open goes on reading it
    open_dataset(tiny, 20, events=False)
    notes = {path.read_text() for path in (tiny / FOLDER).glob("frame-*.seen")}
    assert notes == {after.content.split("+")[0]}  # that of the frames as they were is gone with the last store of them


def test_a_store_that_another_process_removed_is_packed_again(tiny: Path):
    first = open_dataset(tiny, 16, events=False)
    (tiny / FOLDER / stores(tiny)[0]).unlink()
    assert torch.equal(open_dataset(tiny, 16, events=False).frames, first.frames)


UNITS = ("AU4", "AU12", "blink")


def tell_units(root: Path) -> dict[str, np.ndarray]:
    """Writes units of every sequence, and gives the intensities by name."""
    rng = np.random.default_rng(0)
    told = {}
    for name in map(SequenceName.parse, read_annotations(root)):
        told[str(name)] = rng.integers(0, 1001, (20, 3)) / 1000
        write_units(root, name, told[str(name)], UNITS)
    return told


def test_action_units_come_with_the_frames_that_show_them(tiny: Path):
    assert open_dataset(tiny, 16, events=False).units is None
    told = tell_units(tiny)
    set_segment(tiny, 3, 12)
    dataset = open_dataset(tiny, 16, events=True)
    assert dataset.unit_names == UNITS
    assert dataset.units.shape == (690, 3)
    assert dataset.units.dtype == torch.float32
    assert torch.allclose(dataset.units[:10], torch.from_numpy(told[str(dataset.names[0])][3:13]).float())
    clip = dataset.clip(torch.tensor([5, 0]), torch.tensor([1, 2]), Sampling(3, 2))
    assert clip.units.shape == (3, 2, 3)
    assert torch.allclose(clip.units[2, 0], torch.from_numpy(told[str(dataset.names[5])][7]).float())
    assert torch.allclose(clip.units[1, 1], torch.from_numpy(told[str(dataset.names[0])][8]).float())


def test_action_units_are_read_once_and_again_when_they_change(tiny: Path, monkeypatch):
    tell_units(tiny)
    first = open_dataset(tiny, 16, events=False)
    with monkeypatch.context() as patch:
        patch.setattr(store, "read_units", None)
        assert torch.equal(open_dataset(tiny, 16, events=False).units, first.units)
    write_units(tiny, first.names[0], np.ones((20, 3)), UNITS)
    assert (open_dataset(tiny, 16, events=False).units[:20] == 1).all()
    assert len([name for name in stores(tiny) if name.startswith("unit")]) == 1


@pytest.mark.parametrize("damage", [np.float32(0), np.zeros(9, [("AU4", np.float32)]), None])
def test_a_damaged_store_of_action_units_is_made_again(tiny: Path, damage):
    tell_units(tiny)
    first = open_dataset(tiny, 16, events=False)
    path = next((tiny / FOLDER).glob("unit-*.npy"))
    if damage is None:  # an archive by that name
        with path.open("wb") as file:
            np.savez(file, a=np.zeros(3))
    else:
        np.save(path, damage)
    again = open_dataset(tiny, 16, events=False)
    assert again.unit_names == UNITS
    assert torch.equal(again.units, first.units)


def test_changed_event_frames_are_other_data_for_who_opens_them(tiny: Path):
    with_events, without = (open_dataset(tiny, 16, events=events) for events in (True, False))
    cv2.imwrite(str(next((tiny / "event").rglob("*.png"))), np.zeros((24, 24), np.uint8))
    changed = open_dataset(tiny, 16, events=True)
    assert changed.content != with_events.content
    assert not changed.agrees(with_events.content)
    assert changed.agrees(without.content)
    assert open_dataset(tiny, 16, events=False).agrees(with_events.content)
    cv2.imwrite(str(next((tiny / "frame").rglob("*.png"))), np.zeros((24, 24), np.uint8))
    assert not open_dataset(tiny, 16, events=False).agrees(with_events.content)


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
    set_segment(tiny, 3, 12)
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


def drop_a_line_of_units(root: Path) -> None:
    tell_units(root)
    path = next((root / "unit").rglob("*.csv"))
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def tell_other_units(root: Path) -> None:
    tell_units(root)
    path = sorted((root / "unit" / "fear").iterdir())[0]
    path.write_text(path.read_text().replace("AU12", "AU6"))


def drop_a_file_of_units(root: Path) -> None:
    tell_units(root)
    next((root / "unit").rglob("*.csv")).unlink()


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (drop_a_line_of_units, "19 lines of intensities for 20 frames"),
        (tell_other_units, "has the units AU4,AU6,blink; use AU4,AU12,blink"),
        (drop_a_file_of_units, "no such file of action units"),
        (remove_events, "no folder 'event'; use a model that needs only frames"),
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
    if "image" in complaint:
        assert stores(tiny) == []
