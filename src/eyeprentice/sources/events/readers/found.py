"""What a reader finds in a file, and how it says that it will not read one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eyeprentice.sources.events.packets import Batch, Columns
from eyeprentice.words import limits

Size = tuple[int, int]
ColumnsPiece = Columns | str | None
Piece = Batch | str | None
"""Columns or rows of some events; or a note, in words; or nothing yet, from a reader that still looks at the file."""


class RefusedError(ValueError):
    """The file is not damaged, but it is not read: what is in it, and what to do."""

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(what)
        self.what, self.todo = what, todo


@dataclass(frozen=True)
class Found:
    """What a reader gives: the sensor's width and height, if the file tells, and its streams.

    `packets` is called with the largest number of events of a packet.
    """

    geometry: Size | None
    packets: Callable[[int], Iterator[Piece]]
    frames: Callable[[], Iterator[tuple[int, Any]]] = lambda: iter(())
    has_events: bool = True


def refuse_if(wrong: bool, why: str) -> None:
    """Raises `ValueError` for a file that is damaged or hostile."""
    if wrong:
        raise ValueError(why)


def check_count(count: int, path: Path) -> None:
    """Raises `ValueError` where a file announces more events than it can hold."""
    refuse_if(count > most_events(path), "it announces more events than a file of its size can hold")


def most_events(path: Path) -> int:
    """How many events a file may hold at most."""
    return min(limits.EVENTS, limits.EVENTS_ANYHOW + limits.EVENTS_A_BYTE * path.stat().st_size)


def seconds(t_us: int) -> str:
    """A time in words: `16.769031 s`."""
    return f"{t_us / 1e6:.6f} s"


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun: `1 event`, `2,000 events`."""
    return f"{count:,} {one if count == 1 else many}"
