"""Where tables, progress and notes are printed: text is text, whatever names and notes hold."""

import os
import sys
from functools import cache
from typing import Any

from rich.console import Console
from rich.table import Table

from eyeprentice.words.errors import printable


def open_console(**options: Any) -> Console:
    """A console that takes no text for markup: `[/x]` in the name of a file is that."""
    return Console(markup=False, emoji=False, **options)


def speaks() -> bool:
    """Whether this process is the one of several that says what all of them find."""
    return os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) == "0"


def note(text: str) -> None:
    """Says in one line what a user should know though nothing is wrong."""
    if speaks():
        print("note:", printable(text), file=sys.stderr)


@cache
def note_once(text: str) -> None:
    """The same, however often it is found."""
    note(text)


def print_table(table: Table, width: int, *below: str) -> None:
    """A table under its title, `width` letters wide where no terminal says how wide, and lines below it."""
    table.title_justify = "left"
    console = open_console()
    console = console if console.is_terminal else open_console(width=width)
    console.print(table)
    for line in below:
        console.print(line, highlight=False)
