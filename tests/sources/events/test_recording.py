import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from eyeprentice.app.cli import main
from eyeprentice.sources.events import packets as packing
from eyeprentice.sources.events.recording import open_recording, summarise
from eyeprentice.words.errors import InputError
from tests.conftest import REFERENCE
from tests.sources.events.recordings import WRITERS, columns, random_events, write_h5_compound

# of the RAW file its README says 11,727,467: a word of time that is 11 µs early, and put right by the next one before
# any event, stays in force for those who never let time step back
PUBLISHED = {
    "hands_320x240.aedat4": (111_954, 55_023, 1_605_537_493_718_345, 1_605_537_494_308_262, 320, 240, 0),
    "evt3_1280x720.raw": (219_596, 115_532, 11_718_656, 11_727_457, 1280, 720, 0),
    "eye_640x480.h5": (595_863, None, 0, 8_739_789, 640, 480, 0),
}


@pytest.fixture(params=PUBLISHED)
def real(request: pytest.FixtureRequest) -> Path:
    path = REFERENCE / "recordings" / request.param
    if not path.is_file():
        pytest.skip("the real recordings are not here; set EYEPRENTICE_REFERENCE to the folder that holds them")
    return path


def test_real_recordings_hold_what_is_stated(real: Path, capsys: pytest.CaptureFixture[str]):
    main(["inspect", str(real), "--json"])
    summary = json.loads(capsys.readouterr().out)
    keys = ("events", "on_events", "t_first_us", "t_last_us", "width", "height", "frames")
    for key, stated in zip(keys, PUBLISHED[real.name], strict=True):
        assert stated is None or summary[key] == stated, key


