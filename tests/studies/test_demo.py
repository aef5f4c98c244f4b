import json
import re
from pathlib import Path

import pytest

from eyeprentice.app import cli
from eyeprentice.studies import demo as demonstration


@pytest.mark.slow
def test_the_demo_does_the_whole_job_and_writes_one_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demonstration, "PICTURE_SIZE", 48)  # simulating takes most of the time
    out = tmp_path / "demo"
    arguments = ["demo", "--out", str(out), "--subjects", "10", "--epochs", "2", "--size", "32", "--accelerator", "cpu"]
    cli.main(arguments)
    page = (out / "report.html").read_text()
    for name in ("teacher", "student", "apprentice"):
        metrics = json.loads((out / name / "evaluation" / "metrics.json").read_text())
        assert f"{metrics['war']:.1f}" in page
        assert metrics["sequences"] == 49  # of all who are neither learnt from nor chosen on
    split = json.loads((out / "apprentice" / "split.json").read_text())
    people = [{name.split("_")[1] for name in split[part]} for part in ("training", "testing")]
    assert not people[0] & people[1]
    assert len(people[0]) == 2  # few people with labels
    first = json.loads((out / "first" / "config.json").read_text())
    assert first["data"] == str(out / "others")
    assert json.loads((out / "teacher" / "config.json").read_text())["init"] == str(out / "first")
    assert page.count('class="film"') == 14
    assert page.count("<svg") == 4
    assert not re.search(r'(src|href)="(?!data:|#)', page)  # self-contained
    assert "{{" not in page

    trained = (out / "apprentice" / "weights.safetensors").stat().st_mtime_ns
    cli.main(arguments)  # goes on where it was: there is nothing left to train
    assert (out / "apprentice" / "weights.safetensors").stat().st_mtime_ns == trained


def test_too_few_people_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    with pytest.raises(SystemExit) as exit_:
        cli.main(["demo", "--out", str(tmp_path / "demo"), "--subjects", "3"])
    assert exit_.value.code == 2
    assert "too few" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_a_folder_with_a_demonstration_of_other_options_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The page would describe options that it was not made with."""
    out = tmp_path / "demo"
    out.mkdir()
    begun = {"subjects": 40, "takes": 1, "epochs": 40, "size": 72, "seed": 1}
    (out / "demo.json").write_text(json.dumps(begun))
    with pytest.raises(SystemExit) as exit_:
        cli.main(["demo", "--out", str(out), "--epochs", "2"])
    assert exit_.value.code == 2
    assert "contains a demonstration with epochs 40 and not 2, seed 1 and not 0" in capsys.readouterr().err
    assert json.loads((out / "demo.json").read_text()) == begun
    assert [path.name for path in out.iterdir()] == ["demo.json"]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SystemExit) as exit_:
        cli.main(["demo", "--out", str(tmp_path)])
    assert exit_.value.code == 2
    assert "not empty, and not a demonstration" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
