"""What runs in several processes; macOS and Windows have no `os.sched_getaffinity`, and it must do without."""

import os
import signal
import subprocess
import sys
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app import cli
from eyeprentice.files.processes import in_processes, processors
from eyeprentice.words import extensions
from eyeprentice.words.errors import InputError


@pytest.fixture
def other_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)


def test_processors_are_those_of_this_process_where_the_system_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3, 5}, raising=False)
    assert processors() == 3


@pytest.mark.parametrize(("machine", "expected"), [(6, 6), (None, 1)])
def test_elsewhere_they_are_the_machines(other_system, monkeypatch, machine: int | None, expected: int):
    monkeypatch.setattr(os, "cpu_count", lambda: machine)
    assert processors() == expected


def test_synth_and_import_run_without_the_call(other_system, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    cli.main(["synth", str(tmp_path / "drawn"), "--sequences", "1", "--subjects", "1", "--size", "32"])
    assert (tmp_path / "drawn" / "emotion.json").is_file()
    pictures = tmp_path / "s1_happiness"
    pictures.mkdir()
    for number in range(4):
        cv2.imwrite(str(pictures / f"{number}.png"), np.full((32, 32), 60 * number, np.uint8))
    words = ["import", str(pictures), str(tmp_path / "mine"), "--eye", "full", "--size", "32", "--emotion", "happiness"]
    cli.main(words)
    assert (tmp_path / "mine" / "emotion.json").is_file()


def shown(number: int) -> str:
    return f"{number} in {os.environ.get('OF_THE_USER', 'nothing')}"


def killed(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def greeted(word: str) -> None:
    os.environ["OF_THE_USER"] = word


def test_results_come_in_the_order_of_the_tasks_from_processes_that_were_set_up():
    results = list(in_processes(shown, [3, 1, 2], "counting", jobs=2, set_up=greeted, given=("a word",)))
    assert results == ["3 in a word", "1 in a word", "2 in a word"]
    assert "OF_THE_USER" not in os.environ


def test_the_users_own_files_are_loaded_in_each_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(extensions, "_loaded", {})
    monkeypatch.delenv("OF_THE_USER", raising=False)
    (tmp_path / "own.py").write_text("import os\nos.environ['OF_THE_USER'] = 'a file'\n")
    extensions.load([tmp_path / "own.py"])
    del os.environ["OF_THE_USER"]
    assert list(in_processes(shown, [1], "counting", jobs=1)) == ["1 in a file"]


def threads(_: int) -> str | None:
    return os.environ.get("OMP_NUM_THREADS")


@pytest.mark.parametrize(("given", "expected"), [(None, "1"), ("3", "3")])
def test_each_process_computes_with_one_thread_unless_the_user_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, given: str | None, expected: str
):
    """On a machine of 64 processors, 64 processes would start 4,096 threads."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if given:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert list(in_processes(threads, [1], "counting", jobs=1)) == [expected]
    assert os.environ.get("OMP_NUM_THREADS") == given


class Here(Executor):
    """Does everything at once, and notes how many tasks it is given together."""

    def __init__(self) -> None:
        self.given: list[int] = []

    def submit(self, function, /, *arguments, **_: object) -> Future:
        self.given.append(len(arguments[-1]))
        (future := Future()).set_result(function(*arguments))
        return future


def test_tasks_in_a_row_go_to_one_process_together_and_results_keep_their_order(capsys: pytest.CaptureFixture[str]):
    pool = Here()
    tasks = list(range(-100, 0))
    assert list(in_processes(abs, tasks, "counting", executor=pool, together=8, slots=3)) == list(range(100, 0, -1))
    # 8 while 48 and more are left, then a sixth of what is left
    assert pool.given == [8] * 7 + [7, 6, 5, 4, 3, 3, 2, 2, 2, 1] + [1] * 9
    assert "counting 100/100" in capsys.readouterr().err


def test_progress_is_told_with_a_note_of_each_result(capsys: pytest.CaptureFixture[str]):
    list(in_processes(shown, [1, 2], "counting", jobs=1, note=lambda result: f"<{result}>"))
    assert capsys.readouterr().err.splitlines()[-1] == "counting 2/2 <2 in nothing>"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_a_process_that_is_killed_is_told_in_one_line():
    with pytest.raises(InputError, match=r"counting: one of its processes was killed.*fewer --jobs"):
        list(in_processes(killed, [1, 2, 3], "counting", jobs=1))


class Pool(Executor):
    """Its first process is killed, and its thread is about to tell those who wait for the other tasks."""

    def __init__(self) -> None:
        self.futures: list[Future] = []

    def submit(self, *_: object, **__: object) -> Future:
        self.futures.append(Future())
        if len(self.futures) == 3:
            self.futures[0].set_exception(BrokenProcessPool("a process was terminated abruptly"))
        return self.futures[-1]


def test_a_script_that_each_process_runs_anew_is_told_so(tmp_path: Path):
    """Memory was blamed: a reader who put the calls of docs/python.md into a file had nothing to go by."""
    calls = (
        "from eyeprentice.files.processes import in_processes\nprint(list(in_processes(abs, [-1], 'counting', 1)))\n"
    )
    (script := tmp_path / "mine.py").write_text(calls, "utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    last = done.stderr.strip().splitlines()[-1]
    assert "it ran mine.py anew" in last
    assert '`if __name__ == "__main__":`' in last


def test_what_waits_for_a_killed_process_is_not_cancelled():
    """Python's thread that tells them breaks, in many lines, where one of them is cancelled meanwhile."""
    pool = Pool()
    with pytest.raises(InputError, match="one of its processes was killed"):
        list(in_processes(shown, [1, 2, 3], "counting", executor=pool))
    assert [future.cancelled() for future in pool.futures] == [False, False, False]


def test_what_waits_for_a_process_that_fails_is_cancelled():
    pool = Pool()
    failed = in_processes(shown, [1, 2], "counting", executor=pool)
    Future.set_exception(first := Future(), ValueError("no"))
    pool.submit = lambda *_: pool.futures.append(first if not pool.futures else Future()) or pool.futures[-1]
    with pytest.raises(ValueError, match="no"):
        list(failed)
    assert pool.futures[1].cancelled()


def test_no_processes_are_refused():
    with pytest.raises(InputError, match="0 processes"):
        list(in_processes(shown, [1], "counting", jobs=0))
