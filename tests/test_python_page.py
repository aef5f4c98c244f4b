"""docs/python.md runs from its first block to its last, and the notebook beside it from its first cell."""

import json
import re
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
def test_the_cells_of_the_notebook_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.chdir(tmp_path)
    cells = json.loads((ROOT / "docs" / "python.ipynb").read_text("utf-8"))["cells"]
    assert all(not cell.get("outputs") for cell in cells)  # what one machine printed is not kept
    known: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), known)
    said = capsys.readouterr().out
    assert re.search(r"^WAR \d+\.\d % ", said, re.MULTILINE)
    assert re.search(r"^2\.\d to 4\.\d s happiness", said, re.MULTILINE)
    plt = known["plt"]
    assert len(plt.get_fignums()) == 2  # type: ignore[attr-defined]
    plt.close("all")  # type: ignore[attr-defined]
