"""One reader a format: what a file says of its sensor, and its events and frames as streams.

They run in a process of their own (`files.sandbox`), which contains what a library does with a hostile file.
Whatever a file says is checked against `words.limits` before memory is asked for.
"""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from eyeprentice.sources.events.packets import Columns, Events, in_packets
from eyeprentice.words import limits

Size = tuple[int, int]
FIELDS = ("t", "x", "y", "p")


@dataclass(frozen=True)
class Found:
    """What a reader gives: the sensor's width and height, if the file tells, and its streams.

    `packets` is called with the largest number of events of a packet.
    """

    geometry: Size | None
    packets: Callable[[int], Iterator[Columns]]
    frames: Callable[[], Iterator[tuple[int, Any]]] = lambda: iter(())


def read_geometry(kind: str, path: str) -> Iterator[tuple[Size | None, None]]:
    """A sensor's width and height."""
    yield READERS[kind](Path(path)).geometry, None


def read_events(kind: str, path: str, packet: int) -> Iterator[tuple[None, Events]]:
    """All events, in packets of `packet` at most; raises `ValueError` where they are more than the file can hold."""
    count, most = 0, _most_events(Path(path))
    for events in in_packets(READERS[kind](Path(path)).packets(packet), packet):
        count += len(events)
        _refuse(count > most, "it holds more events than a file of its size can")
        yield None, events


def read_frames(kind: str, path: str) -> Iterator[tuple[int, Any]]:
    """All frames: time in µs, and grey image (H, W) uint8."""
    for t_us, image in READERS[kind](Path(path)).frames():
        _refuse(image.size > limits.PIXELS, f"a frame has more than {limits.PIXELS:,} pixels")
        yield int(t_us), image.astype(np.uint8, copy=False)


def read_aedat4(path: Path) -> Found:
    import cv2
    import dv_processing as dv

    def recording() -> Any:
        return dv.io.MonoCameraRecording(str(path))

    def packets(_: int) -> Iterator[Columns]:
        reader = recording()
        while reader.isRunning("events") and (batch := reader.getNextEventBatch()) is not None:
            events = batch.numpy()
            yield events["timestamp"], events["x"], events["y"], events["polarity"]

    def frames() -> Iterator[tuple[int, Any]]:
        reader = recording()
        while reader.isFrameStreamAvailable() and (frame := reader.getNextFrame()) is not None:
            image = frame.image
            yield frame.timestamp, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image

    opened = recording()
    _refuse(not opened.isEventStreamAvailable(), "it holds no events")
    return Found(opened.getEventResolution(), packets, frames)


def read_raw(path: Path) -> Found:
    import faery

    unknown = (0, 0)

    def packets(_: int) -> Iterator[Columns]:
        for events in faery.events_stream_from_file(path):
            yield events["t"], events["x"], events["y"], events["on"]

    # a header without a size says so by the fallback; EVT3's is 1280x720 where it is silent
    size = faery.events_stream_from_file(path, dimensions_fallback=unknown).dimensions()
    return Found(None if size == unknown else size, packets)


def read_dat(path: Path) -> Found:
    """Both kinds of Prophesee's DAT files: "cd" of today, and the older "2d" (N-CARS), which has the same layout."""
    from faery import dat

    unknown, widest = (0, 0), (1 << 14, 1 << 14)

    def packets(_: int) -> Iterator[Columns]:
        with dat.Decoder(path, widest, "dat2") as decoder:
            for events in decoder:
                yield events["t"], events["x"], events["y"], events["payload"]

    with dat.Decoder(path, unknown, "dat2") as decoder:
        _refuse(decoder.event_type not in ("cd", "2d"), f"it holds no events of pixels, but of '{decoder.event_type}'")
        size = decoder.dimensions
    return Found(None if size == unknown else size, packets)


def read_hdf5(path: Path) -> Found:
    import h5py

    def opened(parent: Any, name: str) -> Any:
        """What lies in the file itself: links and datasets that would read other files are refused."""
        _refuse(name not in parent, f"it holds no '{name}'")
        node = parent[name] if isinstance(parent.get(name, getlink=True), h5py.HardLink) else None
        _refuse(node is None, f"'{name}' is a link to elsewhere")
        if isinstance(node, h5py.Dataset):
            _refuse(node.is_virtual or bool(node.external), f"'{name}' is stored in another file")
            _refuse(node.ndim != 1, f"'{name}' has not one axis")
        return node

    def columns(file: Any) -> tuple[Any, dict[str, Any]]:
        """Where the attributes are, and the columns; a compound is all of them."""
        node = opened(file, "events")
        compound = isinstance(node, h5py.Dataset)
        names = node.dtype.names or () if compound else node.keys()
        lacking = sorted(set(FIELDS) - set(names))
        _refuse(bool(lacking), f"its events lack {', '.join(lacking)}")
        found = {field: node if compound else opened(node, field) for field in FIELDS}
        for field, column in found.items():
            _refuse(not isinstance(column, h5py.Dataset), f"'{field}' is not an array")
            _check_numbers(column.dtype[field] if compound else column.dtype, column.dtype)
        _refuse(len({len(column) for column in found.values()}) > 1, "its t, x, y and p differ in length")
        return node, found

    def packets(packet: int) -> Iterator[Columns]:
        with h5py.File(path) as file:
            node, found = columns(file)
            for first in range(0, len(found["t"]), packet):
                part = slice(first, first + packet)
                rows = node[part] if isinstance(node, h5py.Dataset) else {f: found[f][part] for f in FIELDS}
                yield rows["t"], rows["x"], rows["y"], rows["p"]

    with h5py.File(path) as file:
        node, found = columns(file)
        _check_count(len(found["t"]), path)
        sizes = [holder.attrs for holder in (node, file) if {"width", "height"} <= set(holder.attrs)]
        geometry = (int(sizes[0]["width"]), int(sizes[0]["height"])) if sizes else None
    return Found(geometry, packets)


