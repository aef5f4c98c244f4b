"""Which line of a table of labels tells of which source; what is doubtful is refused."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from eyeprentice.data.importing.label import Label, plain
from eyeprentice.data.importing.table import Listed
from eyeprentice.words.errors import InputError

Parts = tuple[str, ...]
_SHOWN = 2


def match_rows(table: Path, rows: Sequence[Listed], sources: Sequence[Path]) -> dict[Path, Label]:
    """The label of each source that a table lists.

    A line names a file by the end of its path: its name, or its last folder and name, and so on. Both Unicode forms of
    a letter are one, and so are `/` and `\\`; capitals, the width of letters and characters that are not seen count
    only where a name would fit two sources without them.
    Raises `InputError` for a line that fits no source or several, and for lines with different labels of one source.
    """
    exact, folded = defaultdict[Parts, list[Path]](list), defaultdict[Parts, list[Path]](list)
    for source in sources:
        for end in _ends(_parts(str(source.absolute()))):
            exact[end].append(source)
            folded[tuple(map(plain, end))].append(source)
    lines = dict[Path, Listed]()
    for row in rows:
        name = _parts(row.file)
        found = exact.get(name) or folded.get(tuple(map(plain, name)), [])
        where = f"{table}: line {row.line}"
        if not found:
            what = f"lists {row.file}, which does not exist among the sources"
            raise InputError(where, what, "correct the name, or remove the line")
        if len(found) > 1:
            shown = ", ".join(map(str, found[:_SHOWN])) + (", ..." if len(found) > _SHOWN else "")
            raise InputError(where, f"{row.file} fits {len(found)} sources ({shown})", "write its folder too")
        if (before := lines.setdefault(found[0], row)).label != row.label:
            where = f"{table}: lines {before.line} and {row.line}"
            what = f"tell different things of one source, {found[0]}"
            raise InputError(where, what, "remove or correct one of the two")
    return {source: row.label for source, row in lines.items()}


def _parts(name: str) -> Parts:
    spelt = unicodedata.normalize("NFC", name).replace("\\", "/")
    return tuple(part.strip() for part in spelt.split("/") if part.strip() not in ("", "."))


def _ends(parts: Parts) -> list[Parts]:
    return [parts[start:] for start in range(len(parts))]
