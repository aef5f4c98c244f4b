"""What is read, what is refused, and whether docs/formats.md says so."""

import re
from pathlib import Path

import h5py
import numpy as np
import pytest

from eyeprentice.sources.events import packets as packing
from eyeprentice.sources.events.recording import open_recording, recognise, summarise
from eyeprentice.sources.frames import open_frames
from eyeprentice.words import notes
from eyeprentice.words.errors import InputError
from tests.sources.events import prophesee_files as files
from tests.sources.events.formats import CASES, EVENTS, Case, columns, h5, named, npz, polarities, write_frames
from tests.sources.events.recordings import random_events

PAGE = Path(__file__).parents[3] / "docs" / "formats.md"


def read(path: Path) -> np.ndarray:
    notes.note_once.cache_clear()
    return np.concatenate(list(open_recording(path).events()))


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    assert "damaged" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.table}: {case.what[:40]}")
def test_a_recording_becomes_what_the_page_says(
    case: Case, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(packing, "PACKET", 700)
    path = tmp_path / case.name
    case.write(path)
    becomes, _, says = case.becomes.partition(": ")
    if becomes == "refused":
        assert says in refused(path)
        return
    if not case.has_events:
        assert (open_recording(path).has_events, summarise(open_recording(path)).events) == (False, 0)
        return
    events = read(path)
    expected = EVENTS.copy()
    expected["t_us"] += case.shift_us
    order = ["t_us", "y", "x", "polarity"]  # of what happened in the same microsecond the order is free
    assert np.array_equal(np.sort(events, order=order), np.sort(expected, order=order))
    said = capfd.readouterr().err
    assert says in said if says else said == ""


def test_the_page_lists_every_case_and_no_other():
    rows = [line for line in _recordings(PAGE.read_text(encoding="utf-8")) if line.startswith("| ")]
    rows = [row for row in rows if not re.match(r"\| (file|---)", row)]
    assert rows == [case.row for case in CASES]


def _recordings(text: str) -> list[str]:
    start = text.index("## Event recordings")
    end = text.find("\n### The clock", start + 1)  # its table is held by test_clocks
    return text[start : end if end > 0 else None].splitlines()


def test_frames_alone_are_given_and_their_events_are_left_to_the_simulator(tmp_path: Path):
    write_frames(tmp_path / "a.aedat4")
    source = open_frames(tmp_path / "a.aedat4")
    assert source.events is None
    assert [(t_us, int(image[0, 0])) for t_us, image in source] == [(1000, 0), (34_333, 80), (67_666, 160)]


# headers


def test_an_old_header_without_an_encoding_is_evt2(tmp_path: Path):
    words = np.array(
        [8 << 28 | 100, 1 << 28 | 3 << 22 | 7 << 11 | 9, 4 << 22 | 8 << 11 | 9, 1 << 28 | 7 << 11 | 10], "<u4"
    )
    path = files.write_raw(tmp_path / "a.raw", "% date 2016\n% integrator_name Prophesee\n% system_ID 21\n", words)
    recording = open_recording(path)
    assert (recording.format, recording.width, recording.height, recording.geometry_from) == (
        "RAW",
        640,
        480,
        "the file",
    )
    assert read(path).tolist() == [(6400, 7, 10, True), (6403, 7, 9, True), (6404, 8, 9, False)]


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ("% Data file containing CD events.\n% Version 2\n", "DAT"),
        ("% Version 2\n% Width 304\n% Height 240\n", "DAT"),
        ("% evt 3.0\n% Width 304\n", "RAW"),
        ("% FORMAT evt3\n", "RAW"),
        ("% date x\n", "RAW"),
        ("% date x\n% plugin_name hal_plugin_gen31_fx3\n", "RAW"),
    ],
)
def test_raw_and_dat_are_told_apart(lines: str, kind: str, tmp_path: Path):
    (tmp_path / "a.bin").write_bytes(lines.encode() + np.full(9, 8 << 28, "<u4").tobytes())
    assert recognise(tmp_path / "a.bin") == kind


def test_the_sensor_comes_from_the_format_the_geometry_or_the_camera(tmp_path: Path):
    for lines, size in (
        ("% format EVT3;height=48;width=64\n", (64, 48)),
        ("% evt 3.0\n% geometry 64x48\n", (64, 48)),
        ("% evt 3.0\n% system_ID 49\n", (1280, 720)),
        ("% evt 2.1\n% system_ID 64\n", (320, 320)),
    ):
        encode = files.evt21 if "2.1" in lines else files.evt3
        recording = open_recording(files.write_raw(tmp_path / "a.raw", lines, encode(EVENTS)))
        assert (recording.width, recording.height, recording.geometry_from) == (*size, "the file"), lines


def test_data_that_look_like_a_header_are_data(tmp_path: Path):
    words = np.concatenate([np.frombuffer(b"% x " * 3, "<u4"), files.evt2(EVENTS)])
    path = files.write_raw(tmp_path / "a.raw", "% evt 2.0\n% geometry 2048x2048\n% end\n", words)
    notes.note_once.cache_clear()
    assert summarise(open_recording(path)).events == 2000


def test_a_raw_that_ends_within_a_word_is_read_and_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    path = files.write_raw(tmp_path / "a.raw", "% evt 2.0\n", files.evt2(EVENTS))
    path.write_bytes(path.read_bytes()[:-3])
    assert np.array_equal(read(path), EVENTS[:-1])
    assert "its last byte is no whole word" in capfd.readouterr().err


# HDF5


