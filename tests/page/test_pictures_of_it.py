"""The pictures of the page in the README: made here, of a drawn person."""

from pathlib import Path

import pytest

from tests.page.conftest import Open

DOCS = Path(__file__).parents[2] / "docs"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
SHOTS = {
    "live.png": {"viewport": DESKTOP, "color_scheme": "light"},
    "live_dark.png": {"viewport": DESKTOP, "color_scheme": "dark"},
    "live_phone.png": {"viewport": PHONE, "is_mobile": True, "color_scheme": "light"},
}


@pytest.mark.parametrize("name", SHOTS)
def test_the_page_is_photographed(open_page: Open, name: str, tmp_path: Path, request: pytest.FixtureRequest):
    """`pytest tests/page/test_pictures_of_it.py --pictures` writes them into docs."""
    opened = open_page(clip=True, **SHOTS[name]).go()
    page = opened.page
    page.wait_for_function("() => document.getElementById('badge').textContent === 'simulated clip'")
    page.click("#neutral")
    page.wait_for_selector("text=Calibrated: change is measured")
    page.wait_for_function("() => document.getElementById('badge').textContent === 'simulated clip – ended'")
    path = (DOCS if request.config.getoption("--pictures") else tmp_path) / name
    page.screenshot(path=str(path), full_page=True)
    assert path.stat().st_size > 20_000
    assert opened.complaints == []
