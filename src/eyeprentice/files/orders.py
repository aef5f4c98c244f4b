"""What a folder was made of, kept in it: a command that was killed behind its last write is given again, and done."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eyeprentice import __version__
from eyeprentice.files.whole import open_regular, read_bytes
from eyeprentice.words import extensions
from eyeprentice.words.errors import InputError

FILE = ".made"
"""In a folder that is written, the digest of the order."""


def order_of(command: str, settings: dict[str, Any], files: Iterable[Path] = ()) -> str:
    """A digest of all that a folder follows from: the command, its settings and the files that it reads.

    Raises `InputError` if one of the files cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    asked = {"command": command, "version": __version__, "extensions": extensions.used(), **settings}
    digest.update(json.dumps(asked, sort_keys=True, default=str).encode())
    for path in files:
        digest.update(json.dumps(path.name).encode())
        with open_regular(path, "a file") as file:
            part = hashlib.blake2b(digest_size=16)
            while content := file.read(1 << 20):
                part.update(content)
        digest.update(part.digest())
    return digest.hexdigest()


def note_order(folder: Path, order: str) -> None:
    """Writes the order into a folder that is being made, as its last file."""
    (folder / FILE).write_text(order + "\n", "utf-8")


def is_made(path: Path, order: str) -> bool:
    """Whether the folder at `path` was made by this very order, and is whole."""
    try:
        return read_bytes(path / FILE, 64, "the order of a folder") == f"{order}\n".encode()
    except InputError:
        return False
