"""Imports sources into a dataset: each by itself, in a process of its own; a sequence appears whole or not at all."""

import multiprocessing
import shutil
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from eyeprentice.data.importing.cutting import Settings, cut
from eyeprentice.data.importing.ledger import (
    Outcome,
    imported,
    number_sources,
    open_ledger,
    read_note,
    remove_note,
    source_key,
    write_note,
    write_table,
)
from eyeprentice.data.importing.sources import Source
from eyeprentice.data.layout import (
    MODALITIES,
    Annotation,
    SequenceName,
    sequence_folder,
    write_annotations,
    write_images,
)
from eyeprentice.files.processes import processors
from eyeprentice.words import extensions
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress
from eyeprentice.words.vocabulary import Subset

TESTING_EVERY = 3
"""Every third person, or sequence where there are fewer than three people, is for testing."""


def import_sources(
    sources: Sequence[Source], out: Path, settings: Settings, jobs: int | None = None, executor: Executor | None = None
) -> list[Outcome]:
    """Imports all sources, as many at a time as there are processors; writes the annotation file and the table.

    What fails is told in its outcome and hinders nothing else. `executor` may be any of `concurrent.futures`' kind.
    """
    if jobs is not None and jobs < 1:
        raise InputError("jobs", f"{jobs} processes", "give 1 or more")
    open_ledger(out)
    tasks = list(zip(sources, number_sources(sources, out), strict=True))
    context = multiprocessing.get_context("spawn")
    pool = executor or ProcessPoolExecutor(jobs or processors(), context)
    with progress("importing", len(tasks)) as advance, pool:
        outcomes = []
        count = len(tasks)
        for outcome in pool.map(_import_one, tasks, [out] * count, [settings] * count, [extensions.files()] * count):
            outcomes.append(outcome)
            advance("" if outcome.error is None else outcome.error)
    _annotate(out)
    write_table(out)
    return outcomes


def _import_one(
    task: tuple[Source, tuple[int, str]], out: Path, settings: Settings, extended: tuple[Path, ...] = ()
) -> Outcome:
    source, (number, subject) = task
    cv2.setNumThreads(1)
    extensions.load(extended)  # a representation may be the user's own
    try:
        key = source_key(source, settings)
        if (noted := read_note(out, source)) is not None:
            old_key, outcome = noted
            name = SequenceName.parse(str(outcome.name))
            if old_key == key and sequence_folder(out, "frame", name).is_dir():
                return outcome
            for modality in MODALITIES:  # the source, or how it is cut, has changed
                shutil.rmtree(sequence_folder(out, modality, name), ignore_errors=True)
            remove_note(out, source)
        outcome = _import(source, number, subject, out, settings)
        write_note(out, source, key, outcome)
    except InputError as error:
        return Outcome(str(source.path), None, str(error))
    except Exception as error:  # whatever a library makes of one source, the others go on
        reason = " ".join(str(error).split()) or type(error).__name__
        return Outcome(
            str(source.path), None, f"{source.path}: cannot be imported ({reason}); look at the file and the disk"
        )
    return outcome


def _import(source: Source, number: int, subject: str, out: Path, settings: Settings) -> Outcome:
    label = source.label
    if label.emotion is None:
        raise InputError(
            source.path, "its emotion is not known", "use --emotion, --labels, or a folder named after the emotion"
        )
    made = cut(source, settings, np.random.default_rng([settings.seed, number]))
    name = SequenceName(
        number, subject, label.sex or "person", label.age or 0, "unknown", label.lighting or "normal", label.emotion,
        len(made.frames), 0,
    )  # fmt: skip
    write_images(out, "event", name, made.events)
    write_images(out, "frame", name, made.frames)
    course = made.course
    return Outcome(
        str(source.path), str(name), None, label.subject, course.manner, course.places[0].mirrored, course.found,
        made.rate_hz, made.rate_assumed, made.recorded, label.subset,
    )  # fmt: skip


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
