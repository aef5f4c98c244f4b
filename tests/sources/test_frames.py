import tracemalloc
from pathlib import Path

import cv2
import dv_processing as dv
import numpy as np
import pytest

from eyeprentice.sources.frames import FrameError, array_frames, open_frames
from eyeprentice.sources.videos import decode_frames
from eyeprentice.words.errors import InputError
from tests.data.importing.material import write_video

RAMP = [np.full((48, 64), 20 + 8 * number, np.uint8) for number in range(24)]


def levels(source) -> list[int]:
    return [int(np.median(image)) for _, image in source]


def pictures(folder: Path) -> Path:
    for number, image in enumerate(RAMP):
        cv2.imwrite(str(folder / f"{number}.png"), image)
    return folder


def recording(path: Path) -> Path:
    writer = dv.io.MonoCameraWriter(str(path), dv.io.MonoCameraWriter.DAVISConfig("test", (64, 48)))
    store = dv.EventStore()
    for number, image in enumerate(RAMP):
        store.push_back(1_000_000 + 40_000 * number, 5, 5, True)
        writer.writeFrame(dv.Frame(1_000_000 + 40_000 * number, image))
    writer.writeEvents(store)
    del writer
    return path


def test_every_kind_of_source_gives_the_same_pictures_and_its_own_times(tmp_path: Path):
    sources = {
        "video": open_frames(write_video(tmp_path / "a.mp4", RAMP, rate=25)),
        "pictures": open_frames(pictures(tmp_path), rate_hz=25),
        "recording": open_frames(recording(tmp_path / "a.aedat4")),
        "arrays": array_frames(RAMP, 25),
    }
    for kind, source in sources.items():
        assert source.kind == kind
        assert source.rate_hz == pytest.approx(25)
        times = [t for t, _ in source]
        assert np.diff(times) == pytest.approx(np.full(23, 40_000), abs=1), kind
        assert levels(source) == pytest.approx(levels(sources["arrays"]), abs=3), kind  # read again, lossy
    assert sources["video"].rate_from == "the times"
    assert open_frames(tmp_path).rate_from == "assumed"
    assert levels(open_frames(tmp_path / "3.png")) == [44]


def test_a_rate_that_is_given_overrules_the_file(tmp_path: Path):
    source = open_frames(write_video(tmp_path / "a.mp4", RAMP, rate=25), rate_hz=50)
    assert source.rate_hz == 50
    assert [t for t, _ in source][:3] == [0, 20_000, 40_000]
    with pytest.raises(InputError, match="frames a second"):
        open_frames(tmp_path / "a.mp4", rate_hz=1e-320)


def test_a_long_video_does_not_lie_in_memory(tmp_path: Path):
    frames = [np.full((480, 640), number % 200, np.uint8) for number in range(60)]
    source = open_frames(write_video(tmp_path / "a.mp4", frames))
    tracemalloc.start()
    count = sum(1 for _ in source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 60
    assert peak < 10 * 640 * 480


class Video:
    """A video of which some frames cannot be decoded; 12 are announced."""

    def __init__(self, course: list[int | None], times_ms: bool = False) -> None:
        self.course, self.number, self.times_ms = course, -1, times_ms

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def get(self, what: int) -> float:
        if what == cv2.CAP_PROP_FRAME_COUNT:
            return 12.0
        if what == cv2.CAP_PROP_POS_MSEC:
            return 40.0 * self.number if self.times_ms else 0.0
        return 25.0

    def read(self):
        self.number += 1
        value = self.course[self.number] if self.number < len(self.course) else None
        return value is not None, None if value is None else np.full((4, 4), value, np.uint8)

    def set(self, what: int, value: float) -> None:
        pass


@pytest.mark.parametrize("times_ms", [False, True])
def test_the_last_good_frame_stands_in_for_damaged_ones_but_not_beyond_the_end(
    monkeypatch, tmp_path: Path, times_ms: bool
):
    course = [1, 2, None, None, 3, None, None, None]
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: Video(course, times_ms))
    (tmp_path / "some.avi").write_bytes(b"RIFF")
    frames = list(decode_frames(str(tmp_path / "some.avi"), 25.0, True))
    assert [int(image[0, 0]) for _, image in frames] == [1, 2, 2, 2, 3]
    assert [t for t, _ in frames] == [0, 40_000, 80_000, 120_000, 160_000]


def test_frames_of_a_program_are_grey_rgb_or_by_name_bgr():
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 200
    assert levels(array_frames([red], 30)) == [60]  # 0.299 of it
    assert levels(array_frames([red[..., ::-1].copy()], 30, "bgr")) == [60]
    assert levels(array_frames([red], 30, "bgr")) == [23]  # 0.114
    with pytest.raises(FrameError, match="uint8"):
        levels(array_frames([np.zeros((4, 4))], 30))


def test_pictures_come_in_the_order_of_their_numbers(tmp_path: Path):
    for number in (10, 9, 100):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((4, 4), number, np.uint8))
    (tmp_path / ".hidden.png").write_bytes(b"")
    assert levels(open_frames(tmp_path)) == [9, 10, 100]
    (tmp_path / "11.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"11\.png: not a readable image"):
        levels(open_frames(tmp_path))


def test_a_decoder_that_is_kept_finds_files_beside_whoever_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, level in (("one", 40), ("two", 200)):
        write_video(tmp_path / name / "a.mp4", [np.full((48, 64), level, np.uint8)] * 3)
        monkeypatch.chdir(tmp_path / name)
        assert levels(open_frames("a.mp4")) == pytest.approx([level] * 3, abs=3)
