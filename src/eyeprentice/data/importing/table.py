"""A table of labels as spreadsheets write it: separated by commas, semicolons, tabs or bars, in UTF-8 or UTF-16."""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from eyeprentice.data.importing.label import Label, check_label
from eyeprentice.files.whole import read_bytes
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import Subset

COLUMNS = {
    "file": ("filename", "file name", "file_name", "path", "filepath"),
    "emotion": ("label", "expression"),
    "subject": ("person", "participant"),
    "lighting": (),
    "sex": ("gender",),
    "age": (),
    "subset": ("split",),
}
"""What a table may have, and other names of the same columns, which count where the first is not there."""
_SEPARATORS = ",;\t|"
_SUBSETS: dict[str, Subset] = {"training": "training", "train": "training", "testing": "testing", "test": "testing"}
_SHOWN = 80

Row = dict[str, str]
"""What is said in a line, by the column; only cells that are not empty."""


class Listed(NamedTuple):
    """A line of a table: which file it names, and how that is labelled."""

    line: int
    file: str
    label: Label


def read_table(path: Path) -> list[Listed]:
    """The lines of a CSV with the columns `file`, `emotion` and any of `subject lighting sex age subset`.

    Empty lines are left out, and so are other columns. Raises `InputError` for what is no such table.
    """
    listed = []
    for line, row in _rows(path):
        where = f"{path}: line {line}"
        if "file" not in row:
            raise InputError(where, "names no file", "write the file's name, or remove the line")
        listed.append(Listed(line, row["file"], _label(row, where)))
    if not listed:
        raise InputError(path, "lists no file", "write a line for each file")
    return listed


def _rows(path: Path) -> list[tuple[int, Row]]:
    lines = _text(path).splitlines(keepends=True)
    begin = next((n for n, line in enumerate(lines) if line.strip(_SEPARATORS + ' "\r\n')), len(lines))
    if begin < len(lines) and re.fullmatch(r"sep=[,;|\t]", lines[begin].strip("\r\n ")):  # which Excel writes
        begin += 1
    if begin >= len(lines):
        raise InputError(path, "is empty", "give a table with the columns file and emotion")
    separator = _separator(path, lines[begin])
    rows = []
    names: list[str | None] = []
    reader = csv.reader(io.StringIO("".join(lines[begin:]), newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            line = begin + reader.line_num
            if any("\n" in cell or "\r" in cell for cell in cells):
                what = "has a line break in a cell; a quotation mark may be missing"
                raise InputError(f"{path}: line {line}", what, "correct the line")
            cells = [cell.strip() for cell in cells]
            if not names:
                names = _columns(path, cells)
            elif any(cells):
                if any(cells[len(names) :]):
                    what = f"has {len(cells)} cells, and the first line has {len(names)}"
                    raise InputError(f"{path}: line {line}", what, "put a name that contains the separator in quotes")
                rows.append((line, {name: cell for name, cell in zip(names, cells, strict=False) if name and cell}))
    except csv.Error as error:
        where = f"{path}: line {begin + reader.line_num}"
        raise InputError(where, f"cannot be read as a table ({error})", "look at its quotation marks") from None
    return rows


def _text(path: Path) -> str:
    content = read_bytes(path, limits.TEXT_BYTES, "a CSV file")
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, f"not text in UTF-8 ({error})", "save it as CSV in UTF-8") from None
    if "\0" in text:
        raise InputError(path, "not text: it contains zero bytes", "save it as CSV in UTF-8")
    return text


def _separator(path: Path, header: str) -> str:
    """The one by which the first line has the columns that are needed."""
    for separator in _SEPARATORS:
        cells = {_plain(cell) for cell in next(csv.reader([header], delimiter=separator), [])}
        if all(cells & {column, *COLUMNS[column]} for column in ("file", "emotion")):
            return separator
    what = f"needs the columns file and emotion; its first line is '{header.strip()[:_SHOWN]}'"
    raise InputError(path, what, "name them in its first line")


def _columns(path: Path, cells: list[str]) -> list[str | None]:
    """Of each column our name, or None for one that is not used."""
    plain = [_plain(cell) for cell in cells]
    counted = Counter(plain)
    names: list[str | None] = [None] * len(plain)
    for column, others in COLUMNS.items():
        spelt = [column] if column in counted else [other for other in others if other in counted]
        if len(spelt) > 1 or any(counted[name] > 1 for name in spelt):
            twice = " and ".join(spelt) if len(spelt) > 1 else f"two columns {spelt[0]}"
            raise InputError(path, f"has {twice}, which mean the same", f"keep one, and call it {column}")
        if spelt:
            names[plain.index(spelt[0])] = column
    return names


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().casefold()


def _label(row: Row, where: str) -> Label:
    age = row.get("age")
    if age is not None and not re.fullmatch("[0-9]{1,3}", age):
        raise InputError(where, f"'{age}' is not an age", "write whole years")
    if (sex := row.get("sex")) is not None and not re.fullmatch(r"[A-Za-z-]+", sex):
        raise InputError(where, f"'{sex}' cannot be part of a sequence's name", "write sex as one word of letters")
    subset = row.get("subset")
    if subset is not None and subset.lower() not in _SUBSETS:
        raise InputError(where, f"'{subset}' is not a subset", "use training or testing")
    label = Label(row.get("emotion"), row.get("subject"), row.get("lighting"), sex, None if age is None else int(age))
    return check_label(replace(label, subset=None if subset is None else _SUBSETS[subset.lower()]), where)
