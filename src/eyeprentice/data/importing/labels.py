"""What there is to import, and its labels: from a table, from folders' and files' names, or from options."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from eyeprentice.files.whole import read_text
from eyeprentice.sources.events.recording import EXTENSIONS
from eyeprentice.sources.frames import kind_of
from eyeprentice.sources.videos import VIDEOS
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS, Subset


@dataclass(frozen=True)
class Label:
    """What is known of a source; None where it is not."""

    emotion: str | None = None
    subject: str | None = None
    lighting: str | None = None
    sex: str | None = None
    age: int | None = None
    subset: Subset | None = None


@dataclass(frozen=True)
class Source:
    """A video, a folder of pictures, or a recording."""

    path: Path
    label: Label


def find_sources(paths: Sequence[Path], table: Path | None, given: Label) -> list[Source]:
    """Every source under `paths`, in order of its path, with its label; raises `InputError` where there is none.

    A label comes from the table if it has a row for the file, else from the options, else from names: the nearest
    folder, or the file itself, that spells an emotion.
    """
    rows = {} if table is None else read_table(table)
    found = []
    for path in paths:
        if not path.exists():
            raise InputError(path, "does not exist", "give videos, folders of pictures, recordings, or folders of them")
        found += [(source, path) for source in _walk(path)]
    if not found:
        raise InputError(
            paths[0], "nothing to import", f"give {', '.join(VIDEOS)}, pictures or {', '.join(EXTENSIONS)}"
        )
    sources = [Source(p, _label(p, base, rows, given)) for p, base in sorted(set(found))]
    if table is not None and (idle := set(rows) - {key for s in sources for key in _keys(s.path)}):
        raise InputError(
            table, f"lists {sorted(idle)[0]}, which does not exist", "correct the name, or remove the line"
        )
    return sources


def read_table(path: Path) -> dict[str, Label]:
    """Reads a CSV with the columns `file`, `emotion` and any of `subject lighting sex age subset`: file -> label."""
    try:
        rows = list(csv.DictReader(io.StringIO(read_text(path, "a CSV file"), newline="")))
    except csv.Error as error:
        raise InputError(path, f"cannot be read as a table ({error})", "give a CSV file") from None
    if not rows or not {"file", "emotion"} <= set(rows[0]):
        raise InputError(path, "needs the columns file and emotion", "add them in its first line")
    return {(row["file"] or "").strip(): _label_of_row(row, f"{path}: line {n}") for n, row in enumerate(rows, 2)}


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


def _label_of_row(row: dict[str, str], where: str) -> Label:
    said = {key: (value or "").strip() or None for key, value in row.items() if isinstance(key, str)}
    age = said.get("age")
    if age is not None and not re.fullmatch("[0-9]{1,3}", age):
        raise InputError(where, f"'{age}' is not an age", "write whole years")
    if (sex := said.get("sex")) is not None and not re.fullmatch(r"[A-Za-z-]+", sex):
        raise InputError(where, f"'{sex}' cannot be part of a sequence's name", "write sex as one word of letters")
    subset = said.get("subset")
    if subset not in (None, "training", "testing"):
        raise InputError(where, f"'{subset}' is not a subset", "use training or testing")
    label = Label(said["emotion"], said.get("subject"), said.get("lighting"), said.get("sex"))
    label = replace(label, age=None if age is None else int(age), subset=cast("Subset | None", subset))
    return check_label(label, where)


def check_label(label: Label, where: str) -> Label:
    """The same label in the vocabulary's spelling; raises `InputError` for words outside it."""
    emotion, lighting = label.emotion, label.lighting
    if emotion is not None and emotion.lower() not in EMOTIONS:
        raise InputError(where, f"'{emotion}' is not an emotion", f"use one of {', '.join(EMOTIONS)}")
    spelt = {word.lower(): word for word in LIGHTINGS}
    if lighting is not None and lighting.lower() not in spelt:
        raise InputError(where, f"'{lighting}' is not a lighting", f"use one of {', '.join(LIGHTINGS)}")
    return replace(
        label,
        emotion=emotion.lower() if emotion else None,
        lighting=spelt[lighting.lower()] if lighting else None,
    )


def _walk(path: Path) -> Iterator[Path]:
    if kind_of(path) in ("video", "pictures", "recording"):
        yield path
    if path.is_dir():
        for child in sorted(p for p in path.iterdir() if not p.name.startswith(".")):
            yield from _walk(child)


def _label(path: Path, base: Path, rows: dict[str, Label], given: Label) -> Label:
    row = next((rows[key] for key in _keys(path) if key in rows), Label())
    inside = path.relative_to(base.parent) if path.is_relative_to(base.parent) else path
    named = next((word for part in reversed(inside.parts) if (word := _emotion_in(part))), None)
    subject = re.search(r"(?:^|[_\-/])(?:s|sub|subject|person|p)[_\-]?(\d+)", str(inside), re.IGNORECASE)
    return Label(
        row.emotion or given.emotion or named,
        row.subject or given.subject or (subject[1] if subject else None),
        row.lighting or given.lighting,
        row.sex or given.sex,
        row.age or given.age,
        row.subset,
    )


def _emotion_in(part: str) -> str | None:
    words = set(re.split(r"[^a-z]+", part.lower()))
    return next((emotion for emotion in EMOTIONS if emotion in words), None)


def _keys(path: Path) -> tuple[str, ...]:
    """What a table may call a file: its name, or its last folder and name."""
    return path.name, f"{path.parent.name}/{path.name}", str(path)
