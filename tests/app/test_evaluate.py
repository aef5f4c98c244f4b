"""`evaluate` on several datasets, what it leaves where it cannot end, and `score --each`."""

import errno
import json
import shutil
from pathlib import Path

import pytest

from eyeprentice.app import cli
from eyeprentice.app.commands.evaluate import distinct_names
from eyeprentice.judging import written
from eyeprentice.words.errors import InputError
from tests.conftest import write_tiny_dataset

FAST = ["--repeats", "2", "--accelerator", "cpu"]


def run(*words: str | Path) -> None:
    cli.main([str(word) for word in words])


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, and two datasets whose sequences have other names."""
    folder = tmp_path_factory.mktemp("several")
    write_tiny_dataset(folder / "one" / "data")
    write_tiny_dataset(folder / "two" / "data")
    size = ["--size", "24", "--sampling", "E2-S3", "--options.channels", "[8,8]"]
    run("train", folder / "one" / "data", "--out", folder / "run", "--epochs", "1", "--accelerator", "cpu", *size)
    return folder


def metrics(folder: Path) -> dict:
    return json.loads((folder / "metrics.json").read_text())


def test_several_datasets_give_what_each_gives_alone(folder: Path, tmp_path: Path, capsys):
    one, two = folder / "one" / "data", folder / "two" / "data"
    for number, data in enumerate((one, two)):
        run("evaluate", folder / "run", data, "--out", tmp_path / str(number), *FAST)
    capsys.readouterr()
    run("evaluate", folder / "run", one, two, "--out", tmp_path / "both", *FAST)
    printed = capsys.readouterr().out
    assert printed.count("WAR") == 2
    assert str(tmp_path / "both" / "metrics.json") in printed
    told = metrics(tmp_path / "both")["datasets"]
    assert list(told) == ["one-data", "two-data"]
    for number, (name, data) in enumerate(zip(told, (one, two), strict=True)):
        assert told[name] == {"data": str(data), **metrics(tmp_path / str(number))}
        assert metrics(tmp_path / "both" / name) == metrics(tmp_path / str(number))
        files = sorted(file.name for file in (tmp_path / "both" / name).iterdir())
        assert files == ["confusion.png", "metrics.json", "test_epoch_1_1.json", "test_epoch_1_2.json"]
    run("score", *(tmp_path / "both" / name for name in told), "--each", "--json")
    rescored = json.loads(capsys.readouterr().out)
    assert [each["war"] for each in rescored.values()] == [each["war"] for each in told.values()]
    run("score", *(tmp_path / "both" / name for name in told), "--each")
    assert capsys.readouterr().out.count("WAR") == 2


def test_nothing_is_left_of_an_earlier_evaluation_and_what_is_the_users_stays(folder: Path, tmp_path: Path):
    one, two, out = folder / "one" / "data", folder / "two" / "data", tmp_path / "out"
    run("evaluate", folder / "run", one, two, "--out", out, *FAST)
    (out / "two-data" / "notes.txt").write_text("mine")
    run("evaluate", folder / "run", one, "--out", out, *FAST)
    alone = ["confusion.png", "metrics.json", "test_epoch_1_1.json", "test_epoch_1_2.json"]
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*")) == [
        *alone, "two-data", "two-data/notes.txt"
    ]  # fmt: skip
    assert "war" in metrics(out)
    run("evaluate", folder / "run", one, "--out", out, "--repeats", "1", "--accelerator", "cpu")
    assert len(list(out.glob("test_epoch_*"))) == 1


def test_one_dataset_that_cannot_be_used_stops_all_before_the_work(folder: Path, tmp_path: Path, capsys):
    one = folder / "one" / "data"
    message = refused(capsys, "evaluate", folder / "run", one, tmp_path / "none", "--out", tmp_path / "out", *FAST)
    assert message.startswith(f"error: {tmp_path / 'none'}")
    assert not (tmp_path / "out").exists()
    message = refused(capsys, "evaluate", folder / "run", one, f"{one}/", "--out", tmp_path / "out", *FAST)
    assert message == f"error: {one}: is given twice; give each dataset once"


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (["x/see"], ["see"]),
        (["x/see", "x/other"], ["see", "other"]),
        (["a/see", "b/see", "b/other"], ["a-see", "b-see", "b-other"]),
        (["a/t/see", "b/t/see"], ["a-t-see", "b-t-see"]),
    ],
)
def test_datasets_are_called_by_as_much_of_their_path_as_tells_them_apart(data: list[str], names: list[str]):
    told = distinct_names([Path(path) for path in data])
    assert list(told) == names
    assert list(told.values()) == [Path(path) for path in data]


def test_a_dataset_that_is_given_twice_is_refused(tmp_path: Path):
    (tmp_path / "link").symlink_to(tmp_path / "data")
    with pytest.raises(InputError, match="is given twice"):
        distinct_names([tmp_path / "data", tmp_path / "link"])
    with pytest.raises(InputError, match="cannot be told apart from another one by its name; rename a folder"):
        distinct_names([Path("a-b/c"), Path("a/b-c"), Path("x/c")])


@pytest.mark.parametrize("before", [False, True])
def test_a_full_disk_leaves_the_earlier_table_whole_and_names_the_file(
    folder: Path, tmp_path: Path, before: bool, capsys, monkeypatch: pytest.MonkeyPatch
):
    """The file that is drawn after the predictions does not fit any more."""

    class Figure:
        def savefig(self, path: Path, **_: object) -> None:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    words = ["evaluate", folder / "run", folder / "one" / "data", "--out", out := tmp_path / "out", *FAST]
    if before:
        run(*words)
    there = {path: path.read_bytes() for path in out.rglob("*")}
    monkeypatch.setattr(written, "confusion_figure", lambda *_: Figure())
    message = refused(capsys, *words)
    assert message.startswith(f"error: {out / 'confusion.png'}: cannot be written or read (No space left on device); ")
    assert {path: path.read_bytes() for path in out.rglob("*")} == there
    assert out.exists() == before


def test_another_evaluation_in_the_same_folder_is_refused(folder: Path, tmp_path: Path, capsys):
    from eyeprentice.files.whole import new_files

    with new_files(tmp_path / "out", "metrics.json"):
        words = ["evaluate", folder / "run", folder / "one" / "data", "--out", tmp_path / "out", *FAST]
        assert "another program is writing it; wait until that ends" in refused(capsys, *words)
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    (tmp_path / "out" / ".partial" / "left").mkdir(parents=True)  # by one that was killed
    run(*words)
    assert not (tmp_path / "out" / ".partial").exists()
