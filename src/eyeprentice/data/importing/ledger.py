"""What was imported into a dataset: numbers of sources and people that last, and an entry for each source.

They lie under `OUT/.eyeprentice/imported`, so that an import that was stopped goes on where it was.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from eyeprentice.data.importing.labels import Source, person_key
from eyeprentice.data.layout import ANNOTATIONS, SequenceName, sequence_folder
from eyeprentice.files.whole import read_json, write_json
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import Subset

ENTRIES = Path(".eyeprentice") / "imported"


@dataclass(frozen=True)
class ImportOutcome:
    """What came of one source: a sequence, or why not."""

    source: str
    name: str | None
    error: str | None
    person: str | None = None
    """As the source, the table or an option names who it shows."""
    eye: str | None = None
    """How the eye was cut out: followed, full or box."""
    mirrored: bool = False
    found: float = 1.0
    """Share of the frames in which the eye was seen."""
    rate_hz: float = 0.0
    rate_assumed: bool = False
    recorded_events: bool = False
    subset: Subset | None = None
    turned: int = 0
    """Degrees clockwise by which it was turned."""
    seems_turned: int = 0
    """By how many more it seems that it should be."""
    doubtful: bool = False
    """Whether it was to be turned upright, and which way that is could not be told."""


def is_imported(out: Path) -> bool:
    """Whether a folder was made by import."""
    return (out / ENTRIES).is_dir()


def open_ledger(out: Path) -> None:
    """Makes the folder of entries; raises `InputError` if there is a dataset that was not imported."""
    if (out / ANNOTATIONS).exists() and not is_imported(out):
        raise InputError(out, "contains a dataset that was not made by import", "choose another folder")
    try:
        (out / ENTRIES).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(out, f"cannot be written ({error.strerror})", "choose another folder") from None


def number_sources(sources: Sequence[Source], out: Path) -> list[tuple[int, str]]:
    """A number for each source, and three digits for its person; who is not named is somebody new.

    Numbers are kept, so that a later import neither takes one that is used nor takes somebody for another.
    """
    path = _numbers(out)
    numbers = read_json(path, "the numbers of an import") if path.is_file() else {"sources": {}, "subjects": {}}
    numbered = []
    try:
        tables = [numbers["sources"], numbers["subjects"]]
        known, people = ({str(name): range(10**9)[value] for name, value in table.items()} for table in tables)
    except (KeyError, TypeError, AttributeError, IndexError):
        raise InputError(path, "not the numbers of an import", "remove it, and import everything again") from None
    for source in sources:
        person = f"named {person_key(source.label.subject)}" if source.label.subject else str(source.path)
        index = known.setdefault(str(source.path), len(known) + 1)
        numbered.append((index, f"{people.setdefault(person, len(people) + 1):03d}"))
    write_json(path, {"sources": known, "subjects": people})
    return numbered


def read_entry(out: Path, source: Source) -> tuple[str, ImportOutcome] | None:
    """The key that a source had when it was imported, and what came of it."""
    path = _entry(out, source)
    return _parse_entry(path) if path.is_file() else None


def write_entry(out: Path, source: Source, key: str, outcome: ImportOutcome) -> None:
    write_json(_entry(out, source), {"key": key, "outcome": asdict(outcome)})


def remove_entry(out: Path, source: Source) -> None:
    _entry(out, source).unlink()


def source_key(source: Source, settings: Any) -> str:
    """A short hash of a source as it is now, and of all that decides what becomes of it."""
    files = sorted(source.path.iterdir()) if source.path.is_dir() else [source.path]
    stats = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return _hash(repr((stats, source.label, settings)))


def imported(out: Path) -> list[tuple[SequenceName, ImportOutcome]]:
    """All that was ever imported and still is there, in order of its number."""
    entries = [path for path in (out / ENTRIES).glob("*.json") if path != _numbers(out)]
    named = [(SequenceName.parse(str(outcome.name)), outcome) for _, outcome in map(_parse_entry, entries)]
    there = [pair for pair in named if sequence_folder(out, "frame", pair[0]).is_dir()]
    return sorted(there, key=lambda pair: pair[0].index)


def _parse_entry(path: Path) -> tuple[str, ImportOutcome]:
    """A source's key and outcome; raises `InputError`."""
    noted = read_json(path, "a note of an import")
    try:
        outcome = ImportOutcome(**noted["outcome"])
        SequenceName.parse(str(outcome.name))
        return str(noted["key"]), replace(outcome, source=str(outcome.source), rate_hz=float(outcome.rate_hz))
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise InputError(path, f"not a note of an import ({error})", "remove it, and import the source again") from None


def _numbers(out: Path) -> Path:
    return out / ENTRIES / "numbers.json"


def _entry(out: Path, source: Source) -> Path:
    return out / ENTRIES / f"{_hash(str(source.path))}.json"


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
