"""`event.json`: what the event frames of a dataset are, where they are no event frames as SEE has them."""

import os
from pathlib import Path

from eyeprentice.files.whole import read_json, write_json
from eyeprentice.sources.events.representation import EVENT_FRAME
from eyeprentice.words.errors import InputError

REPRESENTATION = "event.json"


def write_representation(root: Path, representation: str) -> None:
    """Notes how the events of a dataset became images."""
    write_json(root / REPRESENTATION, {"representation": representation})


def read_representation(root: Path) -> str:
    """How they did: `event-frame` where nothing is noted, as in SEE; raises `InputError` for a note that is none."""
    path = root / REPRESENTATION
    if not os.path.lexists(path):
        return EVENT_FRAME
    todo = f'write {{"representation": "{EVENT_FRAME}"}} into it'
    try:
        noted = read_json(path, "a note on event frames")
    except InputError as error:
        raise InputError(path, error.parts[1], todo) from None
    name = noted.get("representation") if isinstance(noted, dict) else None
    if not isinstance(name, str) or not name:
        raise InputError(path, "names no representation of events", todo)
    return name
