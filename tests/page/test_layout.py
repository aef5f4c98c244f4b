"""How the page lies on screens of all sizes."""

from pathlib import Path

import pytest

from tests.page.cameras import with_cameras
from tests.page.conftest import UNFOLD, Open

pytestmark = pytest.mark.slow  # many pages are opened

WIDTHS = (320, 360, 390, 600, 703, 705, 820, 1024, 1087, 1089, 1280, 1920)
BELOW = "id => document.getElementById(id).getBoundingClientRect().bottom"
GAPS = """() => {
    // the largest stretch without text, picture or control in any panel, and below the last of them
    const gaps = [];
    for (const panel of document.querySelectorAll('.panel')) {
        const { top, bottom } = panel.getBoundingClientRect();
        const parts = Array.from(panel.querySelectorAll('*'))
            .filter((node) => !node.children.length || node.matches('.stage, .uplot, button, p'))
            .map((node) => node.getBoundingClientRect()).filter(({ height }) => height > 0)
            .map((part) => [part.top, part.bottom]).sort(([a], [b]) => a - b);
        let end = top;
        for (const [from, to] of [...parts, [bottom, bottom]]) {
            gaps.push(from - end);
            end = Math.max(end, to);
        }
    }
    return Math.max(...gaps);
}"""


def test_nothing_scrolls_sideways_at_any_width(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    page = opened.page
    opened.read_files(*pictures[:4])
    page.evaluate(UNFOLD)
    page.check("#where-box")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(50)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for node in page.locator("button:visible, select:visible, input[type=range]:visible").all():
            box = node.bounding_box()
            if node.get_attribute("id") != "box":
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width + 0.5


@pytest.mark.parametrize("size", [(390, 844), (360, 780), (412, 915)])
def test_a_phone_shows_picture_and_answer_together(open_page: Open, camera: Path, size: tuple[int, int]):
    viewport = {"width": size[0], "height": size[1]}
    opened = with_cameras(open_page, camera, viewport=viewport, has_touch=True, is_mobile=True)
    page = opened.page
    page.click("#camera")
    page.wait_for_selector("text=Ready: the answer follows the eye.")
    page.evaluate("scrollTo(0, 0)")
    assert page.evaluate(BELOW, "bars") <= size[1]
    picture = page.locator("#stage").bounding_box()
    assert picture["y"] >= 0
    assert min(picture["width"], picture["height"]) >= 180


@pytest.mark.parametrize("size", [(820, 1180), (1024, 768), (768, 1024), (1280, 800)])
def test_no_panel_is_largely_empty(open_page: Open, pictures: list[Path], size: tuple[int, int]):
    opened = open_page(viewport={"width": size[0], "height": size[1]}).go()
    opened.read_files(*pictures[:4])
    assert opened.page.evaluate(GAPS) < 240
    opened.page.evaluate(UNFOLD)
    opened.page.wait_for_timeout(100)
    assert opened.page.evaluate(GAPS) < 240


def test_what_the_network_does_is_folded_until_it_is_wanted(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    opened.page.check("#where-full")
    opened.read_files(*pictures[:4])
    assert not opened.page.is_visible("#contrast")
    opened.page.press("#inside summary", "Enter")
    assert opened.page.is_visible("#contrast")
    assert opened.page.locator("#spike-plot canvas").bounding_box()["width"] > 200
