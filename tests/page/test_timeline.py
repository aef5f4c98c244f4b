"""The timeline: values at the pointer, the way from a place in it to the frame, the summary, and the chart."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.runtime.segmenting import Segmenter, shares
from tests.page.cameras import wait_for_badge, with_cameras
from tests.page.conftest import Open, Opened

pytestmark = pytest.mark.slow  # many pages are opened

PLOT = """() => {
    const { x, y, width, height } = document.querySelector('#timeline .u-over').getBoundingClientRect();
    return [x, y, width, height];
}"""
COLOUR = """word => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = `var(--${word})`;
    return getComputedStyle(probe).color.match(/\\d+/g).map(Number);
}"""
SWIPE = """([from, to]) => {
    const touch = (kind, [x, y]) => document.getElementById('timeline').dispatchEvent(
        new PointerEvent(kind, { clientX: x, clientY: y, pointerType: 'touch', isPrimary: true, pointerId: 1 }));
    document.getElementById('timeline').setPointerCapture = () => undefined; // there is no finger that could be held
    touch('pointerdown', from);
    for (const share of [0.25, 0.5, 0.75, 1])
        touch('pointermove', [from[0] + share * (to[0] - from[0]), from[1]]);
    touch('pointerup', to);
}"""
SHOWN_FROM = """([x, y]) => {
    document.getElementById('timeline').dispatchEvent(
        new PointerEvent('pointermove', { clientX: x, clientY: y, pointerType: 'mouse' }));
    return parseFloat(document.getElementById('at').textContent);
}"""
PLAYHEAD = """() => {
    const head = document.querySelector('#timeline .playhead').getBoundingClientRect();
    const plot = document.querySelector('#timeline .u-over').getBoundingClientRect();
    return (head.x + head.width / 2 - plot.x) / plot.width;
}"""


def read(open_page: Open, video: Path, **context) -> Opened:
    opened = open_page(**context).go()
    opened.page.check("#where-full")
    opened.read_files(video)
    opened.page.click("#whole")
    return opened


def place(opened: Opened, share: float) -> tuple[float, float]:
    """The pixel of the screen at this share of what the timeline shows."""
    opened.page.locator("#timeline").scroll_into_view_if_needed()
    left, top, width, height = opened.page.evaluate(PLOT)
    return left + share * width, top + height / 2


def sought(opened: Opened, near: float) -> float:
    """The time of the frame that is shown, once it is near this time."""
    there = "near => Math.abs(Number(document.getElementById('seek').value) - near) < 0.1"
    opened.page.wait_for_function(there, arg=near)
    wait_for_badge(opened, " – paused")
    return float(opened.page.input_value("#seek"))


def percents(frame: dict) -> list[float]:
    return [100 * value for value in frame["probabilities"].values()]


def shown(opened: Opened, where: str) -> list[int]:
    """The seven percentages of the key, or of the bars."""
    return [int(text.removesuffix(" %")) for text in opened.page.locator(f"{where} .value").all_inner_texts()]


def test_the_values_at_the_pointer_are_those_of_that_frame(open_page: Open, video: Path):
    opened = read(open_page, video)
    frames = opened.saved()["frames"]
    for share in (0.25, 0.8):
        opened.page.mouse.move(*place(opened, share))
        told = opened.page.inner_text("#at")
        frame = min(frames, key=lambda each: abs(each["time_s"] - float(told.split(" s: ")[0])))
        assert frame["time_s"] == pytest.approx(share * frames[-1]["time_s"], abs=0.02)
        assert told == f"{frame['time_s']:.2f} s: {frame['emotion']} {round(100 * frame['probability'])} %"
        values = shown(opened, "#key")
        assert values == pytest.approx(percents(frame), abs=1)
    opened.page.mouse.move(0, 0)
    assert opened.page.inner_text("#at").startswith(f"{frames[-1]['time_s']:.2f} s: ")


def test_a_click_shows_the_frame_of_that_time_with_its_answer(open_page: Open, video: Path, frames: np.ndarray):
    opened = read(open_page, video)
    saved = opened.saved()["frames"]
    opened.page.mouse.click(*place(opened, 0.5))
    at = sought(opened, saved[-1]["time_s"] / 2)
    number = round(30 * at)
    assert number == pytest.approx((len(saved) - 1) / 2, abs=1)
    opened.page.mouse.move(0, 0)
    opened.page.wait_for_function(f"() => document.getElementById('at').textContent.startsWith('{at:.2f} s')")
    assert opened.page.evaluate(PLAYHEAD) == pytest.approx(at / saved[-1]["time_s"], abs=0.005)
    pixels = opened.page.evaluate(
        "() => Array.from(document.getElementById('picture').getContext('2d').getImageData(0, 0, 120, 120).data)"
    )
    picture = np.array(pixels, np.float32).reshape(120, 120, 4)[..., 0]
    apart = [float(np.abs(picture - frame).mean()) for frame in frames]
    assert abs(int(np.argmin(apart)) - number) <= 1
    values = shown(opened, "#bars")
    assert values == pytest.approx(percents(saved[number]), abs=1)
    assert len(opened.saved()["frames"]) == len(saved)  # nothing is forgotten until it is read anew
    opened.page.click("text=Go on")
    wait_for_badge(opened, " – ended")
    anew = opened.saved()
    assert len(anew["frames"]) == len(saved)
    assert anew["read_anew_from_s"] == [pytest.approx(at, abs=1e-3)]
    assert opened.complaints == []


def test_keys_move_along_it_zoom_show_all_and_seek(open_page: Open, video: Path):
    opened = read(open_page, video)
    page = opened.page
    last = opened.saved()["frames"][-1]["time_s"]
    page.focus("#timeline")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    now = float(page.get_attribute("#timeline", "aria-valuenow"))
    assert now == pytest.approx(0.7 * last, abs=0.02)
    assert page.get_attribute("#timeline", "aria-valuetext") == page.inner_text("#at")
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert page.get_attribute("#whole", "aria-pressed") == "false"
    page.keyboard.press("Home")
    assert page.get_attribute("#whole", "aria-pressed") == "true"
    page.keyboard.press("End")
    assert page.get_attribute("#follow", "aria-pressed") == "true"
    page.keyboard.press("Enter")
    assert sought(opened, now) == pytest.approx(now, abs=0.04)


def test_a_drag_zooms_and_a_double_click_shows_all_without_moving_the_source(open_page: Open, video: Path):
    opened = read(open_page, video)
    page = opened.page
    page.mouse.move(*place(opened, 0.25))
    page.mouse.down()
    page.mouse.move(*place(opened, 0.75), steps=4)
    page.mouse.up()
    assert page.get_attribute("#whole", "aria-pressed") == "false"
    page.mouse.dblclick(*place(opened, 0.3))
    assert page.get_attribute("#whole", "aria-pressed") == "true"
    page.wait_for_timeout(400)
    assert page.inner_text("#badge").endswith(" – ended")


def test_the_wheel_scrolls_the_page_unless_the_timeline_is_meant(open_page: Open, video: Path):
    opened = read(open_page, video, viewport={"width": 390, "height": 600})
    page = opened.page
    page.mouse.move(*place(opened, 0.5))
    before = page.evaluate("scrollY")
    page.mouse.wheel(0, 200)
    page.wait_for_function("before => scrollY > before", arg=before)
    assert page.get_attribute("#whole", "aria-pressed") == "true"
    page.mouse.move(*place(opened, 0.5))
    page.keyboard.down("Shift")
    page.mouse.wheel(0, -200)  # moves it, of which all is shown
    page.keyboard.up("Shift")
    before = page.evaluate("scrollY")
    page.focus("#timeline")
    page.mouse.wheel(0, -200)
    page.wait_for_function("() => document.getElementById('whole').getAttribute('aria-pressed') === 'false'")
    assert page.evaluate("scrollY") == before


def test_a_finger_seeks_by_a_tap_and_moves_by_a_swipe_and_leaves_the_page_to_scroll(open_page: Open, video: Path):
    opened = read(open_page, video, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = opened.page
    last = opened.saved()["frames"][-1]["time_s"]
    page.touchscreen.tap(*place(opened, 0.5))
    assert sought(opened, last / 2) == pytest.approx(last / 2, abs=0.06)
    assert page.evaluate("() => getComputedStyle(document.getElementById('timeline')).touchAction") == "pan-y"
    for _ in range(2):
        page.tap("#closer")
    assert page.get_attribute("#whole", "aria-pressed") == "false"
    earliest = page.evaluate(SHOWN_FROM, place(opened, 0.0))
    page.evaluate(SWIPE, [place(opened, 0.2), place(opened, 0.8)])
    assert page.evaluate(SHOWN_FROM, place(opened, 0.0)) < earliest - 0.1
    assert opened.complaints == []


def test_the_summary_is_that_of_the_package_and_of_the_saved_segments(open_page: Open, video: Path):
    opened = read(open_page, video)
    saved = opened.saved()
    segmenter = Segmenter(saved["certain"])
    for frame in saved["frames"]:
        segmenter.add(frame["time_s"], frame.get("probabilities"))
    expected = segmenter.segments()
    assert len(expected) >= 2
    found = [(each["emotion"], each["start_s"], each["end_s"]) for each in saved["segments"]]
    assert found == [
        (each.emotion, pytest.approx(each.start_s, abs=2e-3), pytest.approx(each.end_s, abs=2e-3)) for each in expected
    ]
    assert saved["shares"] == pytest.approx(shares(expected), abs=2e-3)
    rows = opened.page.locator("#by-segment tbody tr").all()
    assert [row.locator("td").nth(1).inner_text() for row in rows] == [each.emotion for each in expected]
    columns = [opened.page.locator(f"#by-emotion tbody {of}").all_inner_texts() for of in ("th", "td:nth-child(3)")]
    told = dict(zip(*columns, strict=True))
    assert told == {name: f"{round(100 * share)} %" for name, share in saved["shares"].items() if share > 0}
    opened.page.click("#by-segment tbody tr:last-child button")
    assert sought(opened, expected[-1].start_s) == pytest.approx(expected[-1].start_s, abs=0.04)


def test_the_chart_is_kept_as_a_picture(open_page: Open, video: Path):
    opened = read(open_page, video)
    frames = opened.saved()["frames"]
    with opened.page.expect_download() as download:
        opened.page.click("#save-png")
    picture = cv2.imread(str(download.value.path()))
    assert picture.shape[1] > 600
    most = max(
        {frame["emotion"] for frame in frames}, key=lambda word: sum(frame["emotion"] == word for frame in frames)
    )
    colour = opened.page.evaluate(COLOUR, most)
    share = np.mean((np.abs(picture.astype(int) - colour[::-1]).max(2) < 3)[60:-80, 80:-40])
    assert share > 0.15


def test_a_camera_begins_at_zero_and_goes_on_without_a_gap(open_page: Open, camera: Path):
    opened = with_cameras(open_page, camera)
    opened.page.click("#camera")
    opened.page.wait_for_function("() => Number(document.getElementById('rate').textContent) > 3")
    opened.page.click("#stop")
    opened.page.wait_for_selector("#stop:disabled")
    times = [frame["time_s"] for frame in opened.saved()["frames"]]
    assert times[0] == 0
    assert opened.page.get_attribute("#timeline", "aria-valuemin") == "0.00"
    assert np.median(np.diff(times)) > 0
