"""Imports sources into a dataset: cuts the eye, makes the events where there are none, and writes SEE's layout.

Each source is done by itself, in a process of its own, and a sequence appears whole or not at all. What was done is
noted under `OUT/.eyeprentice/imported`, so that an import that was stopped goes on where it was.
"""

import hashlib
import multiprocessing
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.errors import InputError
from eyeprentice.events.frame import INTERVAL_US
from eyeprentice.events.recording import open_recording
from eyeprentice.events.representation import event_frames, frame_borders
from eyeprentice.events.simulate import DVS, simulate
from eyeprentice.events.stream import Events, make_events
from eyeprentice.events.video import read_video
from eyeprentice.files import read_json, write_json
from eyeprentice.ingest.eye import Region, Track, crop, crop_matrix, locate
from eyeprentice.ingest.sources import PICTURES, Source
from eyeprentice.layout import (
    ANNOTATIONS,
    MODALITIES,
    Annotation,
    SequenceName,
    sequence_folder,
    write_annotations,
    write_images,
)
from eyeprentice.processors import processors
from eyeprentice.progress import progress
from eyeprentice.vocabulary import FRAME_RATE_HZ, Subset

NOTES = Path(".eyeprentice") / "imported"
LONGEST_SECONDS = 20
"""Of a sequence: what is longer is one video of many emotions, and has to be cut first."""
TESTING_EVERY = 3
"""Every third person, or sequence where there are fewer than three people, is for testing."""


WHOLE = Region("full")


