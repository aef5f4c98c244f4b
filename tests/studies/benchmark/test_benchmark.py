"""The whole command on a tiny dataset; what is finished is not done again; faults and the end of the time are told."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from eyeprentice.app import cli
from eyeprentice.studies.benchmark.plan import read_plan
from eyeprentice.studies.benchmark.pool import do_all
from eyeprentice.studies.benchmark.run import record_plan
from eyeprentice.words.errors import InputError

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
    if errand.name == "exits":
        sys.exit(3)
    if errand.name == "fails":
        raise ValueError("no\nluck")
    if errand.name == "sees":
        (errand.folder / os.environ["CUDA_VISIBLE_DEVICES"]).touch()
    if errand.name == "tells":
        (errand.folder / "tells").write_text(f"{os.getpid()} {os.environ['OMP_NUM_THREADS']} {sorted(sys.modules)}")
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
    assert results["dies"].fault.startswith("its process ended in the middle of it: killed")
    assert results["orphan"].fault == "what it needs failed"


def test_after_a_process_was_killed_another_does_what_is_left_for_its_device(tmp_path: Path):
    jobs = [Errand(name, folder=tmp_path) for name in ("dies", "exits", "quick", "tells", "sees")]
    faults, results = {}, do_all(jobs, run_errand, ["5"])
    for result in results:
        faults[result.name] = result.fault
        if result.name == "tells":  # it is killed while it has nothing to do
            kill_and_wait(int((tmp_path / "tells").read_text().split()[0]))
    assert faults.pop("dies").startswith("its process ended in the middle of it: killed")
    assert faults == {"exits": "SystemExit: 3", "quick": None, "tells": None, "sees": None}
    assert (tmp_path / "5").exists()


def test_threads_are_shared_out_unless_their_number_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    list(do_all([Errand("tells", folder=tmp_path)], run_errand, [None] * 99))
    assert (tmp_path / "tells").read_text().split()[1] == "3"
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert [result.fault for result in do_all([Errand("tells", folder=tmp_path)], run_errand, [None] * 99)] == [None]
    assert (tmp_path / "tells").read_text().split()[1] == "1"


def test_a_process_sees_its_device_alone(tmp_path: Path):
    before = os.environ.get("CUDA_VISIBLE_DEVICES")
    assert [result.fault for result in do_all([Errand("sees", folder=tmp_path)], run_errand, ["5"])] == [None]
    assert (tmp_path / "5").exists()
    assert os.environ.get("CUDA_VISIBLE_DEVICES") == before


def test_at_the_deadline_what_runs_is_ended(tmp_path: Path):
    jobs = [Errand("quick", folder=tmp_path), Errand("sleeps", folder=tmp_path)]
    started = time.monotonic()
    results = list(do_all(jobs, run_errand, [None, None], started + 4))
    assert "sleeps" not in [result.name for result in results]
    assert time.monotonic() - started < 20


def test_what_was_done_before_need_not_be_a_job(tmp_path: Path):
    (tmp_path / "before").touch()
    results = list(do_all([Errand("after", frozenset({"before"}), tmp_path)], run_errand, [None], there=["before"]))
    assert results[0].fault is None


def test_a_folder_takes_more_of_the_same_and_nothing_else(tmp_path: Path):
    path, out = tmp_path / "plan.yaml", tmp_path / "out"
    path.write_text(PLAN)
    plan, data = read_plan(path), {"home": "a hash"}
    out.mkdir()
    record_plan(out, plan.only(["student"]), data, 20, 5)
    record_plan(out, plan, data | {"others": "another"}, 20, 5)
    record_plan(out, plan.only(["student"]), data, 20, 5)
    assert len(json.loads((out / "asked.json").read_text())["entries"]) == 3
    path.write_text(PLAN.replace("width: 0.125", "width: 0.25"))
    for asked, images, repeats, complaint in (
        (read_plan(path), data, 20, "entry teacher has another options.width"),
        (plan, {"home": "of other images"}, 20, "dataset home had other images"),
        (plan, {"others": "another", **data}, 20, "learnt from home and not others"),
        (plan, data, 19, "repeats 20 and not 19"),
    ):
        with pytest.raises(InputError, match=complaint):
            record_plan(out, asked, images, repeats, 5)
    (out / "asked.json").rename(out / "mine.json")
    with pytest.raises(InputError, match="not a benchmark"):
        record_plan(out, plan, data, 20, 5)


def test_no_time_is_refused(tiny: Path, tmp_path: Path, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["benchmark", str(tiny), "--out", str(tmp_path / "out"), "--minutes", "0"])
    assert ended.value.code == 2
    assert "in 0 minutes nothing can be done" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.fixture
def begin(shared_tiny: Path, tmp_path: Path) -> Iterator[Callable[[Path], "subprocess.Popen[bytes]"]]:
    """Starts two runs of a student, both at once, in a process of their own."""
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN.replace("epochs: 1", "epochs: 40"))
    words = ["--plan", str(plan), "--models", "student", "--repeats", "2", "--control-repeats", "1", "--processes", "2"]
    command = [sys.executable, "-m", "eyeprentice", "benchmark", str(shared_tiny), *words, "--accelerator", "cpu"]
    started = []

    def start(out: Path) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen([*command, "--out", str(out)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are looked for with ps")
def test_whatever_is_killed_the_same_command_ends_with_the_same_table(begin, tmp_path: Path):
    undisturbed, out = tmp_path / "undisturbed", tmp_path / "out"
    _, complaint = begin(undisturbed).communicate()
    assert (undisturbed / "benchmark.csv").is_file(), complaint

    bereft = begin(out)
    wait_for(lambda: (out / "runs" / "student" / "0" / "config.json").exists())
    os.kill(workers_of(bereft.pid)[0], signal.SIGKILL)
    _, complaint = bereft.communicate()
    assert bereft.returncode == 2
    assert b"its process ended in the middle of it: killed" in complaint

    killed = begin(out)
    wait_for(lambda: bool(workers_of(killed.pid)))
    orphans = workers_of(killed.pid)
    killed.kill()
    killed.wait()
    wait_for(lambda: not any(is_running(orphan) for orphan in orphans))

    assert begin(out).wait() == 0
    assert (out / "benchmark.csv").read_bytes() == (undisturbed / "benchmark.csv").read_bytes()
    assert json.loads((out / "benchmark.json").read_text())["entries"]["student"]["seeds"] == [0, 1]


def wait_for(there: Callable[[], bool], seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < until
        time.sleep(0.05)


def workers_of(parent: int) -> list[int]:
    """The processes that do its jobs."""
    table = subprocess.run(["ps", "-axwwo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in table.splitlines()]
    return [int(pid) for pid, ppid, *words in rows if int(ppid) == parent and "spawn_main" in "".join(words)]


def kill_and_wait(process: int) -> None:
    """Until the one that started it has noticed."""
    os.kill(process, signal.SIGKILL)
    wait_for(lambda: subprocess.run(["ps", "-p", str(process)], capture_output=True).returncode != 0)


def is_running(process: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


@pytest.mark.slow
def test_a_benchmark_is_one_table_and_goes_on_where_it_was(shared_tiny: Path, tmp_path: Path, capsys):
    plan, out = tmp_path / "plan.yaml", tmp_path / "out"
    plan.write_text(PLAN)
    words = ["benchmark", str(shared_tiny), "--plan", str(plan), "--out", str(out), "--repeats", "2", "--accelerator"]
    words += ["cpu", "--control-repeats", "1", "--processes", "2"]
    cli.main([*words, "--models", "student", "--seeds", "0"])
    first = (out / "runs" / "student" / "0" / "weights.safetensors").stat().st_mtime_ns
    (out / "runs" / "student" / "0" / "seconds.json").unlink()  # as if it had been killed just before its end
    cli.main([*words, "--latency"])
    assert (out / "runs" / "student" / "0" / "weights.safetensors").stat().st_mtime_ns == first

    results = json.loads((out / "benchmark.json").read_text())
    assert list(results["entries"]) == ["teacher", "student", "apprentice"]
    student = results["entries"]["student"]
    assert student["seeds"] == [0, 1]
    assert set(student["tests"][shared_tiny.name]) == {"whole", "last"}
    assert set(results["entries"]["teacher"]["tests"][shared_tiny.name]) == {"whole", "last", "no-events"}
    tested = [out / "runs" / "student" / seed / "tests" / shared_tiny.name / "whole" for seed in ("0", "1")]
    war = [json.loads((folder / "metrics.json").read_text())["war"] for folder in tested]
    assert student["tests"][shared_tiny.name]["whole"]["war_of_seeds"] == pytest.approx(war, abs=0.01)
    assert student["latency"]["p99"] >= student["latency"]["p50"] > 0
    assert results["entries"]["teacher"]["latency"] is None  # its events cannot be exported
    assert results["differences"][0]["seeds"] == [0, 1]
    config = json.loads((out / "runs/apprentice/1/config.json").read_text())
    assert config["objective"]["terms"] == ["hckd", "tckd"]
    assert config["training"]["seed"] == 1
    assert config["teacher"] == [str(out / "runs/teacher/1")]
    rows = list(csv.DictReader((out / "benchmark.csv").read_text().splitlines()))
    assert len(rows) == 3 + 2 + 2
    page = (out / "benchmark.md").read_text()
    assert f"| apprentice less student | {shared_tiny.name} | 2 |" in page
    head = next(line for line in page.splitlines() if line.startswith("| model | WAR"))
    assert head.endswith("| ms a frame |")
    assert f"| {student['latency']['p50']} |" in page
    assert page in capsys.readouterr().out
    assert (out / "pareto.png").read_bytes().startswith(b"\x89PNG")
    log = (out / "logs" / "student-1.txt").read_text()
    assert "student, seed 1" in log
