"""Several processes, on the CPU with gloo: they must give what one gives."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from eyeprentice.app.cli import main

OPTIONS = [
    "--options", '{"channels": [16, 16]}', "--size", "24", "--sampling", "E2-S3", "--epochs", "3", "--batch_size", "14",
    "--optimizer", "sgd", "--learning_rate", "0.05", "--weight_decay", "0", "--accelerator", "cpu",
]  # fmt: skip


def run(*words: str | Path, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    command = [sys.executable, *before, "-m", "eyeprentice", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_two_processes_learn_and_predict_what_one_does(shared_tiny: Path, tmp_path: Path):
    main(["train", str(shared_tiny), *OPTIONS, "--out", str(tmp_path / "one")])
    done = run("train", shared_tiny, *OPTIONS, "--devices", 2, "--out", tmp_path / "two")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("trained") == 1
    one, two = (load_file(tmp_path / name / "weights.safetensors") for name in ("one", "two"))
    assert one.keys() == two.keys()
    for name in one:
        torch.testing.assert_close(two[name], one[name], atol=2e-4, rtol=2e-4, msg=name)
    histories = [json.loads((tmp_path / name / "history.json").read_text()) for name in ("one", "two")]
    for alone, together in zip(*histories, strict=True):
        assert together == pytest.approx(alone, abs=1e-3)

    torchrun = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone")  # at a port that is free
    words = ("evaluate", tmp_path / "one", shared_tiny, "--accelerator", "cpu", "--repeats", "3", "--out")
    main([*map(str, words), str(tmp_path / "e1")])
    done = run(*words, tmp_path / "e2", "--devices", 2, before=torchrun)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("tested on") == 1
    metrics = [json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("e1", "e2")]
    assert metrics[0]["war"] == pytest.approx(metrics[1]["war"])


@pytest.mark.slow
def test_of_two_processes_one_complains(shared_tiny: Path, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("precious")
    done = run("train", shared_tiny, *OPTIONS, "--devices", 2, "--out", tmp_path / "mine")
    assert done.returncode != 0
    assert done.stderr.count("error:") == 1
    assert "not empty, and not a run" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_run_that_is_killed_outright_ends_as_if_it_had_not_been(shared_tiny: Path, tmp_path: Path):
    words = ("train", shared_tiny, *OPTIONS, "--epochs", "40")
    assert run(*words, "--out", tmp_path / "whole").returncode == 0
    command = [sys.executable, "-m", "eyeprentice", *map(str, words), "--out", str(tmp_path / "killed")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (tmp_path / "killed" / "state.safetensors").exists() and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert not (tmp_path / "killed" / "weights.safetensors").exists()
    resumed = run(*words, "--out", tmp_path / "killed")
    assert resumed.returncode == 0
    assert "40/40" not in resumed.stderr  # not from the beginning
    one, two = (load_file(tmp_path / name / "weights.safetensors") for name in ("whole", "killed"))
    assert all(torch.equal(one[name], two[name]) for name in one)
