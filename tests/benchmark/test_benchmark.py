"""The whole command on a tiny dataset; what is finished is not done again; faults and the end of the time are told."""

import csv
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from eyeprentice import cli
from eyeprentice.benchmark.pool import do_all

PLAN = """
seeds: [0, 1]
size: 24
sampling: E2-S3
training: {epochs: 1, batch_size: 14, learning_rate: 0.01}
controls: [last, no-events]
compare: [[apprentice, student]]
entries:
  teacher: {options: {width: 0.125}}
  student: {options: {channels: [8, 8]}}
  apprentice: {model: student, options: {channels: [8, 8]}, teacher: teacher}
"""


@dataclass(frozen=True)
class Errand:
    name: str
    needs: frozenset[str] = frozenset()
    folder: Path = Path()


def run_errand(errand: Errand) -> None:
    if errand.name == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if errand.name == "fails":
        raise ValueError("no\nluck")
    if errand.name == "sees":
        (errand.folder / os.environ["CUDA_VISIBLE_DEVICES"]).touch()
    if errand.name == "sleeps":
        time.sleep(60)
    assert all((errand.folder / name).exists() for name in errand.needs)
    (errand.folder / errand.name).touch()


def test_jobs_wait_for_what_they_need_and_faults_stay_where_they_are(tmp_path: Path):
    asked = [("late", {"early"}), ("early", set()), ("dies", set()), ("fails", set()), ("orphan", {"fails"})]
    jobs = [Errand(name, frozenset(needs), tmp_path) for name, needs in asked]
    results = {result.name: result for result in do_all(jobs, run_errand, [None, None])}
    assert {name for name, result in results.items() if result.fault is None} == {"early", "late"}
    assert results["fails"].fault == "ValueError: no luck"
    assert results["dies"].fault == f"its process ended with code {-signal.SIGKILL}"
    assert results["orphan"].fault == "what it needs failed"


def test_a_process_sees_its_device_alone(tmp_path: Path):
    before = os.environ.get("CUDA_VISIBLE_DEVICES")
    assert [result.fault for result in do_all([Errand("sees", folder=tmp_path)], run_errand, ["5"])] == [None]
    assert (tmp_path / "5").exists()
    assert os.environ.get("CUDA_VISIBLE_DEVICES") == before


def test_at_the_deadline_what_runs_is_ended(tmp_path: Path):
    jobs = [Errand("quick", folder=tmp_path), Errand("sleeps", folder=tmp_path)]
    started = time.monotonic()
    results = list(do_all(jobs, run_errand, [None, None], started + 4))
    assert [result.name for result in results] == ["quick"]
    assert time.monotonic() - started < 20


def test_what_was_done_before_need_not_be_a_job(tmp_path: Path):
    (tmp_path / "before").touch()
    results = list(do_all([Errand("after", frozenset({"before"}), tmp_path)], run_errand, [None], there=["before"]))
    assert results[0].fault is None


@pytest.mark.slow
def test_a_benchmark_is_one_table_and_goes_on_where_it_was(shared_tiny: Path, tmp_path: Path, capsys):
    plan, out = tmp_path / "plan.yaml", tmp_path / "out"
    plan.write_text(PLAN)
    words = ["benchmark", str(shared_tiny), "--plan", str(plan), "--out", str(out), "--repeats", "2", "--accelerator"]
    words += ["cpu", "--control-repeats", "1", "--processes", "2"]
    cli.main([*words, "--models", "student", "--seeds", "0"])
    first = (out / "runs" / "student" / "0" / "weights.safetensors").stat().st_mtime_ns
    (out / "runs" / "student" / "0" / "seconds.json").unlink()  # as if it had been killed just before its end
    cli.main(words)
    assert (out / "runs" / "student" / "0" / "weights.safetensors").stat().st_mtime_ns == first

    results = json.loads((out / "benchmark.json").read_text())
    assert list(results["entries"]) == ["teacher", "student", "apprentice"]
    student = results["entries"]["student"]
    assert student["seeds"] == [0, 1]
    assert set(student["tests"]["tiny"]) == {"whole", "last"}
    assert set(results["entries"]["teacher"]["tests"]["tiny"]) == {"whole", "last", "no-events"}
    metrics = [json.loads((out / f"runs/student/{seed}/tests/tiny/whole/metrics.json").read_text()) for seed in (0, 1)]
    assert student["tests"]["tiny"]["whole"]["war_of_seeds"] == pytest.approx([m["war"] for m in metrics], abs=0.01)
    assert results["differences"][0]["seeds"] == [0, 1]
    config = json.loads((out / "runs/apprentice/1/config.json").read_text())
    assert config["terms"] == ["hckd", "tckd"]
    assert config["seed"] == 1
    assert config["teacher"] == str(out / "runs/teacher/1")
    rows = list(csv.DictReader((out / "benchmark.csv").read_text().splitlines()))
    assert len(rows) == 3 + 2 + 2
    page = (out / "benchmark.md").read_text()
    assert "| apprentice less student | tiny | 2 |" in page
    assert page in capsys.readouterr().out
    assert (out / "pareto.png").read_bytes().startswith(b"\x89PNG")
    log = (out / "logs" / "student-1.txt").read_text()
    assert "student, seed 1" in log
