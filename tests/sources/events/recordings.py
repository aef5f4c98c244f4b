"""Recordings that the tests write: the same events in every format."""

import struct
from pathlib import Path

import dv_processing as dv
import faery
import h5py
import numpy as np

from eyeprentice.sources.events import packets as packing


def random_events(count: int = 5000, width: int = 60, height: int = 40) -> np.ndarray:
    rng = np.random.default_rng(0)
    t = 1000 + np.sort(rng.integers(0, 10**6, count))
    return packing.make_events(
        t, rng.integers(0, width, count), rng.integers(0, height, count), rng.integers(0, 2, count)
    )


def compound(events: np.ndarray) -> np.ndarray:
    rows = np.empty(len(events), [("t", "<u8"), ("x", "<u2"), ("y", "<u2"), ("p", "<u1")])
    for ours, theirs in zip(("t_us", "x", "y", "polarity"), "txyp", strict=True):
        rows[theirs] = events[ours]
    return rows


def columns(events: np.ndarray) -> dict[str, np.ndarray]:
    return {name: compound(events)[name] for name in "txyp"}


def write_aedat4(path: Path, events: np.ndarray) -> None:
    config = dv.io.MonoCameraWriter.EventOnlyConfig("test", (60, 40))
    writer = dv.io.MonoCameraWriter(str(path), config)
    store = dv.EventStore()
    for event in events.tolist():
        store.push_back(*event)
    writer.writeEvents(store)


def write_h5_compound(path: Path, events: np.ndarray) -> None:
    with h5py.File(path, "w") as file:
        file["events"] = compound(events)
        file.attrs.update(width=60, height=40)


def write_h5_columns(path: Path, events: np.ndarray) -> None:
    with h5py.File(path, "w") as file:
        for name, column in columns(events).items():
            file[f"events/{name}"] = column
        file["events"].attrs.update(width=60, height=40)


def write_npz_compound(path: Path, events: np.ndarray) -> None:
    np.savez(path, events=compound(events), width=60, height=40)


def write_npz_columns(path: Path, events: np.ndarray) -> None:
    np.savez_compressed(path, width=60, height=40, **columns(events))


def write_prophesee(path: Path, events: np.ndarray, version: str) -> None:
    rows = np.empty(len(events), faery.EVENTS_DTYPE)
    rows["t"], rows["x"], rows["y"], rows["on"] = (events[name] for name in ("t_us", "x", "y", "polarity"))
    faery.events_stream_from_array(rows, (60, 40)).to_file(path, version=version)


def write_2d(path: Path, events: np.ndarray) -> None:
    """The older kind of DAT file (N-CARS), written here by its published layout, without any library."""
    header = b"% Data file containing Event2D events.\n% Version 2\n% Date 2018-01-01 00:00:00\n"
    words = events["x"].astype("<u4") | events["y"].astype("<u4") << 14 | events["polarity"].astype("<u4") << 28
    rows = np.stack([events["t_us"].astype("<u4"), words], axis=1).astype("<u4")
    path.write_bytes(header + struct.pack("BB", 0, 8) + rows.tobytes())


WRITERS = {
    "a.aedat4": write_aedat4,
    "a.h5": write_h5_compound,
    "b.hdf5": write_h5_columns,
    "a.npz": write_npz_compound,
    "b.npz": write_npz_columns,
    "evt2.raw": lambda path, events: write_prophesee(path, events, "evt2"),
    "evt3.raw": lambda path, events: write_prophesee(path, events, "evt3"),
    "2d.dat": write_2d,
    "stored.npz": lambda path, events: np.savez(path, width=60, height=40, **columns(events)),
    "dat2.dat": lambda path, events: write_prophesee(path, events, "dat2"),
}
