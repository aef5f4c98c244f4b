"""Prophesee's RAW and DAT files: words from the disk, in pieces that fit into the memory, to columns of events."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.readers.clock import Clock, in_order
from eyeprentice.sources.events.readers.evt import Encoding, Evt2, Evt3, Evt21
from eyeprentice.sources.events.readers.found import Found, Piece, RefusedError, refuse_if
from eyeprentice.sources.events.readers.header import Header, read_header

Known = type[Evt2] | type[Evt21] | type[Evt3]
ENCODINGS: dict[str, Known] = {"EVT2": Evt2, "EVT3": Evt3, "EVT21": Evt21}
ORDERS = ("little", "big", "legacy")
"""Of bytes. Legacy: the upper half of a word of 64 bits comes first, each half in little order."""
PIECE = 1 << 18
"""Bytes that are read at once."""
LOOKED_AT = 1 << 16
"""Bytes of which an encoding is told, where a header does not tell it."""
MOST_WRONG = 0.05
"""Share of words that may make no sense in an encoding; in a wrong one it is a third and more."""
EVENT_2D, EVENT_CD = 0, 12
"""Types of DAT files that hold events of pixels; both have the same layout."""


def read_raw(path: Path) -> Found:
    """Raises `RefusedError` for an encoding that is not known, and for a header that the data contradict."""
    header, sample = read_header(path, LOOKED_AT)
    encoding, order = _encoding(header, sample)
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


def _encoding(header: Header, sample: bytes) -> tuple[Known, str]:
    """The encoding and the order of bytes: what the header says, if the data agree, and else what fits best."""
    named, order = header.encoding, header.order
    if named is not None and named not in ENCODINGS:
        raise RefusedError(
            f"its encoding is {named[:20]}, which is not read", f"export it as one of {', '.join(ENCODINGS)}"
        )
    if order is not None and order not in ORDERS:
        raise RefusedError(
            f"its order of bytes is '{order[:20]}', which is not known", f"give one of {', '.join(ORDERS)}"
        )
    fits = {
        (name, way): _misfit(encoding, _words(sample, encoding.SIZE, way))
        for name, encoding in ENCODINGS.items()
        for way in ((order,) if order else ORDERS)
        if order or way != "legacy" or name == "EVT21"
    }
    best = min(fits, key=lambda key: (fits[key] > MOST_WRONG, key[0] != named, fits[key]))
    if named is None and fits[best] > MOST_WRONG:
        raise RefusedError("its header tells no encoding, and its data fit none", "correct its header")
    if named is not None and best[0] != named:
        raise RefusedError(f"its header says {named}, but its data are {best[0]}", "correct its header")
    return ENCODINGS[best[0]], best[1]


def _misfit(encoding: Known, words: NDArray[Any]) -> float:
    """Share of the words of kinds that are not defined, and a little for times that fall; 1 without any time."""
    kinds = encoding.kinds(words)
    highs = encoding.high(words[kinds == 8])
    if not len(highs):
        return 1.0
    unknown = ~np.isin(kinds, np.array(sorted(encoding.KINDS), np.uint8))
    return float(unknown.mean()) + MOST_WRONG / 2 * float((np.diff(highs) < 0).mean() if len(highs) > 1 else 0)


def _words(content: bytes, size: int, order: str) -> NDArray[Any]:
    """Whole words in the order of this machine; what is left over at the end is left out."""
    words = np.frombuffer(content, f"{'>' if order == 'big' else '<'}u{size}", len(content) // size)
    if order == "legacy" and size == 8:
        return (words << np.uint64(32)) | (words >> np.uint64(32))
    return words.astype(f"u{size}", copy=False)


def _raw_events(path: Path, start: int, decoder: Encoding, order: str) -> Iterator[Piece]:
    yield from in_order(_raw_columns(path, start, decoder, order), decoder.clock)
    if decoder.lost:
        yield f"{decoder.lost:,} events come before the first words of time and place, and were left out"


def _raw_columns(path: Path, start: int, decoder: Encoding, order: str) -> Iterator[Piece]:
    """Pieces end before their last word of time, so that each such word is seen with the next one."""
    size = decoder.SIZE
    waiting = np.empty(0, f"u{size}")
    with path.open("rb") as file:
        file.seek(start)
        for content in iter(partial(file.read, PIECE), b""):
            if len(content) % size:
                yield f"its last {len(content) % size} bytes are no whole word: it may have been cut short"
            words = np.concatenate([waiting, _words(content, size, order)])
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


def _dat_events(path: Path, start: int, is_first_version: bool) -> Iterator[Piece]:
    clock = Clock(1 << 32, 1)
    yield from in_order(_dat_columns(path, start, clock, is_first_version), clock)


def _dat_columns(path: Path, start: int, clock: Clock, is_first_version: bool) -> Iterator[Piece]:
    count = 0
    with path.open("rb") as file:
        file.seek(start)
        for content in iter(partial(file.read, PIECE), b""):
            if len(content) % 8:
                yield f"its last {len(content) % 8} bytes are no whole event: it may have been cut short"
            rows = np.frombuffer(content, "<u4", len(content) // 8 * 2).reshape(-1, 2)
            place: Callable[[int], int] = partial(int.__add__, count)
            t_us = clock.ticks(rows[:, 0].astype(np.int64), place)
            count += len(rows)
            word = rows[:, 1]
            if is_first_version:
                yield t_us, word & 511, (word >> 9) & 255, (word >> 17) & 1 != 0
            else:
                yield t_us, word & 16383, (word >> 14) & 16383, (word >> 28) & 1 != 0
