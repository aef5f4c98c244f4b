"""Everything can be done with the keyboard alone, and the focus is never lost."""

from pathlib import Path

import pytest

from tests.page.cameras import wait_for_badge, with_cameras
from tests.page.conftest import Open, Opened

pytestmark = pytest.mark.slow  # many pages are opened

FOCUS = "() => { const e = document.activeElement; return e.id || e.name || e.textContent.trim().slice(0, 40); }"
VISIBLE = """() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
}"""
MOST = 60


def tab_to(opened: Opened, wanted: str, key: str = "Tab") -> None:
    """Presses Tab until this has the focus."""
    for _ in range(MOST):
        if opened.page.evaluate(FOCUS) == wanted:
            return
        opened.page.keyboard.press(key)
    raise AssertionError(f"{wanted} is not reached by {key}")


def test_tab_reaches_everything_that_can_be_used_and_shows_where_it_is(open_page: Open, video: Path):
    opened = open_page().go()
    page = opened.page
    opened.read_files(video)
    reached: list[str] = []
    page.evaluate("document.activeElement.blur()")
    for _ in range(MOST):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUS)
        if now in reached or page.evaluate("document.activeElement === document.body"):
            break
        assert page.evaluate(VISIBLE), f"nobody sees that {now} has the focus"
        reached.append(now)
    expected = ["camera", "choose", "clip", "pause", "seek", "where-auto", "turn", "certain", "automatic", "aloud"]
    expected += [
        "save-csv",
        "save-json",
        "save-png",
        "earlier",
        "later",
        "closer",
        "wider",
        "whole",
        "follow",
        "timeline",
    ]
    assert [each for each in expected if each not in reached] == []
    assert [each for each in reached if each in expected] == expected


def test_a_camera_is_read_calibrated_paused_stopped_and_saved_by_keys(open_page: Open, camera: Path):
    opened = with_cameras(open_page, camera)
    page = opened.page
    page.uncheck("#automatic")
    page.evaluate("document.activeElement.blur()")
    tab_to(opened, "camera")
    page.keyboard.press("Enter")
    page.wait_for_selector("#neutral:enabled")
    tab_to(opened, "neutral")
    page.keyboard.press("Space")
    page.wait_for_selector("#forget-neutral:visible")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS) == "forget-neutral"
    page.keyboard.press("Space")
    page.wait_for_selector("#forget-neutral", state="hidden")
    assert page.evaluate(FOCUS) == "neutral"
    tab_to(opened, "pause", "Shift+Tab")
    page.keyboard.press("Enter")
    wait_for_badge(opened, " – paused")
    assert page.evaluate(FOCUS) == "pause"
    page.keyboard.press("Enter")
    page.wait_for_selector("#pause:has-text('Pause')")
    tab_to(opened, "stop", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#stop:disabled")
    assert page.evaluate(FOCUS) == "camera"  # stop cannot be pressed any more
    tab_to(opened, "save-json")
    with page.expect_download():
        page.keyboard.press("Enter")
    assert opened.complaints == []


def test_stop_of_a_video_leaves_the_focus_at_play_again(open_page: Open):
    opened = open_page().go()
    page = opened.page
    page.click("#clip")
    wait_for_badge(opened, "simulated clip")
    page.focus("#stop")
    page.keyboard.press("Enter")
    page.wait_for_selector("#stop:disabled")
    assert page.evaluate(FOCUS) == "pause"
    assert page.inner_text("#pause") == "Play again"


@pytest.mark.parametrize("used", ["neutral", "record"])
def test_a_source_that_ends_does_not_take_the_focus_with_it(open_page: Open, long_video: Path, used: str):
    opened = open_page().go()
    page = opened.page
    page.check("#where-full")
    page.click("#dataset summary")
    page.set_input_files("#file", str(long_video))
    page.wait_for_selector(f"#{used}:enabled")
    page.focus(f"#{used}")
    wait_for_badge(opened, " – ended")
    assert page.evaluate(FOCUS) == "pause"


def test_the_choices_are_made_by_keys(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    page = opened.page
    opened.read_files(*pictures[:2])
    page.evaluate("document.activeElement.blur()")
    tab_to(opened, "where-auto")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.is_checked("#where-box")
    tab_to(opened, "box", "Shift+Tab")
    page.keyboard.press("ArrowRight")
    tab_to(opened, "side-right")
    page.keyboard.press("ArrowRight")
    assert page.is_checked("input[value=left]")
    tab_to(opened, "turn")
    page.keyboard.press("ArrowDown")
    assert page.input_value("#turn") == "90"
    tab_to(opened, "certain")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#certain-value") == "61 %"
    tab_to(opened, "aloud")
    page.keyboard.press("Space")
    assert page.is_checked("#aloud")
    for details, inside in (("Summary by emotion and segment", "#by-segment"), ("What the network does", "#contrast")):
        tab_to(opened, details)
        before = page.is_visible(inside)
        page.keyboard.press("Enter")
        page.wait_for_selector(inside, state="hidden" if before else "visible")
