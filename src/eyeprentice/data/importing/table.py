"""A table of labels as spreadsheets write it: separated by commas, semicolons, tabs or bars, in UTF-8 or UTF-16."""

import codecs
import csv
import io
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from eyeprentice.data.importing.label import Label, check_label, plain, usual_letters
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
_NO_TEXT = {
    b"PK\x03\x04": "a workbook (.xlsx or .ods) or another ZIP archive, not a CSV file",
    b"\xd0\xcf\x11\xe0": "a workbook (.xls), not a CSV file",
    b"\x1f\x8b": "a compressed file, not a CSV file",
    b"%PDF": "a PDF document, not a CSV file",
    codecs.BOM_UTF32_LE: "text in UTF-32",
    codecs.BOM_UTF32_BE: "text in UTF-32",
}
"""What files begin with that are taken for a table by mistake, and what they are."""
_SAVE = "save the table as CSV in UTF-8"

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
    for begin, what in _NO_TEXT.items():
        if content.startswith(begin):
            raise InputError(path, what, _SAVE)
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not is_wide and any(2 * half.count(0) > len(half) for half in (content[0::2], content[1::2])):
        raise InputError(path, "text in UTF-16 without a byte order mark", _SAVE)
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, f"not text in UTF-8 ({error})", _SAVE) from None
    if "\0" in text:
        raise InputError(path, "not text: it contains zero bytes", _SAVE)
    return text


def _separator(path: Path, header: str) -> str:
    """The one by which the first line has the columns that are needed."""
    for separator in _SEPARATORS:
        cells = {plain(cell) for cell in next(csv.reader([header], delimiter=separator), [])}
        if all(cells & {column, *COLUMNS[column]} for column in ("file", "emotion")):
            return separator
    what = f"needs the columns file and emotion; its first line is '{header.strip()[:_SHOWN]}'"
    raise InputError(path, what, "name them in its first line")


def _columns(path: Path, cells: list[str]) -> list[str | None]:
    """Of each column our name, or None for one that is not used."""
    spellings = [plain(cell) for cell in cells]
    counted = Counter(spellings)
    names: list[str | None] = [None] * len(spellings)
    for column, others in COLUMNS.items():
        spelt = [column] if column in counted else [other for other in others if other in counted]
        if len(spelt) > 1 or any(counted[name] > 1 for name in spelt):
            twice = " and ".join(spelt) if len(spelt) > 1 else f"two columns {spelt[0]}"
            raise InputError(path, f"has {twice}, which mean the same", f"keep one, and call it {column}")
        if spelt:
            names[spellings.index(spelt[0])] = column
    return names


def _label(row: Row, where: str) -> Label:
    row = {name: text for name, cell in row.items() if (text := usual_letters(cell))}
    age = row.get("age")
    if age is not None and not re.fullmatch("[0-9]{1,3}([.,]0*)?", age):  # 33.0, as spreadsheets write it
        raise InputError(where, f"'{age}' is not an age", "write whole years")
    if (sex := row.get("sex")) is not None and not re.fullmatch(r"[A-Za-z-]+", sex):
        raise InputError(where, f"'{sex}' cannot be part of a sequence's name", "write sex as one word of letters")
    subset = row.get("subset")
    if subset is not None and subset.lower() not in _SUBSETS:
        raise InputError(where, f"'{subset}' is not a subset", "use training or testing")
    years = None if age is None else int(re.split("[.,]", age)[0])
    label = Label(row.get("emotion"), row.get("subject"), row.get("lighting"), sex, years)
    return check_label(replace(label, subset=None if subset is None else _SUBSETS[subset.lower()]), where)
