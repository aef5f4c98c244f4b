"""Recorded sequences: the label that they begin with, what is kept of them, and that none is lost by leaving."""

import zipfile
from pathlib import Path

import pytest

from tests.page.cameras import with_cameras
from tests.page.conftest import Open, Opened

pytestmark = pytest.mark.slow  # many pages are opened

LEAVE = "() => { const event = new Event('beforeunload', { cancelable: true }); return !dispatchEvent(event); }"


@pytest.fixture
def recorder(open_page: Open, camera: Path) -> Opened:
    """A page that reads a camera, with the form of a label open."""
    opened = with_cameras(open_page, camera)
    opened.page.click("#camera")
    opened.page.click("#dataset summary")
    opened.page.wait_for_selector("#record:enabled")
    return opened


def record(opened: Opened, emotion: str) -> None:
    opened.page.select_option("select[name=emotion]", emotion)
    opened.page.click("#record")
    opened.page.wait_for_selector("text=pictures. Press Stop recording")
    opened.page.click("#record")
    opened.page.wait_for_selector(f"#sequences >> text={emotion}")


def names(opened: Opened) -> list[str]:
    """Of the sequences in the saved file."""
    with opened.page.expect_download() as download:
        opened.page.click("#save-zip")
    with zipfile.ZipFile(download.value.path()) as archive:
        return sorted({name.split("/")[1] for name in archive.namelist() if name.endswith("/00000.jpg")})


def test_the_label_is_that_of_the_beginning_and_locked_until_the_end(recorder: Opened):
    page = recorder.page
    page.select_option("select[name=emotion]", "fear")
    page.fill("input[name=subject]", "12")
    page.click("#record")
    page.wait_for_selector("text=pictures. Press Stop recording")
    for name in ("emotion", "lighting", "subject", "age", "sex"):
        assert page.is_disabled(f"[name={name}]")
    page.evaluate("() => { document.querySelector('[name=emotion]').value = 'surprise'; }")
    page.click("#record")
    page.wait_for_selector("#sequences li")
    assert page.is_enabled("[name=emotion]")
    assert names(recorder) == ["fear"]


def test_a_sequence_is_removed_and_put_back_and_leaving_warns_until_all_is_saved(recorder: Opened):
    page = recorder.page
    assert not page.evaluate(LEAVE)
    record(recorder, "fear")
    record(recorder, "surprise")
    assert page.evaluate(LEAVE)
    assert "2 sequences in the dataset, not saved yet." in page.inner_text("#record-state")
    page.wait_for_function(
        "() => [...document.querySelectorAll('#sequences img')].every((img) => img.naturalWidth === 180)"
    )
    page.click("text=Remove >> nth=0")
    assert page.locator("#sequences li").count() == 1
    page.keyboard.press("Enter")  # the focus is on the way back
    assert page.locator("#sequences li").count() == 2
    page.click("[aria-label^='Remove the sequence of fear']")
    assert names(recorder) == ["surprise"]
    assert not page.evaluate(LEAVE)
    page.click("#undo-remove")
    assert page.evaluate(LEAVE)
    assert names(recorder) == ["fear", "surprise"]
    assert not page.evaluate(LEAVE)
    page.click("#record")
    assert page.evaluate(LEAVE)  # one is being recorded
    assert recorder.complaints == []


def test_a_sequence_ends_with_what_it_is_of(recorder: Opened):
    page = recorder.page
    for count, end in enumerate(("input[name=side][value=left]", "#pause", "#stop"), 1):
        page.click("#record:enabled")
        page.wait_for_selector("text=pictures. Press Stop recording")
        page.click(end)
        page.wait_for_function("n => document.querySelectorAll('#sequences li').length === n", arg=count)
        assert page.inner_text("#record") == "Record"
        if end == "#pause":
            page.click("text=Go on")
