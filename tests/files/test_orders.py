"""A command that was killed behind its last write is given again, and says that it is done."""

from pathlib import Path

import pytest

from eyeprentice.app.cli import main
from eyeprentice.files.orders import FILE, is_made, note_order, order_of
from eyeprentice.files.whole import new_file, new_folder


def test_an_order_follows_from_settings_and_from_what_the_files_hold(tmp_path: Path):
    (tmp_path / "a").write_text("1")
    first = order_of("cast", {"size": 3}, [tmp_path / "a"])
    assert first == order_of("cast", {"size": 3}, [tmp_path / "a"])
    assert first != order_of("cast", {"size": 4}, [tmp_path / "a"])
    assert first != order_of("synth", {"size": 3}, [tmp_path / "a"])
    (tmp_path / "a").write_text("2")
    assert first != order_of("cast", {"size": 3}, [tmp_path / "a"])


def test_a_folder_is_made_if_its_order_is_this_one(tmp_path: Path):
    assert not is_made(tmp_path, "0123")
    note_order(tmp_path, "0123")
    assert is_made(tmp_path, "0123")
    assert not is_made(tmp_path, "4567")
    (tmp_path / FILE).write_text("0123" * 1000)
    assert not is_made(tmp_path, "0123")


def test_synth_given_again_is_done_and_given_otherwise_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture):
    words = ["synth", str(tmp_path / "out"), "--sequences", "1", "--subjects", "1", "--size", "32", "--events", "false"]
    main([*words, "--jobs", "1"])
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    capsys.readouterr()
    main(words)  # how many processes work changes nothing of what is written
    assert capsys.readouterr().out == f"{tmp_path / 'out'}: done already: this command has written it before\n"
    assert before == {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    with pytest.raises(SystemExit) as caught:
        main([*words, "--seed", "5"])
    assert caught.value.code == 2
    assert "already exists; remove it" in capsys.readouterr().err


@pytest.mark.parametrize("new", [new_folder, new_file])
def test_a_full_disk_is_told_with_the_name_of_what_was_written(tmp_path: Path, new):
    with pytest.raises(OSError, match="No space left") as caught, new(tmp_path / "out"):
        raise OSError(28, "No space left on device")  # as the system says it of a write
    assert caught.value.filename == str(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
