"""Run folders and datasets of strangers: wrong kinds, huge weights, names that are no text; and disks that are full."""

import copy
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from eyeprentice.app import cli
from eyeprentice.data.check import check_dataset
from eyeprentice.data.clips import Clip
from eyeprentice.files.whole import new_file, new_folder
from eyeprentice.judging.operations import count_cost
from eyeprentice.learning.runs import load_model
from eyeprentice.models import build_model
from eyeprentice.words.errors import InputError
from tests.fuzzing.parsers import _write_run, write_dataset

ODD = (None, [], {}, "", "x", "\ud800", 9, -1, 1.5, 10**40, True, [[]], {"x": 1}, [None], "[" * 5000)
"""In place of any value of a file."""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    _write_run(tmp_path / "run")
    return tmp_path / "run"


def said_by(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("error: ")
    return line


def places(table: dict, before: tuple = ()) -> list[tuple]:
    found = []
    for key, value in table.items():
        found += [(*before, key), *(places(value, (*before, key)) if isinstance(value, dict) else [])]
    return found


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:12])
def test_a_record_of_another_kind_is_refused(run: Path, odd: object):
    """Each name of the record; what it holds by rights is text, a table of text, or a list of text."""
    file = run / "config.json"
    config = json.loads(file.read_text())
    for name in ("content", "version", "extensions", "units"):
        if (name, odd) in [("extensions", {}), ("units", [])] or (name in ("content", "version") and odd in ("", "x")):
            continue
        if name in ("content", "version") and odd == ODD[-1]:
            continue  # text, however long
        changed = copy.deepcopy(config)
        changed["record"][name] = odd
        file.write_text(json.dumps(changed))
        with pytest.raises(InputError) as caught:
            load_model(run)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("odd", [[], 10**40, {"x": 1}, "\ud800"], ids=str)
def test_every_setting_of_another_kind_is_refused_or_read(run: Path, odd: object):
    file = run / "config.json"
    config = json.loads(file.read_text())
    refused = 0
    for place in places(config):
        changed = copy.deepcopy(config)
        table = changed
        for name in place[:-1]:
            table = table[name]
        table[place[-1]] = odd
        file.write_text(json.dumps(changed))
        with suppress(InputError):
            load_model(run)
            refused -= 1
        refused += 1
    assert refused > 60


@pytest.mark.parametrize(("value", "complaint"), [(1e38, "holds weights above 1e"), (float("nan"), "not finite")])
def test_weights_that_are_no_weights_are_refused(run: Path, value: float, complaint: str):
    weights = load_file(run / "weights.safetensors")
    weights["readout.linear.bias"][3] = value
    save_file(weights, run / "weights.safetensors")
    with pytest.raises(InputError, match=complaint):
        load_model(run)


def test_weights_of_another_kind_of_number_are_refused(run: Path):
    weights = load_file(run / "weights.safetensors")
    save_file(weights | {"readout.linear.bias": torch.ones(7, dtype=torch.int64)}, run / "weights.safetensors")
    with pytest.raises(InputError, match=r"readout\.linear\.bias is of another kind of number"):
        load_model(run)


def test_answers_that_are_not_finite_are_refused():
    """A variance below 0 is a weight as any other; its root is none, and without spikes it goes on to the answers."""
    model = build_model("ann", {"channels": [2, 3], "cells": 1}).eval()
    clip = Clip(torch.rand(2, 1, 1, 16, 16), None)
    assert count_cost(model, clip).macs > 0
    next(part for part in model.layers[1].modules() if isinstance(part, nn.BatchNorm2d)).running_var.fill_(-1.0)
    with pytest.raises(InputError, match="its answers are not finite"):
        count_cost(model, clip)


def test_half_a_letter_in_a_dataset_is_listed_by_check_and_refused_by_the_others(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    data = tmp_path / "data"
    write_dataset(data)
    listed = json.loads((data / "emotion.json").read_text())
    name = next(iter(listed["database"]))
    listed["database"][name.replace("man", "m\ud800n")] = listed["database"].pop(name)
    (data / "emotion.json").write_text(json.dumps(listed))
    found = next(finding for finding in check_dataset(data) if finding.kind == "no-annotations")
    assert "half a letter" in found.what
    train = ["train", str(data), "--out", str(tmp_path / "new"), "--size", "16"]
    for words in (
        train,
        ["evaluate", str(run), str(data)],
        ["export", str(run), "--data", str(data), "--out", "a.onnx"],
    ):
        assert "emotion.json: holds text that no file can" in said_by(words, capsys)
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep names that are no text from being made")
@pytest.mark.parametrize("odd", [b"0000\xff0.jpg", b"00\n000.jpg", b"\x1b[2J000.jpg"])
def test_the_name_of_an_image_is_text(odd: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data = tmp_path / "data"
    write_dataset(data)
    image = next(data.glob("frame/*/*/00000.jpg"))
    image.rename(image.with_name(os.fsdecode(odd)))
    assert any("not text in UTF-8" in finding.what for finding in check_dataset(data) if finding.kind == "name")
    words = ["train", str(data), "--out", str(tmp_path / "new"), "--size", "16"]
    assert "the name of an image that is not text" in said_by(words, capsys)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("way", ["file", "folder"])
def test_a_full_disk_names_the_file_that_was_written(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The system names what cannot be opened, not what cannot be written: it was taken for standard output."""

    def write(*_: object) -> None:
        with new_file(tmp_path / "a") if way == "file" else new_folder(tmp_path / "a") as partial:
            place = partial if way == "file" else partial / "inner"
            place.symlink_to("/dev/full")
            place.write_text("x" * 100)

    monkeypatch.setattr(cli, "run_command", write)
    line = f"error: {tmp_path / 'a'}: cannot be written or read (No space left on device); "
    assert said_by(["export"], capsys) == line + "free some space, or choose another place"
    assert list(tmp_path.iterdir()) == []
