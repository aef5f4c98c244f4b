"""`import` with several sources: what is a source, what is the folder to write, and who is in two folders."""

import csv
from pathlib import Path

import pytest

from eyeprentice.app import cli
from tests.data.importing.material import eyes, write_video

FAST = ["--eye", "full", "--size", "48", "--jobs", "1"]


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for folder, person in (("A", 1), ("A", 2), ("B", 1)):
        write_video(tmp_path / folder / f"s{person}_fear.mp4", eyes("fear")[:6])
    return tmp_path


def imported(*words: str | Path) -> None:
    cli.main(["import", *map(str, words), *FAST])


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    with pytest.raises(SystemExit) as ended:
        imported(*words)
    assert ended.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


def listed(out: Path) -> list[str]:
    with (out / "sources.csv").open() as table:
        return [Path(row["source"]).parent.name + "/" + Path(row["source"]).name for row in csv.DictReader(table)]


def test_several_folders_and_files_become_one_dataset_with_one_table(folders: Path, capsys):
    table = folders / "labels.csv"
    table.write_text("file,emotion,subject\nA/s1_fear.mp4,angry,anna\nB/s1_fear.mp4,sadness,ben\n")
    imported(folders / "A", folders / "B" / "s1_fear.mp4", folders / "out", "--labels", table)
    assert listed(folders / "out") == ["A/s1_fear.mp4", "A/s2_fear.mp4", "B/s1_fear.mp4"]
    said = capsys.readouterr().out
    assert "3 of 3 sources imported" in said
    assert "1 angry, 1 fear, 1 sadness" in said
    assert "taken for one" not in said


def test_a_label_that_fits_files_of_two_folders_is_refused(folders: Path, capsys):
    (folders / "labels.csv").write_text("file,emotion\ns1_fear.mp4,angry\n")
    message = refused(capsys, folders / "A", folders / "B", folders / "out", "--labels", folders / "labels.csv")
    assert "s1_fear.mp4" in message
    assert not (folders / "out").exists()


def test_patterns_are_expanded(folders: Path, capsys):
    imported(folders / "A" / "*2*.mp4", folders / "B" / "*", folders / "out")
    assert listed(folders / "out") == ["A/s2_fear.mp4", "B/s1_fear.mp4"]
    pattern = folders / "A" / "*.avi"
    assert refused(capsys, pattern, folders / "out") == (
        f"error: {pattern}: no file has a name like this; correct the pattern"
    )


def test_a_person_in_two_folders_is_said_to_be_taken_for_one(folders: Path, capsys):
    a, b = folders / "A", folders / "B"
    imported(a, b, folders / "out")
    said = capsys.readouterr().out
    assert f"person 1 is in {a} and in {b}, and taken for one; if not, name them differently in --labels" in said
    assert "person 2" not in said
    imported(a, a / "s1_fear.mp4", folders / "other")
    assert "taken for one" not in capsys.readouterr().out


def test_a_folder_within_another_is_not_two(folders: Path, capsys):
    imported(folders, folders / "A", folders / "out")
    assert "taken for one" not in capsys.readouterr().out


def test_a_dataset_is_no_source(folders: Path, capsys):
    """Its frames would be taken for sources, and its event frames, too."""
    imported(folders / "A", folders / "B" / "out")
    message = refused(capsys, folders, folders / "other")
    assert message == (
        f"error: {folders / 'B' / 'out'}: is a dataset in SEE's layout, and not a source; "
        "leave it out; eyeprentice merge makes one dataset of several"
    )
    assert not (folders / "other").exists()


LAST = "give the folder of the dataset to write last: eyeprentice import SOURCES... OUT"


def test_a_forgotten_folder_to_write_is_noticed(folders: Path, capsys):
    a, b = folders / "A", folders / "B"
    before = sorted(folders.rglob("*"))
    said = f"error: {b}: is the last operand, and contains something to import (s1_fear.mp4); {LAST}"
    assert refused(capsys, a, b) == said
    file = a / "s2_fear.mp4"
    assert refused(capsys, a / "s1_fear.mp4", file) == f"error: {file}: is the last operand, and not a folder; {LAST}"
    assert refused(capsys, a, b, f"{a}/") == f"error: {a}: is a source and the folder to write; {LAST}"
    assert sorted(folders.rglob("*")) == before


def test_what_was_written_is_no_source_where_it_lies_within_one(folders: Path, capsys):
    for _ in range(2):
        imported(folders, folders / "A" / "out")
        assert "3 of 3 sources imported" in capsys.readouterr().out
    assert len(listed(folders / "A" / "out")) == 3
