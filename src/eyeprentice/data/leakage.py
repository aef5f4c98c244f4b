"""Whom a run knows already: which sequences of a dataset it learnt from, and which show people whom it learnt from.

Names prove nothing by themselves: the first person of every dataset is number 001. What proves something is content:
a sequence is known by its fingerprint, under whatever name, and a person by their sequences. A fingerprint is taken
from the first, the middle and the last frame: each is shrunk to 17x16 pixels, and a bit says for each pair of
neighbours in a row whether the right one is brighter (a difference hash). Compressing or resizing a picture changes few
of these bits; another picture has others.

Limits: somebody who was recorded anew is recognised only in a dataset that shares a sequence, name and content, with
the run's own, because only then are subject numbers known to mean the same people. A sequence that was cut out of the
picture differently, or stored under much stronger compression (in the dark: under any), is another one here.

What a run was chosen on counts as what it learnt from: its weights have not seen those sequences, but whoever chose
its settings has seen what they are worth.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances_argmin_min

from eyeprentice.data.dataset import Dataset
from eyeprentice.data.layout import SequenceName
from eyeprentice.files.whole import read_json
from eyeprentice.words.errors import InputError

COPY, MAYBE_COPY = 0.03, 0.10
"""Shares of differing bits: up to the first a sequence is a copy; up to the second it is one if at least half of its
person's sequences are. On simulated people, copies stored as JPEG of quality 90 differ in up to 0.10 (median 0.02),
sequences of two people in 0.15 and more."""
HASH_SIDE, HASHED_FRAMES = 16, 3

Bits = NDArray[np.bool_]  # (N, HASHED_FRAMES * HASH_SIDE²)


@dataclass(frozen=True)
class Leakage:
    """Of each of N sequences, bool (N,)."""

    learnt: NDArray[np.bool_]
    """The run learnt from it, or was chosen on it."""
    met: NDArray[np.bool_]
    """Not so, but the run learnt from or was chosen on its person."""
    tested: NDArray[np.bool_]
    """The run's own split leaves it for testing; whether its person is known is for that split to say."""


def find_leakage(dataset: Dataset, split: Path) -> Leakage:
    """What the run whose split file `split` is knows of a dataset; raises `InputError`."""
    run = _read_run_split(split)
    bits, listed = unpack(run.fingerprints), [*run.learnt, *run.testing]
    names = [str(name) for name in dataset.names]
    subjects = np.array([name.subject for name in dataset.names])
    mine = unpack(fingerprints(dataset))
    number = {name: index for index, name in enumerate(listed)}
    same = np.array([n in number and (mine[i] != bits[number[n]]).mean() <= COPY for i, n in enumerate(names)])
    apart, earlier = least_difference(mine, bits[: len(run.learnt)]), least_difference(mine, unpack(run.before))
    learnt = earlier <= COPY
    met = np.isin(subjects, subjects[learnt])  # the weights that the run started from know them all the same
    tested = same & np.isin(names, run.testing) & ~met
    learnt |= (apart <= COPY) & ~tested
    if same.any():  # one source: its subject numbers mean the same people
        met |= np.isin(subjects, [SequenceName.parse(name).subject for name in run.learnt]) & ~tested
    nearer = np.minimum(apart, earlier)
    for subject in np.unique(subjects):
        of_person = (subjects == subject) & ~tested
        if of_person.any() and np.median(nearer[of_person]) <= MAYBE_COPY:
            learnt |= of_person & (nearer <= MAYBE_COPY)
        if (learnt & of_person).any():
            met |= of_person
    return Leakage(learnt, met & ~learnt, tested)


def learnt_from(split: Path) -> list[str]:
    """Fingerprints of all that the run whose split file this is has learnt from or was chosen on.

    Raises `InputError` for what is not the split file of a run.
    """
    run = _read_run_split(split)
    return [*run.fingerprints[: len(run.learnt)], *run.before]


def fingerprints(dataset: Dataset) -> list[str]:
    """One for each sequence, as text."""
    found = []
    for offset, length in zip(dataset.offsets.tolist(), dataset.lengths.tolist(), strict=True):
        frames = dataset.frames[[offset, offset + length // 2, offset + length - 1]].cpu().numpy().astype(np.float32)
        small = np.stack([cv2.resize(f, (HASH_SIDE + 1, HASH_SIDE), interpolation=cv2.INTER_AREA) for f in frames])
        found.append(base64.b64encode(np.packbits(small[:, :, 1:] > small[:, :, :-1]).tobytes()).decode())
    return found


def unpack(texts: Sequence[str]) -> Bits:
    """The bits of fingerprints; raises `ValueError` on what is none."""
    packed = np.frombuffer(b"".join(base64.b64decode(text, validate=True) for text in texts), np.uint8)
    return np.unpackbits(packed).astype(np.bool_).reshape(len(texts), HASHED_FRAMES * HASH_SIDE * HASH_SIDE)


def least_difference(one: Bits, others: Bits) -> NDArray[np.float64]:
    """Share of bits in which each of `one` differs from the most alike of `others`, (N,); 1 where there is none."""
    if not len(one) or not len(others):
        return np.ones(len(one))
    _, count = pairwise_distances_argmin_min(one.astype(np.float32), others.astype(np.float32), metric="sqeuclidean")
    return np.asarray(count, np.float64) / one.shape[1]


class _RunSplit(NamedTuple):
    """What the split file of a run says."""

    learnt: list[str]
    """Sequences that were learnt from or chosen on."""
    testing: list[str]
    fingerprints: list[str]
    """Of `learnt`, then of `testing`."""
    before: list[str]
    """Fingerprints of what its first weights were learnt from."""


def _read_run_split(path: Path) -> _RunSplit:
    content = read_json(path, "the split.json of a run")
    try:
        learnt, testing = [*content["training"], *content.get("validation", [])], list(content["testing"])
        before = list(content.get("before", []))
        run = _RunSplit(learnt, testing, [content["fingerprints"][name] for name in (*learnt, *testing)], before)
        unpack([*run.fingerprints, *before])
        for name in learnt:
            SequenceName.parse(name)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(path, f"not the split of a run ({type(error).__name__}: {error})", "train it again") from None
    return run
