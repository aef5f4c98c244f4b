"""The benchmark that compares runs on other kinds of people."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from eyeprentice.app import cli
from eyeprentice.data.layout import SequenceName
from eyeprentice.judging.predictions import Predictions
from eyeprentice.words.vocabulary import EMOTIONS
from tests.conftest import ROOT

SCRIPT = ROOT / "benchmarks" / "across_kinds.py"


@pytest.fixture(scope="module")
def kinds():
    spec = importlib.util.spec_from_file_location("across_kinds", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def said(*labels: str) -> Predictions:
    """Of four people who are all angry, in one repeat."""
    names = [f"{n}_{n:03d}_man_24_Master_normal_angry_20_take000" for n in range(len(labels))]
    numbers = np.array([[EMOTIONS.index(label) for label in labels]])
    return Predictions(tuple(map(SequenceName.parse, names)), numbers, np.ones(numbers.shape))


def test_differences_are_means_over_people_and_seeds(kinds):
    right, wrong = "angry", "fear"
    one = [said(right, right, right, wrong), said(right, right, right, right)]
    other = [said(right, wrong, wrong, wrong), said(right, right, right, wrong)]
    told = kinds.apart(one, other)
    assert told["points"] == 37.5
    assert [seed["points"] for seed in told["seeds"]] == [50, 25]
    assert told["ci95"][0] < 37.5 < told["ci95"][1]


def test_every_run_is_tested_on_every_dataset(
    kinds, shared_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    small = ["--size", "24", "--sampling", "E2-S3", "--options.channels", "[16,16]", "--accelerator", "cpu"]
    for name, epochs in (("one", "1"), ("two", "2")):
        cli.main(["train", str(shared_tiny), "--out", str(tmp_path / name), "--epochs", epochs, *small])
    words = ["across_kinds.py", "--data", f"a={shared_tiny}", f"b={shared_tiny}", "--out", str(tmp_path / "out")]
    words += ["--runs", f"short={tmp_path / 'one'}", f"long={tmp_path / 'two'}", "--accelerator", "cpu"]
    monkeypatch.setattr(sys, "argv", [*words, "--less", "long-short", "--repeats", "2"])
    kinds.main()
    told = json.loads((tmp_path / "out" / "across_kinds.json").read_text())
    assert set(told) == {"a", "b"}
    runs, gap = told["a"]["runs"], told["a"]["differences"]["long-short"]
    assert gap["points"] == pytest.approx(runs["long"][0]["war"] - runs["short"][0]["war"], abs=0.02)
    assert runs["long"][0]["sequences"] == 7
    assert "long-short" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", [*words, "--less", "long-other"])
    with pytest.raises(SystemExit):
        kinds.main()
