"""Every command is killed at its writes; given again, it comes to the same bytes and leaves nothing behind.

`EYEPRENTICE_KILLS=10000 python -m pytest tests/hostile/test_interrupted.py` tries every write of every command.
"""

import importlib
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from eyeprentice.app import cli
from eyeprentice.files.whole import new_folder
from tests.conftest import write_tiny_dataset
from tests.hostile.interrupt import Interrupter, attempt, chosen, content
from tests.synth.cast.material import write_model, write_portrait

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the process is forked")
TRIED = int(os.environ.get("EYEPRENTICE_KILLS", "3"))
"""Moments that are tried of each command, spread evenly over all that there are."""
SMALL = ["--epochs", "1", "--size", "16", "--accelerator", "cpu", "--sampling", "E2-S1", "--batch-size", "16"]
STUDENT = ["--options.channels", "[4,4]", "--options.kernel", "3", "--options.stride", "4"]


class Here:
    """An executor that does at once what it is given, so that its writes are this process's."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, call: Callable, *arguments: list, chunksize: int = 1) -> map:
        return map(call, *arguments)

    def submit(self, call: Callable, *arguments: object) -> Future:
        done: Future = Future()
        done.set_result(call(*arguments))
        return done


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands are given: a dataset, two runs, and folders of pictures to import."""
    root = tmp_path_factory.mktemp("made")
    write_tiny_dataset(root / "data", subjects=5, length=3, size=16)
    for person in ("s01", "s02"):
        folder = root / "pictures" / "happiness" / person
        folder.mkdir(parents=True)
        for number in range(3):
            image = np.random.default_rng(number).integers(0, 255, (24, 24), np.uint8)
            cv2.imwrite(str(folder / f"{number}.png"), image)
    (root / "portraits").mkdir()
    write_model(root / "model.npz")
    write_portrait(root / "portraits" / "anna.png", size=(320, 300), scale=19)
    torch.set_num_threads(1)
    os.environ.setdefault("MPLCONFIGDIR", str(tmp_path_factory.mktemp("fonts")))
    for module in (
        "app.commands.learn",
        "studies.demo",
        "judging.evaluation",
        "judging.figures",
        "deploy.onnx",
        "deploy.trial",
    ):
        importlib.import_module(f"eyeprentice.{module}")  # here once, rather than in every fork
    importlib.import_module("torch.utils.tensorboard")
    command = ["train", str(root / "data"), "--model", "student", *STUDENT, *SMALL, "--out", str(root / "run")]
    assert attempt(lambda: cli.main(command), None, root / "log") == 0, (root / "log.err").read_text()
    return root


def words(name: str, root: Path) -> list[str]:
    data, run, out = str(root / "data"), str(root / "run"), str(root / "out")
    return {
        "synth": ["synth", out, "--sequences", "2", "--subjects", "1", "--size", "32", "--jobs", "1"],
        "cast": ["cast", str(root / "portraits"), out, "--face-model", str(root / "model.npz"), "--jobs", "1"],
        "import": ["import", str(root / "pictures"), out, "--size", "16", "--eye", "full", "--rate", "30"],
        "train": ["train", data, "--model", "student", *STUDENT, *SMALL, "--out", out],
        "distill": ["distill", data, "--teacher", run, *STUDENT, "--epochs", "1", "--accelerator", "cpu", "--out", out],
        "evaluate": ["evaluate", run, data, "--out", out, "--repeats", "2", "--accelerator", "cpu"],
        "export": ["export", run, "--data", data, "--clips", "2", "--out", str(root / "out" / "a.onnx")],
    }[name]


