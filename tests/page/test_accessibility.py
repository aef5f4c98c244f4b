"""What keeps people from using a page: axe finds none of it, on any screen, in light and dark, in whatever state."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.page.cameras import with_cameras
from tests.page.conftest import UNFOLD, Open, Opened

pytestmark = pytest.mark.slow  # many pages are opened

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desktop": (1280, 800)}
WANTED = "() => axe.run()"


def check(opened: Opened) -> None:
    found = opened.page.evaluate(WANTED)
    told = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found["violations"]]
    assert told == []
    assert len(found["passes"]) > 20


@pytest.fixture
def axe() -> str:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; run make web")
    return AXE.read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_people_from_using_it(open_page: Open, video: Path, axe: str, scheme: str):
    opened = open_page(color_scheme=scheme).go()
    page = opened.page
    page.evaluate(axe)
    check(opened)
    page.check("#where-full")
    opened.read_files(video)
    page.evaluate(UNFOLD)
    page.check("#where-box")
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        check(opened)


def test_nor_does_a_camera_or_what_went_wrong(open_page: Open, axe: str, tmp_path: Path):
    opened = with_cameras(open_page)
    page = opened.page
    page.evaluate(axe)
    page.click("#camera")
    page.wait_for_selector("#neutral:enabled")
    page.wait_for_selector("#cameras-label:visible")
    check(opened)
    (tmp_path / "notes.mp4").write_bytes(b"hello")
    page.set_input_files("#file", str(tmp_path / "notes.mp4"))
    page.wait_for_selector("#trouble:visible")
    check(opened)
