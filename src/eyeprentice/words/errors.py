"""What is said of bad input: one line, which the command line prints before it exits with code 2."""

import re
from os import PathLike

LONGEST = 1500
"""Letters of a message."""


_SCHEME = r"\b(?i:(?:https?|rtsps?):/{1,2}|[a-z][a-z0-9+.-]*://)"


class InputError(Exception):
    """Something a user gave is wrong: `subject` (a path, an option), what is wrong with it and what to do."""

    def __init__(self, subject: str | PathLike[str], what: str, todo: str) -> None:
        super().__init__(_bearable(printable(f"{subject}: {what}; {todo}")))
        self.parts = (str(subject), what, todo)

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, str, str]]:
        return InputError, self.parts  # so that it comes whole out of another process


def _bearable(line: str) -> str:
    """The line, its middle left out where it is longer than anybody reads: some of it may be what a file holds."""
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} ... {line[-LONGEST // 2 :]}"


def install(extra: str) -> str:
    """What to do where an optional part is missing; the package is installed from its source."""
    return f"in the folder of its source: pip install '.[{extra}]'"


def without_secrets(text: str) -> str:
    """The text, in whose addresses (`http://NAME:PASSWORD@HOST/PATH?WORDS`) what may be secret is left out.

    A password that holds a stroke looks like a port and a path: what is between a colon and an @ is left out, too.
    """
    text = re.sub(rf"({_SCHEME})(?:[^/?#\s]*|[^\s@]*:[^\s]*)@", r"\1***@", text)
    return re.sub(rf"({_SCHEME}[^?\s]*\?)[^\s;:,)\"'\]]+", r"\1...", text)


def printable(text: str) -> str:
    """The text in one line, fit for a terminal: what would move its cursor or change its colours is spelt out.

    What may be secret in addresses is left out.
    """
    text = without_secrets(text)
    return "".join(c if c.isprintable() else " " if c in "\n\r\t" else repr(c)[1:-1] for c in text)
