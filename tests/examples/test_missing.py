"""An example whose library is not installed says in one line what to install."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(("script", "library"), [("neurobench_benchmark", "neurobench"), ("tonic_dataset", "tonic")])
def test_what_is_missing_is_said_in_one_line(script: str, library: str):
    without = f"import sys; sys.modules[{library!r}] = None; import {script}"
    done = subprocess.run([sys.executable, "-c", without], cwd=ROOT / "examples", capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {library}")
    assert f"pip install --no-deps {library}" in done.stderr
    assert done.stderr.count("\n") == 1
