"""Pause, seek and replay: the picture that is shown, and what is read of it."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.page.cameras import wait_for_badge, with_cameras
from tests.page.conftest import Open, Opened
from tests.sources.videos import write_webm

pytestmark = pytest.mark.slow  # many pages are opened

LIGHT = "() => document.getElementById('picture').getContext('2d').getImageData(4, 4, 1, 1).data[0]"
SEEK = "timeS => { const s = document.getElementById('seek'); s.value = timeS; s.dispatchEvent(new Event('input')); }"
COUNT = 60


@pytest.fixture(scope="module")
def shades(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Two seconds whose picture n has the light 4n, as a video and as pictures."""
    folder = tmp_path_factory.mktemp("shades")
    images = [np.full((90, 90), 4 * number, np.uint8) for number in range(COUNT)]
    pictures = [folder / f"{number:03d}.png" for number in range(COUNT)]
    for path, image in zip(pictures, images, strict=True):
        cv2.imwrite(str(path), image)
    return {"pictures": pictures, "video": [write_webm(folder / "shades.webm", images)]}


def times(opened: Opened) -> list[float]:
    return [frame["time_s"] for frame in opened.saved()["frames"]]


@pytest.mark.parametrize("kind", ["video", "pictures"])
def test_a_paused_source_stands_still_and_goes_on_without_a_gap(open_page: Open, shades, kind: str):
    opened = open_page().go()
    page = opened.page
    page.check("#where-full")
    page.set_input_files("#file", [str(path) for path in shades[kind]])
    opened.click_when(f"({LIGHT})() > 20", "#pause")
    wait_for_badge(opened, " – paused")
    still = page.evaluate(LIGHT)
    page.wait_for_timeout(300)
    assert page.evaluate(LIGHT) == still
    page.click("text=Go on")
    wait_for_badge(opened, " – ended")
    assert times(opened) == pytest.approx([number / 30 for number in range(COUNT)], abs=1e-3)
    assert opened.complaints == []


@pytest.mark.parametrize("kind", ["video", "pictures"])
def test_the_frame_that_was_sought_is_shown_and_read_from_there_on(open_page: Open, shades, kind: str):
    opened = open_page().go()
    page = opened.page
    page.check("#where-full")
    opened.read_files(*shades[kind])
    for timeS, number in ((1.5, 45), (0.5, 15), (1.0, 30)):
        page.evaluate(SEEK, timeS + 0.01)
        wait_for_badge(opened, " – paused")
        page.wait_for_function(f"light => Math.abs(({LIGHT})() - light) < 4", arg=4 * number)
        assert page.inner_text("#seek-time") == f"{timeS:.1f} of 2.0 s"
    assert len(times(opened)) == COUNT  # looking alone forgets nothing
    page.click("text=Go on")
    wait_for_badge(opened, " – ended")
    assert times(opened) == pytest.approx([number / 30 for number in range(COUNT)], abs=1e-3)
    assert opened.complaints == []


def test_a_source_that_is_played_again_is_read_as_the_first_time(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    page = opened.page
    page.check("#where-full")
    page.uncheck("#automatic")
    opened.read_files(*pictures[:12])
    first = opened.probabilities()
    page.click("text=Play again")
    page.wait_for_selector("#stop:enabled")
    wait_for_badge(opened, " – ended")
    assert np.array_equal(opened.probabilities(), first)


def test_a_slow_seek_that_another_one_overtakes_shows_the_last_alone(open_page: Open, shades):
    opened = open_page().go()
    page = opened.page
    page.check("#where-full")
    opened.read_files(*shades["video"])
    page.evaluate(f"() => {{ for (const timeS of [0.2, 1.9, 0.6, 1.2]) ({SEEK})(timeS + 0.01); }}")
    page.wait_for_function(f"() => Math.abs(({LIGHT})() - 144) < 4")
    page.wait_for_timeout(200)
    assert page.inner_text("#seek-time") == "1.2 of 2.0 s"


def test_a_paused_camera_stays_on_stands_still_and_goes_on(open_page: Open, camera: Path):
    opened = with_cameras(open_page, camera)
    page = opened.page
    page.click("#camera")
    page.wait_for_selector("#save-json:enabled")
    page.click("#pause")
    wait_for_badge(opened, " – paused")
    assert page.is_visible("#camera-on")
    assert not page.is_visible("#seek")
    page.wait_for_timeout(100)
    count = len(times(opened))
    page.wait_for_timeout(500)
    assert len(times(opened)) == count
    page.click("text=Go on")
    while len(times(opened)) == count:
        page.wait_for_timeout(100)
    page.click("#stop")
    gaps = np.diff(times(opened))
    assert gaps.max() > 0.5  # the time that nobody looked
    assert len(opened.saved()["read_anew_from_s"]) == 1
    assert opened.complaints == []
