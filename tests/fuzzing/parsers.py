"""Every parser of ours: what it is fed with, intact, and how it is called."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Parser:
    """A way in for files."""

    prepare: Callable[[Path], list[Path]]
    """Fills a folder with intact files, and tells which of them are to be replaced by mutated ones."""
    read: Callable[[Path, Path], Any]
    """Reads what the folder holds, given also the path of the file that was replaced."""
    tokens: tuple[bytes, ...] = ()
    """What means something in this format."""


def _recordings(*names: str) -> Callable[[Path], list[Path]]:
    def prepare(folder: Path) -> list[Path]:
        from tests.events.recordings import WRITERS, random_events

        for name in names:
            WRITERS[name](folder / name, random_events(300))
        return [folder / name for name in names]

    return prepare


def _read_recording(_: Path, path: Path) -> None:
    from eyeprentice.events.recording import open_recording, summarise

    summarise(open_recording(path))


JSON_TOKENS = (
    b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"[" * 2000, b'{"a":' * 500, b"null", b"[]", b"{}", b'""', b"true",
    b'"../../x"', b'"/etc/passwd"', b"\xed\xa0\x80", b'"\\u0000"', b'"\\ud800"', b"-1", b"0.5", b"1e308", b",", b":",
)  # fmt: skip
NPY_TOKENS = (b"'|O'", b"'<f8'", b"'|V1000000000'", b"(-1,)", b"(1099511627776,)", b"()", b"(5, 5)", b"'<U9'")

PARSERS: dict[str, Parser] = {
    "aedat4": Parser(_recordings("a.aedat4"), _read_recording),
    "raw": Parser(_recordings("evt2.raw", "evt3.raw"), _read_recording, (b"% format EVT21", b"% geometry 9x9\n")),
    "dat": Parser(_recordings("dat2.dat", "2d.dat"), _read_recording, (b"% Width 9\n", b"% Version 1\n")),
    "hdf5": Parser(_recordings("a.h5", "b.hdf5"), _read_recording),
    "npz": Parser(_recordings("a.npz", "b.npz", "stored.npz"), _read_recording, NPY_TOKENS),
}
