"""The box that a user draws around the eye: by mouse, finger and keyboard."""

from pathlib import Path

import pytest

from tests.page.conftest import Open, Opened

TOUCH = """([x, y]) => getComputedStyle(document.elementFromPoint(x, y)).touchAction"""


def boxed(open_page: Open, pictures: list[Path], **context) -> Opened:
    opened = open_page(**context).go()
    opened.read_files(*pictures[:2])
    opened.page.check("#where-box")
    opened.page.locator("#stage").scroll_into_view_if_needed()
    return opened


def on_screen(opened: Opened, x: float, y: float) -> tuple[float, float]:
    """Where a pixel of the frame (120x120) is on the screen."""
    area = opened.page.locator("#picture").bounding_box()
    scale = min(area["width"], area["height"]) / 120
    left = area["x"] + (area["width"] - 120 * scale) / 2
    top = area["y"] + (area["height"] - 120 * scale) / 2
    return left + x * scale, top + y * scale


def drag(opened: Opened, start: tuple[float, float], end: tuple[float, float]) -> str:
    opened.page.mouse.move(*on_screen(opened, *start))
    opened.page.mouse.down()
    opened.page.mouse.move(*on_screen(opened, *end), steps=4)
    opened.page.mouse.up()
    return opened.page.get_attribute("#box", "aria-label").split(". ")[0]


def test_it_is_drawn_moved_by_its_inside_and_resized_by_its_corners(open_page: Open, pictures: list[Path]):
    opened = boxed(open_page, pictures)
    said = "Box around the eye: {} by {} pixels, {} from the left, {} from the top".format
    assert drag(opened, (10, 15), (70, 75)) == said(60, 60, 10, 15)
    assert drag(opened, (40, 40), (60, 50)) == said(60, 60, 30, 25)
    assert drag(opened, (90, 85), (110, 95)) == said(80, 70, 30, 25)
    assert drag(opened, (30, 25), (50, 45)) == said(60, 50, 50, 45)
    assert drag(opened, (110, 45), (60, 30)) == said(24, 65, 50, 30)  # not smaller than a box may be
    assert drag(opened, (62, 60), (500, 60)) == said(24, 65, 96, 30)  # it stays in the picture
    assert opened.complaints == []


def test_a_click_beside_it_leaves_it_where_it_is(open_page: Open, pictures: list[Path]):
    opened = boxed(open_page, pictures)
    drawn = drag(opened, (10, 15), (70, 75))
    x, y = on_screen(opened, 100, 100)
    opened.page.mouse.move(x, y)
    opened.page.mouse.down()
    opened.page.mouse.move(x + 2, y + 1)  # no hand is quite still
    opened.page.mouse.up()
    assert opened.page.get_attribute("#box", "aria-label").split(". ")[0] == drawn


def test_a_finger_that_scrolls_the_page_leaves_it_where_it_is(open_page: Open, pictures: list[Path]):
    opened = boxed(open_page, pictures)
    drawn = drag(opened, (10, 15), (70, 75))
    opened.page.mouse.move(*on_screen(opened, 100, 100))
    opened.page.mouse.down()
    opened.page.mouse.move(*on_screen(opened, 100, 60))
    opened.page.evaluate("() => document.getElementById('stage').dispatchEvent(new PointerEvent('pointercancel'))")
    opened.page.mouse.up()
    assert opened.page.get_attribute("#box", "aria-label").split(". ")[0] == drawn


def test_keys_move_and_resize_it(open_page: Open, pictures: list[Path]):
    opened = boxed(open_page, pictures)
    drag(opened, (20, 30), (100, 90))
    opened.page.focus("#box")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "+"):
        opened.page.keyboard.press(key)
    label = opened.page.get_attribute("#box", "aria-label")
    assert "82 by 62 pixels, 20 from the left, 31 from the top" in label
    opened.page.keyboard.press("Shift+ArrowLeft")
    assert "82 by 62 pixels, 15 from the left" in opened.page.get_attribute("#box", "aria-label")


def test_fingers_scroll_the_page_from_the_picture_unless_a_box_is_drawn(open_page: Open, pictures: list[Path]):
    opened = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).go()
    page = opened.page
    opened.read_files(*pictures[:2])
    corner = on_screen(opened, 4, 4)
    assert page.evaluate(TOUCH, corner) == "auto"
    page.check("#where-box")
    page.evaluate("scrollTo(0, 0)")
    allowed = "() => getComputedStyle(document.getElementById('stage')).touchAction"
    assert page.evaluate(allowed) == "none"
    drag(opened, (20, 20), (100, 100))
    assert page.evaluate(allowed) == "auto"  # there is a box: only its own inside and corners are dragged
    assert page.evaluate(TOUCH, on_screen(opened, 60, 60)) == "none"
    page.check("#where-full")
    assert page.evaluate(allowed) == "auto"


def test_its_handles_are_large_enough_for_fingers(open_page: Open, pictures: list[Path]):
    opened = boxed(open_page, pictures, viewport={"width": 390, "height": 844})
    for handle in opened.page.locator("#box .handle").all():
        shape = handle.bounding_box()
        assert min(shape["width"], shape["height"]) >= 24


@pytest.mark.parametrize("where", ["box", "full"])
def test_both_eyes_cannot_be_asked_of_one_and_the_page_says_why(open_page: Open, where: str):
    page = open_page().go().page
    page.check("#side-both")
    page.check(f"#where-{where}")
    assert page.is_disabled("#side-both")
    assert page.is_checked("#side-right")
    assert "for both, let them be found in a face" in page.inner_text("#side-help")
    page.check("#where-auto")
    assert page.is_checked("#side-both")
    assert "own right and left" in page.inner_text("#side-help")