def test_a_real_recording_that_was_cut_short_is_refused_or_read_up_to_there(real: Path, tmp_path: Path):
    whole = summarise(open_recording(real)).events
    cut = tmp_path / real.name
    cut.write_bytes(real.read_bytes()[: real.stat().st_size // 2])
    said = ""
    left = 0
    try:
        left = summarise(open_recording(cut)).events
    except InputError as error:
        said = str(error)
    assert "damaged or cut short" in said or 0 < left < whole


@pytest.fixture(params=[name for name in WRITERS if name != "2d.dat"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / request.param
    WRITERS[request.param](path, random_events())
    return path


def test_every_format_reads_back_what_was_written(written: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packing, "PACKET", 700)
    recording = open_recording(written)
    assert (recording.width, recording.height) == (60, 40)
    assert recording.geometry_from == "the file"
    packets = list(recording.events())
    read, expected = np.concatenate(packets), random_events()
    assert len(packets) > 1 or written.suffix == ".aedat4"
    order = ["t_us", "y", "x", "polarity"]  # of what happened in the same microsecond the order is free
    assert np.array_equal(np.sort(read, order=order), np.sort(expected, order=order))
    assert summarise(recording).events == 5000  # and it can be read again


def test_an_old_2d_dat_file_is_read(tmp_path: Path):
    events = random_events(2009)
    events["polarity"] = np.arange(2009) < 1350
    WRITERS["2d.dat"](tmp_path / "car.dat", events)
    recording = open_recording(tmp_path / "car.dat")
    assert (recording.format, recording.geometry_from) == ("DAT", "the events themselves")
    assert np.array_equal(np.concatenate(list(recording.events())), events)
    assert summarise(recording).on_events == 1350


def test_a_polarity_of_minus_one_is_darker(tmp_path: Path):
    events = columns(random_events(6))
    events["p"] = np.array([-1, 1, -1, 1, -1, 1])
    np.savez(tmp_path / "a.npz", **events)
    assert summarise(open_recording(tmp_path / "a.npz")).on_events == 3


def test_geometry_comes_from_an_option_the_file_its_name_or_its_events(tmp_path: Path):
    events = random_events()
    for name in ("plain.npz", "eye_64x48.npz"):
        np.savez(tmp_path / name, **columns(events))
    plain, named = (open_recording(tmp_path / name) for name in ("plain.npz", "eye_64x48.npz"))
    assert (plain.width, plain.height, plain.geometry_from) == (60, 40, "the events themselves")
    assert (named.width, named.height, named.geometry_from) == (64, 48, "the file's name")
    given = open_recording(tmp_path / "plain.npz", (99, 88))
    assert (given.width, given.height, given.geometry_from) == (99, 88, "an option")


def refused(path: Path, **options) -> str:
    with pytest.raises(InputError) as caught:
        summarise(open_recording(path, **options))
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_time_that_runs_backwards_is_refused_across_packets_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packing, "PACKET", 1000)
    events = random_events()
    events["t_us"][3000:] -= 500_000
    np.savez(tmp_path / "a.npz", **columns(events))
    assert "time runs backwards at event 3000" in refused(tmp_path / "a.npz")


def test_a_pixel_outside_the_sensor_is_refused(tmp_path: Path):
    events = random_events()
    np.savez(tmp_path / "a.npz", **columns(events))
    assert "outside the sensor of 50x40" in refused(tmp_path / "a.npz", geometry=(50, 40))
    far = columns(events) | {"x": np.full(5000, 70_000)}
    np.savez(tmp_path / "b.npz", **far)
    assert "above 65535" in refused(tmp_path / "b.npz")


def test_files_that_are_no_recording_are_refused(tmp_path: Path):
    (tmp_path / "empty.raw").write_bytes(b"")
    (tmp_path / "text.raw").write_text("hello")
    np.savez(tmp_path / "other.npz", pictures=np.zeros(3))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["events"] = np.zeros(3, [("t", "u8"), ("x", "u2")])
    with h5py.File(tmp_path / "uneven.h5", "w") as file:
        for name, length in zip("txyp", (3, 3, 3, 2), strict=True):
            file[f"events/{name}"] = np.zeros(length, "u8")
    assert "empty" in refused(tmp_path / "empty.raw")
    assert "not a recording" in refused(tmp_path / "text.raw")
    assert "a layout that is not known; it holds pictures (3)" in refused(tmp_path / "other.npz")
    assert "a layout that is not known; it holds events (3; t, x)" in refused(tmp_path / "other.h5")
    assert "differ in length" in refused(tmp_path / "uneven.h5")
    assert "cannot be read" in refused(tmp_path / "nowhere.raw")


def test_an_extension_that_lies_is_refused(tmp_path: Path):
    write_h5_compound(tmp_path / "a.aedat4", random_events())
    assert "named .aedat4, but its content is HDF5" in refused(tmp_path / "a.aedat4")


def test_an_archive_that_ends_early_is_refused(tmp_path: Path):
    np.savez(tmp_path / "a.npz", **columns(random_events()))
    content = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(content[: len(content) // 2])
    assert "damaged or cut short" in refused(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive, zipfile.ZipFile(_whole(tmp_path)) as whole:
        for name in whole.namelist():
            archive.writestr(name, whole.read(name)[:-50])
    assert "an array ends early" in refused(tmp_path / "b.npz")


def _whole(folder: Path) -> Path:
    np.savez(folder / "whole.npz", **columns(random_events()))
    return folder / "whole.npz"


def test_inspect_prints_a_table_and_refuses_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    np.savez(tmp_path / "a.npz", **columns(random_events()))
    main(["inspect", str(tmp_path / "a.npz")])
    assert "5,000" in capsys.readouterr().out
    with pytest.raises(SystemExit) as exit_:
        main(["inspect", str(tmp_path / "a.npz"), "--geometry", "huge"])
    assert exit_.value.code == 2
    assert "write it like 640x480" in capsys.readouterr().err


def test_inspect_reads_videos(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    import cv2

    writer = cv2.VideoWriter(str(tmp_path / "a.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 25, (64, 48))
    for level in range(10):
        writer.write(np.full((48, 64, 3), 20 * level, np.uint8))
    writer.release()
    main(["inspect", str(tmp_path / "a.mp4"), "--json"])
    summary = json.loads(capsys.readouterr().out)
    assert (summary["frames"], summary["width"], summary["height"], summary["events"]) == (10, 64, 48, 0)
    assert summary["t_last_us"] == 360_000
