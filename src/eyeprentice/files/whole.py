"""Writing so that nothing is left half-written: whole files and whole folders appear at once, or not at all."""

import contextlib
import json
import math
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

HALF_LETTER = re.compile(r"\\u[dD][89a-fA-F]")
"""What JSON spells one half of a letter by; two of them are a letter."""
LONGEST_NUMBER = 300
"""Digits; a number of more does not fit into a float."""


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill; it becomes `path` when the block ends well, and vanishes when it does not.

    Raises `InputError` if there is something at `path` already, or if another program is filling it.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(path, "already exists", "remove it or choose another folder")
    partial = path.with_name(path.name + ".partial")
    if partial.exists():  # of a run that was killed, unless somebody holds it
        with held(partial) as is_ours:
            if not is_ours:
                raise InputError(
                    path, "another program is writing it", "wait until that ends, or choose another folder"
                )
            shutil.rmtree(partial)
    partial.mkdir(parents=True)
    try:
        with named(path, partial), held(partial):
            yield partial
        if path.exists():
            path.rmdir()
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def new_files(path: Path, last: str) -> Iterator[Path]:
    """A folder to fill; its files go into the folder `path` when the block ends well, and vanish when it does not.

    What else is in `path` stays, and files of the same names are replaced, as quickly as names can be changed; the
    one called `last` tells that all are there. Raises `InputError` if another program is doing the same.
    """
    made = not path.exists()
    path.mkdir(parents=True, exist_ok=True)
    partial = path / ".partial"
    try:
        with contextlib.suppress(FileExistsError):  # of a run that was killed, unless somebody holds it
            partial.mkdir()
        with held(partial) as is_ours:
            if not is_ours:
                raise InputError(
                    path, "another program is writing it", "wait until that ends, or choose another folder"
                )
            try:
                _remove_within(partial)
                with named(path, partial):
                    yield partial
                files = [file.relative_to(partial) for file in sorted(partial.rglob("*")) if file.is_file()]
                for file in sorted(files, key=lambda file: str(file) == last):
                    (path / file).parent.mkdir(exist_ok=True)
                    (partial / file).replace(path / file)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    finally:
        if made:
            with contextlib.suppress(OSError):  # it holds something
                path.rmdir()


def _remove_within(folder: Path) -> None:
    for child in folder.iterdir():
        shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Whether this program is the one that holds the file or folder `path`; it does until the block ends.

    The system lets go of what a killed program held. Where it knows no such locks (Windows, some network drives),
    everybody holds everything.
    """
    if fcntl is None:
        yield True
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = True
        except BlockingIOError:
            is_ours = False
        except OSError:
            is_ours = True
        yield is_ours
    finally:
        os.close(descriptor)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file to write; it replaces `path` when the block ends well. Its folder is made if need be.

    Raises `InputError` where `path` is a device or a pipe.
    """
    _refuse_devices(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        with named(path):
            yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def named(path: Path, partial: Path | None = None) -> Iterator[None]:
    """Gives an `OSError` in the block the name of what is written there, where it has none.

    The system names a file that cannot be opened, but not one that cannot be written, on a full disk say. A file
    within `partial` is called as it will be in `path`.
    """
    try:
        yield
    except OSError as error:
        inside = (
            partial is not None and isinstance(error.filename, str) and Path(error.filename).is_relative_to(partial)
        )
        if isinstance(error, BrokenPipeError) or (error.filename is not None and not inside):
            raise
        name = path / Path(error.filename).relative_to(str(partial)) if inside else path
        raise OSError(error.errno, error.strerror or " ".join(str(error).split())[:200], str(name)) from None


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


def read_bytes(path: Path, most: int, what: str) -> bytes:
    """A whole file of at most so many bytes; raises `InputError`, saying that `path` should be `what`."""
    with open_regular(path, what) as file:
        try:
            content = file.read(most + 1)
        except OSError as error:
            raise InputError(path, f"cannot be read ({_reason(error)})", f"give {what}") from None
    if len(content) > most:
        raise InputError(path, f"larger than {most >> 20} MB", f"give {what}")
    return content


def read_text(path: Path, what: str, most: int = limits.TEXT_BYTES) -> str:
    """A whole file of UTF-8 text; raises `InputError`, saying that `path` should be `what`."""
    try:
        return read_bytes(path, most, what).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, f"not text ({error})", f"give {what}, in UTF-8") from None


def read_json(path: Path, what: str, most: int = limits.JSON_BYTES) -> Any:
    """Reads JSON of at most so many bytes; raises `InputError`, saying that `path` should be `what`.

    Numbers are finite: NaN and Infinity, which JSON does not have, are refused. Text is text: a half of a letter, as
    JSON can spell it, cannot be printed, written or be a part of a path.
    """
    content = read_bytes(path, most, what)
    try:
        text = content.decode("utf-8")
        told = json.loads(text, parse_constant=_no_number, parse_float=_finite, parse_int=_whole)
        if HALF_LETTER.search(text):
            json.dumps(told, ensure_ascii=False).encode()
        return told
    except UnicodeEncodeError:
        raise InputError(path, "holds text that no file can (half a letter, \\ud800)", f"give {what}") from None
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
    _refuse_devices(path)
    there = next((folder for folder in path.absolute().parents if folder.exists()), Path("/"))
    try:
        if path.is_file():
            with path.open("ab"):
                return
        with tempfile.TemporaryFile(dir=path if path.is_dir() else there):
            return
    except OSError as error:
        raise InputError(path, f"cannot be written ({error.strerror})", "choose another place") from None


def _refuse_devices(path: Path) -> None:
    """Raises `InputError` where a file would take the place of what is none: root would lose /dev/null."""
    if path.absolute().parent == Path("/dev") or (path.exists() and not path.is_file() and not path.is_dir()):
        raise InputError(path, "is a device or a pipe, and would become a file", "give the name of a file")
