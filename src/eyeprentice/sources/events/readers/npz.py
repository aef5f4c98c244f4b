"""NPZ: events as one compound, as columns, or as a table of four columns, row by row: NumPy would read it whole."""

import os
import re
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from eyeprentice.sources.events.packets import Columns
from eyeprentice.sources.events.readers.found import Found, RefusedError, check_count, refuse_if
from eyeprentice.sources.events.readers.meaning import events_of
from eyeprentice.sources.events.readers.tables import (
    FIELDS,
    LOOKED_AT,
    Table,
    check_lengths,
    check_numbers,
    named_columns,
    one_axis,
    order_note,
    order_of,
    shape_text,
    unknown_layout,
)
from eyeprentice.sources.events.readers.told import is_told, told_of, whole_number
from eyeprentice.words import limits

MOST_ARRAYS = 1000
CALLED = re.compile(r"event|(?<![a-z])(evts?|evs?|dvs)(?![a-z])", re.IGNORECASE)
"""How arrays of events are called."""
NAMELESS = re.compile(r"arr_[0-9]+|data", re.IGNORECASE)
"""How arrays are called that were given no name."""


class _Array(NamedTuple):
    """The description of an array."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    by_columns: bool

    @property
    def names(self) -> dict[str, str] | None:
        """Of the columns of a compound."""
        return named_columns(self.dtype.names or ())

    @property
    def is_table(self) -> bool:
        """Whether it may be four columns without names, beside or below each other."""
        return self.dtype.names is None and len(self.shape) == 2 and 4 in self.shape


class _Place(NamedTuple):
    """Where events are: in arrays of t, x, y and p, or in one array (by the name "") that has names or none."""

    columns: dict[str, str]
    order: tuple[int, ...] = ()
    """Of a table without names."""

    @property
    def text(self) -> str:
        return ", ".join(self.columns.values())


def read_npz(path: Path) -> Found:
    """Raises `RefusedError` for a layout that is not known, and `ValueError` for what is damaged or hostile."""
    with zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
        refuse_if(len(names) > MOST_ARRAYS, "it holds too many arrays")
        arrays: dict[str, _Array] = {}
        for name in names:
            with archive.open(f"{name}.npy") as file:
                arrays[name] = _header(file)
        place, note = _choose(arrays)
        count = _check(path, arrays, place)
        array = arrays[place.columns.get("t") or place.columns[""]]
        if "" in place.columns and array.names is None and count:
            place = place._replace(order=order_of(next(_table_rows(archive, place.columns[""], LOOKED_AT))))
            note = "; ".join(filter(None, (note, order_note(place.order))))
        said: list[tuple[str, Any, str | None]] = [
            (name, _value(archive, name), None) for name in names if is_told(name)
        ]
        if (fields := array.names) is not None or "t" in place.columns:
            said += _clock(array.dtype[fields["t"]] if fields else array.dtype)
        told = told_of(fields["t"] if fields else place.columns.get("t"), said)
        geometry = None
        if {"width", "height"} <= set(names):
            width, height = (whole_number(name, _value(archive, name)) for name in ("width", "height"))
            geometry = width, height
    return Found(geometry, partial(events_of, Table(count, partial(_rows, path, place, count), told, note)))


def _choose(arrays: dict[str, _Array]) -> tuple[_Place, str]:
    """The arrays of t, x, y and p, or the one array of all of them, and a note if there are others.

    Many things have four columns, so of tables without names only those count that are called events, and one alone
    that has no name of its own either.
    """
    called = [name for name, array in arrays.items() if array.is_table and CALLED.search(name)]
    nameless = [name for name, array in arrays.items() if array.is_table and NAMELESS.fullmatch(name)]
    columns = named_columns(arrays)
    places = [_Place(columns)] if columns is not None else []
    places += [_Place({"": name}) for name, array in arrays.items() if array.names is not None or name in called]
    if not places and len(nameless) == 1:
        places = [_Place({"": nameless[0]})]
    if not places:
        raise unknown_layout([shape_text(name, a.shape, a.dtype.names) for name, a in arrays.items()])
    first = min(places, key=lambda place: (not CALLED.search(place.text), "right" in place.text.lower()))
    others = "; ".join(place.text for place in places if place is not first)[:300]
    return first, f"it holds several streams of events; {first.text} is read, and not {others}" if others else ""


def _check(path: Path, arrays: dict[str, _Array], place: _Place) -> int:
    """The number of events; raises `RefusedError` for arrays that are no columns."""
    name = place.columns.get("", "")
    if name and arrays[name].names is None:
        array = arrays[name]
        refuse_if(min(array.shape) < 0, "an array of a negative length")
        check_numbers({name: array.dtype}, array.dtype.itemsize * 4, ["table"])
        count = array.shape[0] if array.shape[1] == 4 else array.shape[1]
    else:
        for column in place.columns.values():
            array = arrays[column]
            fields = array.names if name else None
            kinds = [(field, array.dtype[field]) for field in fields.values()] if fields else [(column, array.dtype)]
            which = FIELDS if fields else [field for field, own in place.columns.items() if own == column]
            check_numbers(dict(kinds), array.dtype.itemsize, which)
        count = check_lengths([one_axis(column, arrays[column].shape) for column in place.columns.values()])
    check_count(count, path)
    return count


def _clock(dtype: np.dtype[Any]) -> list[tuple[str, Any, str | None]]:
    """What the type of times says: NumPy's datetime64 and timedelta64 have a unit."""
    if dtype.kind not in "mM":
        return []
    unit, step = np.datetime_data(dtype)
    return [("unit", unit if step == 1 else f"{step} {unit}", None)]


