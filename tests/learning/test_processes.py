"""Several processes, on the CPU with gloo: they must give what one gives."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file

from eyeprentice.app.cli import main
from eyeprentice.learning.step import whole_batch
from eyeprentice.learning.terms import HIDDEN, total
from eyeprentice.snn import synchronise_batch_norm
from eyeprentice.words.settings import Objective

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


OBJECTIVE = Objective(terms=("relations", "kd", "tet", "hckd"))
SIZES = {torch.nn.BatchNorm1d: (7, 3), torch.nn.BatchNorm2d: (7, 3, 4, 5), torch.nn.BatchNorm3d: (7, 3, 2, 4, 5)}


class Process:
    def __init__(self, rank: int, world: int) -> None:
        self.global_rank, self.world_size = rank, world


def loss_of(rank: int, world: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss, and the gradient of this process's clips: every `world`-th."""
    torch.manual_seed(0)
    student, teacher, features, theirs = (torch.randn(2, 7, n) for n in (7, 7, 5, 9))
    target = torch.tensor([0, HIDDEN, HIDDEN, 3, 4, HIDDEN, 6])
    mine = [x[:, rank::world].clone().requires_grad_() for x in (student, features)]
    whole = [
        whole_batch(x, 1, 7, Process(rank, world)) for x in (*mine, teacher[:, rank::world], theirs[:, rank::world])
    ]
    labels = whole_batch(target[rank::world], 0, 7, Process(rank, world))
    loss, _ = total(whole[0], whole[2], labels, OBJECTIVE, (whole[1], whole[3]))
    return loss.detach(), torch.cat(torch.autograd.grad(loss, mine), dim=-1)


def norm_of(kind: type, rank: int, world: int, dtype: torch.dtype) -> list[torch.Tensor]:
    torch.manual_seed(0)
    net = torch.nn.Sequential(kind(3)).train()
    if world > 1:
        synchronise_batch_norm(net)
    x, upstream = torch.randn(SIZES[kind]).to(dtype), torch.randn(SIZES[kind]).to(dtype)
    mine = x[rank::world].clone().requires_grad_()
    y = net(mine)
    (gradient,) = torch.autograd.grad(y, mine, upstream[rank::world])
    return [y.detach(), gradient, net[0].running_mean[None], net[0].running_var[None]]


def one_of_two(rank: int, folder: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    norms = {(k.__name__, d): norm_of(k, rank, 2, d) for k in SIZES for d in (torch.float32, torch.bfloat16)}
    torch.save((loss_of(rank, 2), norms), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def test_two_processes_have_one_loss_and_one_batch_norm(tmp_path: Path):
    """Relations compare clips of both, hidden labels lie unevenly, and 7 clips are 4 and 3."""
    torch.multiprocessing.spawn(one_of_two, (str(tmp_path),), nprocs=2)
    both = [torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2)]
    loss, gradient = loss_of(0, 1)
    for rank, ((theirs, own), norms) in enumerate(both):
        torch.testing.assert_close(theirs, loss)
        torch.testing.assert_close(own, gradient[:, rank::2])
        for (kind, dtype), given in norms.items():
            wanted = norm_of(getattr(torch.nn, kind), 0, 1, dtype)
            for place, (g, w) in enumerate(zip(given, wanted, strict=True)):
                error = 1e-4 if dtype == torch.float32 else 5e-2
                torch.testing.assert_close(g, w[rank::2] if place < 2 else w, atol=error, rtol=error)
