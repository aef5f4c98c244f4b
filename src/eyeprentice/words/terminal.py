"""Where tables and progress are printed: text is text, whatever names and notes hold."""

from typing import Any

from rich.console import Console
from rich.table import Table


def open_console(**options: Any) -> Console:
    """A console that takes no text for markup: `[/x]` in the name of a file is that."""
    return Console(markup=False, emoji=False, **options)


def print_table(table: Table, width: int, *below: str) -> None:
    """A table under its title, `width` letters wide where no terminal says how wide, and lines below it."""
    table.title_justify = "left"
    console = open_console()
    console = console if console.is_terminal else open_console(width=width)
    console.print(table)
    for line in below:
        console.print(line, highlight=False)
