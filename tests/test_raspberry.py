"""The page for the Raspberry Pi names the versions that were tested together."""

import re
import tomllib

from tests.conftest import ROOT


def test_the_versions_are_those_that_were_tested_together():
    page = (ROOT / "docs/raspberry.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([\w-]+)[^|]* \| ([\d.]+) \|", page, re.MULTILINE))
    pins = (ROOT / "constraints.txt").read_text("utf-8").lower().replace("_", "-")
    tested = dict(re.findall(r"^([\w-]+)==(\S+)$", pins, re.MULTILINE))
    assert len(rows) == 8
    assert {name: tested.get(name, version) for name, version in rows.items()} == rows


def test_the_page_names_every_package_that_is_installed():
    page = (ROOT / "docs/raspberry.md").read_text("utf-8").lower()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for each in project["dependencies"] + project["optional-dependencies"]["osc"]:
        assert re.split(r"[<>=]", each)[0] in page
