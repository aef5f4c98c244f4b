"""One reader a format: what a file says of its sensor, and its events and frames as streams."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
from numpy.lib import format as npy

from eyeprentice.events.stream import PACKET, Events, in_packets, make_events

Size = tuple[int, int]
FIELDS = ("t", "x", "y", "p")


@dataclass(frozen=True)
class Found:
    """What a reader gives: the sensor's width and height, if the file tells, and its streams."""

    geometry: Size | None
    packets: Callable[[], Iterator[Events]]
    frames: Callable[[], Iterator[tuple[int, Any]]] = lambda: iter(())


def read_aedat4(path: Path) -> Found:
    import dv_processing as dv

    def recording() -> Any:
        return dv.io.MonoCameraRecording(str(path))

    def packets() -> Iterator[Events]:
        reader = recording()
        while reader.isRunning("events") and (batch := reader.getNextEventBatch()) is not None:
            events = batch.numpy()
            yield make_events(events["timestamp"], events["x"], events["y"], events["polarity"])

    def frames() -> Iterator[tuple[int, Any]]:
        reader = recording()
        while reader.isFrameStreamAvailable() and (frame := reader.getNextFrame()) is not None:
            image = frame.image
            yield frame.timestamp, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image

    opened = recording()
    if not opened.isEventStreamAvailable():
        raise ValueError("it holds no events")
    return Found(opened.getEventResolution(), packets, frames)


def read_prophesee(path: Path) -> Found:
    import faery

    unknown = (0, 0)

    def packets() -> Iterator[Events]:
        for events in faery.events_stream_from_file(path):
            for part in in_packets(events):
                yield make_events(part["t"], part["x"], part["y"], part["on"])

    # a header without a size says so by the fallback; EVT3's is 1280x720 where it is silent
    size = faery.events_stream_from_file(path, dimensions_fallback=unknown).dimensions()
    return Found(None if size == unknown else size, packets)


def read_hdf5(path: Path) -> Found:
    import h5py

    def columns(file: Any) -> tuple[Any, bool]:
        """The events, and whether they are one compound."""
        node = file["events"]
        compound = isinstance(node, h5py.Dataset)
        names = node.dtype.names or () if compound else node.keys()
        if not set(FIELDS) <= set(names):
            raise ValueError(f"its events lack {', '.join(sorted(set(FIELDS) - set(names)))}")
        if not compound and len({node[field].shape for field in FIELDS}) > 1:
            raise ValueError("its t, x, y and p differ in length")
        return node, compound

    def packets() -> Iterator[Events]:
        with h5py.File(path) as file:
            node, compound = columns(file)
            for first in range(0, len(node if compound else node["t"]), PACKET):
                part = slice(first, first + PACKET)
                rows = node[part] if compound else {field: node[field][part] for field in FIELDS}
                yield make_events(*(rows[field] for field in FIELDS))

    with h5py.File(path) as file:
        node, _ = columns(file)
        sizes = [holder.attrs for holder in (node, file) if {"width", "height"} <= set(holder.attrs)]
        geometry = (int(sizes[0]["width"]), int(sizes[0]["height"])) if sizes else None
    return Found(geometry, packets)


def read_npz(path: Path) -> Found:
    def packets() -> Iterator[Events]:
        with zipfile.ZipFile(path) as archive:
            if "events.npy" in archive.namelist():
                for rows in _npy_rows(archive.open("events.npy")):
                    yield make_events(*(rows[field] for field in FIELDS))
            else:
                streams = [_npy_rows(archive.open(f"{field}.npy")) for field in FIELDS]
                for parts in zip(*streams, strict=True):
                    yield make_events(*parts)

    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if "events.npy" not in names and not {f"{field}.npy" for field in FIELDS} <= names:
            raise ValueError("it holds neither events nor t, x, y and p")
        geometry = None
        if {"width.npy", "height.npy"} <= names:
            geometry = int(npy.read_array(archive.open("width.npy"))), int(npy.read_array(archive.open("height.npy")))
    return Found(geometry, packets)


def _npy_rows(file: IO[bytes]) -> Iterator[Any]:
    """The rows of an array inside an archive, in packets: NumPy itself would read it whole."""
    version = npy.read_magic(file)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = header(file)
    if len(shape) != 1 or dtype.hasobject:
        raise ValueError("its arrays must have one axis, and hold numbers")
    left = shape[0]
    while left:
        rows = min(left, PACKET)
        content = file.read(rows * dtype.itemsize)
        if len(content) < rows * dtype.itemsize:
            raise EOFError("an array ends early")
        yield np.frombuffer(content, dtype)
        left -= rows


READERS: dict[str, Callable[[Path], Found]] = {
    "AEDAT4": read_aedat4,
    "RAW": read_prophesee,
    "DAT": read_prophesee,
    "HDF5": read_hdf5,
    "NPZ": read_npz,
}
