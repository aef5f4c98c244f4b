"""Everything that is wrong with a dataset, and hints at what is good to know, found in one pass over its files."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from eyeprentice.data.check_images import check_images
from eyeprentice.data.copies import Thumbnails, find_copies
from eyeprentice.data.layout import (
    ANNOTATIONS,
    MODALITIES,
    REPRESENTATION,
    Folder,
    SequenceName,
    find_sequences,
    find_units,
    read_representation,
    read_units,
)
from eyeprentice.files.whole import read_json
from eyeprentice.sources.events.representation import EVENT_FRAME, REPRESENTATIONS
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

KINDS = {
    "no-annotations": "the annotation file is missing, malformed or empty",
    "annotation": "a sequence's annotation is incomplete or malformed",
    "name": "a name that is not SEE's pattern, or uses other words",
    "label": "a label that is not an emotion",
    "label-and-name": "the label and the name tell different emotions",
    "subset": "neither training nor testing",
    "segment": "a segment outside the sequence",
    "missing": "listed, but no frames there",
    "wrong-folder": "in the folder of another emotion",
    "unlisted": "a folder that no annotation lists",
    "no-counterpart": "frames without event frames",
    "unequal": "not as many event frames as frames",
    "representation": "the note on what event frames are is malformed",
    "own-representation": "events are shown in a representation that is not in this package",
    "levels": "an image of events with levels that its representation does not have",
    "units": "a file of action units that is missing, malformed or does not fit the frames",
    "length-and-name": "the name tells another number of frames",
    "gap": "numbers of frames are left out",
    "empty": "an image of no bytes",
    "unreadable": "an image that cannot be read, or was cut short",
    "size": "an image of another size than the rest",
    "flat": "an image of one single level",
    "few-levels": "frames that use so few levels that nothing is to be seen in them",
    "near-duplicate": "all but the same sequence in training and in testing",
    "shared-subject": "a person in training and in testing",
    "no-samples": "emotions, lightings or subsets that no sequence shows",
}
"""What can be found, in words."""
HINTS = ("own-representation", "shared-subject", "no-samples")
"""Kinds that are no faults: they limit what the official split can tell, and many a good dataset is so."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a dataset, or a hint."""

    kind: str  # one of KINDS
    where: str  # a path relative to the dataset, or a name
    what: str

    @property
    def hint(self) -> bool:
        return self.kind in HINTS


def check_dataset(root: Path) -> list[Finding]:
    """All findings, in order of their kind; raises `InputError` if there is no such folder."""
    if not root.is_dir():
        raise InputError(root, "no such dataset", "give a folder in SEE's layout")
    annotations, findings = _read_annotations(root)
    frames, events = ({f.name: f for f in find_sequences(root, modality)} for modality in MODALITIES)
    findings += _check_annotations(annotations)
    findings += _check_folders(root, annotations, frames, events)
    findings += _check_units(root, frames)
    shown = EVENT_FRAME
    try:
        shown = read_representation(root)
        if shown not in REPRESENTATIONS:
            findings.append(Finding("own-representation", REPRESENTATION, repr(shown)))
    except InputError as error:
        findings.append(Finding("representation", REPRESENTATION, error.parts[1]))
    with Thumbnails() as thumbnails:
        numbers, found = check_images([*frames.values(), *events.values()], shown, thumbnails)
        findings += [Finding(kind, str(path.relative_to(root)), what) for kind, path, what in found]
        there = {name: number for name, number in zip(frames, numbers, strict=False) if number is not None}
        findings += _check_splits(annotations, there, thumbnails)
    order = list(KINDS)
    return sorted(findings, key=lambda finding: (order.index(finding.kind), finding.where))


def _read_annotations(root: Path) -> tuple[dict[str, Any], list[Finding]]:
    try:
        database = read_json(root / ANNOTATIONS, "SEE's annotation file")["database"]
        if not isinstance(database, dict) or not database:
            raise TypeError("it lists no sequence")
    except (InputError, KeyError, TypeError) as error:
        return {}, [Finding("no-annotations", ANNOTATIONS, str(error).split(": ", 1)[-1])]
    return database, []


def _check_annotations(annotations: dict[str, Any]) -> Iterator[Finding]:
    for text, entry in annotations.items():
        try:
            name = SequenceName.parse(text)
        except InputError as error:
            yield Finding("name", text, str(error).removeprefix(f"{text}: "))
            name = None
        try:
            subset, label, (first, last) = (
                entry["subset"],
                entry["annotations"]["label"],
                entry["annotations"]["segment"],
            )
        except (KeyError, TypeError, ValueError):
            yield Finding("annotation", text, "it needs a subset, a label and a segment of two numbers")
            continue
        if subset not in ("training", "testing"):
            yield Finding("subset", text, f"'{subset}'")
        if not (isinstance(first, int) and isinstance(last, int) and 0 <= first <= last):
            yield Finding("segment", text, f"{first}..{last} is not a first and a last frame")
        if str(label).lower() not in EMOTIONS:
            yield Finding("label", text, f"'{label}'")
        elif name is not None and label.lower() != name.emotion:
            yield Finding("label-and-name", text, f"labelled '{label}'")


