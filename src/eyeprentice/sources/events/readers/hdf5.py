"""HDF5: events wherever a file keeps them, as one compound, as columns in a group, or as a table of four columns.

Only what lies in the file itself is read: links and datasets that would read other files are refused.
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from eyeprentice.sources.events.packets import Columns
from eyeprentice.sources.events.readers.found import Found, RefusedError, Size, check_count, refuse_if
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
from eyeprentice.sources.events.readers.told import UNIT_NAME, is_told, text_of, told_of, whole_number

DEEPEST, MOST_NODES = 5, 1000
"""Of groups within groups, and of what is looked at for events."""
ECF = 0x8ECF
"""Prophesee's own compression, of which there is no package."""


class _Place(NamedTuple):
    """Where events are."""

    path: str
    node: Any
    names: dict[str, str] | None
    """Of the columns t, x, y and p; None for a table without names."""


def read_hdf5(path: Path) -> Found:
    """Raises `RefusedError` for a layout that is not known, and `ValueError` for what is damaged or hostile."""
    import h5py

    with h5py.File(path) as file:
        place, note = _choose(file)
        columns = _columns(place)
        count = len(columns[0]) if place.names is None else check_lengths([one_axis("t", c.shape) for c in columns])
        check_count(count, path)
        order: tuple[int, ...] = ()
        if place.names is None and count:
            order = order_of(place.node[:LOOKED_AT])
            note = "; ".join(filter(None, (note, order_note(order))))
        holders = [place.node.attrs, file.attrs, *([] if place.node.parent == file else [place.node.parent.attrs])]
        geometry = next((size for attributes in holders if (size := _geometry(attributes)) is not None), None)
        told = told_of(place.names["t"] if place.names else None, _said(file, place, columns[0]))
    return Found(geometry, partial(events_of, Table(count, partial(_rows, path, place.path, order), told, note)))


def _rows(path: Path, where: str, order: tuple[int, ...], packet: int) -> Iterator[Columns]:
    """All rows of t, x, y and p as they are stored."""
    import h5py

    with h5py.File(path) as file:
        node = file[where]
        place = _Place(where, node, _names(node))
        columns = _columns(place)
        for first in range(0, len(node) if place.names is None else columns[0].size, packet):
            part = slice(first, first + packet)
            if place.names is None:
                rows = node[part]
                t, x, y, p = (rows[:, number] for number in order)
            elif isinstance(node, h5py.Dataset):
                rows = _part(node, part)
                t, x, y, p = (rows[place.names[field]] for field in FIELDS)
            else:
                t, x, y, p = (_part(column, part) for column in columns)
            yield t, x, y, p


def _part(column: Any, part: slice) -> Any:
    """Of a column (N,), (N, 1) or (1, N), as one axis."""
    if column.ndim == 1:
        return column[part]
    axis = int(np.argmax(column.shape))
    return column[tuple(part if number == axis else 0 for number in range(column.ndim))]


def _choose(file: Any) -> tuple[_Place, str]:
    """The place of a file that is read, and a note if there are others."""
    places: list[_Place] = []
    holds: list[str] = []
    _search(file, "", places, holds, set())
    if not places:
        raise unknown_layout(holds)
    first = min(
        places, key=lambda place: ("event" not in place.path.lower(), place.path.count("/"), "right" in place.path)
    )
    if len(places) == 1:
        return first, ""
    others = ", ".join(place.path for place in places if place is not first)[:300]
    return first, f"it holds several streams of events; {first.path} is read, and not {others}"


def _search(group: Any, path: str, places: list[_Place], holds: list[str], seen: set[int]) -> None:
    """Finds all places of events, and describes what else there is; each group is looked at once."""
    import h5py

    address = h5py.h5o.get_info(group.id).addr
    if address in seen or len(seen) + len(holds) >= MOST_NODES:
        return
    seen.add(address)
    if (names := named_columns(list(group))) is not None:
        places.append(_Place(path or "/", group, names))
        return
    for name in group:
        below = f"{path}/{name}".lstrip("/")
        if len(holds) >= MOST_NODES:
            return
        is_link = not isinstance(group.get(name, getlink=True), h5py.HardLink)
        if is_link and name.lower() != "events":
            holds.append(f"{below} (a link)")
            continue
        node = _own(group, name)
        if isinstance(node, h5py.Group):
            if path.count("/") < DEEPEST:
                _search(node, below, places, holds, seen)
            continue
        if not isinstance(node, h5py.Dataset):
            continue
        holds.append(shape_text(below, node.shape or (), node.dtype.names))
        if _names(node) is not None or (node.ndim == 2 and node.shape[1] == 4 and "event" in below.lower()):
            places.append(_Place(below, node, _names(node)))