@dataclass(frozen=True)
class Settings:
    """How sequences are cut."""

    eye: Region = WHOLE
    size: int = 128
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of one source: a sequence, or why not."""

    source: str
    name: str | None
    error: str | None
    mirrored: bool = False
    found: float = 1.0
    real_events: bool = False
    subset: Subset | None = None


def import_sources(
    sources: Sequence[Source], out: Path, settings: Settings, jobs: int | None = None, executor: Executor | None = None
) -> list[Outcome]:
    """Imports all sources, as many at a time as there are processors, and writes the annotation file.

    What fails is told in its outcome and hinders nothing else. `executor` may be any of `concurrent.futures`' kind.
    """
    if jobs is not None and jobs < 1:
        raise InputError("jobs", f"{jobs} processes", "give 1 or more")
    if (out / ANNOTATIONS).exists() and not (out / NOTES).is_dir():
        raise InputError(out, "holds a dataset that was not imported", "choose another folder")
    (out / NOTES).mkdir(parents=True, exist_ok=True)
    tasks = list(zip(sources, *_number(sources, out), strict=True))
    context = multiprocessing.get_context("spawn")
    pool = executor or ProcessPoolExecutor(jobs or processors(), context)
    with progress("importing", len(tasks)) as advance, pool:
        outcomes = []
        count = len(tasks)
        for outcome in pool.map(_import_one, tasks, [out] * count, [settings] * count):
            outcomes.append(outcome)
            advance("" if outcome.error is None else outcome.error)
    _annotate(out)
    return outcomes


def _import_one(task: tuple[Source, int, str], out: Path, settings: Settings) -> Outcome:
    source, number, subject = task
    cv2.setNumThreads(1)
    note, key = out / NOTES / f"{_hash(str(source.path))}.json", _key(source, settings)
    try:
        if note.is_file():
            noted = read_json(note, "a note of an import")
            outcome = Outcome(**noted["outcome"])
            name = SequenceName.parse(str(outcome.name))
            if noted["key"] == key and sequence_folder(out, "frame", name).is_dir():
                return outcome
            for modality in MODALITIES:  # the source, or how it is cut, has changed
                shutil.rmtree(sequence_folder(out, modality, name), ignore_errors=True)
            note.unlink()
        outcome = _cut(source, number, subject, out, settings)
        write_json(note, {"key": key, "outcome": asdict(outcome)})
    except InputError as error:
        return Outcome(str(source.path), None, str(error))
    except Exception as error:  # whatever a library makes of one source, the others go on
        reason = " ".join(str(error).split()) or type(error).__name__
        return Outcome(
            str(source.path), None, f"{source.path}: cannot be imported ({reason}); look at the file and the disk"
        )
    return outcome


def _cut(source: Source, number: int, subject: str, out: Path, settings: Settings) -> Outcome:
    label = source.label
    if label.emotion is None:
        raise InputError(source.path, "no emotion is known", "use --emotion, --labels, or a folder named after it")
    times, frames, recorded = _read(source)
    track = locate(frames, settings.eye, source.path)
    crops = np.stack([crop(frame, track, i, settings.size) for i, frame in enumerate(frames)])
    name = SequenceName(
        number, subject, label.sex or "person", label.age or 0, "unknown", label.lighting or "normal", label.emotion,
        len(crops), 0,
    )  # fmt: skip
    if recorded is None:
        looked = ((int(t), image.astype(np.float32) / 255) for t, image in zip(times, crops, strict=True))
        packets = simulate(looked, DVS(), np.random.default_rng([settings.seed, number]))
    else:
        packets = _crop_events(recorded, times, track, settings.size)
    events = np.stack(list(event_frames(packets, frame_borders(times), settings.size, settings.size)))
    write_images(out, "event", name, events)
    write_images(out, "frame", name, crops)
    return Outcome(str(source.path), str(name), None, track.mirrored, track.found, recorded is not None, label.subset)


def _read(source: Source) -> tuple[NDArray[np.int64], list[NDArray[np.uint8]], Iterator[Events] | None]:
    """Times in µs, frames, and events if they were recorded."""
    recorded = None
    if source.kind == "recording":
        recording = open_recording(source.path)
        pairs, recorded = recording.frames(), recording.events()
    elif source.kind == "video":
        pairs = read_video(source.path)
    else:
        pairs = _read_pictures(source.path)
    kept = list(islice(pairs, LONGEST_SECONDS * 60 + 1))
    if not kept:
        raise InputError(source.path, "holds events but no frames", "use a recording of a camera with both")
    if kept[-1][0] - kept[0][0] > LONGEST_SECONDS * 1_000_000:
        raise InputError(source.path, f"is longer than {LONGEST_SECONDS} s", "cut it into one emotion each")
    if len({image.shape for _, image in kept}) > 1:
        raise InputError(source.path, "its pictures differ in size", "make them alike")
    times = np.array([t for t, _ in kept], np.int64)
    keep = _at_frame_rate(times)
    if len(keep) < 2:
        raise InputError(source.path, "has fewer than two frames", "give a video")
    return times[keep], [kept[i][1] for i in keep], recorded


def _at_frame_rate(times: NDArray[np.int64]) -> list[int]:
    """Frames to keep so that 60 or 120 a second become about 30."""
    kept, due = [], float(times[0])
    for i, t in enumerate(times):
        if t >= due - 0.25e6 / FRAME_RATE_HZ:
            kept.append(i)
            due = max(due + 1e6 / FRAME_RATE_HZ, float(t) + 0.5e6 / FRAME_RATE_HZ)
    return kept


def _read_pictures(folder: Path) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    paths = sorted((p for p in folder.iterdir() if p.suffix.lower() in PICTURES), key=lambda p: (len(p.stem), p.stem))
    for number, path in enumerate(paths):
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise InputError(path, "not a readable image", "replace it, or take it away")
        yield INTERVAL_US * number, image.astype(np.uint8, copy=False)


def _crop_events(packets: Iterator[Events], times: NDArray[np.int64], track: Track, size: int) -> Iterator[Events]:
    """Recorded events, moved into the crop of the frame that follows them; those outside are left out."""
    matrices = np.stack([crop_matrix(track, i, size) for i in range(len(times))])
    for events in packets:
        number = np.clip(np.searchsorted(times, events["t_us"], side="right"), 0, len(times) - 1)
        at = np.stack([events["x"], events["y"], np.ones(len(events))], axis=1).astype(np.float64)
        x, y = np.round(np.einsum("nij,nj->in", matrices[number], at)).astype(np.int64)
        inside = (x >= 0) & (x < size) & (y >= 0) & (y < size)
        yield make_events(events["t_us"][inside], x[inside], y[inside], events["polarity"][inside])


def _annotate(out: Path) -> None:
    """Lists all that was ever imported here and still is."""
    notes = [path for path in (out / NOTES).glob("*.json") if path != _numbers(out)]
    done = [Outcome(**read_json(path, "a note of an import")["outcome"]) for path in notes]
    named = sorted(((SequenceName.parse(str(o.name)), o.subset) for o in done), key=lambda pair: pair[0].index)
    named = [(name, subset) for name, subset in named if sequence_folder(out, "frame", name).is_dir()]
    people = sorted({name.subject for name, _ in named})
    annotations = {}
    for place, (name, wanted) in enumerate(named):
        unit = people.index(name.subject) if len(people) >= TESTING_EVERY else place
        subset: Subset = wanted or ("testing" if unit % TESTING_EVERY == TESTING_EVERY - 1 else "training")
        annotations[str(name)] = Annotation(subset, name.emotion, (0, name.length - 1))
    if annotations:
        write_annotations(out, annotations)


def _number(sources: Sequence[Source], out: Path) -> tuple[list[int], list[str]]:
    """A number for each source, and three digits for its person; who is not named is somebody new.

    Numbers are kept, so that a later import neither takes one that is used nor takes somebody for another.
    """
    path = _numbers(out)
    numbers = read_json(path, "the numbers of an import") if path.is_file() else {"sources": {}, "subjects": {}}
    indices, subjects = [], []
    for source in sources:
        known, people = numbers["sources"], numbers["subjects"]
        person = f"named {source.label.subject}" if source.label.subject else str(source.path)
        indices.append(known.setdefault(str(source.path), len(known) + 1))
        subjects.append(f"{people.setdefault(person, len(people) + 1):03d}")
    write_json(path, numbers)
    return indices, subjects


def _numbers(out: Path) -> Path:
    return out / NOTES / "numbers.json"


def _key(source: Source, settings: Settings) -> str:
    """A short hash of a source as it is now, and of all that decides what becomes of it."""
    files = sorted(source.path.iterdir()) if source.path.is_dir() else [source.path]
    stats = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return _hash(repr((stats, source.label, settings)))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
