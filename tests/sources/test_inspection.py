"""What `inspect` tells of videos, pictures and recordings."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from eyeprentice.app.cli import main
from eyeprentice.sources.inspection import inspect_file, pace_of


def video(path: Path, codec: str, rate_hz: float, frames: int) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), rate_hz, (64, 48))
    for level in range(frames):
        writer.write(np.full((48, 64, 3), 5 * level, np.uint8))
    writer.release()
    return path


def inspected(path: Path, capsys: pytest.CaptureFixture) -> dict:
    main(["inspect", str(path), "--json"])
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz"),
    [("a.mp4", "mp4v", 25.0), *((f"{rate}.mkv", "MJPG", rate) for rate in (30.0, 60.0, 120.0, 240.0))],
)
def test_of_a_video_rate_and_duration_are_told(tmp_path: Path, name: str, codec: str, rate_hz: float, capsys):
    found = inspected(video(tmp_path / name, codec, rate_hz, 20), capsys)
    assert (found["kind"], found["frames"], found["width"], found["height"]) == ("video", 20, 64, 48)
    assert found["frame_rate_hz"] == rate_hz  # though Matroska counts milliseconds
    assert found["duration_s"] == pytest.approx(20 / rate_hz, abs=2e-3)
    assert (found["t_first_us"], found["frames_even"]) == (0, True)
    assert found["t_last_us"] == pytest.approx(19e6 / rate_hz, abs=1000)
    main(["inspect", str(tmp_path / name)])
    said = capsys.readouterr().out
    assert f"{found['frame_rate_hz']:.2f}, even" in said
    assert "64x48" in said


def test_the_rate_is_that_of_the_times():
    even = pace_of(np.arange(0, 1_000_000, 33_333))
    assert (even.rate_hz, even.even) == (30.0, True)
    counted = pace_of(1000 * np.array([0, 33, 67, 100, 133, 167, 200]))  # in milliseconds
    assert counted.even
    late = pace_of(1000 * np.array([0, 33, 66, 99, 198, 231]))
    assert (late.rate_hz, late.even, late.gaps_ms) == (round(1000 / 33, 3), False, (33.0, 99.0))
    first = pace_of(1000 * np.array([0, 5, 38, 71, 104]))
    assert (first.rate_hz, first.even) == (round(1000 / 33, 3), False)
    assert pace_of(np.array([7])).rate_hz is None
    assert pace_of(np.array([7, 7, 7])).rate_hz is None


@pytest.mark.parametrize(("rate_hz", "frames"), [(30, 450), (60, 450), (120, 450), (24, 3), (29.97, 450)])
@pytest.mark.parametrize("left_out", [False, True])
def test_times_that_are_rounded_to_milliseconds_do_not_change_the_rate(rate_hz: float, frames: int, left_out: bool):
    times = 1000 * np.round(1e3 * np.arange(frames) / rate_hz).astype(np.int64)
    if left_out and frames > 99:
        times = np.delete(times, [100, 200, 201, 202])
    pace = pace_of(times)
    assert pace.rate_hz == pytest.approx(rate_hz, abs=0.0 if isinstance(rate_hz, int) else 0.003)
    assert pace.even is not (left_out and frames > 99)


def test_of_a_recording_duration_and_event_rate_are_told(tmp_path: Path, capsys: pytest.CaptureFixture):
    t = np.linspace(2_000_000, 4_500_000, 1001).astype(np.int64)
    columns = {"t": t, "x": np.arange(1001) % 32, "y": np.arange(1001) % 24, "p": np.arange(1001) % 2}
    np.savez(tmp_path / "a_32x24.npz", **columns)
    found = inspected(tmp_path / "a_32x24.npz", capsys)
    assert (found["kind"], found["events"], found["on_events"]) == ("NPZ", 1001, 500)
    assert (found["t_first_us"], found["t_last_us"], found["duration_s"]) == (2_000_000, 4_500_000, 2.5)
    assert found["events_a_second"] == pytest.approx(1001 / 2.5)
    assert (found["frames"], found["frame_rate_hz"]) == (0, None)
    main(["inspect", str(tmp_path / "a_32x24.npz")])
    said = capsys.readouterr().out
    assert "1,001, of which 500 are ON" in said
    assert "2.500 s" in said


def test_of_pictures_count_size_and_depth_are_told(tmp_path: Path, capsys: pytest.CaptureFixture):
    deep = np.linspace(0, 1023, 30 * 40).reshape(30, 40).astype(np.uint16)
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((48, 64), 7, np.uint8))
    cv2.imwrite(str(tmp_path / "3.png"), np.full((48, 64, 3), 200, np.uint8))
    found = inspected(tmp_path, capsys)
    assert (found["kind"], found["frames"], found["width"], found["height"]) == ("pictures", 4, 64, 48)
    assert (found["sizes"], found["depths"]) == (["64x48"], ["8-bit grey", "8-bit colour"])
    assert found["levels"] == [7, 200]
    assert (found["duration_s"], found["frame_rate_hz"], found["frame_rate_from"]) == (0.133333, 30.0, "assumed")
    main(["inspect", str(tmp_path)])
    assert "30.00 (assumed: the files tell no times)" in capsys.readouterr().out
    cv2.imwrite(str(tmp_path / "2.png"), np.zeros((10, 20), np.uint8))
    assert inspect_file(tmp_path).sizes == ("64x48", "20x10")
    (tmp_path / "one").mkdir()
    cv2.imwrite(str(tmp_path / "one" / "deep.png"), deep)
    one = inspect_file(tmp_path / "one" / "deep.png")
    assert (one.kind, one.frames, one.sizes, one.depths, one.levels) == (
        "picture", 1, ("40x30",), ("16-bit grey",), (0, 1023),
    )  # fmt: skip
    main(["inspect", str(tmp_path / "one" / "deep.png")])
    assert "16-bit grey; levels 0 to 1,023" in capsys.readouterr().out


def test_pictures_are_inspected_as_one_clip(tmp_path: Path, capsys: pytest.CaptureFixture):
    deep = np.linspace(0, 1023, 30 * 40).reshape(30, 40).astype(np.uint16)
    for number, image in enumerate((deep, deep // 2, deep // 256)):  # alone, the last one shows nothing
        cv2.imwrite(str(tmp_path / f"{number / 25:.2f}.png"), image)
    found = inspected(tmp_path, capsys)
    assert (found["frames"], found["levels"], found["depths"]) == (3, [0, 1023], ["16-bit grey"])
    assert (found["duration_s"], found["frame_rate_hz"], found["frame_rate_from"]) == (0.12, 25.0, "the times")
    assert (found["t_first_us"], found["t_last_us"], found["frames_even"]) == (0, 80_000, True)
    inspect_file(tmp_path)
    said = capsys.readouterr().err
    assert said.count("bits are taken to be used") <= 1


def test_a_picture_that_is_turned_has_the_size_that_it_is_read_with(tmp_path: Path):
    exif = Image.Exif()
    exif[274] = 6
    Image.new("L", (40, 30), 99).save(tmp_path / "a.jpg", exif=exif)
    assert (found := inspect_file(tmp_path / "a.jpg")).sizes == ("30x40",)
    assert (found.width, found.height, found.frame_rate_hz) == (30, 40, None)


@pytest.mark.parametrize("name", ["empty", "broken.png", "nothing.mp4", "nothing"])
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, capsys: pytest.CaptureFixture):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(SystemExit) as stop:
        main(["inspect", str(tmp_path / name)])
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / name}: ")
