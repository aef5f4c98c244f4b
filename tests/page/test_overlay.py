"""The mark of the eye over the picture: where the package finds it, and there until the next result."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.eye.region import Region
from eyeprentice.runtime import Recognizer, watch
from eyeprentice.sources.frames import open_frames
from eyeprentice.sources.turning import turned, turned_image
from tests.data.importing.material import eyes, in_a_scene
from tests.page.cameras import wait_for_badge, with_cameras
from tests.page.conftest import Open, Opened
from tests.sources.videos import write_webm

pytestmark = pytest.mark.slow  # many pages are opened

MARKS = """() => {
    const picture = document.getElementById('picture');
    const area = document.getElementById('stage').getBoundingClientRect();
    const scale = Math.min(area.width / picture.width, area.height / picture.height);
    const left = area.x + (area.width - scale * picture.width) / 2;
    const top = area.y + (area.height - scale * picture.height) / 2;
    return Array.from(document.querySelectorAll('.mark:not([hidden])'), (mark) => {
        const { x, y, width, height } = mark.getBoundingClientRect();
        return [mark.innerText, (x - left) / scale, (y - top) / scale, width / scale, height / scale];
    });
}"""
COUNT_SEEN = """() => { window.seen = []; const look = () => {
    seen.push(document.querySelectorAll('.mark:not([hidden])').length); requestAnimationFrame(look); }; look(); }"""


def marks(opened: Opened) -> dict[str, list[float]]:
    """By their words: left, top, width and height in pixels of the frame as it is seen."""
    return {word: shape for word, *shape in opened.page.evaluate(MARKS)}


def places(video: Path, eye: str = "auto", degrees: int = 0) -> tuple[list[float], ...]:
    """What the package reads of the last frame."""
    *_, moment = watch(turned(open_frames(video), degrees), Recognizer(neutral="auto"), Region.parse(eye))
    found = [place for place in (moment.place, moment.second) if place is not None]
    return tuple([p.x - p.width / 2, p.y - p.height / 2, p.width, p.height] for p in found)


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two eyes, the person's right one on the left of the picture."""
    left_eye = in_a_scene(eyes("surprise")[:20], left=20, top=60)
    both = [np.where(np.arange(320) < 160, frame, frame[:, ::-1]) for frame in left_eye]
    return write_webm(tmp_path_factory.mktemp("face") / "face.webm", both)


@pytest.mark.parametrize("viewport", [(1280, 800), (390, 844), (320, 640)])
def test_the_mark_lies_where_the_package_finds_the_eye(open_page: Open, face: Path, viewport: tuple):
    opened = open_page(viewport={"width": viewport[0], "height": viewport[1]}).go()
    opened.read_files(face)
    (expected,) = places(face)
    assert marks(opened) == {"right eye": pytest.approx(expected, abs=2.5)}


def test_both_eyes_are_marked_with_their_sides(open_page: Open, face: Path):
    opened = open_page().go()
    opened.page.check("#side-both")
    opened.read_files(face)
    right, left = places(face, "both")
    assert marks(opened) == {"right eye": pytest.approx(right, abs=2.5), "left eye": pytest.approx(left, abs=2.5)}


def test_the_mark_of_a_turned_picture_is_turned(open_page: Open, face: Path, tmp_path: Path):
    frames = in_a_scene(eyes("surprise")[:20], left=20, top=60)
    sideways = write_webm(tmp_path / "sideways.webm", [turned_image(frame, 270) for frame in frames])
    opened = open_page().go()
    opened.page.select_option("#turn", "90")
    opened.read_files(sideways)
    (expected,) = places(sideways, degrees=90)
    assert marks(opened) == {"right eye": pytest.approx(expected, abs=2.5)}
    opened.page.select_option("#turn", "180")
    assert marks(opened) == {}  # it was of another picture


def test_in_a_mirror_the_mark_is_on_the_other_side_and_its_word_is_the_same(open_page: Open, tmp_path: Path):
    planes = bytes([128]) * (2 * 160 * 120)
    frame = in_a_scene(eyes("surprise")[:1], left=20, top=60)[0]
    path = tmp_path / "face.y4m"
    path.write_bytes(b"YUV4MPEG2 W320 H240 F30:1 Ip A1:1 C420jpeg\n" + 30 * (b"FRAME\n" + frame.tobytes() + planes))
    opened = with_cameras(open_page, path)
    opened.page.check("#where-auto")
    opened.page.click("#camera")
    opened.page.wait_for_selector(".mark:visible")
    opened.page.click("#stop")
    mirrored = marks(opened)["right eye"]
    opened.page.evaluate("() => document.getElementById('mirror').click()")
    plain = marks(opened)["right eye"]
    width = opened.page.evaluate("document.getElementById('picture').width")
    assert plain[0] + plain[2] / 2 < width / 2 < mirrored[0] + mirrored[2] / 2
    assert mirrored[0] == pytest.approx(width - plain[0] - plain[2], abs=0.5)
    assert mirrored[1:] == pytest.approx(plain[1:], abs=0.5)


def test_it_is_there_in_every_picture_of_the_screen_and_gone_with_the_eye(open_page: Open, tmp_path: Path):
    shown = in_a_scene(eyes("surprise"), left=100, top=70)
    empty = [np.random.default_rng(0).integers(70, 90, shown[0].shape).astype(np.uint8)] * 40
    opened = open_page().go()
    opened.page.set_input_files("#file", str(write_webm(tmp_path / "eye.webm", shown + empty)))
    opened.page.wait_for_selector(".mark:visible")
    opened.page.evaluate(COUNT_SEEN)
    wait_for_badge(opened, " – ended")
    seen = opened.page.evaluate("seen")
    assert np.count_nonzero(np.diff(seen)) <= 3  # it comes and goes with the eye, not with each frame
    assert max(seen) == 1
    assert marks(opened) == {}


def test_its_word_is_seen_where_the_mark_reaches_beyond_the_picture(
    open_page: Open, frames: np.ndarray, tmp_path: Path
):
    scenes = []
    for frame in frames[:20]:
        scenes.append(np.full((480, 640), 90, np.uint8))
        scenes[-1][:, 80:560] = cv2.resize(frame, (480, 480), interpolation=cv2.INTER_LINEAR)
    opened = open_page().go()
    opened.read_files(write_webm(tmp_path / "near.webm", scenes))
    assert marks(opened)["right eye"][1] < -2
    stage, word = (opened.page.locator(of).bounding_box() for of in ("#stage", ".mark:not([hidden]) span"))
    assert word["y"] >= stage["y"]
    assert word["x"] >= stage["x"]
