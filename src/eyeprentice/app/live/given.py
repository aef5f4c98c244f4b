"""The sources that words on the command line name: patterns that no shell has expanded are expanded here."""

import glob
import re
from collections.abc import Sequence
from pathlib import Path

from eyeprentice.sources.network.address import is_address
from eyeprentice.words.errors import InputError


def expanded(words: Sequence[str]) -> list[str]:
    """Every source once, in the order given; those of a pattern (`videos/*.mp4`) in the order of their numbers.

    Raises `InputError` for a pattern that nothing fits, and where a camera or standard input is one of several.
    """
    found = list(dict.fromkeys(name for word in words for name in fitting(word)))
    endless = [name for name in found if is_endless(name)]
    if endless and len(found) > 1:
        what = "standard input, a camera or an address cannot be one of several sources"
        raise InputError(endless[0], what, "give it alone")
    return found


def is_endless(name: str) -> bool:
    """Whether a source is standard input, a camera or an address, whose frames come when they are taken."""
    return name == "-" or name.isdecimal() or is_address(name)


def fitting(word: str) -> list[str]:
    """The files of a pattern, or the word itself where it is none; raises `InputError` where nothing fits."""
    if is_address(word) or not glob.has_magic(word) or Path(word).exists():  # names may hold brackets, too
        return [word]
    found = sorted(glob.glob(word, recursive=True), key=_natural)  # noqa: PTH207 (patterns may begin with /)
    if not found:
        raise InputError(word, "no file has a name like this", "correct the pattern")
    return found


def _natural(name: str) -> list[tuple[int, str]]:
    """So that 9.mp4 comes before 10.mp4."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]
