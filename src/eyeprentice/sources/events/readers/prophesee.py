"""Prophesee's RAW and DAT files: words from the disk, in pieces that fit into the memory, to columns of events."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.readers.clock import Clock, in_order
from eyeprentice.sources.events.readers.encodings import encoding_of, words_of
from eyeprentice.sources.events.readers.evt import Encoding
from eyeprentice.sources.events.readers.found import ColumnsPiece, Found, RefusedError, counted, refuse_if
from eyeprentice.sources.events.readers.header import read_header

PIECE = 1 << 18
"""Bytes that are read at once."""
LOOKED_AT = 1 << 16
"""Bytes of which an encoding is told, where a header does not tell it."""
EVENT_2D, EVENT_CD = 0, 12
"""Types of DAT files that hold events of pixels; both have the same layout."""


def read_raw(path: Path) -> Found:
    """Raises `RefusedError` for an encoding that is not known, and for a header that the data contradict."""
    header, sample = read_header(path, LOOKED_AT)
    encoding, order = encoding_of(header, sample)
    return Found(header.geometry, lambda _: _raw_events(path, header.end, encoding(), order))


def read_dat(path: Path) -> Found:
    """Events of pixels, "cd" or the older "2d" (N-CARS), versions 1 and 2; raises `RefusedError` for others."""
    header, kind_and_size = read_header(path, 2)
    kind, size = (*kind_and_size, 0, 0)[:2]
    if kind not in (EVENT_2D, EVENT_CD):
        raise RefusedError(f"it holds no events of pixels, but of type {kind}", "give a recording of events")
    refuse_if(size != 8, f"its events take {size} bytes, not 8")
    version = header.values.get("version", "2")
    if version not in ("1", "2"):
        raise RefusedError(f"its version {version[:20]} of DAT is not known", "export it as version 2, or as RAW")
    return Found(header.geometry, lambda _: _dat_events(path, header.end + 2, version == "1"))


def _raw_events(path: Path, start: int, decoder: Encoding, order: str) -> Iterator[ColumnsPiece]:
    yield from in_order(_raw_columns(path, start, decoder, order), decoder.clock)
    if decoder.lost:
        lost = counted(decoder.lost, "event comes", "events come")
        yield f"{lost} before the first words of time and place, and {'was' if decoder.lost == 1 else 'were'} left out"


def _raw_columns(path: Path, start: int, decoder: Encoding, order: str) -> Iterator[ColumnsPiece]:
    """Pieces end before their last word of time, so that each such word is seen with the next one."""
    size = decoder.SIZE
    waiting = np.empty(0, f"u{size}")
    with path.open("rb") as file:
        file.seek(start)
        for content in iter(partial(file.read, PIECE), b""):
            if len(content) % size:
                yield _rest(len(content) % size, "word")
            words = np.concatenate([waiting, words_of(content, size, order)])
            end = _last_time(decoder, words)
            waiting = words[end:]
            if end:
                yield decoder.decode(words[:end], int(decoder.high(waiting[:1])[0]) if len(waiting) else None)
    if len(waiting):
        yield decoder.decode(waiting, None)


def _last_time(decoder: Encoding, words: NDArray[Any]) -> int:
    """Where the last word of time is, or the end if there is none after the first word."""
    for tail in (4096, len(words)):  # it is usually near
        highs = np.flatnonzero(decoder.kinds(words[-tail:]) == 8)
        if len(highs) and (at := max(0, len(words) - tail) + int(highs[-1])):
            return at
    return len(words)


def _dat_events(path: Path, start: int, is_first_version: bool) -> Iterator[ColumnsPiece]:
    clock = Clock(1 << 32, 1)
    yield from in_order(_dat_columns(path, start, clock, is_first_version), clock)


def _dat_columns(path: Path, start: int, clock: Clock, is_first_version: bool) -> Iterator[ColumnsPiece]:
    count = 0
    with path.open("rb") as file:
        file.seek(start)
        for content in iter(partial(file.read, PIECE), b""):
            if len(content) % 8:
                yield _rest(len(content) % 8, "event")
            rows = np.frombuffer(content, "<u4", len(content) // 8 * 2).reshape(-1, 2)
            place: Callable[[int], int] = partial(int.__add__, count)
            t_us = clock.ticks(rows[:, 0].astype(np.int64), place)
            count += len(rows)
            word = rows[:, 1]
            if is_first_version:
                yield t_us, word & 511, (word >> 9) & 255, (word >> 17) & 1 != 0
            else:
                yield t_us, word & 16383, (word >> 14) & 16383, (word >> 28) & 1 != 0


def _rest(count: int, unit: str) -> str:
    """A note for bytes at the end of a file."""
    last = "its last byte is" if count == 1 else f"its last {count} bytes are"
    return f"{last} no whole {unit}: it may have been cut short"
