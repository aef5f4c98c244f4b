"""What may become part of a name or a path: checked where the name is built, whatever it comes from."""

import re
from typing import Any

from eyeprentice.words import limits

NO_LETTER = r"/\\:\x00-\x1f\x7f-\x9f\ud800-\udfff"
"""In a class of letters: what separates paths, moves a terminal's cursor, or cannot be written as UTF-8."""
WORD = f"[^_{NO_LETTER}]{{1,40}}"
"""A part of a sequence's name."""
_FILE = re.compile(f"[^{NO_LETTER}]+")


def wrong_file_name(name: Any) -> str | None:
    """Why a file cannot have this name, in a few words; None if it can."""
    if not isinstance(name, str):
        return "a name is not text"
    if not _FILE.fullmatch(name):
        return "a name is empty, a path, or holds what is not a letter"
    if name in (".", "..") or name != name.strip():
        return "a name is a path, or begins or ends with a space"
    if len(name.encode()) > limits.NAME_BYTES:
        return f"a name is longer than {limits.NAME_BYTES} bytes"
    return None


def wrong_word(word: Any) -> str | None:
    """Why a word cannot be a part of a sequence's name; None if it can."""
    if isinstance(word, str) and re.fullmatch(WORD, word):
        return None
    return "a word is empty, longer than 40 letters, or holds _, a separator of paths or what is not a letter"
