"""Memory that two processes share: a few slots, into which one puts the arrays that the other takes out.

It has no name in any folder (on Windows, a name that only the two know), and is gone when both are.
"""

import mmap
import os
import secrets
import tempfile

SLOTS = 4
SLOT_BYTES = 4 << 20
"""A packet of events fits into one; what is larger goes in pieces."""


def create() -> tuple[mmap.mmap, str, tuple[int, ...]]:
    """The memory, the word by which the other process finds it, and the files that it has to inherit."""
    size = SLOTS * SLOT_BYTES
    if os.name == "nt":
        word = f"eyeprentice-{secrets.token_hex(16)}"
        return mmap.mmap(-1, size, word), word, ()  # type: ignore[arg-type, unused-ignore]
    descriptor = os.memfd_create("eyeprentice") if hasattr(os, "memfd_create") else _unnamed_file()
    os.ftruncate(descriptor, size)
    return mmap.mmap(descriptor, size), str(descriptor), (descriptor,)


def attach(word: str) -> mmap.mmap:
    """The memory that another process created."""
    size = SLOTS * SLOT_BYTES
    return mmap.mmap(-1, size, word) if os.name == "nt" else mmap.mmap(int(word), size)  # type: ignore[arg-type, unused-ignore]


def slot(number: int) -> slice:
    """Where the slot of the piece of this number lies."""
    first = number % SLOTS * SLOT_BYTES
    return slice(first, first + SLOT_BYTES)


def pieces(size: int) -> range:
    """Where the pieces of so many bytes begin."""
    return range(0, size, SLOT_BYTES)


def _unnamed_file() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