def _names(node: Any) -> dict[str, str] | None:
    """Of the columns of a group or compound."""
    return named_columns(node.dtype.names or () if hasattr(node, "dtype") else list(node))


def _own(parent: Any, name: str) -> Any:
    """What lies in the file itself; raises `ValueError` for a link to elsewhere, and for what another file stores."""
    import h5py

    node = parent[name] if isinstance(parent.get(name, getlink=True), h5py.HardLink) else None
    refuse_if(node is None, f"'{name}' is a link to elsewhere")
    if isinstance(node, h5py.Dataset):
        refuse_if(node.is_virtual or bool(node.external), f"'{name}' is stored in another file")
    return node


def _columns(place: _Place) -> list[Any]:
    """The datasets of t, x, y and p, which may be one and the same; raises `ValueError` for what are no columns."""
    import h5py

    if isinstance(place.node, h5py.Dataset):
        dtype = place.node.dtype
        if place.names is None:
            check_numbers({place.path: dtype}, 4 * dtype.itemsize, ["table"])
        else:
            one_axis(place.path, place.node.shape)
            check_numbers({name: dtype[name] for name in place.names.values()}, dtype.itemsize)
        _check_filters(place.node)
        return [place.node] * 4
    assert place.names is not None
    columns = [_own(place.node, name) for name in place.names.values()]
    for (field, name), column in zip(place.names.items(), columns, strict=True):
        if not isinstance(column, h5py.Dataset):
            raise RefusedError(f"'{name}' is not an array", "store t, x, y and p as columns")
        one_axis(name, column.shape or ())
        check_numbers({name: column.dtype}, column.dtype.itemsize, [field])
        _check_filters(column)
    return columns


def _check_filters(dataset: Any) -> None:
    """Raises `RefusedError` if a dataset is compressed with what is not installed."""
    import h5py

    plan = dataset.id.get_create_plist()
    filters = [plan.get_filter(number) for number in range(plan.get_nfilters())]
    missing = [f for f in filters if not h5py.h5z.filter_avail(f[0])]
    if missing:
        with suppress(ImportError):
            import hdf5plugin  # noqa: F401 (to import it is to register its filters)
        missing = [f for f in missing if not h5py.h5z.filter_avail(f[0])]
    for code, _, _, label in missing:
        name = f"'{label.decode('utf-8', 'replace')[:40]}' (filter {code})"
        if code == ECF:
            raise RefusedError(
                f"it is compressed with Prophesee's ECF, {name}", "export it as RAW with Metavision Studio"
            )
        raise RefusedError(
            f"it is compressed with {name}, which needs the package hdf5plugin", "pip install hdf5plugin"
        )


def _said(file: Any, place: _Place, time: Any) -> Iterator[tuple[str, Any, str | None]]:
    """What attributes and single values beside the events, or above them, say of the times, each with its unit."""
    import h5py

    node = place.node
    holders = [node, file] if time == node else [time, node, file]
    while node != file:
        node = node.parent
        holders.insert(-1, node)
    for holder in dict.fromkeys(holders):
        yield from ((name, holder.attrs[name], None) for name in holder.attrs if is_told(name))
        for name in filter(is_told, holder if isinstance(holder, h5py.Group) else ()):
            value = _own(holder, name)
            if not isinstance(value, h5py.Dataset) or value.size != 1:
                raise RefusedError(f"its {name} is not one number or text", f"correct its {name}")
            own = next((text_of(value.attrs[unit]) for unit in value.attrs if UNIT_NAME.fullmatch(unit)), None)
            yield name, value[()], own


def _geometry(attributes: Any) -> Size | None:
    """Width and height, as two attributes, or as Prophesee's `640x480`."""
    if {"width", "height"} <= set(attributes):
        return whole_number("width", attributes["width"]), whole_number("height", attributes["height"])
    text = attributes.get("geometry", "")
    parts = (text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)).split("x")
    return (int(parts[0]), int(parts[1])) if len(parts) == 2 and all(part.isdecimal() for part in parts) else None
