"""Columns and tables of HDF5 and NPZ: which are events, in which shape and type, and what is said beside them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from eyeprentice.sources.events import packets as packing
from eyeprentice.sources.events.recording import open_recording
from eyeprentice.words import notes
from tests.sources.events import prophesee_files as files
from tests.sources.events.formats import EVENTS, columns, compound, h5, named, seconds, table
from tests.sources.events.test_formats import read, refused

NAMES = ("t", "x", "y", "p")


# encodings


def events_of(times: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(2)
    count = len(times)
    return packing.make_events(
        times, rng.integers(0, 320, count), rng.integers(0, 320, count), rng.integers(0, 2, count)
    )


@pytest.mark.parametrize("geometry", ["", "% geometry 1280x720\n"])
@pytest.mark.parametrize("step", [9000, 60, 2])
def test_each_encoding_is_told_from_the_others(step: int, geometry: str, tmp_path: Path):
    events = events_of(np.cumsum(np.random.default_rng(1).integers(1, step, 3000)))
    encoders: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "EVT2": files.evt2,
        "EVT21": files.evt21,
        "EVT3": files.evt3,
    }
    for data, encode in encoders.items():
        words = encode(events)
        for said in encoders:
            path = files.write_raw(tmp_path / "a.raw", f"% format {said}\n{geometry}% end\n", words)
            if said == data:
                assert np.array_equal(read(path), events), said
            else:
                assert f"its header says {said}, but its data are {data};" in refused(path)
        if data == "EVT21":
            path = files.write_raw(tmp_path / "a.raw", "% evt 2.0\n", words << np.uint64(32) | words >> np.uint64(32))
            assert "its header says EVT2, but its data are EVT21" in refused(path)


def test_what_is_left_out_is_counted_in_words(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    for count, said in ((1, "1 event comes before the first words"), (2, "2 events come before the first words")):
        words = np.concatenate([np.full(count, 5 << 11 | 5, "<u4"), files.evt2(EVENTS)])
        assert np.array_equal(read(files.write_raw(tmp_path / "a.raw", "% evt 2.0\n", words)), EVENTS)
        assert said in capfd.readouterr().err


# which arrays are events


def save(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def test_events_are_read_and_not_what_lies_beside_them(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    other = np.stack([np.arange(50) * 2, np.arange(50), np.full(50, 30), np.arange(50) % 2], 1)
    for name in ("boxes", "gaze", "arr_0"):
        assert np.array_equal(read(save(tmp_path / "a.npz", **{name: other, "events": table("txyp")})), EVENTS)
        assert "taken for t, x, y, p" in capfd.readouterr().err
        if name != "arr_0":
            assert "a layout that is not known; it holds" in refused(save(tmp_path / "a.npz", **{name: other}))
    assert "arr_0 (50x4), arr_1 (2000x4)" in refused(save(tmp_path / "a.npz", arr_0=other, arr_1=table("txyp")))
    assert "left (2000x4), right (50x4)" in refused(save(tmp_path / "a.npz", left=table("txyp"), right=other))
    few = {name: column[:9] for name, column in columns(EVENTS).items()}
    assert np.array_equal(read(save(tmp_path / "a.npz", **few, events=compound(EVENTS))), EVENTS)
    assert "events is read, and not t, x, y, p" in capfd.readouterr().err
    h5(lambda: {**{f"boxes/{n}": c for n, c in few.items()}, "events": compound(EVENTS)})(tmp_path / "a.h5")
    assert np.array_equal(read(tmp_path / "a.h5"), EVENTS)
    assert "events is read, and not boxes" in capfd.readouterr().err


def test_tables_are_read_in_every_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packing, "PACKET", 700)
    plain = table("txyp")
    for shaped in (plain, np.asfortranarray(plain), plain.T.copy(), plain.T):
        for write in (np.savez, np.savez_compressed):
            write(tmp_path / "a.npz", events=shaped)
            assert np.array_equal(read(tmp_path / "a.npz"), EVENTS), (shaped.shape, shaped.flags)


def test_a_table_without_rows_has_no_events(tmp_path: Path):
    for shape in ((0, 4), (4, 0)):
        assert not list(open_recording(save(tmp_path / "a.npz", events=np.zeros(shape))).events())


def test_columns_are_read_in_every_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packing, "PACKET", 700)
    for shape in ((-1, 1), (1, -1)):
        shaped = {name: column.reshape(shape) for name, column in columns(EVENTS).items()}
        assert np.array_equal(read(save(tmp_path / "a.npz", **shaped)), EVENTS)
        h5(lambda s=shaped: dict(s))(tmp_path / "a.h5")
        assert np.array_equal(read(tmp_path / "a.h5"), EVENTS)


# types


def test_times_of_numpys_types_are_read(tmp_path: Path):
    for unit, factor in (("us", 1), ("ns", 1000)):
        for kind in "mM":
            t = (EVENTS["t_us"] * factor).astype(f"{kind}8[{unit}]")
            assert np.array_equal(read(save(tmp_path / "a.npz", **named(*NAMES, t=t))), EVENTS), (kind, unit)
    for unit in ("m", "10us"):
        t = EVENTS["t_us"].astype(f"m8[{unit}]")
        assert "of its times is not known" in refused(save(tmp_path / "a.npz", **named(*NAMES, t=t)))
    t = EVENTS["t_us"].astype("m8[us]")
    t[7] = np.timedelta64("NaT")
    assert "a time is not a number" in refused(save(tmp_path / "a.npz", **named(*NAMES, t=t)))
    rows = compound(EVENTS).astype([("t_ns", "<i8"), ("x", "<u2"), ("y", "<u2"), ("p", "<u1")])
    rows["t_ns"] *= 1000
    assert np.array_equal(read(save(tmp_path / "a.npz", events=rows)), EVENTS)


def test_columns_that_are_no_numbers_are_named(tmp_path: Path):
    p = columns(EVENTS)["p"]
    for odd in (p.astype(object), p.astype(complex), p.astype(str)):
        assert "its columns must be numbers, but 'p'" in refused(save(tmp_path / "a.npz", **named(*NAMES, p=odd)))
    for field in "txy":
        odd = {field: p.astype(bool)}
        said = f"its columns must be numbers, but '{field}' is true or false"
        assert said in refused(save(tmp_path / "a.npz", **named(*NAMES, **odd)))
        h5(lambda o=odd: named(*NAMES, prefix="events/", **o))(tmp_path / "a.h5")
        assert said in refused(tmp_path / "a.h5")


def test_a_sensor_may_be_told_in_floating_point(tmp_path: Path):
    for height, size in ((480.0, 480), (480.5, None)):
        save(tmp_path / "a.npz", width=640, height=height, **columns(EVENTS))
        h5(lambda: named(*NAMES), __width=640, __height=height)(tmp_path / "a.h5")
        for path in (tmp_path / "a.npz", tmp_path / "a.h5"):
            if size is None:
                assert "its height is 480.5" in refused(path)
            else:
                assert (open_recording(path).width, open_recording(path).height) == (640, size)


def test_three_polarities_are_refused_wherever_they_begin(tmp_path: Path):
    for first, rest in (((0, 1), (-1, 1)), ((-1, 1), (0, 1))):
        p = np.where(EVENTS["polarity"], first[1], first[0])
        p[1500:] = np.where(EVENTS["polarity"], rest[1], rest[0])[1500:]
        assert "its polarities are -1, 0 and 1" in refused(save(tmp_path / "a.npz", **named(*NAMES, p=p)))
    with pytest.raises(ValueError, match="both 0 and -1"):
        packing.make_events(np.arange(3), np.arange(3), np.arange(3), np.array([0, 1, -1]))
    with pytest.raises(ValueError, match="true or false"):
        packing.make_events(np.arange(3), np.zeros(3, bool), np.arange(3), np.ones(3))


# units and offsets


@pytest.mark.parametrize("unit", ["10us", "0.1 ms", "min", "cs", "ticks of 80 MHz", "1e-7", "milliseconds since start"])
@pytest.mark.parametrize("where", ["events_t__unit", "events__units", "__time_unit"])
def test_a_unit_that_is_not_known_is_refused(where: str, unit: str, tmp_path: Path):
    h5(lambda: named(*NAMES, prefix="events/"), **{where: unit})(tmp_path / "a.h5")
    assert f"the unit '{unit}' of its times is not known" in refused(tmp_path / "a.h5")


@pytest.mark.parametrize("where", ["events_t__unit", "events_t__Units", "events__time_unit", "__t_unit", "__unit"])
def test_a_unit_is_obeyed_wherever_it_stands(where: str, tmp_path: Path):
    nanoseconds = EVENTS["t_us"] * 1000
    for unit in ("ns", np.bytes_("Nanoseconds"), np.array(["ns"], h5py.string_dtype())):
        h5(lambda: named(*NAMES, prefix="events/", t=nanoseconds), **{where: unit})(tmp_path / "a.h5")
        assert np.array_equal(read(tmp_path / "a.h5"), EVENTS)
    assert np.array_equal(read(save(tmp_path / "a.npz", **named(*NAMES, t=nanoseconds), time_unit="ns")), EVENTS)


def test_units_that_differ_are_refused(tmp_path: Path):
    h5(lambda: named("t_us", "x", "y", "p", prefix="events/"), events__unit="ns")(tmp_path / "a.h5")
    assert "the unit of its times is told as ns and as us" in refused(tmp_path / "a.h5")


def test_an_offset_is_added_in_its_own_unit(tmp_path: Path):
    later = EVENTS.copy()
    later["t_us"] += 5_000_000
    for where in ("events__t_offset", "__t_offset"):
        h5(lambda: named(*NAMES, prefix="events/"), **{where: 5_000_000})(tmp_path / "a.h5")
        assert np.array_equal(read(tmp_path / "a.h5"), later)
    h5(lambda: {**named(*NAMES, t=seconds()), "t_offset": 5_000_000})(tmp_path / "a.h5")
    assert "the unit of its t_offset (5000000) is not told" in refused(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["t_offset"].attrs["unit"] = "us"
    assert np.array_equal(read(tmp_path / "a.h5"), later)
    for name, value in (("t_offset_s", 5), ("t_offset_ms", 5000.0), ("t_offset_ns", 5_000_000_000)):
        assert np.array_equal(read(save(tmp_path / "a.npz", **columns(EVENTS), **{name: value})), later)
    assert "t_offset (1.5) is not told" in refused(save(tmp_path / "a.npz", **columns(EVENTS), t_offset=1.5))
    notes.note_once.cache_clear()
