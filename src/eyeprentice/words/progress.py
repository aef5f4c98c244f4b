"""Progress of long work: a bar on a terminal, a plain line now and then elsewhere. All of it goes to stderr."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eyeprentice.words.errors import printable
from eyeprentice.words.terminal import open_console

SECONDS_BETWEEN_LINES = 15.0

Advance = Callable[[str], None]


@contextmanager
def progress(title: str, total: int) -> Iterator[Advance]:
    """Gives a function to call after each of `total` pieces, with a note to show (or '')."""
    console = open_console(stderr=True)
    if console.is_terminal:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, TextColumn("{task.fields[note]}", markup=False), console=console) as bar:
            task = bar.add_task(title, total=total, note="")
            yield lambda note: bar.update(task, advance=1, note=printable(note))
    else:
        yield _lines(console, title, total)


def _lines(console: Console, title: str, total: int) -> Advance:
    done, last = 0, time.monotonic()

    def advance(note: str) -> None:
        nonlocal done, last
        done += 1
        if done == total or time.monotonic() - last > SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            console.print(f"{title} {done}/{total} {printable(note)}".rstrip(), highlight=False, soft_wrap=True)

    return advance
