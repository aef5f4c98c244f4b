"""What is asked of contributors works: the hooks of each commit, and the forms of reports."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from eyeprentice.app.cli import COMMANDS
from tests.conftest import ROOT

HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]


def program(hook: dict) -> list[str]:
    """Its words; the tools are taken from the environment that runs the tests, if there is no .venv here."""
    words = shlex.split(hook["entry"])
    assert words[0].startswith(".venv/bin/")
    words[0] = str(Path(sys.executable).with_name(Path(words[0]).name))
    if not hook.get("pass_filenames", True):
        return words
    return [*words, "src/eyeprentice/__init__.py", "tools/release.py", "tests/conftest.py"]


@pytest.mark.parametrize("hook", [pytest.param(h, marks=[pytest.mark.slow] * (h["id"] == "mypy")) for h in HOOKS])
def test_each_hook_exists_and_passes(hook: dict):
    assert hook["language"] == "system"
    words = program(hook)
    assert shutil.which(words[0]) is not None
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_hook_refuses_what_is_wrong(tmp_path: Path):
    (tmp_path / "bad.py").write_text("import os\nx=  1\n")
    for hook in HOOKS[:2]:
        words = [*program(hook)[: len(shlex.split(hook["entry"]))], str(tmp_path / "bad.py")]
        assert subprocess.run(words, cwd=ROOT, capture_output=True).returncode == 1


def test_the_hooks_are_what_make_lint_and_make_types_run():
    makefile = (ROOT / "Makefile").read_text()
    for hook in HOOKS:
        assert f"$(BIN)/{shlex.split(hook['entry'])[0].rpartition('/')[2]}" in makefile


@pytest.mark.parametrize("form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda p: p.stem)
def test_forms_are_whole(form: Path):
    told = yaml.safe_load(form.read_text())
    assert {"name", "description", "body"} <= set(told)
    fields = [field for field in told["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)


def test_a_report_asks_for_the_environment():
    fields = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "bug.yml").read_text())["body"]
    asked = next(field for field in fields if field.get("id") == "env")
    assert asked["validations"]["required"]
    assert "`eyeprentice env`" in asked["attributes"]["description"]
    assert "env" in COMMANDS
