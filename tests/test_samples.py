"""What the samples and the page for the Raspberry Pi say of versions is what is tested together."""

import json
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


def test_the_npm_package_has_the_version_of_the_package():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert json.loads((ROOT / "web/package/package.json").read_text("utf-8"))["version"] == version
    for page in ("examples/README.md", "docs/raspberry.md"):
        named = re.findall(r"eyeprentice-(\d+\.\d+\.\d+)", (ROOT / page).read_text("utf-8"))
        assert set(named) == {version}, page
