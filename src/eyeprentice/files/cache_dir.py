"""The folder beside a dataset in which its packed stores lie: files appear there whole, or not at all.

Several programs may write the same at once; what a killed one left is removed by the next that writes.
"""

import contextlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eyeprentice.files.whole import held
from eyeprentice.words.errors import InputError

FOLDER = ".eyeprentice"


@contextmanager
def open_cache_dir(home: Path) -> Iterator[None]:
    """Makes the folder of the stores; raises `InputError` if it, or what the block writes there, cannot be written."""
    try:
        home.mkdir(exist_ok=True)
        _remove_stale(home)
        yield
    except OSError as error:
        raise InputError(
            error.filename or home,
            f"cannot be written ({error.strerror})",
            "free some space, or change the permissions",
        ) from None


@contextmanager
def partial_file(home: Path) -> Iterator[Path]:
    """A new file of a name that nobody else has, to be renamed when it is whole."""
    path = home / f"{secrets.token_hex(8)}.partial"
    try:
        path.touch(exist_ok=False)
        with held(path):
            yield path
    finally:
        path.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Unlike `files.new_file` it bears several processes that write the same at once."""
    with partial_file(path.parent) as partial:
        partial.write_bytes(content)
        partial.replace(path)


def _remove_stale(home: Path) -> None:
    for path in home.glob("*.partial"):
        with contextlib.suppress(OSError), held(path) as is_stale:
            if is_stale:
                path.unlink()