def _check_folders(
    root: Path, annotations: dict[str, Any], frames: dict[str, Folder], events: dict[str, Folder]
) -> Iterator[Finding]:
    for text in annotations:
        if text not in frames or not frames[text].images:
            yield Finding("missing", text, "no frames")
            continue
        count = len(frames[text].images)
        segment = _segment(annotations[text])
        if segment is not None and segment[1] > count:  # one more than the last frame is how SEE may count
            yield Finding("segment", text, f"{segment[0]}..{segment[1]}, but there are {count} frames")
        if events and text not in events:
            yield Finding("no-counterpart", text, "no event frames")
        elif events and len(events[text].images) != count:
            yield Finding("unequal", text, f"{len(events[text].images)} event frames for {count} frames")
    for folder in [*frames.values(), *events.values()]:
        where = str(folder.path.relative_to(root))
        if folder.name not in annotations:
            yield Finding("unlisted", where, "not in emotion.json")
        try:
            name = SequenceName.parse(folder.name)
        except InputError:
            continue  # said where it is listed
        if folder.emotion != name.emotion:
            yield Finding("wrong-folder", where, f"shows {name.emotion}")
        count = len(folder.images)
        if count and frames.get(folder.name) is folder and count != name.length:
            yield Finding("length-and-name", where, f"{count} frames, {name.length} by its name")
        yield from _gaps(where, folder)
        if odd := [name for name in folder.images.names if not name.isprintable()]:
            yield Finding("name", where, f"an image is called {odd[0]}, which is not text in UTF-8")


def _check_units(root: Path, frames: dict[str, Folder]) -> Iterator[Finding]:
    columns: tuple[str, ...] | None = None
    for text, folder in frames.items():
        if (name := _parse(text)) is None:
            continue
        try:
            if (files := find_units(root, [name])) is None:
                return
            header, intensities = read_units(files[0])
        except InputError as error:
            yield Finding("units", text, error.parts[1])
            continue
        if len(intensities) != len(folder.images):
            yield Finding("units", text, f"{len(intensities)} lines of intensities for {len(folder.images)} frames")
        if header != (columns := columns or header):
            yield Finding("units", text, f"{','.join(header)} instead of {','.join(columns)}")


def _gaps(where: str, folder: Folder) -> Iterator[Finding]:
    numbers = sorted(int(path.stem) for path in folder.images if re.fullmatch(r"\d{1,18}", path.stem))
    steps = list(pairwise(numbers))
    if left_out := [one + 1 for one, other in steps if other > one + 1]:
        yield Finding("gap", where, f"no frame {left_out[0]}")
    elif any(one == other for one, other in steps):
        yield Finding("gap", where, "a number comes twice")


def _check_splits(annotations: dict[str, Any], there: dict[str, int], thumbnails: Thumbnails) -> Iterator[Finding]:
    parsed = {text: name for text in annotations if (name := _parse(text)) is not None}
    members: dict[str, list[str]] = defaultdict(list)
    for text in parsed:
        members[str(_subset(annotations[text]))].append(text)
    training, testing = members["training"], members["testing"]
    if parsed:
        yield from _without_samples("subset", ("training", "testing"), [k for k, v in members.items() if v])
        yield from _without_samples("emotion", EMOTIONS, [name.emotion for name in parsed.values()])
        yield from _without_samples("lighting", LIGHTINGS, [name.lighting for name in parsed.values()])
    people = [{parsed[text].subject for text in part} for part in (training, testing)]
    for subject in sorted(people[0] & people[1]):
        yield Finding("shared-subject", subject, "in training and in testing")
    number = {there[text]: text for text in parsed if text in there}
    ones, others = (np.array([there[text] for text in part if text in there], int) for part in (training, testing))
    for other, one in find_copies(thumbnails, ones, others):
        yield Finding("near-duplicate", number[other], f"shows what {number[one]} shows")


def _without_samples(what: str, wanted: Iterable[str], there: list[str]) -> Iterator[Finding]:
    if missing := [word for word in wanted if word not in there]:
        yield Finding("no-samples", what, f"no sequence of {', '.join(missing)}")


def _parse(text: str) -> SequenceName | None:
    try:
        return SequenceName.parse(text)
    except InputError:
        return None


def _subset(entry: Any) -> Any:
    return entry.get("subset") if isinstance(entry, dict) else None


def _segment(entry: Any) -> tuple[int, int] | None:
    try:
        first, last = entry["annotations"]["segment"]
        return (int(first), int(last))
    except (KeyError, TypeError, ValueError):
        return None