def read_npz(path: Path) -> Found:
    def packets(packet: int) -> Iterator[Columns]:
        with zipfile.ZipFile(path) as archive:
            if "events.npy" in archive.namelist():
                for rows in _npy_rows(archive.open("events.npy"), path, packet):
                    yield rows["t"], rows["x"], rows["y"], rows["p"]
            else:
                t_us, x, y, polarity = (_npy_rows(archive.open(f"{field}.npy"), path, packet) for field in FIELDS)
                yield from zip(t_us, x, y, polarity, strict=True)

    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        _refuse(
            "events.npy" not in names and not {f"{field}.npy" for field in FIELDS} <= names,
            "it holds neither events nor t, x, y and p",
        )
        geometry = None
        if {"width.npy", "height.npy"} <= names:
            geometry = _npy_number(archive.open("width.npy")), _npy_number(archive.open("height.npy"))
    return Found(geometry, packets)


def _npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an array inside an archive; NumPy would read a header of any length that it claims."""
    version = npy.read_magic(file)
    width = 2 if version == (1, 0) else 4
    length = file.read(width)
    _refuse(int.from_bytes(length, "little") > limits.HEADER_BYTES, "the description of an array is too long")
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = header(_Again(length, file))
    _refuse(min(shape, default=0) < 0, "an array of a negative length")
    return shape, dtype


class _Again:
    """A file of which some bytes were read already."""

    def __init__(self, read: bytes, file: IO[bytes]) -> None:
        self._read, self._file = read, file

    def read(self, count: int = -1, /) -> bytes:
        part, self._read = self._read[:count], self._read[count:]
        return part or self._file.read(count)


def _npy_number(file: IO[bytes]) -> int:
    shape, dtype = _npy_header(file)
    _refuse(shape not in ((), (1,)) or dtype.kind not in "iu", "its width and height must be whole numbers")
    return int(np.frombuffer(file.read(dtype.itemsize), dtype)[0])


def _npy_rows(file: IO[bytes], path: Path, packet: int) -> Iterator[Any]:
    """The rows of an array inside an archive, in packets: NumPy itself would read it whole."""
    shape, dtype = _npy_header(file)
    _refuse(len(shape) != 1, "its arrays must have one axis")
    for field in FIELDS if dtype.names else (None,):
        _refuse(bool(dtype.names) and field not in (dtype.names or ()), f"its events lack {field}")
        _check_numbers(dtype[field] if field else dtype, dtype)
    left = shape[0]
    _check_count(left, path)
    while left:
        rows = min(left, packet)
        content = file.read(rows * dtype.itemsize)
        if len(content) < rows * dtype.itemsize:
            raise EOFError("an array ends early")
        yield np.frombuffer(content, dtype)
        left -= rows


def _check_numbers(column: np.dtype[Any], row: np.dtype[Any]) -> None:
    _refuse(column.kind not in "biuf", f"its columns must be numbers, not {column}")
    _refuse(row.itemsize > limits.ROW_BYTES, f"an event takes {row.itemsize} bytes")


def _check_count(count: int, path: Path) -> None:
    _refuse(count > _most_events(path), "it announces more events than a file of its size can hold")


def _most_events(path: Path) -> int:
    return min(limits.EVENTS, limits.EVENTS_ANYHOW + limits.EVENTS_A_BYTE * path.stat().st_size)


def _refuse(wrong: bool, why: str) -> None:
    if wrong:
        raise ValueError(why)


READERS: dict[str, Callable[[Path], Found]] = {
    "AEDAT4": read_aedat4,
    "RAW": read_raw,
    "DAT": read_dat,
    "HDF5": read_hdf5,
    "NPZ": read_npz,
}

LIBRARIES = {"AEDAT4": ("cv2", "dv_processing"), "RAW": ("faery",), "DAT": ("faery",), "HDF5": ("h5py",), "NPZ": ()}
"""What each reader imports."""
