"""Temporary folders of processes that are no more are removed, and no others."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from eyeprentice.files import scratch
from eyeprentice.files.scratch import _lives, keep_to_ourselves, scratch_prefix

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere nothing is removed")


def test_what_killed_commands_left_is_removed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("MPLCONFIGDIR", "given")
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "given")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here = scratch_prefix().rsplit("-", 2)[0]
    left, ours = f"{here}-{ended.pid}-ab", f"{scratch_prefix()}ab"
    others = ["eyeprentice-elsewhere", f"{here}x-{ended.pid}-ab", f"{here}-{os.getppid()}-ab", "other"]
    for name in (left, ours, *others):
        (tmp_path / name / "fonts").mkdir(parents=True)
    keep_to_ourselves()
    assert {path.name for path in tmp_path.iterdir()} == {ours, *others}
    assert os.environ["MPLCONFIGDIR"] == os.environ["TORCHINDUCTOR_CACHE_DIR"] == "given"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not tell it so")
def test_a_killed_process_that_nobody_waited_for_does_not_live():
    killed = subprocess.Popen([sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"], stdout=-1)
    assert killed.stdout is not None
    killed.stdout.readline()
    assert _lives(killed.pid)
    killed.kill()
    killed.stdout.read()  # its end
    for _ in range(100):
        if not _lives(killed.pid):
            break
        time.sleep(0.05)
    assert not _lives(killed.pid)
    killed.wait()


def test_libraries_write_into_one_folder_that_goes_with_the_process(tmp_path: Path):
    code = (
        "import os; from eyeprentice.files.scratch import keep_to_ourselves; keep_to_ourselves();"
        "[os.makedirs(os.environ[name]) for name in ('MPLCONFIGDIR', 'TORCHINDUCTOR_CACHE_DIR')];"
        "print(*os.listdir(os.environ['TMPDIR']))"
    )
    ours = ("MPLCONFIGDIR", "TORCHINDUCTOR_CACHE_DIR")
    surroundings = {name: value for name, value in os.environ.items() if name not in ours} | {"TMPDIR": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", code], env=surroundings, capture_output=True, text=True, check=True)
    assert len(said.stdout.split()) == 1
    assert said.stdout.startswith("eyeprentice-")
    assert list(tmp_path.iterdir()) == []


def test_two_commands_that_tidy_up_at_once_do_not_disturb_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    left = tmp_path / f"{scratch_prefix().rsplit('-', 2)[0]}-999999999-abc"
    left.mkdir()

    def removed_by_another(process: int) -> bool:
        left.rmdir()
        return False

    monkeypatch.setattr(scratch, "_lives", removed_by_another)
    keep_to_ourselves()
    assert not left.exists()
