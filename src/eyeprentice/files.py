"""Writing so that nothing is left half-written: whole files and whole folders appear at once, or not at all."""

import json
import math
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from eyeprentice import limits
from eyeprentice.errors import InputError

LONGEST_NUMBER = 300
"""Digits; a number of more does not fit into a float."""


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill; it becomes `path` when the block ends well, and vanishes when it does not.

    Raises `InputError` if there is something at `path` already.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(path, "already there", "remove it or choose another folder")
    partial = path.with_name(path.name + ".partial")
    if partial.exists():  # of a run that was killed
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    try:
        yield partial
        if path.exists():
            path.rmdir()
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file to write; it replaces `path` when the block ends well. Its folder is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    with new_file(path) as partial:
        partial.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", "utf-8")


def open_regular(path: Path, what: str) -> BinaryIO:
    """Opens a file to read its bytes; raises `InputError`, saying that `path` should be `what`.

    Folders, pipes and devices are refused, which might block for ever or never end.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise InputError(path, f"cannot be read ({_reason(error)})", f"give {what}") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InputError(path, "not a file", f"give {what}")
    return os.fdopen(descriptor, "rb")


def read_json(path: Path, what: str) -> Any:
    """Reads JSON; raises `InputError`, saying that `path` should be `what`.

    Numbers are finite: NaN and Infinity, which JSON does not have, are refused.
    """
    with open_regular(path, what) as file:
        content = file.read(limits.JSON_BYTES + 1)
    if len(content) > limits.JSON_BYTES:
        raise InputError(path, f"larger than {limits.JSON_BYTES >> 20} MB", f"give {what}")
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_no_number, parse_float=_finite, parse_int=_whole)
    except RecursionError:
        raise InputError(path, "not JSON that can be read (nested too deeply)", f"give {what}") from None
    except ValueError as error:
        raise InputError(path, f"not JSON ({error})", f"give {what}") from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _finite(text: str) -> float:
    return value if math.isfinite(value := float(text)) else _no_number(text[:20])


def _whole(text: str) -> int:
    """Whole numbers of as many digits as a float can hold."""
    return int(text) if len(text) < LONGEST_NUMBER else _no_number(f"{text[:20]}...")


def _reason(error: Exception) -> str:
    """What the system says of a file, without the path."""
    return getattr(error, "strerror", None) or " ".join(str(error).split())


def check_writable(path: Path) -> None:
    """Raises `InputError` if nothing could be written at `path`; makes nothing."""
    there = next((folder for folder in path.absolute().parents if folder.exists()), Path("/"))
    try:
        if path.is_file():
            with path.open("ab"):
                return
        with tempfile.TemporaryFile(dir=path if path.is_dir() else there):
            return
    except OSError as error:
        raise InputError(path, f"cannot be written ({error.strerror})", "choose another place") from None
