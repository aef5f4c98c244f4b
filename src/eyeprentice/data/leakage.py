"""Whom a run knows already: which sequences of a dataset it learnt from, and which show people whom it learnt from.

Names prove nothing by themselves: the first person of every dataset is number 001. What proves something is content:
a sequence is known by its fingerprint, under whatever name, and a person by their sequences. A fingerprint is taken
from the first, the middle and the last frame: each is shrunk to 17x16 pixels, and a bit says for each pair of
neighbours in a row whether the right one is brighter (a difference hash). Compressing or resizing a picture changes few
of these bits; another picture has others. What has the very fingerprint of something known is found by looking it up;
only what has not is compared with all that is known.

Limits: somebody who was recorded anew is recognised only in a dataset that shares a sequence, name and content, with
the run's own, because only then are subject numbers known to mean the same people. A sequence that was cut out of the
picture differently, or stored under much stronger compression (in the dark: under any), is another one here.

What a run was chosen on counts as what it learnt from: its weights have not seen those sequences, but whoever chose
its settings has seen what they are worth.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.dataset import Dataset
from eyeprentice.data.layout import SequenceName
from eyeprentice.files.whole import read_json
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

COPY, MAYBE_COPY = 0.03, 0.10
"""Shares of differing bits: up to the first a sequence is a copy; up to the second it is one if at least half of its
person's sequences are. On simulated people, copies stored as JPEG of quality 90 differ in up to 0.10 (median 0.02),
sequences of two people in 0.15 and more."""
HASH_SIDE, HASHED_FRAMES = 16, 3

BITS = HASHED_FRAMES * HASH_SIDE * HASH_SIDE
"""Of a fingerprint."""
BLOCK = 2048
"""Fingerprints that are compared with as many others at once."""
_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(1).astype(np.uint8)
"""Bits that are set in each byte."""

Prints = NDArray[np.uint8]  # (N, BITS / 8), bits packed


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
    names, texts = [str(name) for name in dataset.names], fingerprints(dataset)
    subjects, people = np.unique([name.subject for name in dataset.names], return_inverse=True)
    mine = unpack(texts)
    listed = dict(zip((*run.learnt, *run.testing), run.fingerprints, strict=True))
    under_name = unpack([listed.get(name, text) for name, text in zip(names, texts, strict=True)])
    same = np.array([name in listed for name in names]) & (_ONES[mine ^ under_name].sum(1) / BITS <= COPY)
    earlier = _least_difference_of_texts(texts, run.before, np.ones(len(texts), bool))
    learnt = earlier <= COPY
    met = np.isin(people, people[learnt])  # the weights that the run started from know them all the same
    tested = same & np.isin(names, run.testing) & ~met
    apart = _least_difference_of_texts(texts, run.fingerprints[: len(run.learnt)], ~tested)
    learnt |= (apart <= COPY) & ~tested
    if same.any():  # one source: its subject numbers mean the same people
        known = {SequenceName.parse(name).subject for name in run.learnt}
        met |= np.isin(people, [number for number, subject in enumerate(subjects) if subject in known]) & ~tested
    nearer = np.minimum(apart, earlier)
    for of_person in _of_each(people, ~tested):
        if np.median(nearer[of_person]) <= MAYBE_COPY:
            learnt[of_person] |= nearer[of_person] <= MAYBE_COPY
        if learnt[of_person].any():
            met[of_person] = True
    return Leakage(learnt, met & ~learnt, tested)


def _of_each(people: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """Numbers of the chosen sequences of each person that has some."""
    numbers = chosen.nonzero()[0]
    order = numbers[np.argsort(people[numbers], kind="stable")]
    if len(order):
        yield from np.split(order, np.diff(people[order]).nonzero()[0] + 1)


def _least_difference_of_texts(
    texts: Sequence[str], others: Sequence[str], asked: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """`least_difference` of fingerprints as text, where it is asked; 1 elsewhere, unless the very same is there."""
    there = set(others)
    least = np.array([0.0 if text in there else 1.0 for text in texts])
    left = (asked & (least > 0)).nonzero()[0]
    if len(left) and len(others):
        least[left] = least_difference(unpack([texts[number] for number in left.tolist()]), unpack(others))
    return least


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


def unpack(texts: Sequence[str]) -> Prints:
    """Fingerprints as bytes; raises `ValueError` on what is none."""
    packed = b"".join(base64.b64decode(text, validate=True) for text in texts)
    return np.frombuffer(packed, np.uint8).reshape(len(texts), BITS // 8)


def least_difference(one: Prints, others: Prints) -> NDArray[np.float64]:
    """Share of bits in which each of `one` differs from the most alike of `others`, (N,); 1 where there is none.

    Each is compared with each; the memory that this takes does not depend on how many there are.
    """
    least = np.full(len(one), float(BITS))
    for start in range(0, len(one), BLOCK):
        mine = _signs(one[start : start + BLOCK])
        part = least[start : start + BLOCK]
        for first in range(0, len(others), BLOCK):
            agreeing = mine @ _signs(others[first : first + BLOCK]).T  # bits that agree, less those that do not
            np.minimum(part, (BITS - agreeing.max(1)) / 2, out=part)
    return least / BITS


def _signs(prints: Prints) -> NDArray[np.float32]:
    """A bit that is set is 1, another one is -1."""
    return 2 * np.unpackbits(prints, axis=1).astype(np.float32) - 1


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
    content = read_json(path, "the split.json of a run", limits.SPLIT_BYTES)
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
