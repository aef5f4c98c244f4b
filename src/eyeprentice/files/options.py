"""Option files and plans: YAML or JSON that people write, read within limits."""

from pathlib import Path
from typing import Any

import yaml

from eyeprentice.files.whole import read_text
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError


def read_options(file: Path, what: str = "a file of options") -> dict[Any, Any]:
    """The table in a YAML or JSON file; raises `InputError` on anything that is none.

    Lists within lists without end and references, which may multiply, are refused before anything is made of them.
    """
    text = read_text(file, what, limits.OPTIONS_BYTES)
    try:
        _refuse_knots(text)
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a date of the 99th of a month is a ValueError
        reason = " ".join(str(error).split())
        raise InputError(file, f"neither YAML nor JSON ({reason})", f"give {what}") from None
    if not isinstance(content, dict):
        raise InputError(file, "contains no options", "write one `name: value` on each line")
    return content


def _refuse_knots(text: str) -> None:
    """Raises `ValueError` for what would take more time or memory than its text."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > limits.OPTIONS_DEPTH:
            raise ValueError("it is nested too deeply")
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("it holds a reference (*), which is not supported")
