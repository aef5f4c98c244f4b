"""Modules of the page that need no browser: bundled, and called in Node.js."""

import json
import shutil
import subprocess
from functools import cache
from typing import Any

import pytest

from tests.conftest import ROOT

WEB = ROOT / "web"
ESBUILD = WEB / "node_modules" / ".bin" / "esbuild"


@cache
def _bundled(source: str) -> str:
    if not ESBUILD.is_file() or shutil.which("node") is None:
        pytest.skip("esbuild or Node.js is not installed; run make web")
    command = [str(ESBUILD), "--bundle", "--format=iife", "--global-name=module_", f"src/{source}"]
    return subprocess.run(command, cwd=WEB, check=True, capture_output=True, text=True).stdout


def called(source: str, function: str, given: Any = None) -> Any:
    """What a function in JavaScript gives, in which the module of that file is called `of`."""
    script = f"{_bundled(source)}\nconsole.log(JSON.stringify(({function})(module_, {json.dumps(given)})));"
    done = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
