import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eyeprentice import cli
from eyeprentice.vocabulary import EMOTIONS

METRICS = {
    "war",
    "uar",
    "war_ci95",
    "uar_ci95",
    "per_emotion",
    "per_lighting",
    "sequences",
    "repeats",
    "protocol",
    "ece",
}
FAST = ["--size", "24", "--sampling", "E2-S3", "--options.channels", "[16,16]", "--accelerator", "cpu"]


def run(*arguments: str | Path) -> None:
    cli.main([str(argument) for argument in arguments])


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """Runs a command that must be refused, and gives its one line."""
    with pytest.raises(SystemExit) as exit_:
        run(*arguments)
    captured = capsys.readouterr()
    last = captured.err.strip().splitlines()[-1]
    assert exit_.value.code == 2
    assert last.startswith("error: ")
    assert "Traceback" not in captured.err
    assert captured.err.count("error: ") == 1
    return last


@pytest.fixture(scope="module")
def taught(shared_tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a teacher, a student and an apprentice, trained from the command line."""
    runs = tmp_path_factory.mktemp("runs")
    small = ["--size", "24", "--sampling", "E2-S3", "--accelerator", "cpu", "--epochs", "2"]
    run("train", shared_tiny, "--model", "teacher", "--options.width", "0.125", "--out", runs / "teacher", *small)
    run("train", shared_tiny, "--out", runs / "student", *small)
    run(
        "distill", shared_tiny, "--teacher", runs / "teacher", "--out", runs / "apprentice",
        "--epochs", "2", "--terms", "[hckd,tckd,tet]", "--accelerator", "cpu",
    )  # fmt: skip
    return runs


@pytest.mark.parametrize("name", ["teacher", "student", "apprentice"])
def test_a_run_is_evaluated_by_the_protocol(taught: Path, shared_tiny: Path, tmp_path: Path, name: str, capsys):
    run("evaluate", taught / name, shared_tiny, "--out", tmp_path, "--accelerator", "cpu")
    printed = capsys.readouterr().out
    assert "WAR" in printed
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert set(metrics) >= METRICS
    assert metrics["repeats"] == 20
    assert metrics["sequences"] == 7
    assert set(metrics["per_emotion"]) == set(EMOTIONS)
    files = sorted(tmp_path.glob("test_epoch_2_*.json"))
    assert len(files) == 20
    results = json.loads(files[0].read_text())["results"]
    assert all(set(best[0]) == {"label", "score"} for best in results.values())
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")

    run("score", tmp_path, "--json")
    rescored = json.loads(capsys.readouterr().out)
    assert {k: v for k, v in rescored.items() if k != "protocol"} == {
        k: v for k, v in metrics.items() if k != "protocol"
    }


def test_a_configuration_file_gives_any_option(shared_tiny: Path, tmp_path: Path):
    (tmp_path / "options.yaml").write_text(
        "model: student\nepochs: 1\nsize: 24\nsampling: E2-S0\noptions: {width: 0.25}\naccelerator: cpu\n"
        "augmentation: {mirror: 0.5}\n"
    )
    run("train", shared_tiny, "--out", tmp_path / "run", "--config", tmp_path / "options.yaml")
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["options"] == {"width": 0.25}
    assert config["sampling"] == "E2-S0"
    assert config["augmentation"]["mirror"] == 0.5


def test_seens_recipe_is_the_published_one(shared_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr("eyeprentice.training.train", lambda data, parts, config, *rest, **more: asked.append(config))
    run("train", shared_tiny, "--model", "seen", "--recipe", "seen", "--seed", "3", "--out", tmp_path / "run")
    training = asked[0].training
    assert (training.epochs, training.optimizer, training.learning_rate) == (180, "sgd", 0.015)
    assert (training.weight_decay, training.schedule, training.batch_size) == (1e-3, "step", 32)
    assert training.augmentation is None
    assert training.seed == 3


def test_a_split_file_divides_as_the_run_that_wrote_it(taught: Path, shared_tiny: Path, tmp_path: Path):
    file = taught / "student" / "split.json"
    run("train", shared_tiny, "--split", file, "--epochs", "1", "--out", tmp_path / "run", *FAST)
    assert json.loads((tmp_path / "run" / "split.json").read_text()) == json.loads(file.read_text())
    run("evaluate", tmp_path / "run", shared_tiny, "--out", tmp_path / "out", "--repeats", "2", "--accelerator", "cpu")
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["sequences"] == 7


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_help_begins_with_an_example(name: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit_:
        run(name, "--help")
    assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith(f"Example:\n  eyeprentice {name} ")


def test_the_overview_names_every_command(capsys: pytest.CaptureFixture[str]):
    run("--help")
    printed = capsys.readouterr().out
    assert all(name in printed for name in cli.COMMANDS)


def test_wrong_commands_and_options_are_one_line(capsys, shared_tiny: Path, tmp_path: Path):
    out = ("--out", tmp_path / "run")
    assert "no such command" in refused(capsys, "trian")
    assert "out" in refused(capsys, "train", shared_tiny)
    assert "epochs" in refused(capsys, "train", shared_tiny, *out, "--epochs", "many")
    assert "must be above 0" in refused(capsys, "train", shared_tiny, *out, "--epochs", "0")
    assert "--smell" in refused(capsys, "train", shared_tiny, *out, "--smell", "3")
    assert "no such model" in refused(capsys, "train", shared_tiny, *out, "--model", "oracle")
    assert "has no option 'depth'" in refused(capsys, "train", shared_tiny, *out, "--options.depth", "3")
    assert "not a sampling" in refused(capsys, "train", shared_tiny, *out, "--sampling", "E4")
    assert "fold 7 of 5" in refused(capsys, "train", shared_tiny, *out, "--fold", "7")
    assert "must be one to learn from" in refused(capsys, "train", shared_tiny, *out, "--folds", "1")
    assert "too few for an eye" in refused(capsys, "train", shared_tiny, *out, "--size", "4")
    assert "clips a sequence" in refused(capsys, "evaluate", shared_tiny, shared_tiny, *out, "--repeats", "0")
    assert "0 epochs" in refused(capsys, "demo", *out, "--epochs", "0")
    assert "0 processes" in refused(capsys, "synth", tmp_path / "run", "--jobs", "0")
    assert "use cpu, cuda, mps or auto" in refused(capsys, "train", shared_tiny, *out, "--accelerator", "abacus")
    assert not (tmp_path / "run").exists()


def test_wrong_data_is_one_line(capsys, tiny: Path, taught: Path, tmp_path: Path):
    out = ("--out", tmp_path / "run")
    assert "no such dataset" in refused(capsys, "train", tmp_path / "nowhere", *out)
    assert "no annotation" not in refused(capsys, "train", tmp_path, *out)
    assert "not a run folder" in refused(capsys, "evaluate", tmp_path, tiny, *out)
    assert "not a run folder" in refused(capsys, "distill", tiny, "--teacher", tmp_path, *out)
    assert "no prediction files" in refused(capsys, "score", tmp_path)
    (tmp_path / "test_epoch_1_1.json").write_text("nonsense")
    assert "not JSON" in refused(capsys, "score", tmp_path)
    next((tiny / "frame").rglob("*.png")).write_bytes(b"")
    assert "not a readable image" in refused(capsys, "train", tiny, "--size", "24", *out)
    assert "already there" in refused(capsys, "synth", tiny)
    assert not (tmp_path / "run").exists()


def test_a_model_that_needs_events_says_so_where_there_are_none(capsys, tiny: Path, tmp_path: Path):
    (tiny / "event").rename(tiny / "elsewhere")
    message = refused(capsys, "train", tiny, "--model", "teacher", "--size", "24", "--out", tmp_path / "run")
    assert message == f"error: {tiny}: no folder 'event'; use a model that needs frames alone"
    run("train", tiny, "--epochs", "1", "--out", tmp_path / "run", *FAST)
    assert (tmp_path / "run" / "weights.safetensors").exists()


def test_a_teacher_of_other_data_is_refused(capsys, tiny: Path, taught: Path, tmp_path: Path):
    import cv2
    import numpy as np

    cv2.imwrite(str(next((tiny / "frame").rglob("*.png"))), np.zeros((24, 24), np.uint8))
    message = refused(capsys, "distill", tiny, "--teacher", taught / "teacher", "--out", tmp_path / "run")
    assert "was trained on other data" in message


def test_a_missing_extra_is_one_line_with_the_fix(capsys, monkeypatch: pytest.MonkeyPatch):
    def missing(name: str):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(cli, "load", missing)
    assert refused(capsys, "train", "x") == (
        "error: train: needs torch, which is not installed; pip install 'eyeprentice[train]'"
    )


def test_scoring_imports_no_torch(predictions: Path):
    code = (
        "import sys; from eyeprentice.cli import main; main(['score', sys.argv[1]]); sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, predictions / "E4_S0"], check=True, capture_output=True)


@pytest.mark.slow
def test_a_run_killed_by_a_signal_resumes_from_its_last_epoch(shared_tiny: Path, tmp_path: Path):
    command = [
        sys.executable, "-m", "eyeprentice", "train", str(shared_tiny), "--out", str(tmp_path / "run"),
        "--epochs", "400", *FAST,
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    state = tmp_path / "run" / "state.safetensors"
    deadline = time.monotonic() + 90
    while not state.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "run" / "weights.safetensors").exists()
    command[command.index("400")] = "400"
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "400/400" not in result.stderr  # not from the beginning
    history = json.loads((tmp_path / "run" / "history.json").read_text())
    assert len(history) == 400
