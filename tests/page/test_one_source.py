"""One source at a time: what was overtaken, stopped or failed leaves no camera on, and no wrong name on the picture."""

from pathlib import Path

from tests.page.cameras import CLOSE_GATE, live_tracks, wait_for_badge, with_cameras
from tests.page.conftest import Open

BLIND = """() => {
    VideoFrame = class { constructor() { throw new Error(); } };
    CanvasRenderingContext2D.prototype.getImageData = () => { throw new Error("no"); };
}"""
CAMERA_THEN_CLIP = "() => { for (const id of ['camera', 'clip']) document.getElementById(id).click(); }"
CAMERA_ON = "● Camera on – eyeprentice live"


def test_two_quick_clicks_leave_one_camera_on_and_stop_none(open_page: Open):
    opened = with_cameras(open_page)
    page = opened.page
    page.evaluate("() => { const button = document.getElementById('camera'); button.click(); button.click(); }")
    page.wait_for_function("() => tracks.length === 2 && live() === 1")
    page.wait_for_selector("#stop:enabled")
    assert page.is_visible("#camera-on")
    assert page.title() == CAMERA_ON
    page.click("#stop")
    assert live_tracks(opened) == 0
    assert not page.is_visible("#camera-on")
    assert page.title() == "eyeprentice live"
    assert opened.complaints == []


def test_a_camera_and_at_once_the_clip_reads_the_clip_alone(open_page: Open):
    opened = with_cameras(open_page)
    page = opened.page
    page.evaluate(CLOSE_GATE)
    page.evaluate(CAMERA_THEN_CLIP)
    wait_for_badge(opened, "simulated clip")
    page.evaluate("() => openGate()")
    page.wait_for_function("() => tracks.length === 1 && live() === 0")
    assert page.inner_text("#badge") == "simulated clip"
    assert not page.is_visible("#camera-on")
    page.evaluate(CAMERA_THEN_CLIP)
    page.wait_for_function("() => tracks.length === 2 && live() === 0")
    wait_for_badge(opened, "simulated clip")
    assert opened.complaints == []


def test_stop_ends_a_camera_that_is_still_being_opened(open_page: Open):
    opened = with_cameras(open_page)
    page = opened.page
    page.evaluate(CLOSE_GATE)
    page.click("#camera")
    page.click("#stop:enabled")
    page.evaluate("() => openGate()")
    page.wait_for_function("() => tracks.length === 1 && live() === 0")
    assert page.is_disabled("#stop")
    assert page.is_visible("#empty")
    assert not page.is_visible("#trouble")


def test_a_camera_whose_reading_fails_is_off_and_that_is_said(open_page: Open):
    opened = with_cameras(open_page)
    opened.page.evaluate("() => { VideoFrame = class { constructor() { throw new Error(); } }; }")
    opened.page.evaluate(
        "() => { CanvasRenderingContext2D.prototype.getImageData = () => { throw new Error('no'); }; }"
    )
    opened.page.click("#camera")
    opened.page.wait_for_selector("#trouble:visible")
    assert live_tracks(opened) == 0
    assert opened.page.is_disabled("#stop")


def test_a_file_that_cannot_be_read_ends_the_camera_too(open_page: Open, tmp_path: Path):
    (tmp_path / "notes.mp4").write_bytes(b"hello")
    opened = with_cameras(open_page)
    opened.page.click("#camera")
    opened.page.wait_for_selector("#camera-on:visible")
    opened.page.set_input_files("#file", str(tmp_path / "notes.mp4"))
    opened.page.wait_for_selector("#trouble:visible")
    assert live_tracks(opened) == 0
    assert "notes.mp4" in opened.page.inner_text("#trouble")
    assert opened.page.inner_text("#badge").endswith(" – ended")
