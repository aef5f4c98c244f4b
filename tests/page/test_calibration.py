"""A calibration belongs to a source and a person: it ends with the source, and nothing of it goes over to the next."""

from pathlib import Path

import numpy as np
import pytest

from tests.page.cameras import with_cameras
from tests.page.conftest import Open, Opened

pytestmark = pytest.mark.slow  # many pages are opened

ENGINES = pytest.mark.parametrize("query", ["", "?engine=server"])
NOT_YET = "Not calibrated."


def calibrate(opened: Opened) -> None:
    opened.page.click("#neutral:enabled")
    opened.page.wait_for_selector("text=Calibrated: change is measured")


@ENGINES
def test_what_was_calibrated_ends_with_the_source(open_page: Open, camera: Path, pictures: list[Path], query: str):
    opened = with_cameras(open_page, camera, query)
    page = opened.page
    opened.read_files(*pictures[:8])
    alone = opened.probabilities()
    page.click("#camera")
    calibrate(opened)
    opened.read_files(*pictures[:8])
    assert not page.is_visible("#forget-neutral")
    assert "Calibrated: change" not in page.inner_text("#neutral-state")
    assert np.array_equal(opened.probabilities(), alone)
    assert opened.complaints == []


@ENGINES
def test_stop_and_another_source_end_a_calibration_in_progress(
    open_page: Open, camera: Path, long_video: Path, pictures: list[Path], query: str
):
    opened = with_cameras(open_page, camera, query)
    page = opened.page
    page.click("#camera")
    page.click("#neutral:enabled")
    page.wait_for_selector("#neutral-progress:visible")
    page.click("#stop")
    assert not page.is_visible("#neutral-progress")
    assert NOT_YET in page.inner_text("#neutral-state")
    page.set_input_files("#file", str(long_video))
    page.click("#neutral:enabled")
    page.wait_for_selector("#neutral-progress:visible")
    opened.read_files(*pictures)  # two seconds, and two of the video: longer than the three of a calibration
    assert not page.is_visible("#neutral-progress")
    assert "Calibrated: change" not in page.inner_text("#neutral-state")
    assert opened.complaints == []


def test_a_calibration_stays_when_the_same_source_is_played_again(open_page: Open, long_pictures: list[Path]):
    opened = open_page().go()
    page = opened.page
    page.check("#where-full")
    page.set_input_files("#file", [str(path) for path in long_pictures])
    calibrate(opened)
    page.click("text=Play again")
    page.wait_for_selector("#stop:enabled")
    page.wait_for_function("() => /^0\\.[3-9]/.test(document.getElementById('seek-time').textContent)")
    assert page.is_visible("#forget-neutral")
    page.click("#stop")
    assert not page.is_visible("#forget-neutral")
    assert NOT_YET in page.inner_text("#neutral-state")


def test_a_calibration_that_the_end_of_the_source_cut_off_is_said(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    page = opened.page
    page.check("#where-full")
    page.set_input_files("#file", [str(path) for path in pictures])
    page.click("#neutral:enabled")
    page.wait_for_selector("text=The calibration was not over, and is given up.")
    assert not page.is_visible("#neutral-progress")


def test_a_calibration_that_a_pause_cut_off_is_not_asked_for_any_more(open_page: Open, long_pictures: list[Path]):
    opened = open_page().go()
    page = opened.page
    page.check("#where-full")
    page.uncheck("#automatic")
    page.set_input_files("#file", [str(path) for path in long_pictures])
    page.wait_for_selector("text=Look neutral, and press Calibrate.")
    page.click("#neutral:enabled")
    opened.click_when("document.getElementById('guide-now').textContent === 'Stay neutral…'", "#pause")
    page.wait_for_selector("text=The calibration was not over, and is given up.")
    page.wait_for_selector("text=Stay neutral…", state="hidden")
    assert not page.is_visible("#neutral-progress")
