"""Recordings that the tests write: the same events in every format."""

from collections.abc import Callable
from pathlib import Path

import dv_processing as dv
import h5py
import numpy as np

from eyeprentice.sources.events import packets as packing
from tests.sources.events import prophesee_files


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


def write_2d(path: Path, events: np.ndarray) -> None:
    """The older kind of DAT file (N-CARS)."""
    header = "% Data file containing Event2D events.\n% Version 2\n% Date 2018-01-01 00:00:00\n"
    prophesee_files.write_dat(path, events, header, kind=0)


def write_cd(path: Path, events: np.ndarray) -> None:
    header = "% Data file containing CD events.\n% Version 2\n% Width 60\n% Height 40\n"
    prophesee_files.write_dat(path, events, header)


def write_raw(encoding: str) -> Callable[[Path, np.ndarray], None]:
    encode = {"EVT2": prophesee_files.evt2, "EVT21": prophesee_files.evt21, "EVT3": prophesee_files.evt3}[encoding]

    def write(path: Path, events: np.ndarray) -> None:
        header = f"{prophesee_files.DATE}% format {encoding};height=40;width=60\n% geometry 60x40\n% end\n"
        prophesee_files.write_raw(path, header, encode(events))

    return write


WRITERS = {
    "a.aedat4": write_aedat4,
    "a.h5": write_h5_compound,
    "b.hdf5": write_h5_columns,
    "a.npz": write_npz_compound,
    "b.npz": write_npz_columns,
    "evt2.raw": write_raw("EVT2"),
    "evt21.raw": write_raw("EVT21"),
    "evt3.raw": write_raw("EVT3"),
    "2d.dat": write_2d,
    "stored.npz": lambda path, events: np.savez(path, width=60, height=40, **columns(events)),
    "dat2.dat": write_cd,
}
