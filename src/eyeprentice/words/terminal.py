"""Where tables and progress are printed: text is text, whatever names and notes hold."""

from typing import Any

from rich.console import Console


def open_console(**options: Any) -> Console:
    """A console that takes no text for markup: `[/x]` in the name of a file is that."""
    return Console(markup=False, emoji=False, **options)
