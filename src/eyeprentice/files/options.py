"""Option files and plans: YAML or JSON that people write, read within limits."""

from pathlib import Path
from typing import Any

import yaml

from eyeprentice.files.whole import read_text
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.plain_yaml import read_plain


def read_options(file: Path, what: str = "a file of options") -> dict[str, Any]:
    """The table in a file of plain YAML or JSON; raises `InputError` on anything that is none."""
    text = read_text(file, what, limits.OPTIONS_BYTES)
    try:
        content = read_plain(text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        reason = " ".join(str(error).replace('in "<unicode string>", ', "at ").split())
        raise InputError(file, f"neither YAML nor JSON ({reason[:300]})", f"give {what}") from None
    if not isinstance(content, dict):
        raise InputError(file, "contains no options", "write one `name: value` on each line")
    return content
