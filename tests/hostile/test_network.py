"""No command looks up a name, opens a connection, or writes a file outside the folders that it was given."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzzing.parsers import _write_pictures, write_dataset
from tests.hostile.test_text import predictions
from tests.sources.events.recordings import WRITERS, random_events

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
TRACED = "trace=socket,connect,sendto,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat"
LOCAL = r"AF_UNIX|AF_NETLINK"
"""Kinds of sockets that lead nowhere but to this machine."""


def traced(words: list[str], folder: Path) -> list[str]:
    """What a command does, as the system sees it; its home and temporary folders lie in `folder`."""
    home, temporary, log = folder / "home", folder / "tmp", folder / "log"
    home.mkdir(exist_ok=True)
    temporary.mkdir(exist_ok=True)
    environment = os.environ | {
        "HOME": str(home), "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    inherited = ("XDG_", "MPLCONFIGDIR", "COV")  # of a command that ran in this very process; of what counts lines
    environment = {name: value for name, value in environment.items() if not name.startswith(inherited)}
    command = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", TRACED, "-o", str(log)]
    command += [sys.executable, "-m", "eyeprentice", *words]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=temporary)
    assert ended.returncode in (0, 1), ended.stderr
    assert list(home.iterdir()) == [], "something was written into the home folder"
    return log.read_text(errors="replace").splitlines()


def connections(calls: list[str]) -> list[str]:
    network = [call for call in calls if re.search(r"\b(socket|connect)\(|\bsendto\(.*AF_INET", call)]
    return [call for call in network if not re.search(LOCAL, call)]


def written(calls: list[str], allowed: Path) -> list[str]:
    """Paths outside `allowed` that were opened to be written, made, renamed or removed."""
    changing = [c for c in calls if re.search(r"\bopen|\bcreat", c) is None or re.search(r"O_WRONLY|O_RDWR|O_CREAT", c)]
    changing = [c for c in changing if not re.search(r"\b(socket|connect|sendto)\(", c) and " = -1 " not in c]
    paths = [path for call in changing for path in re.findall(r'"([^"]*)"', call)]
    return [p for p in paths if p.startswith("/") and not p.startswith((str(allowed), "/dev/", "/proc/"))]


def test_the_test_sees_connections_and_files(tmp_path: Path):
    calls = [
        "1 connect(3, {sa_family=AF_INET, sin_port=htons(53)}, 16) = 0",
        '1 openat(AT_FDCWD, "/etc/x", O_RDWR) = 3',
    ]
    assert len(connections(calls)) == 1
    assert written(calls, tmp_path) == ["/etc/x"]


@pytest.mark.parametrize("name", ["predict", "inspect", "score", "check", "import", "synth"])
def test_a_command_that_needs_no_training_keeps_to_itself(name: str, tmp_path: Path):
    (tmp_path / "given").mkdir()
    given, out = tmp_path / "given", str(tmp_path / "out")
    if name in ("predict", "import"):
        for number, path in enumerate(_write_pictures(given)):
            path.rename(path.with_stem(f"{number}"))
    if name == "inspect":
        WRITERS["a.h5"](given / "a.h5", random_events(50))
    if name == "check":
        write_dataset(given)
    if name == "score":
        predictions(given, "0.5")
    words = {
        "predict": ["predict", str(given), "--eye", "full", "--save", f"{out}.png"],
        "inspect": ["inspect", str(given / "a.h5")],
        "score": ["score", str(given)],
        "check": ["check", str(given)],
        "import": ["import", str(given), out, "--emotion", "fear", "--eye", "full", "--rate", "30", "--size", "32"],
        "synth": ["synth", out, "--sequences", "1", "--subjects", "1", "--size", "32", "--jobs", "1"],
    }[name]
    calls = traced(words, tmp_path)
    assert len(calls) > 50
    assert connections(calls) == []
    assert written(calls, tmp_path) == []


def test_readings_go_to_the_one_host_that_is_named(tmp_path: Path):
    (tmp_path / "given").mkdir()
    for number, path in enumerate(_write_pictures(tmp_path / "given")):
        path.rename(path.with_stem(f"{number}"))
    words = ["predict", str(tmp_path / "given"), "--eye", "full", "--osc", "127.0.0.1:9"]
    calls = connections(traced(words, tmp_path))
    assert [call for call in calls if "connect(" in call]
    assert all("SOCK_DGRAM" in call for call in calls if "socket(" in call)
    named = re.compile(r'sin_port=htons\(9\), sin_addr=inet_addr\("127.0.0.1"\)')
    assert all(named.search(call) for call in calls if "socket(" not in call), calls


@pytest.mark.slow
def test_training_testing_and_exporting_keep_to_themselves(tmp_path: Path):
    from tests.conftest import write_tiny_dataset

    write_tiny_dataset(tmp_path / "data", subjects=5, length=3, size=16)
    data, run, student = str(tmp_path / "data"), str(tmp_path / "run"), str(tmp_path / "student")
    small = ["--epochs", "1", "--accelerator", "cpu"]
    options = ["--options.channels", "[4,4]", "--options.kernel", "3", "--options.stride", "4"]
    for words in (
        ["train", data, "--model", "student", *options, *small, "--size", "16", "--sampling", "E2-S0", "--out", run],
        ["distill", data, "--teacher", run, *options, *small, "--out", student],
        ["evaluate", student, data, "--repeats", "1", "--accelerator", "cpu", "--out", f"{student}/evaluation"],
        ["export", student, "--data", data, "--clips", "2", "--out", str(tmp_path / "a.onnx")],
        ["cost", student, "--data", data, "--clips", "2"],
    ):
        calls = traced(words, tmp_path)
        assert connections(calls) == [], words[0]
        assert written(calls, tmp_path) == [], words[0]
