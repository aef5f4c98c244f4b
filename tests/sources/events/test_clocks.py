"""The clock of a recording: what words of time say when some are lost, late, wrong or started again."""

from pathlib import Path

import numpy as np
import pytest

from eyeprentice.sources.events.packets import make_events
from eyeprentice.sources.events.recording import open_recording, summarise
from eyeprentice.words import notes
from eyeprentice.words.errors import InputError
from tests.conftest import REFERENCE
from tests.sources.events.prophesee_files import (
    evt2,
    evt3,
    evt3_vectors,
    evt21,
    own_times,
    write_dat,
    write_raw,
)
from tests.sources.events.recordings import columns, random_events

EVT3 = "% format EVT3;height=720;width=1280\n"
ENCODERS = {"EVT2": evt2, "EVT21": evt21, "EVT3": evt3}
ENCODINGS = pytest.mark.parametrize("encoding", ENCODERS)
CD = "% Data file containing CD events.\n% Version 2\n% Width 1280\n% Height 720\n"


def read(path: Path) -> np.ndarray:
    notes.note_once.cache_clear()
    return np.concatenate(list(open_recording(path).events()))


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def times_of(path: Path, counters: list[int | None]) -> np.ndarray:
    return read(write_raw(path, EVT3, own_times(counters)))["t_us"]


def at(times_us, x: int = 5) -> np.ndarray:
    """Events at these times, moving over the pixels."""
    t = np.asarray(times_us, np.int64)
    return make_events(t, x + np.arange(len(t)) % 600, np.arange(len(t)) % 400, np.arange(len(t)) % 2)


@pytest.mark.parametrize("lost", [4095, 4096, 3500, 3000 + 1096])
def test_a_wrap_of_evt3_is_seen_though_a_word_is_lost(lost: int, tmp_path: Path):
    counters = [None if number == lost else number for number in range(3000, 6000)]
    t_us = times_of(tmp_path / "a.raw", counters)
    assert len(t_us) == 3000
    assert t_us[-1] == 24_571_911
    expected = np.arange(3000, 6000) * 4096 + 7
    assert np.array_equal(np.delete(t_us, lost - 3000), np.delete(expected, lost - 3000))
    assert t_us[lost - 3000] == expected[lost - 3000 - 1]  # its own time is lost; it has that of the one before it


