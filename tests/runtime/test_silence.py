"""Nothing leaves the machine, and nothing is left on it: ONNX Runtime's telemetry is off before it is loaded."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

STEP = """
import numpy as np
from eyeprentice.runtime import Recognizer
Recognizer().step(np.zeros((90, 90), np.uint8))
"""


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_DISABLE_TELEMETRY", "COV"))}
    caches = {name: str(home / name) for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    return kept | caches | {"HOME": str(home), "TMPDIR": str(home), "PYTHONDONTWRITEBYTECODE": "1"}


def test_one_module_imports_onnx_runtime_and_switches_its_telemetry_off_first():
    importing = re.compile(
        r"^\s*(?:import|from) onnxruntime(?! import \w*quantization)\b(?!\.quantization)", re.MULTILINE
    )
    found = [path for path in (ROOT / "src").rglob("*.py") if importing.search(path.read_text("utf-8"))]
    assert [path.name for path in found] == ["onnx_session.py"]
    text = found[0].read_text("utf-8")
    assert text.index('os.environ["ORT_DISABLE_TELEMETRY"] = "1"') < text.index("import onnxruntime")


def test_reading_a_frame_leaves_no_file_behind(tmp_path: Path):
    code = STEP + "import os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
    assert list(tmp_path.rglob("*")) == []


def test_reading_a_frame_opens_no_connection_and_looks_nothing_up(tmp_path: Path):
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    log = tmp_path / "log"
    marker = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"  # that strace would have told
    command = ["strace", "-f", "-e", "trace=network", "-o", str(log), sys.executable, "-c", STEP + marker]
    (tmp_path / "home").mkdir()
    done = subprocess.run(command, env=environment(tmp_path / "home"), capture_output=True, text=True)
    if done.returncode and "ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr
    calls = [
        line
        for line in log.read_text().splitlines()
        if re.search(r"socket\(AF_INET|\bconnect\(|sendto\(|sendmsg\(", line)
    ]
    assert len(calls) == 2, calls  # the marker's socket and its connection
    assert "htons(9)" in calls[1]
