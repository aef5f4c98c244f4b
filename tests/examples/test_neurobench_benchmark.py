"""NeuroBench's own harness with our model: its numbers are those of `cost`, and worked out by hand."""

import importlib
from pathlib import Path

import pytest
import torch

from eyeprentice.app.cli import main
from eyeprentice.data.clips import Clip
from eyeprentice.judging.operations import count_cost

pytest.importorskip("neurobench")
pytest.importorskip("snntorch")


@pytest.fixture(scope="module")
def run(shared_tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("neurobench") / "run"
    small = ["--size", "32", "--epochs", "1", "--accelerator", "cpu", "--options.channels", "[8,16]"]
    main(["train", str(shared_tiny), "--out", str(run), *small, "--options.cells", "2"])
    return run


def test_it_runs_and_counts_what_we_count(run: Path, shared_tiny: Path):
    example = importlib.import_module("neurobench_benchmark")
    model, clips = example.clips_of(run, shared_tiny, batch=4)
    results = example.benchmark(model, clips)
    frames, labels = clips.dataset.tensors
    with torch.no_grad():
        called = model(Clip(frames.transpose(0, 1), None))[0].mean(0).argmax(-1)
    ours = count_cost(model, Clip(frames.transpose(0, 1), None))
    recalls = [float((called == n)[labels == n].float().mean()) for n in labels.unique()]
    assert results["ParameterCount"] == ours.parameters
    assert results["ClassificationAccuracy"] == pytest.approx(float((called == labels).float().mean()))
    assert results["UAR"] == pytest.approx(sum(recalls) / len(recalls))
    counted = results["SynapticOperations"]
    assert counted["Effective_ACs"] == pytest.approx(ours.acs)
    first, second, last = (
        38**2 * 3 * 8,
        11**2 * 8 * 16,
        64 * 7,
    )  # 3 + 7·5 and 2 + 3·3 of each kernel lie within the image
    assert counted["Dense"] == 8 * (first + second + last)
    unchanged = 2 / 3 / 8  # both channels of change are 0 in the first of 8 steps
    assert counted["Effective_MACs"] == pytest.approx((1 - unchanged) * 8 * first, rel=1e-3)
    energy = (4.6 * counted["Effective_MACs"] + 0.9 * counted["Effective_ACs"]) / 1e6
    assert results["EnergyMicrojoules"] == pytest.approx(energy)
    assert results["ActivationSparsity"] == pytest.approx(ours.activation_sparsity, rel=1e-3)


def test_a_metric_that_fails_is_no_zero(run: Path, shared_tiny: Path, monkeypatch: pytest.MonkeyPatch):
    example = importlib.import_module("neurobench_benchmark")

    def fails(*_: object) -> float:
        raise ValueError("of no use")

    monkeypatch.setattr(example.UAR, "__call__", fails)
    with pytest.raises(RuntimeError, match="Error running workload metric 'UAR': of no use"):
        example.benchmark(*example.clips_of(run, shared_tiny))
