"""`eyeprentice.load`: the packaged model, a file of export, a run."""

from pathlib import Path

import numpy as np
import pytest

import eyeprentice
from eyeprentice.learning.runs.paths import PACKAGED
from eyeprentice.runtime.model import DEFAULT
from eyeprentice.words.errors import InputError


def test_default_is_the_packaged_model_unless_something_here_is_called_so(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert eyeprentice.load().path == DEFAULT
    assert eyeprentice.load("default").path == DEFAULT
    (tmp_path / "default").mkdir()
    assert eyeprentice.load("default").path == DEFAULT
    (tmp_path / "default" / "config.json").write_text("{}")
    with pytest.raises(InputError, match="default"):
        eyeprentice.load("default")


def test_a_run_reads_as_its_exported_file_does():
    of_run, of_file = eyeprentice.load(PACKAGED), eyeprentice.load(DEFAULT)
    assert of_run.path == PACKAGED
    assert of_run.units == of_file.units
    frame = np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)
    readings = [eyeprentice.Recognizer(model).step(frame) for model in (of_run, of_file)]
    np.testing.assert_allclose(*[list(r.probabilities.values()) for r in readings], atol=1e-4)


def test_what_is_no_model_is_one_line(tmp_path: Path):
    with pytest.raises(InputError, match="no such model"):
        eyeprentice.load(tmp_path / "nothing.onnx")
    (tmp_path / "text.onnx").write_text("nothing")
    with pytest.raises(InputError, match=r"text\.onnx"):
        eyeprentice.load(tmp_path / "text.onnx")
    with pytest.raises(InputError, match="a folder that is no run"):
        eyeprentice.load(tmp_path)