def _rows(path: Path, place: _Place, count: int, packet: int) -> Iterator[Columns]:
    """All rows of t, x, y and p as they are stored."""
    if not count:
        return
    with zipfile.ZipFile(path) as archive:
        if "" not in place.columns:
            t, x, y, p = (_array_rows(archive.open(f"{place.columns[field]}.npy"), packet) for field in FIELDS)
            for t_rows, *others in zip(t, x, y, p, strict=True):
                yield _plain(t_rows), others[0], others[1], others[2]
            return
        name = place.columns[""]
        if place.order:
            for rows in _table_rows(archive, name, packet):
                yield rows[:, place.order[0]], rows[:, place.order[1]], rows[:, place.order[2]], rows[:, place.order[3]]
            return
        for rows in _array_rows(archive.open(f"{name}.npy"), packet):
            if (names := named_columns(rows.dtype.names or ())) is not None:
                yield _plain(rows[names["t"]]), rows[names["x"]], rows[names["y"]], rows[names["p"]]


def _plain(t: Any) -> Any:
    """Times as numbers of their unit."""
    if t.dtype.kind in "mM" and np.isnat(t).any():
        raise RefusedError("a time is not a number (NaT)", "leave those events out")
    return t.astype(np.int64) if t.dtype.kind in "mM" else t


def _table_rows(archive: zipfile.ZipFile, name: str, packet: int) -> Iterator[Any]:
    """Rows (n, 4) of a table that is stored row by row, or column by column (as `np.array([t, x, y, p]).T` is)."""
    with archive.open(f"{name}.npy") as file:
        shape, _, by_columns = _header(file)
    count = shape[0] if shape[1] == 4 else shape[1]
    if by_columns == (shape[1] != 4):
        yield from _array_rows(archive.open(f"{name}.npy"), packet, (count, 4))
        return
    files = [archive.open(f"{name}.npy") for _ in range(4)]
    columns = [_array_rows(file, packet, (count,), number * count) for number, file in enumerate(files)]
    for column in zip(*columns, strict=True):
        yield np.stack(column, axis=1)


def _array_rows(file: IO[bytes], packet: int, shape: tuple[int, ...] | None = None, skipped: int = 0) -> Iterator[Any]:
    """The rows of an array inside an archive, `packet` at a time: a column, or `shape` after `skipped` numbers."""
    described, dtype, _ = _header(file)
    shape = shape or (one_axis("an array", described),)
    left, row = shape[0], shape[1:]
    file.seek(skipped * dtype.itemsize, os.SEEK_CUR)
    size = dtype.itemsize * int(np.prod(row, dtype=np.int64))
    while left:
        rows = min(left, packet)
        content = file.read(rows * size)
        if len(content) < rows * size:
            raise EOFError("an array ends early")
        yield np.frombuffer(content, dtype).reshape(rows, *row)
        left -= rows


def _header(file: IO[bytes]) -> _Array:
    """Shape and type of an array inside an archive; NumPy would read a header of any length that it claims."""
    version = npy.read_magic(file)
    width = 2 if version == (1, 0) else 4
    length = file.read(width)
    refuse_if(int.from_bytes(length, "little") > limits.HEADER_BYTES, "the description of an array is too long")
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, by_columns, dtype = header(_Again(length, file))
    return _Array(shape, dtype, by_columns)


class _Again:
    """A file of which some bytes were read already."""

    def __init__(self, read: bytes, file: IO[bytes]) -> None:
        self._read, self._file = read, file

    def read(self, count: int = -1, /) -> bytes:
        part, self._read = self._read[:count], self._read[count:]
        return part or self._file.read(count)


def _value(archive: zipfile.ZipFile, name: str) -> Any:
    """An array of one number or text; raises `RefusedError` for another."""
    with archive.open(f"{name}.npy") as file:
        shape, dtype, _ = _header(file)
        if any(length != 1 for length in shape) or dtype.kind not in "iufUS" or dtype.itemsize > limits.ROW_BYTES:
            kind = "whole numbers" if name in ("width", "height") else "one number or text"
            raise RefusedError(f"its {name} must be {kind}", f"correct its {name}")
        content = file.read(dtype.itemsize)
        if len(content) < dtype.itemsize:
            raise EOFError("an array ends early")
        return np.frombuffer(content, dtype)[0]
