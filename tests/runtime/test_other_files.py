"""Whatever else is given for a model file is called what it is, and the file that is wanted is named."""

import struct
from pathlib import Path

import h5py
import pytest
import torch

from eyeprentice.app.cli import main
from eyeprentice.runtime import ModelError, Recognizer
from eyeprentice.runtime.model import DEFAULT

WANTED = "give a file that eyeprentice export writes as .onnx"


def made(folder: Path, name: str) -> Path:
    """Something that is not a model file, of the kind that its name tells."""
    path = folder / name
    if name in ("run", "folder"):
        path.mkdir()
        if name == "run":
            (path / "config.json").write_text("{}")
    elif name in ("d.nir", "e.onnx"):
        with h5py.File(path, "w") as file:
            file["version"] = "1.0"
    elif name == "w.safetensors":
        path.write_bytes(struct.pack("<Q", 2) + b"{}")
    else:
        torch.save({"a": torch.zeros(1)}, path, _use_new_zipfile_serialization=name != "old.ckpt")
    return path


@pytest.mark.parametrize(
    ("name", "what", "todo"),
    [
        ("run", "is a run, and a model is one file", "write it with: eyeprentice export FOLDER/run --out FILE.onnx"),
        ("folder", "is a folder, and a model is one file", WANTED),
        ("d.nir", "a NIR graph, which neuromorphic tools read", WANTED),
        ("e.onnx", "an HDF5 file, not a model file", WANTED),
        (
            "w.safetensors",
            "weights without their network",
            "export the run that they are of: eyeprentice export FOLDER --out FILE.onnx",
        ),
        ("a.pt", "a file of PyTorch or of another program, not a model file", WANTED),
        ("old.ckpt", "a file of PyTorch or of another program, not a model file", WANTED),
    ],
)
def test_other_files_are_called_what_they_are(tmp_path: Path, name: str, what: str, todo: str, capsys):
    path, todo = made(tmp_path, name), todo.replace("FOLDER", str(tmp_path))
    with pytest.raises(ModelError) as refused:
        Recognizer(path)
    assert refused.value.parts == (str(path), what, todo)
    with pytest.raises(SystemExit) as stop:
        main(["predict", str(DEFAULT.parent), "--model", str(path)])
    assert stop.value.code == 2
    assert capsys.readouterr().err == f"error: {path}: {what}; {todo}\n"


def test_the_packaged_run_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="names the packaged run, not a file; leave --model out"):
        Recognizer("default")
