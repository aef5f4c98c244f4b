"""Which camera is used, what happens when it is taken away, and the picture that is shown as in a mirror."""

from pathlib import Path

import pytest

from tests.page.cameras import live_tracks, wait_for_badge, with_cameras
from tests.page.conftest import Open

pytestmark = pytest.mark.slow  # many pages are opened

UNPLUGGED = """() => {
    const track = tracks[tracks.length - 1];
    track.stop();
    track.dispatchEvent(new Event("ended"));
}"""
WITHOUT_THE_SECOND = """() => {
    const { mediaDevices } = navigator;
    const all = mediaDevices.enumerateDevices.bind(mediaDevices);
    mediaDevices.enumerateDevices = async () => (await all()).filter(({ label }) => !label.includes("device_1"));
    mediaDevices.dispatchEvent(new Event("devicechange"));
}"""
USED = "() => tracks[tracks.length - 1].label"


def test_a_camera_is_chosen_from_a_menu_and_remembered(open_page: Open):
    opened = with_cameras(open_page)
    page = opened.page
    assert not page.is_visible("#cameras")
    page.click("#camera")
    page.wait_for_selector("#cameras:visible")
    names = page.locator("#cameras option").all_inner_texts()
    assert len(names) == 2
    other = next(name for name in names if name != page.evaluate(USED))
    page.select_option("#cameras", label=other)
    page.wait_for_function("name => document.getElementById('badge').textContent === name", arg=other)
    assert page.evaluate(USED) == other
    assert live_tracks(opened) == 1
    opened.go()
    page.click("#camera")
    page.wait_for_function("name => document.getElementById('badge').textContent === name", arg=other)
    assert page.input_value("#cameras") == page.evaluate("() => tracks[0].getSettings().deviceId")
    page.evaluate(WITHOUT_THE_SECOND)
    page.wait_for_selector("text=/The camera .*device_1.* was taken away./")
    assert opened.complaints == []


def test_a_camera_that_is_taken_away_is_said_also_while_it_is_paused(open_page: Open):
    opened = with_cameras(open_page)
    page = opened.page
    for paused in (False, True):
        page.click("#camera")
        page.wait_for_selector("#pause:enabled")
        assert not page.is_visible("#trouble")
        if paused:
            page.click("#pause")
        page.evaluate(UNPLUGGED)
        page.wait_for_selector("text=The camera gives no more pictures.")
        assert not page.is_visible("#camera-on")
        assert page.is_disabled("#stop")


def test_a_camera_that_gives_no_pictures_is_said_and_keeps_nothing_from_being_read(open_page: Open):
    opened = with_cameras(open_page)
    opened.page.evaluate("() => { HTMLVideoElement.prototype.play = () => new Promise(() => {}); }")
    opened.page.click("#camera")
    opened.page.wait_for_selector("text=The camera is on, but gives no pictures")
    opened.page.focus("#stop")
    opened.page.keyboard.press("Enter")
    assert live_tracks(opened) == 0
    assert opened.page.evaluate("() => document.activeElement.id") == "camera"  # not lost
    opened.page.click("#clip")
    wait_for_badge(opened, "simulated clip")


def test_a_camera_is_shown_as_a_mirror_but_read_as_it_is(open_page: Open, camera: Path):
    opened = with_cameras(open_page, camera)
    page = opened.page
    assert not page.is_visible("#mirror")
    page.click("#camera")
    page.wait_for_selector("#mirror:visible")
    shown = "() => new DOMMatrix(getComputedStyle(document.getElementById('picture')).transform).a"
    assert page.evaluate(shown) == -1
    page.check("#where-box")
    page.wait_for_function("() => document.getElementById('picture').width === 640")
    page.click("#stop")
    page.focus("#box")
    before = page.locator("#box").bounding_box()["x"]
    page.keyboard.press("ArrowRight")
    assert page.locator("#box").bounding_box()["x"] > before
    assert "206 from the left" in page.get_attribute("#box", "aria-label")
    page.uncheck("#mirror")
    assert page.evaluate(shown) == 1
    page.keyboard.press("Shift+Tab")
    assert page.locator("#box").bounding_box()["x"] < before  # the same pixels, which lie on the other side now
    assert opened.complaints == []
