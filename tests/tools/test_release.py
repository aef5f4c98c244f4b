"""What a release is made with: archives that are the same each time, and the list of parts."""

import io
import json
import re
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from eyeprentice import __version__
from tests.conftest import ROOT
from tools import release, sbom


def write_sdist(path: Path, files: list[tuple[str, bytes]], time: int, owner: str) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files:
            member = tarfile.TarInfo(f"eyeprentice-1/{name}")
            member.size, member.mtime, member.uname, member.uid = len(content), time, owner, time % 7
            archive.addfile(member, io.BytesIO(content))


def test_an_sdist_is_the_same_whoever_packs_it_when(tmp_path: Path):
    files = [("a.py", b"1"), ("sub/b.py", b"2" * 10_000)]
    write_sdist(tmp_path / "one.tar.gz", files, 1_000_000, "jane")
    write_sdist(tmp_path / "two.tar.gz", files[::-1], 2_000_003, "john")
    for name in ("one", "two"):
        release.settle(tmp_path / f"{name}.tar.gz", 1_700_000_000)
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()
    assert release.contents(tmp_path / "one.tar.gz") == dict(files)
    with tarfile.open(tmp_path / "one.tar.gz") as archive:
        assert {(m.mtime, m.uname, m.uid, m.mode) for m in archive} == {(1_700_000_000, "", 0, 0o644)}


def test_files_that_differ_are_named(tmp_path: Path):
    for name, content in (("one", b"1"), ("two", b"2")):
        with zipfile.ZipFile(tmp_path / f"{name}.whl", "w") as wheel:
            wheel.writestr("same", b"x")
            wheel.writestr("changed", content)
            wheel.writestr(f"only_{name}", b"x")
    assert release.differences(tmp_path / "one.whl", tmp_path / "two.whl") == ["changed", "only_one", "only_two"]


def test_a_wheel_without_the_page_is_no_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with zipfile.ZipFile(tmp_path / "eyeprentice-1.whl", "w") as wheel:
        wheel.writestr("eyeprentice/py.typed", b"")
    with pytest.raises(SystemExit):
        release.check_whole(tmp_path / "eyeprentice-1.whl")
    assert "eyeprentice-1.whl: lacks 7 files, such as eyeprentice/app/serving/page/clip.webm" in capsys.readouterr().err


def test_the_list_of_parts_tells_what_is_bundled_and_what_is_needed(tmp_path: Path):
    third_party = "words\n== uplot 1.6.32 (MIT)\nsource: x\n\n== mediabunny 1.61.0 (MPL-2.0)\n====\n== a heading ==\n"
    lock = ROOT / "web" / "package-lock.json"
    third_party = third_party.replace("== a heading ==\n", "")
    files = [sbom.write_sbom(tmp_path / name, third_party, lock, Path(sys.executable), 1_700_000_000) for name in "ab"]
    assert files[0].read_bytes() == files[1].read_bytes()
    told = json.loads(files[0].read_text())
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    whole = told["metadata"]["component"]
    assert whole["purl"] == f"pkg:pypi/eyeprentice@{__version__}"
    bundled = {part["name"]: part for part in whole["components"]}
    assert list(bundled) == ["uplot", "mediabunny"]
    assert bundled["mediabunny"]["licenses"] == [{"license": {"id": "MPL-2.0"}}]
    integrity = json.loads(lock.read_text())["packages"]["node_modules/uplot"]["integrity"]
    assert len(bundled["uplot"]["hashes"][0]["content"]) == 128
    assert bundled["uplot"]["hashes"][0]["alg"] == integrity.split("-")[0].upper().replace("SHA", "SHA-")
    needed = {part["name"]: part["version"] for part in told["components"]}
    assert needed["numpy"] == __import__("numpy").__version__
    assert "eyeprentice" not in needed
    licences = {part["name"]: part.get("licenses") for part in told["components"]}
    assert licences["anyio"] == [{"expression": "MIT"}]
    assert "Apache" in licences["flatbuffers"][0]["license"]["name"]  # which tells it by a classifier


def test_the_pages_third_parties_are_those_of_its_lock_file():
    page = ROOT / "src" / "eyeprentice" / "app" / "serving" / "page" / "third_party.txt"
    if not page.is_file():
        pytest.skip("the page is not built")
    locked = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    told = page.read_text("utf-8")
    names = sbom.names_in(told)
    assert {"fflate", "mediabunny", "onnxruntime-web", "uplot"} <= set(names)
    for name in names:
        entry = locked[f"node_modules/{name}"]
        assert f"== {name} {entry['version']} ({entry['license']})\n" in told
        assert not entry.get("dev")
    assert told.count("MIT License") >= 2
    assert "Mozilla Public License" in told


def test_one_version_is_told_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_addresses_of_the_project_are_known_ones():
    """None is made up: an address stands in CITATION.cff, too."""
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
    known = (ROOT / "CITATION.cff").read_text()
    assert urls
    assert [url for url in urls.values() if url not in known] == []


def test_a_clip_is_the_same_each_time(tmp_path: Path):
    """FFmpeg draws a number of the track; the rest follows from the frames."""
    import cv2
    import numpy as np
    from web.make_clip import settle

    written = []
    for name in "ab":
        writer = cv2.VideoWriter(str(tmp_path / f"{name}.webm"), cv2.VideoWriter.fourcc(*"VP90"), 30, (32, 32))
        if not writer.isOpened():
            pytest.skip("OpenCV cannot write VP9 here")
        for number in range(4):
            writer.write(np.full((32, 32, 3), 20 * number, np.uint8))
        writer.release()
        written.append((tmp_path / f"{name}.webm").read_bytes())
        settle(tmp_path / f"{name}.webm")
    assert written[0] != written[1]
    assert (tmp_path / "a.webm").read_bytes() == (tmp_path / "b.webm").read_bytes()
    capture = cv2.VideoCapture(str(tmp_path / "a.webm"))
    assert sum(capture.read()[0] for _ in range(6)) == 4


def test_the_sdist_leaves_out_nothing_that_is_a_folder_of_the_source():
    """`make release` compares every file; this notices a new folder at once."""
    told = (ROOT / "MANIFEST.in").read_text()
    grafted = set(re.findall(r"^graft (\S+)", told, re.MULTILINE)) | {"src"}
    listed = ROOT.joinpath(".git").exists() and __import__("subprocess").run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True
    ).stdout.split("\n")
    if not listed:
        pytest.skip("not a checkout of git")
    assert {name.split("/")[0] for name in listed if "/" in name} <= grafted
