"""What there is to import, and its labels: from a table, from folders' and files' names, or from options."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eyeprentice.data.importing.label import Label, emotions_in
from eyeprentice.data.importing.matching import match_rows
from eyeprentice.data.importing.table import read_table
from eyeprentice.data.layout import ANNOTATIONS
from eyeprentice.sources.events.recording import EXTENSIONS
from eyeprentice.sources.frames import kind_of
from eyeprentice.sources.videos import VIDEOS
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS


@dataclass(frozen=True)
class Source:
    """A video, a folder of pictures, or a recording."""

    path: Path
    label: Label
    doubt: str | None = None
    """Why its emotion is not known, where its name tells more than one."""


def find_sources(paths: Sequence[Path], table: Path | None, given: Label, without: Path | None = None) -> list[Source]:
    """Every source under `paths`, in order of its path, with its label; raises `InputError` where there is none.

    Nothing is looked for in the folder `without`, which is the one that is written.

    A label comes from the table if it has a row for the file, else from the options, else from names: the nearest
    folder, or the file itself, that has a word for an emotion. Raises `InputError` also for a table that does not fit
    the sources: with one file in two lines with two labels, or a name that fits several files or none.
    """
    bases: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise InputError(path, "does not exist", "give videos, folders of pictures, recordings, or folders of them")
        for source in _walk(path, None if without is None else without.resolve()):
            bases.setdefault(source, path)
    if not bases:
        raise InputError(
            paths[0], "nothing to import", f"give {', '.join(VIDEOS)}, pictures or {', '.join(EXTENSIONS)}"
        )
    once = {path.resolve(): path for path in sorted(bases, reverse=True)}  # one that is given twice is one source
    found = sorted(once.values())
    rows = {} if table is None else match_rows(table, read_table(table), found)
    return [_labelled(path, bases[path], rows.get(path, Label()), given) for path in found]


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


def shared_people(paths: Sequence[Path], sources: Sequence[Source]) -> dict[str, list[Path]]:
    """People who are in several of the folders `paths` by the names of their files, with these folders.

    They are taken for one person each: whether two folders count their people anew, names cannot tell.
    """
    folders: defaultdict[str, list[Path]] = defaultdict(list)
    for path in dict.fromkeys(path for path in paths if path.is_dir()):
        within = [source for source in sources if source.path.is_relative_to(path)]
        named = [(source, _person_in(source.path.relative_to(path.parent))) for source in within]
        for subject in dict.fromkeys(told for source, told in named if told and told == source.label.subject):
            folders[subject].append(path)
    nested = [set(path.resolve().parents) for path in paths]
    apart = {path for path, above in zip(paths, nested, strict=True) if not above & {p.resolve() for p in paths}}
    kept = {name: [path for path in found if path in apart] for name, found in sorted(folders.items())}
    return {name: found for name, found in kept.items() if len(found) > 1}


def holds_sources(folder: Path) -> Path | None:
    """A video, a folder of pictures or a recording in a folder, or the folder itself; None where there is none.

    Raises `InputError` if there is a dataset in it.
    """
    return next(_walk(folder), None) if folder.is_dir() else None


def _walk(path: Path, without: Path | None = None) -> Iterator[Path]:
    if without is not None and path.resolve() == without:
        return
    if (path / ANNOTATIONS).is_file():
        todo = "leave it out; eyeprentice merge makes one dataset of several"
        raise InputError(path, "is a dataset in SEE's layout, and not a source", todo)
    if kind_of(path) in ("video", "pictures", "recording"):
        yield path
    if path.is_dir():
        for child in sorted(p for p in path.iterdir() if not p.name.startswith(".")):
            yield from _walk(child, without)


def _labelled(path: Path, base: Path, row: Label, given: Label) -> Source:
    inside = path.relative_to(base.parent) if path.is_relative_to(base.parent) else path
    emotions = next((told for part in reversed(inside.parts) if (told := emotions_in(part))), [])
    named = emotions[0] if len(emotions) == 1 and emotions[0] in EMOTIONS else None
    label = Label(
        row.emotion or given.emotion or named,
        row.subject or given.subject or _person_in(inside),
        row.lighting or given.lighting,
        row.sex or given.sex,
        given.age if row.age is None else row.age,
        row.subset,
    )
    doubt = f"its name tells {' and '.join(emotions)}" if emotions and label.emotion is None else None
    return Source(path, label, doubt)


def _person_in(path: Path) -> str | None:
    """The number of the person that a path tells: `s01`, `person_2`."""
    told = re.search(r"(?:^|[_\-/])(?:s|sub|subject|person|p)[_\-]?(\d+)", str(path), re.IGNORECASE)
    return told[1] if told else None
