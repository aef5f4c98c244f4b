import csv
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eyeprentice.app import cli
from eyeprentice.data.check import HINTS, check_dataset
from eyeprentice.data.dataset import open_dataset
from eyeprentice.data.layout import (
    SequenceName,
    read_annotations,
    read_representation,
    write_annotations,
    write_representation,
    write_units,
)
from eyeprentice.data.layout import merge as merging
from eyeprentice.data.layout.merge import merge_datasets
from eyeprentice.words.errors import InputError
from tests.conftest import write_tiny_dataset


def write(root: Path, subjects: int, length: int = 4, units: tuple[str, ...] = ()) -> list[SequenceName]:
    names = write_tiny_dataset(root, subjects, length)
    for number, name in enumerate(names):
        if units:
            write_units(root, name, np.full((length, len(units)), number / 100), units)
    return names


def test_two_datasets_become_one_with_all_of_their_sequences(tmp_path: Path):
    one, two = write(tmp_path / "one", 2, 4, ("AU1", "blink")), write(tmp_path / "two", 3, 6, ("AU1", "blink"))
    merged = merge_datasets([tmp_path / "one", tmp_path / "two"], tmp_path / "all")
    assert (merged.sequences, merged.people, merged.left_out) == (35, 5, ())
    assert {finding.kind for finding in check_dataset(tmp_path / "all")} <= set(HINTS)
    whole = open_dataset(tmp_path / "all", 24, events=True)
    parts = [open_dataset(tmp_path / name, 24, events=True) for name in ("one", "two")]
    assert [name.index for name in whole.names] == list(range(1, 36))
    assert [name.subject for name in whole.names[::7]] == ["001", "002", "003", "004", "005"]
    for told in ("frames", "events", "units", "lengths"):
        expected = np.concatenate([getattr(part, told).numpy() for part in parts])
        assert np.array_equal(getattr(whole, told).numpy(), expected)
    assert whole.subsets == parts[0].subsets + parts[1].subsets
    rows = list(csv.DictReader((tmp_path / "all" / "sources.csv").open()))
    assert [row["was"] for row in rows] == [str(name) for name in one + two]
    assert [row["sequence"] for row in rows] == [str(name) for name in whole.names]
    assert {row["dataset"] for row in rows} == {str(tmp_path / "one"), str(tmp_path / "two")}
    frame = next((tmp_path / "all" / "frame").rglob("*.png"))
    assert frame.stat().st_nlink == 2  # a link, which takes no room


def test_equal_numbers_mean_equal_people_only_if_that_is_said(tmp_path: Path):
    for name, subjects in (("one", 2), ("two", 3)):
        write(tmp_path / name, subjects)
    merged = merge_datasets([tmp_path / "one", tmp_path / "two"], tmp_path / "all", same_people=True)
    assert merged.people == 3
    names = [SequenceName.parse(name) for name in read_annotations(tmp_path / "all")]
    assert [name.subject for name in names[::7]] == ["001", "002", "001", "002", "003"]


def test_what_only_some_have_is_left_out_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write(tmp_path / "one", 1, units=("AU1",))
    write(tmp_path / "two", 1)
    shutil.rmtree(tmp_path / "one" / "event")
    cli.main(["merge", str(tmp_path / "one"), str(tmp_path / "two"), str(tmp_path / "all")])
    assert (
        capsys.readouterr()
        .out.splitlines()[-1]
        .endswith("has no event frames or action units, because not all of the datasets have them")
    )
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["emotion.json", "frame", "sources.csv"]


def test_more_people_than_three_digits_number(tmp_path: Path):
    many = tmp_path / "many"
    (name, *_) = write(tmp_path / "small", 1, length=1)
    frame = tmp_path / "small" / "frame" / name.emotion / str(name)
    annotation = read_annotations(tmp_path / "small")[str(name)]
    annotations = {}
    for number in range(1001):
        other = replace(name, index=number + 1, subject=f"{number + 1:03d}")
        (target := many / "frame" / name.emotion / str(other)).mkdir(parents=True)
        os.link(frame / "00000.png", target / "00000.png")
        annotations[str(other)] = annotation
    write_annotations(many, annotations)
    shutil.rmtree(tmp_path / "small" / "event")
    assert merge_datasets([many, tmp_path / "small"], tmp_path / "all").people == 1002
    subjects = {sequence.subject for sequence in open_dataset(tmp_path / "all", 24, events=False).names}
    assert {"001", "999", "1000", "1002"} < subjects
    assert len(subjects) == 1002


