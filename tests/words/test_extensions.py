"""Files of the user's own: what docs/extend.md says is done as it stands there, and nothing runs unasked."""

import json
import re
import shlex
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice import models
from eyeprentice.app import cli
from eyeprentice.app.commands import import_dataset
from eyeprentice.learning import terms
from eyeprentice.learning.runs import load_model
from eyeprentice.runtime import Recognizer
from eyeprentice.sources import clips
from eyeprentice.sources.events import representation
from eyeprentice.words import extensions
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "extend.md").read_text("utf-8")
SMALL = {
    "train": "--epochs 1 --size 24 --sampling E2-S3 --accelerator cpu",
    "distill": "--epochs 1 --accelerator cpu",
    "evaluate": "--repeats 2 --accelerator cpu",
    "export": "--data data/simulated --clips 7",
    "import": "--size 32 --jobs 1",
}
OF_TWO = "--folds 2 --validation 0 --options.width 0.125"
"""For the dataset of two people that is imported."""


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test begins with the package's own parts."""
    monkeypatch.setattr(extensions, "_loaded", {})
    monkeypatch.setattr(models, "REGISTRY", dict(models.REGISTRY))
    monkeypatch.setattr(terms, "TERMS", dict(terms.TERMS))
    representations = dict(representation.REPRESENTATIONS)
    monkeypatch.setattr(representation, "REPRESENTATIONS", representations)
    for module in (import_dataset, clips):
        monkeypatch.setattr(module, "REPRESENTATIONS", representations)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as exit_:
        cli.main(list(words))
    assert exit_.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_what_the_page_says_is_done(shared_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "simulated").symlink_to(shared_tiny)
    files = re.findall(r"^`(\w+\.py)`:\n```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
    assert len(files) == 3
    for look, folder in enumerate(("s1_happiness", "s2_fear")):
        (tmp_path / "videos" / folder).mkdir(parents=True)
        for number in range(8):
            image = np.random.default_rng(look).integers(0, 60, (48, 48), np.uint8)
            image[10:30, 10 + number : 30 + number] = 200  # a square that moves
            cv2.imwrite(str(tmp_path / "videos" / folder / f"{number}.png"), image)
    for name, content in files:
        (tmp_path / name).write_text(content)
    cli.main(
        shlex.split(f"train data/simulated --model teacher --options.width 0.125 --out runs/teacher {SMALL['train']}")
    )
    commands = [
        line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines() if line
    ]
    assert len(commands) == 8
    for line in commands:
        words = shlex.split(line)
        assert words[0] == "eyeprentice"
        more = OF_TWO if words[1] == "train" and "data/mine" in words else ""
        cli.main([*words[1:], *shlex.split(f"{SMALL[words[1]]} {more}")])

    record = json.loads((tmp_path / "runs" / "blinker" / "config.json").read_text())["record"]
    assert list(record["extensions"]) == ["blinker.py"]
    assert load_model(tmp_path / "runs" / "blinker")[0].readout.linear.in_features == 8 * 9
    assert json.loads((tmp_path / "runs" / "mine" / "history.json").read_text())[-1]["logit_distance"] > 0
    assert json.loads((tmp_path / "runs" / "mine" / "evaluation" / "metrics.json").read_text())["sequences"] == 7
    written = [cv2.imread(str(file), 0) for file in (tmp_path / "data" / "mine" / "event").rglob("*.png")]
    noted = json.loads((tmp_path / "data" / "mine" / "event.json").read_text())
    assert noted == {"representation": "newest"}
    assert max(image.max() for image in written) > 240
    assert min(image.min() for image in written) < 20
    reading = Recognizer(tmp_path / "blinker.onnx").step(np.zeros((60, 60), np.uint8))
    assert reading.emotion in EMOTIONS

    monkeypatch.setattr(extensions, "_loaded", {})  # as in another process, which was not given the file
    capsys.readouterr()
    assert refused(capsys, "evaluate", "runs/blinker", "data/simulated", "--out", "out") == (
        "error: runs/blinker: was trained with the file blinker.py, which is not loaded; add --extend blinker.py"
    )
    again = ("train", "--config", "runs/blinker/config.json", "--out", "runs/again")
    assert "was trained with the file blinker.py" in refused(capsys, *again)


def test_no_option_file_makes_a_file_run(tmp_path: Path, capsys):
    (tmp_path / "mine.py").write_text("raise SystemExit('it ran')")
    (tmp_path / "options.yaml").write_text(f"extend: {tmp_path / 'mine.py'}\n")
    words = ["train", "data", "--out", str(tmp_path / "run"), "--config", str(tmp_path / "options.yaml")]
    assert "names code to run (extend); give --extend on the command line" in refused(capsys, *words)


def test_a_file_that_fails_is_told_in_one_line_with_the_line(tmp_path: Path):
    (tmp_path / "wrong.py").write_text("import math\n\nmath.sqrt(-1)\n")
    with pytest.raises(InputError, match=r"wrong.py: fails in line 3 \(ValueError: "):
        extensions.load([tmp_path / "wrong.py"])
    with pytest.raises(InputError, match="cannot be read"):
        extensions.load([tmp_path / "nowhere.py"])
    assert extensions.used() == {}


def test_a_file_runs_once_and_is_known_by_its_content(tmp_path: Path, capsys):
    file = tmp_path / "counting.py"
    file.write_text("print('once')")
    extensions.load([file, file])
    extensions.load([tmp_path / "." / "counting.py"])
    assert capsys.readouterr().out == "once\n"
    assert extensions.files() == (file,)
    extensions.require(tmp_path, extensions.used())
    assert capsys.readouterr().err == ""
    extensions.require(tmp_path, {"counting.py": "0123"})
    assert "counting.py has changed since" in capsys.readouterr().err
