"""Prophesee's files, written word by word as its pages describe them, without any library."""

import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np

DATE = "% date 2023-03-29 16:37:46\n"


def evt2(events: np.ndarray) -> np.ndarray:
    """EVT2 of events in order: a word of time wherever its upper part changes."""
    words, high = [], None
    for t_us, x, y, polarity in events.tolist():
        if t_us >> 6 != high:
            high = t_us >> 6
            words.append(8 << 28 | high & 0xFFFFFFF)
        words.append(int(polarity) << 28 | (t_us & 63) << 22 | x << 11 | y)
    return np.array(words, "<u4")


def evt21(events: np.ndarray) -> np.ndarray:
    """EVT2.1: neighbours of one time, row, polarity and group of 32 pixels share a word."""
    words, high, before = [], None, None
    for t_us, x, y, polarity in events.tolist():
        if t_us >> 6 != high:
            high, before = t_us >> 6, None
            words.append(8 << 60 | (high & 0xFFFFFFF) << 32)
        head = int(polarity) << 60 | (t_us & 63) << 54 | (x & ~31) << 43 | y << 32
        if head == before and words[-1] & 0xFFFFFFFF < 1 << (x & 31):
            words[-1] |= 1 << (x & 31)
        else:
            words.append(head | 1 << (x & 31))
        before = head
    return np.array(words, "<u8")


def evt3(events: np.ndarray) -> np.ndarray:
    """EVT3 of single events: rows and times where they change."""
    words, high, low, row = [], None, None, None
    for t_us, x, y, polarity in events.tolist():
        if t_us >> 12 != high:
            high, low = t_us >> 12, None
            words.append(8 << 12 | high & 0xFFF)
        if t_us & 0xFFF != low:
            low = t_us & 0xFFF
            words.append(6 << 12 | low)
        if y != row:
            row = y
            words.append(y)
        words.append(2 << 12 | int(polarity) << 11 | x)
    return np.array(words, "<u2")


def evt3_vectors(rng: np.random.Generator, count: int) -> tuple[np.ndarray, list[tuple[int, int, int, bool]]]:
    """Random words of EVT3 with vectors, and the events that they are, one by one."""
    words, events = [], []
    t_us, y, base, on = 0, 0, 0, False

    def hit(x: int, polarity: bool) -> None:
        events.append((t_us, x, y, polarity))

    for _ in range(count):
        kind = rng.integers(5)
        if kind == 0:
            t_us += int(rng.integers(1, 3000))
            words += [8 << 12 | t_us >> 12 & 0xFFF, 6 << 12 | t_us & 0xFFF]
        elif kind == 1:
            y = int(rng.integers(720))
            words.append(y)
        elif kind == 2:
            x, single = int(rng.integers(1280)), bool(rng.integers(2))
            words.append(2 << 12 | single << 11 | x)
            hit(x, single)
        elif kind == 3:
            base, on = int(rng.integers(900)), bool(rng.integers(2))
            words.append(3 << 12 | on << 11 | base)
            for width, code in ((12, 4), (12, 4), (8, 5)):
                mask = int(rng.integers(1 << width)) & int(rng.integers(1 << width))
                words.append(code << 12 | mask)
                for bit in range(width):
                    if mask >> bit & 1:
                        hit(base + bit, on)
                base += width
        else:
            words.append(int(rng.choice([7, 10, 14, 15])) << 12)
    return np.array([8 << 12, 6 << 12, 0, *words], "<u2"), events


def own_times(counters: Iterable[int], low: int = 7) -> np.ndarray:
    """EVT3 in which each event has its own words of time; a counter of None has lost its word."""
    words = []
    for number, counter in enumerate(counters):
        words += [] if counter is None else [8 << 12 | counter % 4096]
        words += [6 << 12 | low, 5, 2 << 12 | number % 600]
    return np.array(words, "<u2")


def write_raw(path: Path, header: str, words: np.ndarray) -> Path:
    """A RAW file; the header's lines come without `% end`."""
    path.write_bytes(header.encode() + words.tobytes())
    return path


def write_dat(path: Path, events: np.ndarray, header: str, kind: int = 12, version: int = 2) -> Path:
    """A DAT file; times of more than 32 bits start again."""
    shifts = (9, 17) if version == 1 else (14, 28)
    words = events["x"].astype("<u4") | events["y"].astype("<u4") << shifts[0]
    words |= events["polarity"].astype("<u4") << shifts[1]
    rows = np.stack([(events["t_us"] & 0xFFFFFFFF).astype("<u4"), words], axis=1).astype("<u4")
    path.write_bytes(header.encode() + struct.pack("BB", kind, 8) + rows.tobytes())
    return path
