"""One reader a format: what a file says of its sensor, and its events and frames as streams.

They run in a process of their own (`files.sandbox`), which contains what a library does with a hostile file.
Whatever a file says is checked against `words.limits` before memory is asked for. Imports `words`, `packets` and, for
room for arrays, `files`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from eyeprentice.files.sandbox_child import room
from eyeprentice.sources.events.packets import in_packets
from eyeprentice.sources.events.readers.aedat4 import read_aedat4
from eyeprentice.sources.events.readers.found import Found, RefusedError, most_events, refuse_if
from eyeprentice.sources.events.readers.hdf5 import read_hdf5
from eyeprentice.sources.events.readers.npz import read_npz
from eyeprentice.sources.events.readers.prophesee import read_dat, read_raw
from eyeprentice.words import limits

READERS: dict[str, Callable[[Path], Found]] = {
    "AEDAT4": read_aedat4,
    "RAW": read_raw,
    "DAT": read_dat,
    "HDF5": read_hdf5,
    "NPZ": read_npz,
}

LIBRARIES = {"AEDAT4": ("cv2", "dv_processing"), "RAW": (), "DAT": (), "HDF5": ("h5py",), "NPZ": ()}
"""What each reader imports."""

Answer = tuple[dict[str, Any], Any]
"""A dictionary with one entry, and an array or None.

`sensor`: width and height (or null) and whether there are events; `note`: what to say; `refused`: what is in the file
and what to do; `t_us`: the time of the frame that comes with it. Without an entry, an array of events may come with it.
"""


def read_sensor(kind: str, path: str) -> Iterator[Answer]:
    """A sensor's width and height, and whether there are events."""
    try:
        found = READERS[kind](Path(path))
        yield {"sensor": [found.geometry, found.has_events]}, None
    except RefusedError as error:
        yield {"refused": [error.what, error.todo]}, None


def read_events(kind: str, path: str, packet: int) -> Iterator[Answer]:
    """All events, in packets of `packet` at most; raises `ValueError` where they are more than the file can hold."""
    count, most = 0, most_events(Path(path))
    try:
        for piece in in_packets(READERS[kind](Path(path)).packets(packet), packet, room):
            if isinstance(piece, np.ndarray):
                count += len(piece)
                refuse_if(count > most, "it holds more events than a file of its size can")
                yield {}, piece
            else:
                yield {} if piece is None else {"note": piece}, None
    except RefusedError as error:
        yield {"refused": [error.what, error.todo]}, None


def read_frames(kind: str, path: str) -> Iterator[Answer]:
    """All frames: time in µs, and grey image (H, W) uint8."""
    try:
        for t_us, image in READERS[kind](Path(path)).frames():
            refuse_if(image.size > limits.PIXELS, f"a frame has more than {limits.PIXELS:,} pixels")
            yield {"t_us": int(t_us)}, image.astype(np.uint8, copy=False)
    except RefusedError as error:
        yield {"refused": [error.what, error.todo]}, None


__all__ = ["LIBRARIES", "READERS", "read_events", "read_frames", "read_sensor"]
