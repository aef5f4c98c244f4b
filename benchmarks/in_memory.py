"""Simulated datasets without image files: arrays in a folder, opened as a dataset that `learn` takes.

Writing a million pictures and reading them again takes longer than drawing them. FOLDER/NAME.frames.npy,
NAME.units.npy and NAME.json (names and lengths of the sequences) are one dataset.
"""

import hashlib
import json
import multiprocessing
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from eyeprentice.data.dataset import Dataset
from eyeprentice.data.layout import SequenceName
from eyeprentice.files.processes import processors
from eyeprentice.synth.dataset import UNIT_COLUMNS
from eyeprentice.synth.plan import SequencePlan
from eyeprentice.synth.sequence import simulate_sequence
from eyeprentice.words.vocabulary import Subset

Pictures = tuple[np.ndarray, np.ndarray]
"""Frames (T, S, S) and action units (T, 9) of one sequence."""


def simulate(folder: Path, name: str, groups: Sequence[Sequence[SequencePlan]]) -> None:
    """Simulates groups of plans; nobody of one group is somebody of another. What is there already stays."""
    if (folder / f"{name}.json").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    plans = [plan for group in groups for plan in group]
    people: dict[tuple[int, str], str] = {}
    names = []
    for number, group in enumerate(groups):
        for plan in group:
            subject = people.setdefault((number, plan.name.subject), f"{len(people) + 1:03d}")
            names.append(str(replace(plan.name, index=len(names) + 1, subject=subject)))
    with multiprocessing.get_context("fork").Pool(processors()) as pool:  # before any thread or device is there
        simulated = pool.map(_simulated, plans, chunksize=max(1, min(16, len(plans) // (4 * processors()))))
    np.save(folder / f"{name}.units.npy", np.concatenate([units for _, units in simulated]))
    np.save(folder / f"{name}.frames.npy", np.concatenate([frames for frames, _ in simulated]))
    (folder / f"{name}.json").write_text(json.dumps(names))


def _simulated(plan: SequencePlan) -> Pictures:
    cv2.setNumThreads(1)
    frames, _, units = simulate_sequence(plan)
    return frames, units


def open_simulated(folder: Path, subsets: Iterable[tuple[str, Subset]]) -> Dataset:
    """One dataset of several, each for training or testing; people of different ones count as different."""
    names: list[SequenceName] = []
    of: list[Subset] = []
    frames, units, digest = [], [], hashlib.blake2b(digest_size=16)
    for number, (part, subset) in enumerate(subsets):
        texts = json.loads((folder / f"{part}.json").read_text())
        parsed = [SequenceName.parse(text) for text in texts]
        first = len(names)
        for place, name in enumerate(parsed, first + 1):
            names.append(replace(name, index=place, subject=f"{number + 1}{name.subject}"))
        of += [subset] * len(parsed)
        frames.append(np.load(folder / f"{part}.frames.npy", mmap_mode="r"))
        units.append(np.load(folder / f"{part}.units.npy"))
        digest.update(frames[-1])
    lengths = torch.tensor([name.length for name in names])
    return Dataset(
        names=tuple(names),
        subsets=tuple(of),
        offsets=lengths.cumsum(0) - lengths,
        lengths=lengths,
        frames=torch.from_numpy(np.concatenate(frames)),
        events=None,
        content=digest.hexdigest(),
        unit_names=UNIT_COLUMNS,
        units=torch.from_numpy(np.concatenate(units)),
    )