def test_a_counter_that_steps_back_once_is_no_wrap(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    counters = [*range(3000, 3500), 3498, *range(3501, 3600)]
    t_us = times_of(tmp_path / "a.raw", counters)
    assert np.array_equal(t_us, np.sort(np.array(counters)) * 4096 + 7)
    assert "steps back by 0.004096 s at event 500" in capfd.readouterr().err


def test_a_counter_that_steps_back_around_its_end_is_put_in_order(tmp_path: Path):
    counters = [*range(4090, 4096), 4097, 4095, *range(4098, 4200)]
    assert np.array_equal(times_of(tmp_path / "a.raw", counters), np.sort(np.array(counters)) * 4096 + 7)


@pytest.mark.parametrize("wrong", [100, 2000, 4090])
def test_one_word_that_fits_to_nothing_is_left_out(wrong: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    counters = [*range(3000, 3200), wrong, *range(3201, 3400)]
    expected = np.array([*range(3000, 3200), 3199, *range(3201, 3400)]) * 4096 + 7
    assert np.array_equal(times_of(tmp_path / "a.raw", counters), expected)
    assert "before event 200, fits to none of its neighbours" in capfd.readouterr().err


def test_events_before_the_first_word_of_time_are_left_out(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    events = at(range(1000, 9000, 100))
    early = {"EVT2": [5 << 11 | 7] * 3, "EVT21": [5 << 43 | 7 << 32 | 5] * 2, "EVT3": [7, 2 << 12 | 5, 2 << 12 | 6]}
    count = {"EVT2": 3, "EVT21": 4, "EVT3": 2}
    for encoding, encode in ENCODERS.items():
        words = encode(events)
        words = np.concatenate([np.array(early[encoding], words.dtype), words])
        path = write_raw(tmp_path / f"{encoding}.raw", f"% format {encoding};height=720;width=1280\n", words)
        assert np.array_equal(read(path), events), encoding
        assert f"{count[encoding]} events come before the first words of time" in capfd.readouterr().err


@pytest.mark.parametrize(("before", "after"), [(3000, 0), (2000, 0), (3000, 30), (2500, 1200)])
def test_a_camera_that_was_started_again_is_refused_with_the_place(before: int, after: int, tmp_path: Path):
    counters = [*range(before - 100, before), *range(after, after + 100)]
    said = refused(write_raw(tmp_path / "a.raw", EVT3, own_times(counters)))
    assert "its clock falls from" in said
    assert "at event 100" in said
    assert "damaged" not in said


def test_a_pause_of_evt3_is_kept_and_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    counters = [*range(100, 200), *range(2600, 2700)]
    assert np.array_equal(times_of(tmp_path / "a.raw", counters), np.array(counters) * 4096 + 7)
    assert "leaps by 9.834496 s at event 100; it starts again every 16.777216 s" in capfd.readouterr().err


def test_many_turns_of_evt3_are_counted(tmp_path: Path):
    events = at(np.arange(0, 100_000_000, 50_000) + 123)
    path = write_raw(tmp_path / "a.raw", EVT3, evt3(events))
    assert np.array_equal(read(path), events)


@pytest.mark.parametrize("encoding", ["EVT2", "EVT21"])
def test_the_clock_of_34_bits_wraps_steps_back_and_is_reset(encoding: str, tmp_path: Path):
    encode, header = ENCODERS[encoding], f"% format {encoding};height=720;width=1280\n"
    turn = 1 << 34
    around = at(np.arange(turn - 50_000, turn + 50_000, 1000))
    assert np.array_equal(read(write_raw(tmp_path / "a.raw", header, encode(around))), around)
    lost = np.concatenate([around[:45], around[58:]])  # and so are the words around the wrap
    assert np.array_equal(read(write_raw(tmp_path / "b.raw", header, encode(lost))), lost)
    back = at([1000, 2000, 3000, 2500, 4000, 5000])
    assert read(write_raw(tmp_path / "c.raw", header, encode(back)))["t_us"].tolist() == [
        1000,
        2000,
        2500,
        3000,
        4000,
        5000,
    ]
    reset = at([*range(10**9, 10**9 + 100_000, 1000), *range(0, 100_000, 1000)])
    said = refused(write_raw(tmp_path / "d.raw", header, encode(reset)))
    assert "falls from 1000.098944 s to 0.000000 s at event 100" in said
    glitch = encode(around[:20])
    kinds = glitch >> (28 if encoding == "EVT2" else 60)
    glitch[np.flatnonzero(kinds == 8)[10]] = (8 << 28 | 10**6) << (0 if encoding == "EVT2" else 32)
    assert read(write_raw(tmp_path / "e.raw", header, glitch))["t_us"].tolist()[11:] == around["t_us"][11:20].tolist()


def test_the_clock_of_dat_wraps_steps_back_and_is_reset(tmp_path: Path):
    around = at(np.arange((1 << 32) - 50_000, (1 << 32) + 50_000, 1000))
    assert np.array_equal(read(write_dat(tmp_path / "a.dat", around, CD)), around)
    back = at([1000, 2000, 3000, 2500, 4000])
    assert read(write_dat(tmp_path / "b.dat", back, CD))["t_us"].tolist() == [1000, 2000, 2500, 3000, 4000]
    reset = at([*range(10**9, 10**9 + 100_000, 1000), *range(0, 100_000, 1000)])
    assert "falls from 1000.099000 s to 0.000000 s at event 100" in refused(write_dat(tmp_path / "c.dat", reset, CD))


def test_times_of_32_bits_wrap_in_tables_too(tmp_path: Path):
    around = at(np.arange((1 << 32) - 50_000, (1 << 32) + 50_000, 1000))
    for dtype in (np.uint32, np.int64):
        t = (around["t_us"] & 0xFFFFFFFF).astype(dtype)
        np.savez(tmp_path / "a.npz", **columns(around) | {"t": t})
        assert np.array_equal(read(tmp_path / "a.npz"), around)


@ENCODINGS
def test_pieces_of_any_length_give_the_same_events(encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from eyeprentice.sources.events.readers import prophesee, read_events

    path = write_raw(tmp_path / "a.raw", f"% format {encoding}\n", ENCODERS[encoding](random_events(2000)))
    for piece in (64, 1000, 1 << 18):
        monkeypatch.setattr(prophesee, "PIECE", piece // 8 * 8)
        parts = [events for _, events in read_events("RAW", str(path), 512) if events is not None]
        assert np.array_equal(np.concatenate(parts), random_events(2000)), piece


@ENCODINGS
def test_random_recordings_are_read_as_evlib_reads_them(encoding: str, tmp_path: Path):
    words = ENCODERS[encoding](random_events(3000))
    header = (
        f"% evt {encoding[3:4]}.{encoding[4:] or 0}\n% format {encoding};height=40;width=60\n% geometry 60x40\n% end\n"
    )
    assert_same_as_evlib(write_raw(tmp_path / "a.raw", header, words))


@pytest.mark.parametrize("seed", range(3))
def test_vectors_of_evt3_are_read_as_they_were_written_and_as_evlib_reads_them(seed: int, tmp_path: Path):
    words, events = evt3_vectors(np.random.default_rng(seed), 3000)
    path = write_raw(tmp_path / "a.raw", "% evt 3.0\n% geometry 1280x720\n% end\n", words)
    t, x, y, p = np.array(events).T
    assert np.array_equal(read(path), make_events(t, x, y, p))
    assert_same_as_evlib(path)


def test_the_real_recording_is_read_as_evlib_reads_it():
    path = REFERENCE / "recordings" / "evt3_1280x720.raw"
    if not path.is_file():
        pytest.skip("the real recordings are not here; set EYEPRENTICE_REFERENCE to the folder that holds them")
    assert_same_as_evlib(path)


def assert_same_as_evlib(path: Path) -> None:
    evlib = pytest.importorskip("evlib")
    theirs = evlib.load_events(str(path), sort=False).collect()
    t = theirs["t"].dt.total_microseconds().to_numpy()
    ours = read(path)
    both = make_events(t, theirs["x"].to_numpy(), theirs["y"].to_numpy(), theirs["polarity"].to_numpy())
    order = ["t_us", "y", "x", "polarity"]
    assert np.array_equal(np.sort(ours, order=order), np.sort(both, order=order))


# every format


def written(path: Path, events: np.ndarray) -> Path:
    np.savez(path, width=1280, height=720, **columns(events))
    return path


def test_a_leap_of_minutes_is_said_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    events = at(
        [*range(0, 10**6, 1000), *range(200 * 10**6, 201 * 10**6, 1000), *range(400 * 10**6, 401 * 10**6, 1000)]
    )
    assert np.array_equal(read(written(tmp_path / "a.npz", events)), events)
    said = capfd.readouterr().err
    assert said.count("leaps from 0.999000 s to 200.000000 s at event 1,000") == 1
    assert "300" not in said


def test_a_clock_that_begins_at_0_and_leaps_to_hours_or_days_is_refused(tmp_path: Path):
    from tests.sources.events.recordings import write_aedat4, write_h5_columns

    for after, before in ((4 * 3600 * 10**6, 0), (1_605_537_493_718_345, 0), (1_605_537_493_718_345, 7 * 10**6)):
        events = at([before, before + 10, before + 20, *range(after, after + 1000, 10)])
        place = f"leaps from {(before + 20) / 1e6:.6f} s to {after / 1e6:.6f} s at event 3"
        assert place in refused(written(tmp_path / "a.npz", events))
        events["x"], events["y"] = 5, 5
        write_h5_columns(tmp_path / "a.h5", events)
        assert place in refused(tmp_path / "a.h5")
        write_aedat4(tmp_path / "a.aedat4", events)
        assert place in refused(tmp_path / "a.aedat4")


def test_a_clock_that_stands_still_is_said_or_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    events = at(np.r_[np.arange(1095), np.full(1905, 16_769_031)])
    read(written(tmp_path / "a.npz", events))
    assert "stands still at 16.769031 s: 1,905 of its 3,000 events, from event 1,095 on" in capfd.readouterr().err
    events["x"], events["y"] = events["x"] % 20, events["y"] % 20
    np.savez(tmp_path / "b.npz", width=20, height=20, **columns(events))
    assert "stands still at 16.769031 s for 1,905 events, from event 1,095 on" in refused(tmp_path / "b.npz")


def test_a_clock_that_stands_still_across_packets_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from eyeprentice.sources.events.checking import check_packets

    events = at(np.r_[np.arange(1095), np.full(1905, 16_769_031), 16_769_031 + np.arange(1, 900)])
    for packet in (1, 7, 300, 1100, 5000):
        said: list[str] = []
        parts = [events[first : first + packet] for first in range(0, len(events), packet)]
        list(check_packets(parts, 1280, 720, "a", said.append))
        assert ["1,905 of its 3,899 events, from event 1,095 on" in text for text in said] == [True], packet


def test_times_that_may_be_in_another_unit_are_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    read(written(tmp_path / "ms.npz", at(np.arange(2000))))
    assert "its 2,000 events last only 0.001999 s" in capfd.readouterr().err
    read(written(tmp_path / "ns.npz", at(np.arange(2000) * 1000)))
    assert "whole milliseconds" in capfd.readouterr().err
    read(written(tmp_path / "us.npz", random_events(2000)))
    assert capfd.readouterr().err == ""


def test_a_recording_without_events_is_summarised(tmp_path: Path):
    path = write_raw(tmp_path / "a.raw", "% evt 3.0\n% geometry 60x40\n", np.array([8 << 12, 6 << 12], "<u2"))
    assert summarise(open_recording(path)).events == 0