def interrupted_everywhere(action: Callable[[], None], made: Path, work: Path, log: Path) -> int:
    """Kills `action` at every write that `chosen` tells, before, half-way and after; gives how often."""

    def afresh() -> None:
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(made, work, ignore=shutil.ignore_patterns("log*"))

    afresh()
    assert attempt(action, Interrupter(work), log) == 0, log.with_suffix(".err").read_text()
    whole, writes = content(work), log.read_text().splitlines()
    assert not [name for name in whole if ".partial" in name]
    points = [(number, when) for number in chosen(writes) for when in ("before", "half", "after")]
    points = [(n, when) for n, when in points if when != "half" or writes[n].startswith("write")]
    points = points[:: max(1, len(points) // TRIED)]
    for number, when in points:
        afresh()
        assert attempt(action, Interrupter(work, number, when), log) in (-9, 0)  # 0: it went another way this time
        told = f"killed {when} {writes[number]}"
        if content(work) == whole:  # it was killed when all was done
            continue
        assert attempt(action, None, log) == 0, f"{told}: {log.with_suffix('.err').read_text()[-2000:]}"
        now = content(work)
        assert set(now) == set(whole), f"{told}: {set(now) ^ set(whole)}"
        assert not [name for name in whole if now[name] != whole[name]], told
    return len(points)


@pytest.mark.parametrize("name", ["synth", "cast", "import", "train", "distill", "evaluate", "export"])
def test_a_command_that_was_killed_at_any_write_recovers(name: str, made: Path, tmp_path: Path, monkeypatch):
    import eyeprentice.deploy.onnx as onnx_export

    monkeypatch.setattr("eyeprentice.files.processes.ProcessPoolExecutor", Here)
    work = tmp_path / "work"
    if name == "export":  # which takes seconds to trace, and writes nothing while it does
        graph = traced(made, onnx_export)
        monkeypatch.setattr(onnx_export, "to_onnx", lambda step: graph)
    given = words(name, work)
    monkeypatch.setattr(sys, "argv", ["eyeprentice", *given])
    assert interrupted_everywhere(lambda: cli.main(given), made, work, tmp_path / "log") > 0


def traced(made: Path, onnx_export) -> object:
    from eyeprentice.deploy.step import exported_step
    from eyeprentice.learning.runs import load_model

    model, config = load_model(made / "run")
    return onnx_export.to_onnx(exported_step(model, config.size, ready=False))


@pytest.mark.slow
def test_a_demonstration_that_was_killed_at_any_write_recovers(made: Path, tmp_path: Path, monkeypatch):
    from eyeprentice.studies import demo as demonstration

    work = tmp_path / "work"

    long = tmp_path / "long"
    write_tiny_dataset(long, subjects=5, length=13, size=16)  # as many frames as a clip spans

    def copied(out: Path, *_: object) -> None:
        with new_folder(out) as folder:
            shutil.copytree(long, folder, dirs_exist_ok=True)

    monkeypatch.setattr(demonstration, "write_dataset", copied)
    monkeypatch.setattr(demonstration, "TEACHER_WIDTH", 0.05)
    monkeypatch.setattr(demonstration, "PICTURE_SIZE", 32)
    asked = demonstration.Demonstration(5, 1, 1, 16, 0)
    points = interrupted_everywhere(
        lambda: demonstration.demonstrate(work / "demo", asked, "cpu"), made, work, tmp_path / "log"
    )
    assert points > 0


@pytest.mark.parametrize("name", ["synth", "cast", "import", "train", "evaluate"])
def test_a_full_disk_is_told_in_one_line(name: str, made: Path, tmp_path: Path, monkeypatch):
    import resource
    import signal

    monkeypatch.setattr("eyeprentice.files.processes.ProcessPoolExecutor", Here)
    work = tmp_path / "work"
    shutil.copytree(made, work, ignore=shutil.ignore_patterns("log*"))

    def filled() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60, resource.RLIM_INFINITY))
        cli.main(words(name, work))

    said = []

    def heard() -> None:
        try:
            filled()
        except SystemExit as exit_:
            said.append(exit_.code)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            (tmp_path / "code").write_text(str(exit_.code))

    pid = os.fork()
    if pid == 0:
        reader = (tmp_path / "err").open("wb", buffering=0)
        pipe = os.pipe()
        if os.fork() == 0:  # what is said goes through a pipe, because files cannot grow
            os.close(pipe[1])
            while part := os.read(pipe[0], 4096):
                reader.write(part)
            os._exit(0)
        os.close(pipe[0])
        os.dup2(pipe[1], 2)
        sys.stderr = os.fdopen(2, "w", buffering=1)
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
        try:
            heard()
        finally:
            sys.stderr.flush()
            os._exit(0)
    os.waitpid(pid, 0)
    lines = [line for line in (tmp_path / "err").read_text().splitlines() if line.startswith(("error", "Traceback"))]
    assert lines
    assert all(line.startswith("error: ") and "File too large" in line for line in lines), lines
    assert (tmp_path / "code").read_text() == "2"
