"""What files of columns have in common (HDF5, NPZ): names of columns, and tables of four columns without names."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import Columns
from eyeprentice.sources.events.readers.found import RefusedError, refuse_if
from eyeprentice.sources.events.readers.told import Told
from eyeprentice.words import limits

FIELDS = ("t", "x", "y", "p")
NAMES = {
    "t": ("t", "ts", "t_us", "t_ns", "t_ms", "t_s", "time", "times", "timestamp", "timestamps"),
    "x": ("x", "xs", "x_coordinate", "x_coordinates"),
    "y": ("y", "ys", "y_coordinate", "y_coordinates"),
    "p": ("p", "ps", "pol", "pols", "polarity", "polarities", "on"),
}
"""How columns are called; capitals do not matter."""
KINDS = {"t": "iufmM", "x": "iuf", "y": "iuf", "p": "biuf", "table": "iuf"}
"""Kinds of NumPy's types that each may have; `mM` are times with a unit."""
LOOKED_AT = 1 << 16
"""Rows of a table without names by which the order of its columns is told."""
ORDERS = {"t, x, y, p": (0, 1, 2, 3), "x, y, t, p": (2, 0, 1, 3), "x, y, p, t": (3, 0, 1, 2)}
"""Of four columns without names; for each, where t, x, y and p are."""


@dataclass(frozen=True)
class Table:
    """Events as they are stored: `rows(packet)` gives t, x, y and p from the beginning, `packet` rows at a time."""

    count: int
    rows: Callable[[int], Iterator[Columns]]
    told: Told
    note: str


def named_columns(names: Collection[str]) -> dict[str, str] | None:
    """The name of each of t, x, y and p among `names`; None if one is not there."""
    lower = {name.lower(): name for name in sorted(names, reverse=True)}
    found = {field: next((lower[n] for n in known if n in lower), None) for field, known in NAMES.items()}
    named = {field: name for field, name in found.items() if name is not None}
    return named if len(named) == len(FIELDS) else None


def check_numbers(columns: Mapping[str, np.dtype[Any]], row_bytes: int, fields: Sequence[str] = FIELDS) -> None:
    """Raises `RefusedError` for columns of `fields` that hold no numbers, and `ValueError` for too long rows."""
    for field, (name, column) in zip(fields, columns.items(), strict=False):
        if column.kind not in KINDS[field]:
            what = "true or false" if column.kind == "b" else str(column)
            raise RefusedError(
                f"its columns must be numbers, but '{name}' is {what[:60]}",
                "store t, x, y and p as numbers, brighter as 1 and darker as 0",
            )
    refuse_if(row_bytes > limits.ROW_BYTES, f"an event takes {row_bytes} bytes")


def check_lengths(lengths: Sequence[int]) -> int:
    """The number of events; raises `RefusedError` for columns that differ."""
    if len(set(lengths)) > 1:
        raise RefusedError(
            f"its t, x, y and p differ in length: {', '.join(f'{length:,}' for length in lengths)}",
            "store one of each for every event",
        )
    return lengths[0]


def one_axis(name: str, shape: Sequence[int]) -> int:
    """The length of a column, which may be (N,), (N, 1) or (1, N); raises `RefusedError` for other shapes."""
    refuse_if(min(shape, default=0) < 0, "an array of a negative length")
    longer = [length for length in shape if length != 1]
    if not shape or len(longer) > 1:
        raise RefusedError(
            f"'{name}' has not one axis, but is {'x'.join(map(str, shape)) or 'one number'}",
            "store t, x, y and p as columns of one length",
        )
    return longer[0] if longer else 1


def order_of(rows: NDArray[Any]) -> tuple[int, ...]:
    """Where t, x, y and p are in rows (N, 4) without names, by what they hold; raises `RefusedError`."""
    fitting = [order for order in ORDERS.values() if _fits(*(rows[:, place] for place in order))]
    if len(fitting) != 1:
        raise RefusedError(
            "its table has four columns without names, and their order cannot be told by what they hold",
            f"store them with the names {', '.join(FIELDS)}",
        )
    return fitting[0]


def order_note(order: tuple[int, ...]) -> str:
    """What is said of a table without names: x and y look alike, so their order is taken to be the usual one."""
    taken = next(names for names, places in ORDERS.items() if places == order)
    return f"the columns of its table have no names; they are taken for {taken}"


def _fits(t: NDArray[Any], x: NDArray[Any], y: NDArray[Any], p: NDArray[Any]) -> bool:
    """Whether four columns may be what they are taken for."""
    are_pixels = all(((c >= 0) & (c < 1 << 16) & (c == np.trunc(c))).all() for c in (x, y))
    is_two = {float(p.min()), float(p.max())} <= {-1.0, 0.0, 1.0} and bool((p == np.trunc(p)).all())
    return are_pixels and is_two and bool((t[1:] >= t[:-1]).all()) and t[-1] > t[0]


def unknown_layout(holds: Sequence[str]) -> RefusedError:
    """For a file of which nothing looks like events; `holds` are names with their shapes."""
    shown = ", ".join(holds[:8]) + (f" and {len(holds) - 8} more" if len(holds) > 8 else "") if holds else "nothing"
    return RefusedError(
        f"a layout that is not known; it holds {shown[:600]}",
        "give its events as columns t, x, y and p (docs/formats.md lists all layouts)",
    )


def shape_text(name: str, shape: Sequence[int], fields: Sequence[str] | None) -> str:
    """Such as `events (5000; t, x)`."""
    size = "x".join(map(str, shape)) or "one number"
    return f"{name} ({size}{'; ' + ', '.join(fields) if fields else ''})"
