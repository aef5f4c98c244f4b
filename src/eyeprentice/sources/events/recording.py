"""Event recordings on disk, whatever their format: one streaming reader, one type, memory bounded by a packet.

| format | files | read with |
| --- | --- | --- |
| AEDAT4 | iniVation, `.aedat4`; frames of a DAVIS too | dv-processing |
| RAW (EVT2, EVT2.1, EVT3), DAT | Prophesee, `.raw`, `.dat` | NumPy |
| HDF5 | `.h5`, `.hdf5`: the layouts of docs/formats.md | h5py |
| NPZ | `.npz`: the layouts of docs/formats.md | NumPy |

What a file is, its first bytes tell; an extension that says otherwise is refused. Files are decoded in a process of
their own, which may be ended.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.files import sandbox
from eyeprentice.files.whole import open_regular
from eyeprentice.sources.events import packets
from eyeprentice.sources.events.checking import check_packets
from eyeprentice.sources.events.packets import Events
from eyeprentice.sources.events.readers import LIBRARIES
from eyeprentice.sources.events.readers.header import MOST_BYTES, kind_of_content
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError, install
from eyeprentice.words.notes import note_once

EXTENSIONS = {".aedat4": "AEDAT4", ".raw": "RAW", ".dat": "DAT", ".h5": "HDF5", ".hdf5": "HDF5", ".npz": "NPZ"}

Frame = tuple[int, NDArray[np.uint8]]
"""Time in µs, and a grey image (H, W)."""


@dataclass(frozen=True)
class Recording:
    """A recording that was opened; its streams can be read any number of times, from the beginning."""

    path: Path
    format: str
    width: int
    height: int
    geometry_from: str
    """Where width and height come from: the file, its name, an option, or the events themselves."""
    has_events: bool
    """Whether the camera took events; one that did may have seen none."""

    def events(self) -> Iterator[Events]:
        """All events in packets, in order of time; raises `InputError` at the first one that cannot be.

        Times are those of the file, in µs. What is doubtful about them is said in a note.
        """
        return check_packets(
            _events(self.path, self.format), self.width, self.height, self.path, partial(_note, self.path)
        )

    def frames(self) -> Iterator[Frame]:
        """The frames of a camera that has them (DAVIS), in order of time."""
        for answer, image in _read(self.path, self.format, "frames"):
            yield answer["t_us"], image


@dataclass(frozen=True)
class Summary:
    """What a recording holds."""

    events: int
    on_events: int
    t_first_us: int | None
    t_last_us: int | None
    width: int
    height: int
    frames: int


def open_recording(path: Path, geometry: tuple[int, int] | None = None) -> Recording:
    """Opens a recording; raises `InputError`.

    `geometry` is the sensor's width and height, for files that do not tell.
    """
    kind = recognise(path)
    ((answer, _),) = _read(path, kind, "sensor")
    told, has_events = answer["sensor"]
    size, source = geometry, "an option"
    if size is None:
        size, source = told, "the file"
    if size is None:
        size, source = _geometry_of_name(path), "the file's name"
    if size is None:
        size, source = _geometry_of_events(_events(path, kind)), "the events themselves"
    width, height = size
    if not (width > 0 and height > 0 and width * height <= limits.SENSOR_PIXELS):
        what = f"a sensor of {width}x{height} ({source})"
        raise InputError(
            path, what, f"give the sensor's size with --geometry; at most {limits.SENSOR_PIXELS:,} pixels can be read"
        )
    return Recording(path, kind, width, height, source, has_events)


def recognise(path: Path) -> str:
    """The format of a file by its first bytes; raises `InputError` if it is none, or if its extension lies."""
    with open_regular(path, "a recording") as file:
        head = file.read(MOST_BYTES)
    if not head:
        raise InputError(path, "empty", "record it again")
    kind = _by_content(head)
    named = EXTENSIONS.get(path.suffix.lower())
    if kind is None:
        raise InputError(path, "not a recording that can be read", f"give one of {', '.join(EXTENSIONS)}")
    if named is not None and named != kind:
        raise InputError(
            path, f"named {path.suffix}, but its content is {kind}", "rename the file to the extension of its content"
        )
    return kind


def summarise(recording: Recording) -> Summary:
    """Reads a recording once, from end to end."""
    count, on, first, last = 0, 0, None, None
    for events in recording.events():
        count, on = count + len(events), on + int(events["polarity"].sum())
        first = int(events["t_us"][0]) if first is None else first
        last = int(events["t_us"][-1])
    frames = sum(1 for _ in recording.frames())
    return Summary(count, on, first, last, recording.width, recording.height, frames)


def _by_content(head: bytes) -> str | None:
    if head.startswith(b"#!AER-DAT4"):
        return "AEDAT4"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "HDF5"
    if head.startswith(b"PK\x03\x04"):
        return "NPZ"
    if head.startswith(b"% "):
        with suppress(ValueError):
            return kind_of_content(head)
    return None


def _geometry_of_name(path: Path) -> tuple[int, int] | None:
    match = re.search(r"(?<!\d)(\d{2,4})x(\d{2,4})(?!\d)", path.stem)
    return (int(match[1]), int(match[2])) if match else None


def _geometry_of_events(packets: Iterator[Events]) -> tuple[int, int]:
    """The smallest sensor that has all pixels."""
    width = height = 1
    for events in packets:
        if len(events):
            width, height = max(width, int(events["x"].max()) + 1), max(height, int(events["y"].max()) + 1)
    return width, height


def _events(path: Path, kind: str) -> Iterator[Events]:
    for _, events in _read(path, kind, "events", packet=packets.PACKET):
        if events is not None:
            if events.dtype != packets.EVENT:
                raise InputError(path, "damaged or cut short (its decoder makes no sense)", "record or copy it again")
            yield events.view(packets.EVENT)


def _read(path: Path, kind: str, what: str, **options: int) -> Iterator[Any]:
    """What a reader yields in a process of its own; what is wrong with the file, in one line."""
    arguments = {"kind": kind, "path": str(path.absolute()), **options}
    try:
        for answer, array in sandbox.run_sandboxed(
            f"eyeprentice.sources.events.readers:read_{what}", arguments, LIBRARIES[kind]
        ):
            if not isinstance(answer, dict):
                raise sandbox.DecoderError("its decoder makes no sense")
            if "refused" in answer:
                said, todo = map(str, answer["refused"])
                raise InputError(path, said, todo)
            if "note" in answer:
                _note(path, str(answer["note"]))
            else:
                yield answer, array
    except ModuleNotFoundError as error:
        raise InputError(path, f"reading {kind} needs {error.name}", install("events")) from None
    except sandbox.DecoderError as error:
        raise InputError(path, f"damaged or cut short ({error})", "record or copy it again") from None


def _note(path: Path, text: str) -> None:
    note_once(f"{path}: {text}")
