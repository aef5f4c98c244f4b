"""Files that are chosen or dropped: what is read, and why some cannot be read together."""

import base64
from pathlib import Path

import pytest

from tests.page.cameras import wait_for_badge
from tests.page.conftest import Open

DROP = """(files) => {
    const data = new DataTransfer();
    for (const [name, type, content] of files)
        data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name, { type }));
    for (const each of ["dragover", "drop"]) {
        const event = new DragEvent(each, { dataTransfer: data, bubbles: true, cancelable: true });
        document.querySelector("main").dispatchEvent(event);
    }
    return document.getElementById("stage").classList.contains("dropping");
}"""


def as_dropped(*paths: Path) -> list[tuple[str, str, str]]:
    kinds = {".png": "image/png", ".webm": "video/webm"}
    return [(path.name, kinds[path.suffix], base64.b64encode(path.read_bytes()).decode()) for path in paths]


def test_files_are_read_where_they_are_dropped(open_page: Open, pictures: list[Path]):
    opened = open_page().go()
    opened.page.check("#where-full")
    assert opened.page.evaluate(DROP, as_dropped(*pictures[:3])) is False
    wait_for_badge(opened, "3 pictures – ended")
    assert len(opened.saved()["frames"]) == 3
    assert opened.complaints == []


@pytest.mark.parametrize("dropped", [False, True])
def test_what_cannot_be_read_together_is_said_with_the_reason(
    open_page: Open, pictures: list[Path], video: Path, tmp_path: Path, dropped: bool
):
    second = tmp_path / "second.webm"
    second.write_bytes(video.read_bytes())
    opened = open_page().go()
    for files, what in (
        ([*pictures[:2], video], "The file eye.webm is no picture, and was given together with 2 pictures"),
        ([video, pictures[0]], "together with 1 picture"),
        ([video, second], "2 videos were given, and this page reads one at a time"),
    ):
        if dropped:
            opened.page.evaluate(DROP, as_dropped(*files))
        else:
            opened.page.set_input_files("#file", [str(path) for path in files])
        opened.page.wait_for_selector(f"#trouble:has-text('{what[1:]}')")
    opened.read_files(*pictures[:2])
    assert not opened.page.is_visible("#trouble")


def test_the_hidden_input_of_files_is_no_second_button(open_page: Open):
    page = open_page().go().page
    assert page.get_by_role("button", name="File…").count() == 1
    named = page.evaluate("() => document.getElementById('file').getClientRects().length")
    assert named == 0
    with page.expect_file_chooser():
        page.get_by_role("button", name="File…").press("Enter")
