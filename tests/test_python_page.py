"""docs/python.md runs from its first block to its last, and the notebook beside it from its first cell."""

import re
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.synth.stream import simulate_stream
from tests.conftest import ROOT


@pytest.mark.slow
def test_the_page_runs_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.chdir(tmp_path)
    eyes = simulate_stream(9101, 1, ["neutral", "happiness"], 45, 90).frames
    frames = [cv2.cvtColor(eye, cv2.COLOR_GRAY2BGR) for eye in eyes]
    writer = cv2.VideoWriter("video.mp4", cv2.VideoWriter.fourcc(*"mp4v"), 30, (90, 90))
    for frame in frames:
        writer.write(frame)
    writer.release()
    known: dict[str, object] = {"frames": frames, "frame": frames[0]}
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    for block in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        exec(block, known)
    said = capsys.readouterr().out
    assert re.search(r"^[\d.]+ to 3\.0 s happiness \(0\.\d\d\)$", said, re.MULTILINE)
    assert re.search(r"^WAR \d+\.\d % \(\d+\.\d to \d+\.\d\)$", said, re.MULTILINE)
    assert np.asarray(known["result"].scores.confusion).sum() > 0  # type: ignore[attr-defined]
    assert [path.name for path in sorted((tmp_path / "runs").iterdir())] == ["apprentice", "teacher"]


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("PYTHONPATH", ":".join(filter(None, sys.path)))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(ROOT / "docs" / "python.ipynb", as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)  # what one machine printed is not kept
    nbclient.NotebookClient(notebook, timeout=400, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = "".join(output.get("text", "") for output in outputs)
    assert re.search(r"^WAR \d+\.\d % ", said, re.MULTILINE)
    assert re.search(r"^2\.\d to 4\.\d s happiness", said, re.MULTILINE)
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
