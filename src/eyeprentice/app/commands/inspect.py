import json as json_format
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from eyeprentice.sources.events.recording import Summary, open_recording, summarise
from eyeprentice.sources.frames import kind_of, open_frames
from eyeprentice.words.errors import InputError, printable
from eyeprentice.words.terminal import open_console


def inspect(file: Path, *, json: bool = False, geometry: str | None = None) -> None:
    """Show what is in a video or an event recording (AEDAT4, Prophesee RAW and DAT, HDF5, NPZ), read to its end.

    Example: eyeprentice inspect recording.aedat4

    Args:
        file: the recording or video
        json: print JSON instead of a table
        geometry: width and height of the sensor, written 640x480, if the recording does not state them
    """
    if kind_of(file) == "video":
        kind, source, summary = "video", "the file", _summarise_video(file)
    else:
        recording = open_recording(file, _parse_geometry(geometry))
        kind, source, summary = recording.format, recording.geometry_from, summarise(recording)
    if json:
        print(json_format.dumps(asdict(summary)))
        return
    table = Table(
        title=f"{printable(str(file))} ({kind}; geometry from {source})", title_justify="left", show_header=False
    )
    for name, value in asdict(summary).items():
        table.add_row(name, "–" if value is None else f"{value:,}" if not name.startswith("t_") else str(value))
    open_console().print(table)


def _summarise_video(path: Path) -> Summary:
    count, first, last, shape = 0, 0, 0, (0, 0)
    for t_us, image in open_frames(path):
        first = t_us if count == 0 else first
        count, last, shape = count + 1, t_us, (image.shape[0], image.shape[1])
    return Summary(0, 0, first, last, shape[1], shape[0], count)


def _parse_geometry(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise InputError("geometry", f"'{text}' is not a width and a height", "write it like 640x480")
    return int(width), int(height)
