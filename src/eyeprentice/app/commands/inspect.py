import json as json_format
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from eyeprentice.sources.inspection import Inspected, inspect_file
from eyeprentice.words.errors import InputError, printable
from eyeprentice.words.terminal import open_console


def inspect(file: Path, *, json: bool = False, geometry: str | None = None) -> None:
    """Show what is in a video, a folder of pictures or an event recording, read to its end.

    Recordings are AEDAT4, Prophesee RAW and DAT, HDF5 and NPZ. The frame rate is measured from the times of the frames.

    Example: eyeprentice inspect recording.aedat4

    Args:
        file: the recording or video, or a picture, or a folder of pictures
        json: print JSON instead of a table
        geometry: width and height of the sensor, written 640x480, if the recording does not state them
    """
    found = inspect_file(file, _parse_geometry(geometry))
    if json:
        print(json_format.dumps(asdict(found)))
        return
    title = f"{printable(str(file))} ({found.kind}; geometry from {found.geometry_from})"
    table = Table(title=title, title_justify="left", show_header=False)
    for row in _rows(found):
        table.add_row(*row)
    open_console().print(table)


def _rows(found: Inspected) -> Iterator[tuple[str, str]]:
    if found.events or not found.frames:
        yield "events", f"{found.events:,}, of which {found.on_events:,} are ON"
        yield "events a second", "–" if found.events_a_second is None else f"{found.events_a_second:,.0f} (mean)"
    yield "frames", f"{found.frames:,}"
    yield "size", ", ".join(found.sizes) or f"{found.width}x{found.height}"
    if found.depths:
        low, high = found.levels or (0, 0)
        yield "depth", f"{', '.join(found.depths)}; levels {low:,} to {high:,}"
    if found.frame_gaps_ms is not None:
        low_ms, high_ms = found.frame_gaps_ms
        how = "even" if found.frames_even else f"uneven: {low_ms:,.1f} to {high_ms:,.1f} ms from one to the next"
        rate = "–" if found.frame_rate_hz is None else f"{found.frame_rate_hz:.2f}"
        yield "frames a second", f"{rate}, {how}"
    elif found.frame_rate_from is not None:
        yield "frames a second", f"{found.frame_rate_hz:.2f} ({found.frame_rate_from}: the files tell no times)"
    if found.duration_s is not None:
        yield "duration", f"{found.duration_s:,.3f} s"
    if found.t_first_us is not None:
        yield "first and last time", f"{found.t_first_us} and {found.t_last_us} µs"


def _parse_geometry(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise InputError("geometry", f"'{text}' is not a width and a height", "write it like 640x480")
    return int(width), int(height)
