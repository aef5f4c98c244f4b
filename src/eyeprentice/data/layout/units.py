"""Action units of every frame, where a dataset tells them: `DATA/unit/<emotion>/<sequence>.csv`.

The first line names the units; each line after it holds the intensities of one frame, 0..1.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.layout.folders import find_folder
from eyeprentice.data.layout.names import SequenceName
from eyeprentice.files.whole import new_file, read_text
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import UNIT_NAME

UNITS = "unit"
Intensities = NDArray[np.float32]  # (T, U), 0..1


def write_units(root: Path, name: SequenceName, intensities: NDArray[np.floating], columns: Sequence[str]) -> Path:
    """Writes the intensities (T, U) of a sequence's units, of which `columns` are the names, with three decimals."""
    if intensities.ndim != 2 or intensities.shape[1] != len(columns):
        raise ValueError(f"intensities of shape {intensities.shape} for {len(columns)} units")
    target = root / UNITS / name.emotion / f"{name}.csv"
    text = io.StringIO()
    np.savetxt(text, intensities, fmt="%.3f", delimiter=",", header=",".join(columns), comments="")
    with new_file(target) as partial:
        partial.write_text(text.getvalue(), "utf-8")
    return target


def find_units(root: Path, names: Sequence[SequenceName]) -> list[Path] | None:
    """The file of each sequence; None if the dataset has no folder of units. Folders may be in any case.

    Raises `InputError` if some sequence has no file.
    """
    if (top := find_folder(root, UNITS)) is None:
        return None
    folders = {emotion: find_folder(top, emotion) for emotion in {name.emotion for name in names}}
    files = [(folders[name.emotion] or top / name.emotion) / f"{name}.csv" for name in names]
    if missing := [file for file in files if not file.is_file()]:
        raise InputError(missing[0], "no such file of action units", f"add the file, or remove the folder {top}")
    return files


def read_units(path: Path) -> tuple[tuple[str, ...], Intensities]:
    """Names and intensities (T, U); raises `InputError` where they are not what `write_units` writes."""
    todo = "write a line of names, then a line of numbers from 0 to 1 for each frame"
    try:
        header, *lines = read_text(path, "a file of action units").splitlines()
        columns = tuple(column.strip() for column in header.split(","))
        intensities = np.array([line.split(",") for line in lines], np.float32)
    except ValueError as error:
        raise InputError(path, f"not a file of action units ({error})", todo) from None
    if not all(columns) or len(set(columns)) < len(columns):
        raise InputError(path, f"two units have the same name, or one has none ({header})", todo)
    if wrong := [column for column in columns if not UNIT_NAME.fullmatch(column)]:
        todo = "name units with at most 40 letters, digits, dots, dashes and underscores"
        raise InputError(path, f"'{wrong[0][:40]}' cannot be the name of an action unit", todo)
    if not lines or intensities.shape[1] != len(columns):
        raise InputError(path, f"not a file of action units (its {len(columns)} names do not fit its lines)", todo)
    if not ((intensities >= 0) & (intensities <= 1)).all():
        raise InputError(path, "contains an intensity outside 0..1", todo)
    return columns, intensities
