"""Several datasets made one: sequences and people get new numbers, images are linked rather than copied."""

import csv
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eyeprentice.data.layout.annotations import ANNOTATIONS, Annotation, read_annotations, write_annotations
from eyeprentice.data.layout.folders import MODALITIES, find_folder, sequence_folder
from eyeprentice.data.layout.names import SequenceName
from eyeprentice.data.layout.representation import read_representation, write_representation
from eyeprentice.data.layout.sequences import SequenceFiles, check_counterparts, read_sequences
from eyeprentice.data.layout.units import UNITS, find_units, read_units
from eyeprentice.files.whole import new_file, new_folder
from eyeprentice.sources.events.representation import EVENT_FRAME
from eyeprentice.sources.pictures import pictures_in
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress

TABLE = "sources.csv"


@dataclass(frozen=True)
class Merged:
    """What became one dataset."""

    sequences: int
    people: int
    kept: tuple[str, ...]
    """Folders of it: `frame`, and of `event` and `unit` those that every source has."""
    left_out: tuple[str, ...]
    """Those that only some of the sources have."""


@dataclass(frozen=True)
class _Source:
    root: Path
    annotations: dict[str, Annotation]
    folders: dict[str, list[Path]]  # folder of each sequence's images, by modality; files of its units
    names: list[SequenceName]


def merge_datasets(roots: Sequence[Path], out: Path, same_people: bool = False) -> Merged:
    """Writes all sequences of `roots` as the dataset `out`, which appears whole or not at all.

    Images are hard links where the file system allows it, so that they take no room, and copies elsewhere. People of
    two datasets stay different people, unless `same_people` says that their numbers mean the same in all of them.
    Segments, subsets and takes stay as they are. `out`/sources.csv tells what each sequence was.

    Raises `InputError` for what is no dataset, is given twice, or tells other action units than the rest.
    """
    if len(roots) < 2:
        raise InputError("merge", f"{len(roots)} dataset", "give two or more, then the folder to make")
    resolved = [root.resolve() for root in roots]
    if twice := [root for root, path in zip(roots, resolved, strict=True) if resolved.count(path) > 1]:
        raise InputError(
            twice[0], "given twice", "give every dataset once, so that nothing is learnt from and tested on"
        )
    if inside := [root for root, path in zip(roots, resolved, strict=True) if out.resolve().is_relative_to(path)]:
        raise InputError(out, f"lies in {inside[0]}, which is merged", "choose a folder outside the datasets")
    sources = [_open(root) for root in roots]
    there = [set(source.folders) for source in sources]
    kept, some = set.intersection(*there), set.union(*there)
    if UNITS in kept:
        _refuse_other_units(sources)
    if "event" in kept:
        _refuse_other_representations(sources)
    people: dict[tuple[int, int], str] = {}
    annotations: dict[str, Annotation] = {}
    rows: list[tuple[str, str, str]] = []
    with new_folder(out) as folder, progress("merging", sum(len(source.names) for source in sources)) as advance:
        for number, source in enumerate(sources):
            for place, old in enumerate(source.names):
                person = (0 if same_people else number, int(old.subject))
                subject = people.setdefault(person, f"{len(people) + 1:03d}")
                name = replace(old, index=len(rows) + 1, subject=subject)
                for modality in MODALITIES:
                    if modality in kept:
                        _link_all(pictures_in(source.folders[modality][place]), sequence_folder(folder, modality, name))
                if UNITS in kept:
                    _link(source.folders[UNITS][place], folder / UNITS / name.emotion / f"{name}.csv")
                annotations[str(name)] = source.annotations[str(old)]
                rows.append((str(name), str(source.root), str(old)))
                advance("")
        write_annotations(folder, annotations)
        if "event" in kept and (representation := read_representation(sources[0].root)) != EVENT_FRAME:
            write_representation(folder, representation)
        _write_table(folder / TABLE, rows)
    return Merged(len(rows), len(people), tuple(sorted(kept)), tuple(sorted(some - kept)))


def _open(root: Path) -> _Source:
    frames = read_sequences(root, "frame")
    names = [sequence.name for sequence in frames]
    if len(set(names)) < len(names):  # 01_001_... and 1_001_...
        raise InputError(root / ANNOTATIONS, "lists a sequence twice", "take one of the two out")
    folders = {"frame": _folders(frames)}
    if find_folder(root, "event") is not None:
        events = read_sequences(root, "event")
        check_counterparts(frames, events)
        folders["event"] = _folders(events)
    if (units := find_units(root, names)) is not None:
        folders[UNITS] = units
    return _Source(root, read_annotations(root), folders, names)


def _folders(sequences: list[SequenceFiles]) -> list[Path]:
    return [sequence.images.folder for sequence in sequences]


def _refuse_other_units(sources: list[_Source]) -> None:
    first, columns = None, None
    for source in sources:
        names, _ = read_units(path := source.folders[UNITS][0])
        if names != (columns := columns or names):
            todo = f"merge datasets of the same units as {first}, or take the folder {UNITS} out of one"
            raise InputError(path, f"holds the units {','.join(names)}, not {','.join(columns)}", todo)
        first = first or source.root


def _refuse_other_representations(sources: list[_Source]) -> None:
    first = sources[0].root
    for source in sources:
        if (name := read_representation(source.root)) != (wanted := read_representation(first)):
            todo = f"merge datasets of the same representation as {first}, or take the folder event out of one"
            raise InputError(source.root, f"holds events as {name}, not as {wanted}", todo)


def _link_all(images: Sequence[Path], folder: Path) -> None:
    for image in images:
        _link(image, folder / image.name)


def _link(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the file system has no such links, or it is another one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copy2(source, target)


def _write_table(path: Path, rows: list[tuple[str, str, str]]) -> None:
    with new_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["sequence", "dataset", "was"])
        table.writerows(rows)
