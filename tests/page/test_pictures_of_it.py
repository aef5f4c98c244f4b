"""The pictures of the page in the README: made here, of a drawn person."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.page.conftest import Open

DOCS = ROOT / "docs"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SHOTS = (("live", "light", DESKTOP), ("live_dark", "dark", DESKTOP), ("live_phone", "light", PHONE))


def test_the_page_is_photographed(open_page: Open, tmp_path: Path, request: pytest.FixtureRequest):
    """`pytest tests/page/test_pictures_of_it.py --pictures` writes them into docs."""
    opened = open_page(clip=True, viewport=DESKTOP, color_scheme="light").go()
    page = opened.page
    page.wait_for_function("() => document.getElementById('badge').textContent === 'simulated clip'")
    page.click("#neutral")
    page.wait_for_selector("text=Calibrated: change is measured")
    page.wait_for_function("() => document.getElementById('badge').textContent === 'simulated clip – ended'")
    folder = DOCS if request.config.getoption("--pictures") else tmp_path
    sizes = []
    for name, scheme, viewport in SHOTS:
        page.emulate_media(color_scheme=scheme, reduced_motion="no-preference")
        page.set_viewport_size(viewport)
        page.wait_for_timeout(300)
        page.screenshot(path=str(folder / f"{name}.png"), full_page=True)
        sizes.append((folder / f"{name}.png").stat().st_size)
    assert min(sizes) > 20_000
    assert opened.complaints == []
