"""Writes a simulated dataset in SEE's layout: the same seed gives the same bytes, whatever the number of processes."""

from functools import partial
from pathlib import Path

import cv2

from eyeprentice.data.layout import (
    BLINK,
    MODALITIES,
    Annotation,
    sequence_folder,
    write_annotations,
    write_images,
    write_representation,
    write_units,
)
from eyeprentice.files.cluster import Cluster
from eyeprentice.files.orders import note_order
from eyeprentice.files.processes import in_processes
from eyeprentice.files.whole import new_folder
from eyeprentice.sources.events.representation import EVENT_FRAME
from eyeprentice.synth.face import ACTION_UNITS
from eyeprentice.synth.plan import SequencePlan
from eyeprentice.synth.sequence import simulate_sequence
from eyeprentice.words.errors import InputError

TOGETHER = 8
"""So many sequences in a row, mostly of one person, are simulated by one process at most: it makes a face once."""
UNIT_COLUMNS = (*ACTION_UNITS, BLINK)


def write_dataset(
    out: Path,
    plans: list[SequencePlan],
    jobs: int | None = None,
    order: str | None = None,
    cluster: Cluster | None = None,
) -> None:
    """Simulates the planned sequences in `jobs` processes, one for each processor by default, and writes them as `out`.

    Beside frames and event frames it has the action units of every frame, and how far a blink shuts the eye. Sequences
    planned without a representation of events get no event frames. An `order` is kept with it (`files/orders.py`).
    A `cluster` does it instead of processes of this computer; raises `InputError` if its workers see other files.
    """
    executor, slots = (None, None) if cluster is None else cluster
    with new_folder(out) as folder:
        work = partial(_write, folder=folder)
        for _ in in_processes(work, plans, "simulating", jobs, executor=executor, together=TOGETHER, slots=slots):
            pass
        if unseen := [plan for plan in plans if not sequence_folder(folder, "frame", plan.name).is_dir()]:
            raise _other_files(folder, f"{len(unseen)} sequences that were written are not here")
        annotations = {str(p.name): Annotation(p.subset, p.name.emotion, (0, p.name.length - 1)) for p in plans}
        write_annotations(folder, annotations)
        for representation in {plan.representation for plan in plans if plan.representation} - {EVENT_FRAME}:
            write_representation(folder, representation)
        if order is not None:
            note_order(folder, order)


def _other_files(folder: Path, what: str) -> InputError:
    return InputError(folder, what, "give a folder on a disk that all workers of the cluster share")


def _write(plan: SequencePlan, folder: Path) -> None:
    cv2.setNumThreads(1)
    if not folder.is_dir():
        raise _other_files(folder, "a worker does not see this folder")
    frames, events, units = simulate_sequence(plan)
    for modality, images in zip(MODALITIES, (frames, events), strict=True):
        if images is not None:
            write_images(folder, modality, plan.name, images)
    write_units(folder, plan.name, units, UNIT_COLUMNS)
