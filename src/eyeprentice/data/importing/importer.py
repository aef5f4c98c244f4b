"""Imports sources into a dataset: each by itself, in a process of its own; a sequence appears whole or not at all."""

import shutil
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from eyeprentice.data.importing.kept import Kept
from eyeprentice.data.importing.label import KNOWN_WORDS
from eyeprentice.data.importing.labels import Source
from eyeprentice.data.importing.ledger import (
    ImportOutcome,
    imported,
    is_imported,
    number_sources,
    open_ledger,
    read_entry,
    remove_entry,
    source_key,
    write_entry,
)
from eyeprentice.data.importing.overview import write_table
from eyeprentice.data.layout import (
    MODALITIES,
    Annotation,
    SequenceName,
    read_representation,
    sequence_folder,
    write_annotations,
    write_images,
    write_representation,
)
from eyeprentice.eye.levelling import Rotate, levelled, looked_at
from eyeprentice.eye.path import find_eye_path
from eyeprentice.eye.region import Region
from eyeprentice.eye.upright import Turn
from eyeprentice.files.processes import in_processes, process_count
from eyeprentice.sources.clips import cut_clip
from eyeprentice.sources.events.representation import EVENT_FRAME
from eyeprentice.sources.frames import kind_of, open_frames
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import Subset

DECODED_APART = ("video", "recording")
"""Kinds of sources whose decoder has a process of its own, in which it may crash."""
TESTING_EVERY = 3
"""Every third person, or sequence where there are fewer than three people, is for testing."""


@dataclass(frozen=True)
class ImportSettings:
    """How sequences are cut."""

    eye: Region = Region("full")  # noqa: RUF009  frozen
    """Of one eye: not `both`."""
    size: int = 128
    seed: int = 0
    rate_hz: float | None = None
    """Of sources whose files do not state it correctly."""
    representation: str = EVENT_FRAME
    rotate: Rotate = 0
    """How sources are turned before the eye is looked for."""


def import_sources(
    sources: Sequence[Source],
    out: Path,
    settings: ImportSettings,
    jobs: int | None = None,
    executor: Executor | None = None,
) -> list[ImportOutcome]:
    """Imports all sources, as many at a time as there are processors; writes the annotation file and the table.

    What fails is told in its outcome and hinders nothing else. `executor` may be any of `concurrent.futures`' kind.
    """
    jobs = process_count(jobs)
    open_ledger(out)
    _agree_on_representation(out, settings.representation)
    tasks = list(zip(sources, number_sources(sources, out), strict=True))
    work = partial(_import_one, out=out, settings=settings)
    is_one = executor is None and len(sources) == 1 and kind_of(sources[0].path) in DECODED_APART
    jobs = 1 if is_one else jobs  # another process would only have to be started
    outcomes = list(in_processes(work, tasks, "importing", jobs, _error_of, executor, or_here=is_one))
    _annotate(out)
    write_table(out)
    return outcomes


def _error_of(outcome: ImportOutcome) -> str:
    return outcome.error or ""


def _agree_on_representation(out: Path, representation: str) -> None:
    """Notes it; raises `InputError` where sequences were imported with another one."""
    if (noted := read_representation(out)) != representation:
        if imported(out):
            what = f"contains event frames of the representation {noted}, not {representation}"
            raise InputError(out, what, f"give --representation {noted}, or choose another folder")
        write_representation(out, representation)


def _import_one(task: tuple[Source, tuple[int, str]], out: Path, settings: ImportSettings) -> ImportOutcome:
    source, (number, subject) = task
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        if not is_imported(out):  # by the process that handed this out
            todo = "give a folder on a disk that all workers of the cluster share"
            raise InputError(out, "a worker does not see this folder", todo)
        key = source_key(source, settings)
        if (entry := read_entry(out, source)) is not None:
            old_key, outcome = entry
            name = SequenceName.parse(str(outcome.name))
            if old_key == key and sequence_folder(out, "frame", name).is_dir():
                return outcome
            for modality in MODALITIES:  # the source, or how it is cut, has changed
                shutil.rmtree(sequence_folder(out, modality, name), ignore_errors=True)
            remove_entry(out, source)
        outcome = _import(source, number, subject, out, settings)
        write_entry(out, source, key, outcome)
    except InputError as error:
        return ImportOutcome(str(source.path), None, str(error))
    except Exception as error:  # whatever a library makes of one source, the others go on
        reason = " ".join(str(error).split()) or type(error).__name__
        return ImportOutcome(
            str(source.path), None, f"{source.path}: cannot be imported ({reason}); look at the file and the disk"
        )
    finally:
        cv2.setNumThreads(threads)
    return outcome


def _import(source: Source, number: int, subject: str, out: Path, settings: ImportSettings) -> ImportOutcome:
    label = source.label
    if label.emotion is None:
        todo = f"use --emotion, --labels, or a folder named after the emotion ({KNOWN_WORDS})"
        raise InputError(source.path, source.doubt or "its emotion is not known", todo)
    source_frames = open_frames(source.path, rate_hz=settings.rate_hz)
    turns: list[Turn] = []
    if settings.rotate == 0:  # nothing depends on how it seems to be turned: that is told while the eye is looked for
        source_frames = looked_at(source_frames, settings.eye, turns.append)
    else:
        source_frames = levelled(source_frames, settings.rotate, settings.eye, told=turns.append)
    kept = Kept()
    path, moments, rate_hz = find_eye_path(source_frames, settings.eye, kept.add)
    rng = np.random.default_rng([settings.seed, number])
    to_cut = kept.source(source_frames, moments, path.places)
    frames, events = cut_clip(to_cut, moments, path.places, settings.size, settings.representation, rng)
    name = SequenceName(
        number, subject, label.sex or "person", label.age or 0, "unknown", label.lighting or "normal", label.emotion,
        len(frames), 0,
    )  # fmt: skip
    write_images(out, "event", name, events)
    write_images(out, "frame", name, frames)
    return ImportOutcome(
        str(source.path), str(name), None, label.subject, path.manner, path.places[0].mirrored, path.found,
        rate_hz, source_frames.rate_from == "assumed", source_frames.events is not None, label.subset,
        *_turning(settings.rotate, turns),
    )  # fmt: skip


def _turning(rotate: Rotate, turns: Sequence[Turn]) -> tuple[int, int, bool]:
    """By how much a source was turned, by how much more it seems to need, and whether that is doubtful."""
    if rotate == "auto":
        return turns[0].degrees, 0, turns[0].doubtful
    return rotate, turns[0].degrees if turns else 0, False


def _annotate(out: Path) -> None:
    """Lists all that was ever imported here and still is."""
    named = imported(out)
    people = sorted({name.subject for name, _ in named})
    annotations = {}
    for place, (name, outcome) in enumerate(named):
        unit = people.index(name.subject) if len(people) >= TESTING_EVERY else place
        subset: Subset = outcome.subset or ("testing" if unit % TESTING_EVERY == TESTING_EVERY - 1 else "training")
        annotations[str(name)] = Annotation(subset, name.emotion, (0, name.length - 1))
    if annotations:
        write_annotations(out, annotations)
