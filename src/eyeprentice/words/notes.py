"""What a user should know though nothing is wrong, in one line on stderr."""

import os
import sys
from functools import cache

from eyeprentice.words.errors import printable


def speaks() -> bool:
    """Whether this process is the one of several that says what all of them find."""
    return os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) == "0"


def note(text: str) -> None:
    """Says it."""
    if speaks():
        print("note:", printable(text), file=sys.stderr)


@cache
def note_once(text: str) -> None:
    """Says it once, however often it is found."""
    note(text)
