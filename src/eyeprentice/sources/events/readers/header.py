"""The lines of text before the events of Prophesee's RAW and DAT files (docs.prophesee.ai, "File Formats").

A line is `% keyword value`. The first line that does not begin with `% ` is data, and so is what follows `% end`.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from eyeprentice.sources.events.readers.found import Size, refuse_if

MOST_BYTES = 1 << 16
"""Of a header."""
GEN3, GEN4, GENX320 = (640, 480), (1280, 720), (320, 320)
SIZES: dict[int, Size] = {
    **dict.fromkeys((0x15, 0x1C, 0x17, 0x97, 0x19, 0x99, 0x1D, 0x23, 0x21, 0xA1, 0x22, 0xA2, 0x29, 0x28), GEN3),
    **dict.fromkeys((0x1A, 0x9A, 0x1E, 0x2E, 0x20, 0x1F, 0x27, 0x30, 0x31, 0x32, 0x3A), GEN4),
    **dict.fromkeys((0x3B, 0x40), GENX320),
}
"""Pixels of the sensors of cameras, by their `system_ID`, for headers that do not tell (openeb)."""


@dataclass(frozen=True)
class Header:
    """What a header says: keywords in lower case, and where the data begin."""

    values: dict[str, str]
    end: int
    options: dict[str, str]
    """Of the line `format`: `EVT3;height=720;width=1280` has a height and a width."""

    @property
    def encoding(self) -> str | None:
        """As in `EVT21`, in capitals; None if it is not told."""
        name = self.values.get("format", "").split(";")[0].strip().upper() or "EVT" + self.values.get("evt", "")
        version = re.match(r"EVT *(\d)(\.?([1-9]))?", name)
        return f"EVT{version[1]}{version[3] or ''}" if version else None if name == "EVT" else name

    @property
    def order(self) -> str | None:
        """Of bytes: little, big or legacy; None if it is not told."""
        return self.options.get("endianness", self.values.get("endianness", "")).lower() or None

    @property
    def geometry(self) -> Size | None:
        """Width and height of the sensor."""
        for pair in (
            (self.options.get("width", ""), self.options.get("height", "")),
            tuple(self.values.get("geometry", "").lower().split("x")),
            (self.values.get("width", ""), self.values.get("height", "")),
        ):
            if len(pair) == 2 and all(re.fullmatch(r" *[0-9]{1,9} *", part) for part in pair):
                return int(pair[0]), int(pair[1])
        number = self.values.get("system_id", "")
        return SIZES.get(int(number)) if re.fullmatch(r"[0-9]{1,9}", number) else None


def read_header(path: Path, more: int) -> tuple[Header, bytes]:
    """A file's header, and so many bytes of what follows it; raises `ValueError` if the header does not end."""
    with path.open("rb") as file:
        header = parse_header(file.read(MOST_BYTES))
        file.seek(header.end)
        return header, file.read(more)


def parse_header(head: bytes) -> Header:
    """The header at the beginning of some bytes; raises `ValueError` if it does not end in them."""
    values: dict[str, str] = {}
    end = 0
    while head.startswith(b"% ", end):
        line_end = head.find(b"\n", end)
        refuse_if(line_end < 0, "its header does not end")
        line = head[end + 2 : line_end].decode("utf-8", "replace").strip()
        end = line_end + 1
        keyword, _, value = line.partition(" ")
        if line.lower().startswith("data file containing"):
            keyword, value = "data file containing", line[len("data file containing") :]
        if keyword.lower() == "end":
            break
        values.setdefault(keyword.lower(), value.strip())
    told = (part.split("=", 1) for part in values.get("format", "").split(";")[1:] if "=" in part)
    return Header(values, end, {name.strip().lower(): value.strip() for name, value in told})


def kind_of_content(head: bytes) -> Literal["RAW", "DAT"]:
    """Which of the two a file is that begins with `% `: what its header says, and else what follows it."""
    header = parse_header(head)
    if header.encoding is not None:
        return "RAW"
    if "data file containing" in header.values:
        return "DAT"
    kind, size = head[header.end : header.end + 1], head[header.end + 1 : header.end + 2]
    is_dat = size == b"\x08" and kind in (b"\x00", b"\x0c")
    return "DAT" if is_dat or {"version", "width", "height"} & set(header.values) else "RAW"
