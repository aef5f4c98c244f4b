"""Files of the user's own (`--extend FILE.py`): run before a command, they add to the registries of this package.

A file is run because the user named it on the command line, never because a run or a dataset says so: those record the
name and the hash of what they need, and nothing more.
"""

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path

from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note_once

_loaded: dict[Path, str] = {}
"""The files that this process has run, and their hashes."""


def load(files: Iterable[Path]) -> None:
    """Runs each file once, as a module; raises `InputError` where one cannot be run."""
    for file in files:
        path = file.resolve()
        if path in _loaded:
            continue
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(file, f"cannot be read ({error.strerror})", "name a Python file") from None
        if path.name in used():
            raise InputError(file, "another file of this name is loaded", "give every file a different name")
        spec = importlib.util.spec_from_file_location(f"eyeprentice_extension_{path.stem}", path)
        if spec is None or spec.loader is None:
            raise InputError(file, "not a Python file", "give a file NAME.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look their module up
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
            where = f" in line {lines[-1]}" if lines else ""
            raise InputError(file, f"fails{where} ({type(error).__name__}: {error})", "correct the file") from None
        _loaded[path] = hashlib.blake2b(content, digest_size=8).hexdigest()


def files() -> tuple[Path, ...]:
    """The files that this process has run: a process that it starts can `load` them."""
    return tuple(_loaded)


def used() -> dict[str, str]:
    """Name and hash of each file that this process has run, as a run records them."""
    return {path.name: digest for path, digest in _loaded.items()}


def require(run: Path, recorded: Mapping[str, str]) -> None:
    """Raises `InputError` if a file that `run` was trained with is not loaded; says so if it has changed since."""
    here = used()
    for name, digest in recorded.items():
        if name not in here:
            raise InputError(run, f"was trained with the file {name}, which is not loaded", f"add --extend {name}")
        if here[name] != digest:
            note_once(f"{name} has changed since {run} was trained")