def test_where_no_links_can_be_made_images_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("one", "two"):
        write(tmp_path / name, 1)

    def refuse(*_: Path):
        raise OSError("no such links here")

    monkeypatch.setattr(merging.os, "link", refuse)
    merge_datasets([tmp_path / "one", tmp_path / "two"], tmp_path / "all")
    frames = sorted((tmp_path / "all" / "frame").rglob("*.png"))
    assert len(frames) == 2 * 7 * 4
    assert all(frame.stat().st_nlink == 1 for frame in frames)


def test_a_segment_and_the_images_outside_it_stay(tmp_path: Path):
    for name in ("one", "two"):
        write(tmp_path / name, 1)
    annotations = read_annotations(tmp_path / "one")
    first = next(iter(annotations))
    write_annotations(tmp_path / "one", {**annotations, first: replace(annotations[first], segment=(1, 2))})
    merge_datasets([tmp_path / "one", tmp_path / "two"], tmp_path / "all")
    assert next(iter(read_annotations(tmp_path / "all").values())).segment == (1, 2)
    assert len(list((tmp_path / "all" / "frame").rglob("*.png"))) == 2 * 7 * 4


def test_bad_input_is_one_line_and_leaves_nothing(tmp_path: Path):
    one, two, out = tmp_path / "one", tmp_path / "two", tmp_path / "all"
    write(one, 1, units=("AU1",))
    write(two, 1, units=("AU2",))
    with pytest.raises(InputError, match=r"holds the units AU2, not AU1; merge datasets of the same units as .*one"):
        merge_datasets([one, two], out)
    with pytest.raises(InputError, match="given twice"):
        merge_datasets([one, tmp_path / "two" / ".." / "one"], out)
    with pytest.raises(InputError, match="1 dataset; give two or more"):
        merge_datasets([one], out)
    with pytest.raises(InputError, match="no such dataset"):
        merge_datasets([one, tmp_path / "three"], out)
    shutil.rmtree(two / "unit")
    (two / "emotion.json").write_text(json.dumps({"database": {}}))
    with pytest.raises(InputError, match="lists no sequence"):
        merge_datasets([one, two], out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
    (out / "mine").mkdir(parents=True)
    shutil.rmtree(two)
    write(two, 1)
    with pytest.raises(InputError, match="already exists"):
        merge_datasets([one, two], out)


def test_half_a_dataset_never_appears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("one", "two"):
        write(tmp_path / name, 1)

    def stop(*_: Path):
        raise KeyboardInterrupt

    monkeypatch.setattr(merging, "_write_table", stop)
    with pytest.raises(KeyboardInterrupt):
        merge_datasets([tmp_path / "one", tmp_path / "two"], tmp_path / "all")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_a_folder_inside_of_what_is_merged_is_refused(shared_tiny: Path, tmp_path: Path):
    import shutil

    one, other = tmp_path / "one", tmp_path / "other"
    for copy in (one, other):
        shutil.copytree(shared_tiny, copy)
    with pytest.raises(InputError, match="choose a folder outside"):
        merge_datasets([one, other], one / "both")
    assert not (one / "both").exists()


def test_the_representation_of_events_goes_along_and_two_are_not_mixed(tmp_path: Path):
    for name in ("one", "two", "three"):
        write(tmp_path / name, 1)
    for name in ("one", "two"):
        write_representation(tmp_path / name, "count")
    merge_datasets([tmp_path / "one", tmp_path / "two"], tmp_path / "both")
    assert read_representation(tmp_path / "both") == "count"
    with pytest.raises(InputError, match="holds events as event-frame, not as count"):
        merge_datasets([tmp_path / "one", tmp_path / "three"], tmp_path / "mixed")
    assert not (tmp_path / "mixed").exists()
