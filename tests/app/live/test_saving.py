"""What `predict --save` writes: a video that keeps the moments' times, and a timeline over time."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.app.live import video
from eyeprentice.app.live.picture import COLOURS, PANEL, annotated, slot_for, timeline
from eyeprentice.app.live.saving import refuse_overwriting, save_picture
from eyeprentice.app.live.video import save_video
from eyeprentice.app.live.video_clock import VideoClock
from eyeprentice.eye.region import Place
from eyeprentice.runtime import Moment
from eyeprentice.runtime.belief import reading_of
from eyeprentice.sources.frames import open_frames
from eyeprentice.words.errors import InputError

CERTAIN = reading_of([0.02, 0.02, 0.02, 0.88, 0.02, 0.02, 0.02], 0.6, 0, 0.0)


FULL = """
import resource, signal
import numpy as np
from pathlib import Path
from eyeprentice.app.live.video import save_video
from eyeprentice.runtime import Moment
from eyeprentice.sources.frames import open_frames
from eyeprentice.words.errors import InputError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = np.random.default_rng(0).integers(0, 256, (20, 96, 96), np.uint8)
try:
    with save_video(Path("a.webm"), 10) as keep:
        for number, image in enumerate(noise):
            keep(Moment(number, number / 10, image, None, None, None, None))
except InputError as error:
    print(error)
