"""NPZ: events as one compound, as columns, or as a table of four columns, row by row: NumPy would read it whole."""

import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from eyeprentice.sources.events.packets import Columns
from eyeprentice.sources.events.readers.found import Found, check_count, refuse_if
from eyeprentice.sources.events.readers.meaning import events_of
from eyeprentice.sources.events.readers.tables import (
    FIELDS,
    Table,
    check_numbers,
    named_columns,
    order_of,
    shape_text,
    unit_of,
    unknown_layout,
)
from eyeprentice.words import limits

MOST_ARRAYS = 1000


class _Array(NamedTuple):
    """The description of an array."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    by_columns: bool


def read_npz(path: Path) -> Found:
    """Raises `RefusedError` for a layout that is not known, and `ValueError` for what is damaged or hostile."""
    with zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
        refuse_if(len(names) > MOST_ARRAYS, "it holds too many arrays")
        arrays: dict[str, _Array] = {}
        for name in names:
            with archive.open(f"{name}.npy") as file:
                arrays[name] = _header(file)
        columns = _choose(arrays)
        table = Table(
            _check(path, arrays, columns),
            partial(_rows, path, columns),
            unit_of(columns["t"] if len(columns) > 1 else None),
        )
        geometry = None
        if {"width", "height"} <= set(names):
            geometry = _number(archive.open("width.npy")), _number(archive.open("height.npy"))
    return Found(geometry, partial(events_of, table))


def _choose(arrays: dict[str, _Array]) -> dict[str, str]:
    """The arrays of t, x, y and p, or the one array of all of them, by the name ""."""
    if (columns := named_columns(arrays)) is not None:
        return columns
    for name, array in arrays.items():
        is_table = len(array.shape) == 2 and array.shape[1] == 4
        if named_columns(array.dtype.names or ()) is not None or is_table:
            return {"": name}
    raise unknown_layout([shape_text(name, a.shape, a.dtype.names) for name, a in arrays.items()])


def _check(path: Path, arrays: dict[str, _Array], columns: dict[str, str]) -> int:
    """The number of events; raises `ValueError` for arrays that are no columns."""
    for name in columns.values():
        array = arrays[name]
        fields = named_columns(array.dtype.names or ()) if "" in columns else None
        is_table = "" in columns and fields is None
        refuse_if(len(array.shape) != 1 + is_table, "its arrays must have one axis")
        refuse_if(min(array.shape) < 0, "an array of a negative length")
        refuse_if(
            array.by_columns and is_table, "its table is stored column by column; save np.ascontiguousarray of it"
        )
        kinds = {field: array.dtype[field] for field in fields.values()} if fields else {name: array.dtype}
        check_numbers(kinds, array.dtype.itemsize * (4 if is_table else 1))
        check_count(array.shape[0], path)
    lengths = {arrays[name].shape[0] for name in columns.values()}
    refuse_if(len(lengths) > 1, "its t, x, y and p differ in length")
    return lengths.pop()


def _rows(path: Path, columns: dict[str, str], packet: int) -> Iterator[Columns]:
    """All rows of t, x, y and p as they are stored."""
    with zipfile.ZipFile(path) as archive:
        if "" not in columns:
            t, x, y, p = (_array_rows(archive.open(f"{columns[field]}.npy"), packet) for field in FIELDS)
            yield from zip(t, x, y, p, strict=True)
            return
        order: tuple[int, ...] | None = None
        for rows in _array_rows(archive.open(f"{columns['']}.npy"), packet):
            if (names := named_columns(rows.dtype.names or ())) is not None:
                yield rows[names["t"]], rows[names["x"]], rows[names["y"]], rows[names["p"]]
            else:
                order = order or order_of(rows)
                yield rows[:, order[0]], rows[:, order[1]], rows[:, order[2]], rows[:, order[3]]


def _array_rows(file: IO[bytes], packet: int) -> Iterator[Any]:
    """The rows of an array inside an archive, `packet` at a time."""
    shape, dtype, _ = _header(file)
    left, row = shape[0], shape[1:]
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


def _number(file: IO[bytes]) -> int:
    shape, dtype, _ = _header(file)
    refuse_if(shape not in ((), (1,)) or dtype.kind not in "iu", "its width and height must be whole numbers")
    return int(np.frombuffer(file.read(dtype.itemsize), dtype)[0])
