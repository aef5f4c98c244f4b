"""What was imported into a dataset: numbers of sources and people that last, a note of each source, and a table.

The notes lie under `OUT/.eyeprentice/imported`, so that an import that was stopped goes on where it was; the table,
`OUT/sources.csv`, tells people which sequence came from which source.
"""

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from eyeprentice.data.importing.sources import Source
from eyeprentice.data.layout import ANNOTATIONS, SequenceName, sequence_folder
from eyeprentice.files.whole import new_file, read_json, write_json
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import Subset

NOTES = Path(".eyeprentice") / "imported"
TABLE = "sources.csv"


@dataclass(frozen=True)
class Outcome:
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


def open_ledger(out: Path) -> None:
    """Makes the folder of notes; raises `InputError` if there is a dataset that was not imported."""
    if (out / ANNOTATIONS).exists() and not (out / NOTES).is_dir():
        raise InputError(out, "contains a dataset that was not made by import", "choose another folder")
    try:
        (out / NOTES).mkdir(parents=True, exist_ok=True)
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


def person_key(name: str) -> str:
    """What two spellings of one person have in common: `s1`, `S01`, `subject_001` and `1` are the same person."""
    numbered = re.fullmatch(r"(?:s|sub|subject|person|p)?[_\- ]?0*(\d+)", name.strip(), re.IGNORECASE)
    return numbered[1] if numbered else name.strip().casefold()


def merged_spellings(sources: Sequence[Source]) -> list[list[str]]:
    """Names that are spelt differently and taken for one person."""
    spellings = defaultdict(set)
    for source in sources:
        if source.label.subject is not None:
            spellings[person_key(source.label.subject)].add(source.label.subject.strip())
    return [sorted(names) for names in spellings.values() if len(names) > 1]


def read_note(out: Path, source: Source) -> tuple[str, Outcome] | None:
    """The key that a source had when it was imported, and what came of it."""
    path = _note(out, source)
    if not path.is_file():
        return None
    return _read_note(path)


def write_note(out: Path, source: Source, key: str, outcome: Outcome) -> None:
    write_json(_note(out, source), {"key": key, "outcome": asdict(outcome)})


def remove_note(out: Path, source: Source) -> None:
    _note(out, source).unlink()


def source_key(source: Source, settings: Any) -> str:
    """A short hash of a source as it is now, and of all that decides what becomes of it."""
    files = sorted(source.path.iterdir()) if source.path.is_dir() else [source.path]
    stats = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return _hash(repr((stats, source.label, settings)))


def imported(out: Path) -> list[tuple[SequenceName, Outcome]]:
    """All that was ever imported and still is there, in order of its number."""
    notes = [path for path in (out / NOTES).glob("*.json") if path != _numbers(out)]
    named = [(SequenceName.parse(str(outcome.name)), outcome) for _, outcome in map(_read_note, notes)]
    there = [pair for pair in named if sequence_folder(out, "frame", pair[0]).is_dir()]
    return sorted(there, key=lambda pair: pair[0].index)


def _read_note(path: Path) -> tuple[str, Outcome]:
    """A source's key and outcome; raises `InputError`."""
    noted = read_json(path, "a note of an import")
    try:
        outcome = Outcome(**noted["outcome"])
        SequenceName.parse(str(outcome.name))
        return str(noted["key"]), replace(outcome, source=str(outcome.source), rate_hz=float(outcome.rate_hz))
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise InputError(path, f"not a note of an import ({error})", "remove it, and import the source again") from None


def write_table(out: Path) -> None:
    """Writes `sources.csv`: a row for each sequence, with its source and how it was read."""
    columns = ["sequence", "source", "person", "eye", "mirrored", "eye_found", "source_rate_hz", "events"]
    with new_file(out / TABLE) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(columns)
        for name, o in imported(out):
            rate = f"{o.rate_hz:.2f}" + (" (assumed)" if o.rate_assumed else "")
            events = "recorded" if o.recorded_events else "simulated"
            table.writerow([name, o.source, o.person or "", o.eye, o.mirrored, f"{o.found:.2f}", rate, events])


def _numbers(out: Path) -> Path:
    return out / NOTES / "numbers.json"


def _note(out: Path, source: Source) -> Path:
    return out / NOTES / f"{_hash(str(source.path))}.json"


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
