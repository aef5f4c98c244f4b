"""Writing so that nothing is left half-written: whole files and whole folders appear at once, or not at all."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eyeprentice.errors import InputError


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
        partial.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def read_json(path: Path, what: str) -> Any:
    """Reads JSON; raises `InputError`, saying that `path` should be `what`."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(path, "no such file", f"give {what}") from None
    except (OSError, ValueError) as error:
        raise InputError(path, f"not JSON ({error})", f"give {what}") from None
