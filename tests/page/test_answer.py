"""The answer: from which probability on an emotion is named, what is said aloud, and the first steps."""

from pathlib import Path

import pytest

from tests.page.cameras import wait_for_badge, with_cameras
from tests.page.conftest import Open
from tests.page.modules import called

pytestmark = pytest.mark.slow  # many pages are opened

STEPS = "() => Array.from(document.querySelectorAll('#guide li.done'), (item) => item.dataset.step)"
SLIDE = """value => {
    const slider = document.getElementById('certain');
    slider.value = value;
    slider.dispatchEvent(new Event('input'));
}"""
NEXT = "(of, progress) => [of.nextStep(progress), of.advice(progress)]"


def slide(opened, value: float) -> None:
    opened.page.evaluate(SLIDE, value)


def test_the_slider_says_from_when_on_an_emotion_is_named(open_page: Open, video: Path):
    opened = open_page().go()
    opened.page.check("#where-full")
    assert opened.page.inner_text("#certain-value") == "60 %"
    opened.read_files(video)
    last = opened.saved()["frames"][-1]
    for certain in (0.2, 0.95):
        slide(opened, certain)
        saved = opened.saved()
        assert saved["certain"] == certain
        assert saved["frames"][-1]["certain"] == (last["probability"] >= certain)
        named = last["emotion"] if last["probability"] >= certain else "uncertain"
        opened.page.wait_for_selector(f"#verdict:text-is('{named}')")
    uncertain = saved["shares"]["uncertain"]
    slide(opened, 0.2)
    assert opened.saved()["shares"]["uncertain"] < uncertain


def test_changes_are_said_aloud_only_if_the_user_wants_it_and_the_page_remembers(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    page = opened.page
    page.check("#where-full")
    opened.read_files(*pictures[:4])
    assert page.inner_text("#verdict") not in ("", "–")
    assert page.text_content("#spoken") == ""
    page.check("#aloud")
    opened.go()
    assert page.is_checked("#aloud")
    page.check("#where-full")
    opened.read_files(*pictures[:4])
    page.wait_for_function(
        "() => document.getElementById('spoken').textContent === document.getElementById('verdict').innerText"
    )
    page.uncheck("#aloud")
    assert page.text_content("#spoken") == ""


@pytest.mark.parametrize(
    ("source", "read", "eye", "calibration", "step", "words"),
    [
        ("none", False, False, "none", "source", "Press Camera"),
        ("opening", False, False, "none", "source", "Opening"),
        ("there", False, False, "none", "eye", "Looking for an eye"),
        ("there", True, True, "none", "calibrate", "press Calibrate"),
        ("there", True, True, "collecting", "calibrate", "Stay neutral"),
        ("there", True, True, "automatic", "done", "Ready"),
        ("there", True, False, "done", "eye", "Looking for an eye"),
        ("ended", False, False, "none", "source", "Press Camera"),  # nobody looked for an eye
        ("ended", True, False, "none", "eye", "No eye was found"),
        ("ended", True, True, "done", "done", "play it again"),
    ],
)
def test_the_guide_says_what_to_do_next(source: str, read: bool, eye: bool, calibration: str, step: str, words: str):
    progress = {
        "source": source,
        "again": True,
        "read": read,
        "eye": eye,
        "calibration": calibration,
        "automatic": True,
    }
    found, advice = called("page/guide.ts", NEXT, progress)
    assert found == step
    assert words in advice


def test_the_steps_are_gone_through_with_a_camera(open_page: Open, camera: Path):
    opened = with_cameras(open_page, camera)
    page = opened.page
    assert page.evaluate(STEPS) == []
    assert page.get_attribute("#guide li[data-step=source]", "aria-current") == "step"
    page.uncheck("#automatic")
    page.click("#camera")
    page.wait_for_selector("#guide li[data-step=calibrate][aria-current=step]")
    assert page.evaluate(STEPS) == ["source", "eye"]
    page.click("#neutral")
    page.wait_for_selector("text=Ready: the answer follows the eye.")
    assert page.evaluate(STEPS) == ["source", "eye", "calibrate", "answer"]
    assert opened.complaints == []


def test_the_guide_does_not_ask_to_play_a_camera_again(open_page: Open, camera: Path):
    opened = with_cameras(open_page, camera)
    page = opened.page
    page.click("#camera")
    page.wait_for_selector("text=Ready: the answer follows the eye.")
    page.click("#stop")
    page.wait_for_selector("text=It has ended: choose a source.")


def test_the_guide_keeps_up_with_a_file_that_stands_still(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    page = opened.page
    page.check("#where-full")
    opened.read_files(*pictures)
    page.wait_for_selector("text=It has ended: play it again")
    page.evaluate("""() => {
        const seek = document.getElementById("seek");
        seek.value = "1";
        seek.dispatchEvent(new Event("input", { bubbles: true }));
    }""")
    page.wait_for_selector("text=It has ended: play it again", state="hidden")


def test_a_side_that_was_chosen_leaves_the_clip_an_eye(open_page: Open):
    opened = open_page().go()
    page = opened.page
    page.check("#where-auto")
    page.check("input[name=side][value=left]")
    page.click("#clip")
    wait_for_badge(opened, "simulated clip")
    page.wait_for_function("() => /\\d %/.test(document.getElementById('bars').textContent)")
    assert page.is_checked("#where-full")
    assert page.inner_text("#verdict") != "no eye"
    page.wait_for_selector(".mark:has-text('left eye')")
    assert page.is_checked("input[name=side][value=left]")
