"""The commands cost and export, from a trained run to what they write; and a user's own model through all of them."""

import errno
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from eyeprentice.app.cli import main
from eyeprentice.data.clips import Clip
from eyeprentice.data.layout import write_units
from eyeprentice.learning.runs.paths import PACKAGED
from eyeprentice.models import REGISTRY, Model
from eyeprentice.runtime import Recognizer
from tests.conftest import write_tiny_dataset

REPORT = {
    "model": "student", "sampling": "E8-S1", "clips": 1, "firing_rate": {"0": 0.1},
    "rows": {
        "student": {
            "size": 32, "params": 10, "dense_macs": 1, "macs": 1, "acs": 1,
            "energy_uj": 1.0, "energy_with_memory_uj": 1.0,
        }
    },
}  # fmt: skip
TINY = ["--size", "32", "--epochs", "1", "--accelerator", "cpu"]


@pytest.fixture(scope="module")
def run(shared_tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("commands") / "run"
    main(["train", str(shared_tiny), "--out", str(run), *TINY, "--options.channels", "[8,16]"])
    return run


def test_cost_writes_the_contract(run: Path, shared_tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    main(["cost", str(run), "--data", str(shared_tiny), "--clips", "3", "--out", str(tmp_path / "cost.json")])
    report = json.loads((tmp_path / "cost.json").read_text())
    assert {"params", "macs", "acs", "energy_uj", "firing_rate", "latency_ms", "peak_memory_mb"} <= report.keys()
    assert 20 < report["peak_memory_mb"] < 400
    assert report["latency_ms"]["1"]["p50"] <= report["latency_ms"]["1"]["p99"]
    assert report["neurobench"]["synaptic_operations"]["Effective_ACs"] == report["acs"]
    rows = report["rows"]
    assert list(rows) == ["student", "ANN of its shape", "seen, untrained", "teacher, untrained"]
    assert [row["size"] for row in rows.values()] == [32, 32, 90, 32]
    assert rows["seen, untrained"]["params"] == 6_078_655
    assert rows["seen, untrained"]["acs"] is None
    assert rows["ANN of its shape"]["macs"] == rows["student"]["dense_macs"]
    said = capsys.readouterr().out
    assert "firing rates" in said
    assert "90x90" in said
    assert "≥" not in said


@pytest.mark.parametrize("format", ["onnx", "onnx-int8", "nir"])
def test_export_compares_what_it_writes(
    run: Path, shared_tiny: Path, tmp_path: Path, format: str, capsys: pytest.CaptureFixture
):
    out = tmp_path / ("student.nir" if format == "nir" else "student.onnx")
    words = ["--format", format, "--data", str(shared_tiny), "--clips", "4", "--out", str(out)]
    main(["export", str(run), *words, "--input", "ready" if format == "onnx" else "any"])
    said = capsys.readouterr().out
    assert f"{out.stat().st_size:,} bytes" in said
    assert f"of 4 clips of {shared_tiny}" in said


@pytest.mark.slow
def test_action_units_go_from_a_dataset_to_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture):
    """Learnt, scored, exported in every format, and read by their names."""
    data, run = tmp_path / "data", tmp_path / "run"
    for name in write_tiny_dataset(data, length=16):
        write_units(data, name, np.full((16, 2), 0.5) * [1, name.emotion == "surprise"], ("AU1", "blink"))
    main(["train", str(data), "--out", str(run), *TINY, "--options.channels", "[8,16]", "--units-weight", "1"])
    assert json.loads((run / "config.json").read_text())["record"]["units"] == ["AU1", "blink"]
    main(["evaluate", str(run), str(data), "--repeats", "2", "--accelerator", "cpu"])
    assert "action units, correlation (mean absolute error): AU1 – (0." in capsys.readouterr().out
    scores = json.loads((run / "evaluation" / "metrics.json").read_text())["units"]
    assert scores["AU1"]["correlation"] is None
    for format in ("onnx", "onnx-int8", "nir"):
        out = tmp_path / f"student-{format}{'.nir' if format == 'nir' else '.onnx'}"
        main(["export", str(run), "--format", format, "--data", str(data), "--clips", "4", "--out", str(out)])
        said = capsys.readouterr()
        assert ("action units differ by at most" in said.out) == (format != "nir")
        assert ("the emotions alone; the 2 action units are left out" in said.out + said.err) == (format == "nir")
        if format != "nir":
            assert set(Recognizer(out).step(np.zeros((50, 60), np.uint8)).units) == {"AU1", "blink"}
    for file in (data / "unit").rglob("*.csv"):
        file.write_text(file.read_text().replace("AU1", "AU2"))
    with pytest.raises(SystemExit):
        main(["evaluate", str(run), str(data), "--repeats", "2", "--accelerator", "cpu"])
    assert (
        f"error: {run}: learnt the action units AU1,blink, and this dataset has AU2,blink; " in capsys.readouterr().err
    )


@pytest.mark.slow
def test_without_data_export_compares_on_simulated_people(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    main(["export", str(run), "--out", str(tmp_path / "simulated.onnx")])
    assert "of 21 clips of simulated people" in capsys.readouterr().out


def test_export_into_a_folder_is_refused(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit):
        main(["export", str(run), "--out", str(tmp_path)])
    assert "give the name of a file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("format", "name", "todo"),
    [
        ("onnx", "d.pt", "give d.onnx"),
        ("onnx", "d", "give d.onnx"),
        ("onnx", "d.nir", "give d.onnx, or choose --format nir"),
        ("onnx-int8", "d.tflite", "give d.onnx"),
        ("nir", "d.onnx", "give d.nir, or choose --format onnx or onnx-int8"),
        ("nir", "d.h5", "give d.nir"),
        ("onnx", "d.onnx.bak", "give d.onnx"),
        ("nir", "d.NIR.gz", "give d.nir"),
        ("onnx", "d-0.5", "give d-0.5.onnx"),
    ],
)
def test_export_refuses_a_name_that_ends_otherwise_than_its_format(
    run: Path, tmp_path: Path, format: str, name: str, todo: str, capsys: pytest.CaptureFixture
):
    with pytest.raises(SystemExit) as stop:
        main(["export", str(run), "--format", format, "--out", str(tmp_path / name)])
    ending = ".nir" if format == "nir" else ".onnx"
    what = f"a file of the format {format} has a name that ends with {ending}"
    assert stop.value.code == 2
    assert capsys.readouterr().err == f"error: {tmp_path / name}: {what}; {todo}\n"
    assert list(tmp_path.iterdir()) == []


def test_what_is_measured_of_the_packaged_run_is_not_written_unasked(
    shared_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    packaged = {path: path.stat().st_mtime_ns for path in PACKAGED.parent.rglob("*") if "__pycache__" not in str(path)}
    monkeypatch.setattr("eyeprentice.deploy.costing.cost_report", lambda *given: REPORT)
    for run in ("default", str(PACKAGED)):
        main(["cost", run, "--data", str(shared_tiny)])
        assert capsys.readouterr().out.endswith("nothing was written; --out FILE.json keeps the figures\n")
        with pytest.raises(SystemExit):
            main(["evaluate", run, str(shared_tiny)])
        said = f"error: {run}: the packaged weights have no folder for results; give one: --out FOLDER\n"
        assert capsys.readouterr().err == said
    assert list(Path().iterdir()) == []
    assert packaged == {path: path.stat().st_mtime_ns for path in packaged}
    assert set(packaged) == {path for path in PACKAGED.parent.rglob("*") if "__pycache__" not in str(path)}
    main(["cost", "default", "--data", str(shared_tiny), "--out", "kept.json"])
    assert json.loads(Path("kept.json").read_text()) == REPORT


def test_cost_of_a_run_is_in_its_folder(
    run: Path, shared_tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setattr("eyeprentice.deploy.costing.cost_report", lambda *given: REPORT)
    main(["cost", str(run), "--data", str(shared_tiny)])
    assert capsys.readouterr().out.endswith(f"{run / 'cost.json'}: written\n")
    (run / "cost.json").unlink()


def test_a_run_that_cannot_be_written_asks_for_a_place(
    run: Path, shared_tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    def refuses(*given, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuses)
    for name, words in (("evaluation", ["evaluate", run, shared_tiny]), ("cost.json", ["cost", run, "--data", "x"])):
        with pytest.raises(SystemExit):
            main([str(word) for word in words])
        what = "cannot be written (Read-only file system); say where the results go, with --out"
        assert capsys.readouterr().err == f"error: {run / name}: {what}\n"


def test_what_is_in_the_way_of_results_is_said_before_the_work(run: Path, tmp_path: Path, capsys):
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "evaluation").write_text("a file")
    (copy / "cost.json").mkdir()
    for words in (["evaluate", str(copy), "nowhere"], ["cost", str(copy), "--data", "nowhere"]):
        with pytest.raises(SystemExit):
            main(words)
        assert "something else is in the way; say where the results go, with --out" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["evaluate", "cost", "export", "calibrate"])
def test_a_model_file_is_no_run(exported: dict[str, Path], tmp_path: Path, command: str, capsys):
    words = {
        "evaluate": ["x"],
        "cost": ["--data", "x"],
        "export": ["--out", "x.onnx"],
        "calibrate": ["x", "--out", "y"],
    }
    with pytest.raises(SystemExit) as stop:
        main(
            [
                command,
                str(exported["ready"]),
                *(str(tmp_path / word) if word[0] in "xy" else word for word in words[command]),
            ]
        )
    assert stop.value.code == 2
    said = f"error: {exported['ready']}: a file, not a run folder; give a folder written by train or distill\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("command", ["export", "cost"])
def test_help_needs_no_torch_and_the_work_says_how_to_get_it(command: str, tmp_path: Path):
    def without_torch(*words: str) -> subprocess.CompletedProcess:
        program = "import sys; sys.modules['torch'] = None; from eyeprentice.app.cli import main; main(sys.argv[1:])"
        return subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True)

    helped = without_torch(command, "--help")
    assert helped.returncode == 0
    assert f"eyeprentice {command} runs/student" in helped.stdout
    refused = without_torch(
        command, str(tmp_path), "--data" if command == "cost" else "--out", str(tmp_path / "file.onnx")
    )
    assert refused.returncode == 2
    assert "in the folder of its source: pip install '.[train,export]'" in refused.stderr


@dataclass(frozen=True)
class OwnSettings:
    hidden: int = 8


class Own(Model):
    """What a user may write: a recurrent layer over pooled pixels, its state one tensor."""

    def __init__(self, settings: OwnSettings) -> None:
        super().__init__()
        self.settings = settings
        self.pool, self.cell, self.last = nn.AdaptiveAvgPool2d(8), nn.GRUCell(64, settings.hidden), nn.Linear(8, 7)

    def forward(self, clip: Clip, state=None):
        if state is None:
            state = clip.frames.new_zeros(clip.frames.shape[1], self.settings.hidden)
        rows = []
        for frame in clip.frames:
            state = self.cell(self.pool(frame).flatten(1), state)
            rows.append(self.last(state))
        return torch.stack(rows), state


def test_a_users_own_model_goes_all_the_way_to_a_device(
    shared_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setitem(REGISTRY, "own", (OwnSettings, Own))
    run, file = tmp_path / "run", tmp_path / "own.onnx"
    main(["train", str(shared_tiny), "--model", "own", "--out", str(run), *TINY])
    main(["evaluate", str(run), str(shared_tiny), "--out", str(tmp_path / "evaluation"), "--accelerator", "cpu"])
    capsys.readouterr()
    main(["export", str(run), "--data", str(shared_tiny), "--clips", "5", "--out", str(file)])
    assert "on 5 of 5 clips" in capsys.readouterr().out
    recognizer = Recognizer(file)
    assert [i.name for i in recognizer.model.session.get_inputs()] == ["frame", "state"]