def test_a_compression_that_is_not_installed_is_named(tmp_path: Path):
    plugin = pytest.importorskip("hdf5plugin")
    with h5py.File(tmp_path / "blosc.h5", "w") as file:
        for name, column in columns(EVENTS).items():
            file.create_dataset(f"events/{name}", data=column, **plugin.Blosc(cname="zstd"))
    assert np.array_equal(read(tmp_path / "blosc.h5"), EVENTS)
    for code, said in (
        (31_999, "(filter 31999), which needs the package hdf5plugin"),
        (0x8ECF, "with Prophesee's ECF"),
    ):
        with h5py.File(tmp_path / "other.h5", "w") as file:
            for name, column in columns(EVENTS).items():
                plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
                plan.set_chunk((100,))
                plan.set_filter(code, h5py.h5z.FLAG_OPTIONAL, ())
                kind = h5py.h5t.py_create(column.dtype)
                h5py.h5d.create(file.id, name.encode(), kind, h5py.h5s.create_simple(column.shape), plan)
        assert said in refused(tmp_path / "other.h5")


def test_links_beside_the_events_do_no_harm(tmp_path: Path):
    h5(lambda: named("t", "x", "y", "p", prefix="events/"))(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["again"] = h5py.SoftLink("/events")
        file["elsewhere"] = h5py.ExternalLink("other.h5", "/events")
    assert np.array_equal(read(tmp_path / "a.h5"), EVENTS)


def test_groups_that_hold_themselves_are_searched_to_an_end(tmp_path: Path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for number in range(30):
            file.create_group(f"g{number}")
            file[f"g{number}/again"] = file["/"]
    assert "a layout that is not known" in refused(tmp_path / "a.h5")


def test_geometry_is_taken_from_prophesees_attribute(tmp_path: Path):
    h5(lambda: named("t", "x", "y", "p"), __geometry="640x480")(tmp_path / "a.h5")
    recording = open_recording(tmp_path / "a.h5")
    assert (recording.width, recording.height, recording.geometry_from) == (640, 480, "the file")


def test_an_attribute_names_the_unit(tmp_path: Path):
    for unit, factor in (("s", 1e-6), ("ms", 1e-3), ("µs", 1), ("ns", 1000)):
        h5(lambda f=factor: named("t", "x", "y", "p", t=EVENTS["t_us"] * f), t__unit=unit)(tmp_path / "a.h5")
        assert np.array_equal(read(tmp_path / "a.h5"), EVENTS), unit


# numbers


def test_what_a_polarity_means_is_the_same_in_every_packet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packing, "PACKET", 100)
    events = random_events(2000)
    events["polarity"][:1500] = True
    for off, on in ((1, 2), (0, 255), (255, 1), (-1, 1)):
        p = np.where(events["polarity"], on, off).astype(np.int16 if off < 0 else np.uint8)
        np.savez(tmp_path / "a.npz", **columns(events) | {"p": p})
        assert np.array_equal(read(tmp_path / "a.npz"), events), (off, on)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0, 1, 7], "its polarities are 0, 1 and 7"),
        ([3, 7], "its polarities are 3 and 7"),
        ([-1, 0], "its polarities are -1 and 0"),
        ([255], "its polarity is 255"),
        ([0, 1, 2, 3, 4, 5, 6], "its polarities are 0, 1, 2, 3 and more"),
        ([0.0, 0.5], "its polarities are 0 and 0.5"),
    ],
)
def test_polarities_that_are_no_pair_are_named(values: list, said: str, tmp_path: Path):
    p = np.resize(np.array(values), 2000)
    npz(lambda: named("t", "x", "y", "p", p=p))(tmp_path / "a.npz")
    assert said in refused(tmp_path / "a.npz")


def test_a_wide_minus_one_without_sign_is_darker(tmp_path: Path):
    for dtype in (np.uint16, np.uint32, np.uint64):
        p = polarities(-1, 1, np.int64).astype(dtype)
        npz(lambda p=p: named("t", "x", "y", "p", p=p))(tmp_path / "a.npz")
        assert np.array_equal(read(tmp_path / "a.npz"), EVENTS)


def test_times_in_seconds_fill_all_event_frames(tmp_path: Path):
    from eyeprentice.sources.events.representation import event_frames

    seconds = np.sort(np.random.default_rng(1).random(2000))
    npz(lambda: named("t", "x", "y", "p", t=seconds))(tmp_path / "a.npz")
    assert np.array_equal(read(tmp_path / "a.npz")["t_us"], np.round(seconds * 1e6))
    recording = open_recording(tmp_path / "a.npz")
    borders = np.linspace(0, 10**6, 31).astype(np.int64)
    assert sum((frame != 127).any() for frame in event_frames(recording.events(), borders, 60, 40)) == 30


@pytest.mark.parametrize(
    ("times", "unit"),
    [
        (np.linspace(0, 650, 4_000_000), "s"),
        (np.linspace(0, 650, 2000), None),
        (np.linspace(0, 33_000.3, 2000), None),
        (np.linspace(1.6e9, 1.6e9 + 900.3, 2000), "s"),
        (np.round(np.linspace(0, 9, 100_000), 3), None),
    ],
)
def test_seconds_are_believed_only_where_nothing_else_is_likely(times: np.ndarray, unit: str | None, tmp_path: Path):
    events = make(times)
    np.savez(tmp_path / "a.npz", **events)
    if unit is None:
        assert "the unit of its times cannot be told" in refused(tmp_path / "a.npz")
    else:
        last = summarise(open_recording(tmp_path / "a.npz")).t_last_us
        assert last == round(times[-1] * 1e6)


def make(times: np.ndarray) -> dict[str, np.ndarray]:
    number = np.arange(len(times))
    return {"t": times, "x": (number % 640).astype("u2"), "y": (number % 480).astype("u2"), "p": number % 2 == 0}