"""


def moment(time_s: float, level: int = 60, shape: tuple[int, int] = (96, 96)) -> Moment:
    """A picture of one grey, which a video keeps well enough to tell which one it is."""
    return Moment(0, time_s, np.full(shape, level, np.uint8), None, None, None, None)


def paced(source_hz: float, times_s: list[float]) -> list[int]:
    """How many frames of a video show each moment."""
    clock = VideoClock(source_hz)
    return [*(clock.before(time_s) for time_s in times_s), clock.at_the_end()][1:]


def levels(path: Path) -> list[int]:
    """The grey of each frame of a video, to the nearest 20."""
    capture, found = cv2.VideoCapture(str(path)), []
    while (read := capture.read())[0]:
        found.append(20 * round(read[1][150:250, 100:200].mean() / 20))
    return found


@pytest.mark.parametrize("rate_hz", [1.0, 15.0, 25.0, 29.97, 30.0, 60.0, 119.88, 120.0])
def test_every_moment_of_an_even_source_is_one_frame(rate_hz: float):
    assert paced(rate_hz, [1e-6 * round(1e6 * n / rate_hz) for n in range(500)]) == [1] * 500
    assert paced(rate_hz, [7.5 + 1e-3 * round(1e3 * n / rate_hz) for n in range(500)]) == [1] * 500  # as WebM counts


def test_moments_that_come_late_leave_the_one_before_in_its_place():
    assert paced(10, [0.0, 0.1, 0.5, 0.6]) == [1, 4, 1, 1]
    assert paced(10, [0.0, 0.01, 0.02, 0.1, 0.2]) == [0, 0, 1, 1, 1]  # the latest of each tenth
    assert paced(0.1, [0.0, 10.0]) == [10, 10]
    assert sum(paced(1000, [n / 1000 for n in range(1000)])) == 120


def test_a_pause_of_hours_is_a_minute():
    assert paced(1, [0.0, 1.0, 10_000.0, 10_001.0]) == [1, 60, 1, 1]
    assert sum(paced(1 / 600, [600.0 * n for n in range(100)])) == 100 * 60


def test_a_video_keeps_the_times(tmp_path: Path):
    with save_video(tmp_path / "a.webm", 10) as keep:
        for time_s, level in ((3.0, 40), (3.1, 100), (3.5, 160), (3.6, 220)):
            keep(moment(time_s, level))
    assert levels(tmp_path / "a.webm") == [40, 100, 100, 100, 100, 160, 220]
    capture = cv2.VideoCapture(str(tmp_path / "a.webm"))
    assert capture.get(cv2.CAP_PROP_FPS) == 10
    assert [path.name for path in tmp_path.iterdir()] == ["a.webm"]


def test_a_pause_that_is_shortened_is_said(tmp_path: Path, capsys: pytest.CaptureFixture):
    with save_video(tmp_path / "a.webm", 1) as keep:
        for time_s in (0.0, 3600.0):
            keep(moment(time_s))
    assert len(levels(tmp_path / "a.webm")) == 61
    said = capsys.readouterr().err
    assert said == f"note: {tmp_path / 'a.webm'}: pauses of more than 60 s are shortened, by 3,540 s in all\n"


def test_pictures_of_several_sizes_are_all_in_the_video(tmp_path: Path):
    with save_video(tmp_path / "a.webm", 10) as keep:
        for number, shape in enumerate(((96, 96), (48, 48), (97, 201))):
            keep(moment(number / 10, 60 + 60 * number, shape))
    assert levels(tmp_path / "a.webm") == [60, 120, 180]


def test_a_video_is_saved_with_every_frame(eye_video: Path, tmp_path: Path):
    (tmp_path / "pictures").mkdir()
    for number, (_, image) in zip(range(8), open_frames(str(eye_video)), strict=False):
        cv2.imwrite(str(tmp_path / "pictures" / f"{number}.png"), image)
    main(["predict", str(tmp_path / "pictures"), "--eye", "full", "--save", str(tmp_path / "saved.webm")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pictures", "saved.webm"]
    assert (tmp_path / "saved.webm").read_bytes()[:4] == b"\x1aE\xdf\xa3"
    capture, frames = cv2.VideoCapture(str(tmp_path / "saved.webm")), 0
    while (read := capture.read())[0]:
        frames += 1
        assert read[1].shape == (360, 360 + PANEL, 3)
    assert (frames, capture.get(cv2.CAP_PROP_FPS)) == (8, 30)


def test_mp4_is_refused_before_a_frame_is_read_where_h264_cannot_be_encoded(
    eye_video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setitem(video.CODECS, ".mp4", ("none",))
    with pytest.raises(SystemExit) as stop:
        main(["predict", str(eye_video), "--save", str(tmp_path / "saved.mp4")])
    assert stop.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"error: {tmp_path / 'saved.mp4'}: this OpenCV cannot encode H.264, which browsers play; give saved.webm\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_mp4_is_never_what_browsers_refuse(tmp_path: Path):
    """Where it can be written at all, it is H.264."""
    try:
        with save_video(tmp_path / "a.mp4", 10) as keep:
            keep(moment(0.0))
    except InputError:
        assert list(tmp_path.iterdir()) == []
    else:
        assert b"avc1" in (tmp_path / "a.mp4").read_bytes()


def test_a_disk_that_is_full_is_told_and_nothing_is_left(tmp_path: Path):
    """OpenCV does not say that it could not write; here files may have 20,000 bytes."""
    (tmp_path / "write.py").write_text(FULL)
    done = subprocess.run([sys.executable, "write.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "a.webm: could not be written to its end; free some space, or choose another place\n"
    assert [path.name for path in tmp_path.iterdir()] == ["write.py"]


def test_boxes_and_the_answer_are_drawn_on_the_frame():
    image = np.full((480, 640), 128, np.uint8)
    right, left = Place(200, 240, 100, 100), Place(400, 240, 100, 100, True)
    seen = Moment(0, 1.5, image, right, "followed", image[:90, :90], CERTAIN, 1.0, left)
    drawn = annotated(seen, slot_for(image.shape))
    assert drawn.shape == (480, 640 + PANEL, 3)
    happy = list(COLOURS[3])
    for x in (150, 250, 350, 450):  # the sides of both boxes
        assert drawn[240, x].tolist() == happy
    assert drawn[240, 200].tolist() == drawn[240, 400].tolist() == [128] * 3  # and the eyes themselves are free
    label = drawn[165:188, 150:250].reshape(-1, 3).tolist()
    assert label.count(happy) > len(label) / 3
    bars = [(drawn[132 + 31 * n : 147 + 31 * n, 750:880] == COLOURS[n]).all(2).sum() for n in range(7)]
    assert bars[3] == 15 * round(130 * 0.88)
    doubtful = Moment(0, 1.5, image, right, "followed", None, reading_of([1 / 7] * 7, 0.6, 0, 0.0))
    assert not (annotated(doubtful, (480, 640))[:, :640] == happy).all(2).any()


@pytest.mark.parametrize("shape", [(101, 77), (2000, 3000), (1, 500), (500, 1), (96, 96), (720, 1280)])
def test_a_picture_of_any_shape_can_be_drawn_with_even_sides(shape: tuple[int, int]):
    drawn = annotated(moment(0.0, shape=shape), slot_for(shape))
    assert drawn.shape[0] % 2 == drawn.shape[1] % 2 == 0
    assert 360 <= drawn.shape[0] <= 720
    assert drawn.shape[1] <= 1280 + PANEL
    outside = Place(0, 0, 3 * shape[1], 3 * shape[0])
    annotated(Moment(0, 0.0, np.zeros(shape, np.uint8), outside, "followed", None, CERTAIN), slot_for(shape))


def beliefs_of(*emotions: int) -> np.ndarray:
    return np.eye(8, 7, dtype=np.float32)[list(emotions)]


def test_a_timeline_shows_what_was_believed_and_when():
    beliefs = beliefs_of(*[0] * 50, *[6] * 30, *[7] * 20)  # 7: nothing was seen
    image = timeline(beliefs, np.arange(100) / 30, 1 / 30)
    assert image[200, 100].tolist() == [60, 60, 214]
    assert image[200, 700].tolist() == [60, 190, 190]
    assert image[200, 1100].tolist() == [255, 255, 255]


def test_a_moment_fills_the_timeline_until_the_next_one():
    """Two moments close together, then one that holds for nine tenths of the time: not a third of the picture each."""
    image = timeline(beliefs_of(0, 6, 3), np.array([50.0, 50.5, 51.0]), 9.0)
    columns = [(image[200, 20:1130] == COLOURS[n]).all(1).nonzero()[0] for n in (0, 6, 3)]
    assert [len(found) for found in columns] == [pytest.approx(width, abs=2) for width in (55.5, 55.5, 999)]
    assert [found[0] for found in columns] == [pytest.approx(start, abs=1) for start in (0, 55.5, 111)]


@pytest.mark.parametrize("times", [[0.0], [0.0, 1e-6], [0.0, 1e6], [1.7e9, 1.7e9 + 100]])
def test_a_timeline_of_any_length_can_be_drawn(times: list[float]):
    image = timeline(beliefs_of(*[3] * len(times)), np.array(times), 1 / 30)
    assert image[200, 500].tolist() == list(COLOURS[3])


def test_a_timeline_is_a_picture(eye_video: Path, tmp_path: Path):
    main(["predict", str(eye_video), "--eye", "full", "--save", str(tmp_path / "saved.png")])
    assert cv2.imread(str(tmp_path / "saved.png")).shape == (430, 1280, 3)
    with save_picture(tmp_path / "other.png", 10, 0.6) as keep:
        for time_s, value in ((0.0, CERTAIN), (9.0, None)):
            keep(Moment(0, time_s, np.zeros((4, 4), np.uint8), None, None, None, value))
    row = cv2.imread(str(tmp_path / "other.png"))[200]
    assert row[1000].tolist() == list(COLOURS[3])  # 9 of 9.1 seconds


@pytest.mark.parametrize("option", ["--csv", "--segments", "--save"])
@pytest.mark.parametrize("link", [False, True])
def test_what_is_read_is_not_overwritten(
    option: str, link: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, written = tmp_path / "face.png", tmp_path / "face.png"
    cv2.imwrite(str(source), np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8))
    before = source.read_bytes()
    if link:
        (written := tmp_path / "other.png").symlink_to(source)
    with pytest.raises(SystemExit, match="2"):
        main(["predict", str(source), "--eye", "full", option, str(written)])
    assert f"{written.name}: is read, and would be overwritten" in capsys.readouterr().err
    assert source.read_bytes() == before


def test_neither_the_model_nor_the_neutral_face_is_overwritten() -> None:
    here = Path(__file__)
    with pytest.raises(InputError, match="would be overwritten"):
        refuse_overwriting([None, here], ["video.mp4"], here)


def test_two_files_are_not_written_in_one_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="in this one place"):
        refuse_overwriting([tmp_path / "a.csv", tmp_path / "sub" / ".." / "a.csv"], ["video.mp4"])


def test_a_timeline_does_not_become_one_of_the_pictures(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="among the pictures"):
        refuse_overwriting([tmp_path / "timeline.png"], [str(tmp_path)])
    refuse_overwriting([tmp_path / "readings.csv"], [str(tmp_path)])


def test_a_camera_has_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("0").touch()
    refuse_overwriting([Path("0")], ["0"])
