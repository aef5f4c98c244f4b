"""Whom a run knows already: which sequences of a dataset it learnt from, and which show people whom it learnt from.

Names prove nothing by themselves: the first person of every dataset is number 001. What proves something is content:
a sequence is known by its fingerprint (`fingerprints`), under whatever name, and a person by their sequences.

Limits: somebody who was recorded anew is recognised only in a dataset that shares a sequence, name and content, with
the run's own, because only then are subject numbers known to mean the same people. A sequence that was cut out of the
picture differently, or stored under much stronger compression (in the dark: under any), is another one here.

What a run was chosen on counts as what it learnt from: its weights have not seen those sequences, but whoever chose
its settings has seen what they are worth.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.dataset import Dataset
from eyeprentice.data.fingerprints import fingerprints, nearest, unpack
from eyeprentice.data.layout import SequenceName
from eyeprentice.files.whole import read_json
from eyeprentice.words.errors import InputError

COPY, ALIKE = 0.03, 0.10
"""Shares of differing bits: up to the first a sequence is a copy; up to the second it is one if at least half of its
person's sequences are. On simulated people, copies stored as JPEG of quality 90 differ in up to 0.10 (median 0.02),
sequences of two people in 0.15 and more."""


@dataclass(frozen=True)
class Acquaintance:
    """Of each of N sequences, bool (N,)."""

    learnt: NDArray[np.bool_]
    """The run learnt from it, or was chosen on it."""
    met: NDArray[np.bool_]
    """Not so, but the run learnt from or was chosen on its person."""
    tested: NDArray[np.bool_]
    """The run's own split leaves it for testing; whether its person is known is for that split to say."""


def acquaintance(dataset: Dataset, split: Path) -> Acquaintance:
    """What the run whose split file `split` is knows of a dataset; raises `InputError`."""
    content = read_json(split, "the split.json of a run")
    try:
        training, testing = _seen(content), content["testing"]
        bits = unpack([content["fingerprints"][name] for name in (*training, *testing)])
        before = unpack(content.get("before", []))
        people = {SequenceName.parse(name).subject for name in training}
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(split, f"not the split of a run ({type(error).__name__}: {error})", "train it again") from None
    names = [str(name) for name in dataset.names]
    subjects = np.array([name.subject for name in dataset.names])
    mine = unpack(fingerprints(dataset))
    same = _same_names(names, mine, [*training, *testing], bits)
    apart, earlier = nearest(mine, bits[: len(training)]), nearest(mine, before)
    learnt, met = earlier <= COPY, np.zeros(len(names), np.bool_)
    for subject in np.unique(subjects[learnt]):  # the weights that the run started from know them all the same
        met |= subjects == subject
    tested = same & np.isin(names, testing) & ~met
    learnt |= (apart <= COPY) & ~tested
    if same.any():  # one source: its subject numbers mean the same people
        met |= np.isin(subjects, sorted(people)) & ~tested
    nearer = np.minimum(apart, earlier)
    for subject in np.unique(subjects):
        of_person = (subjects == subject) & ~tested
        if of_person.any() and np.median(nearer[of_person]) <= ALIKE:
            learnt |= of_person & (nearer <= ALIKE)
        if (learnt & of_person).any():
            met |= of_person
    return Acquaintance(learnt, met & ~learnt, tested)


def learnt_from(split: Path) -> list[str]:
    """Fingerprints of all that the run whose split file this is has learnt from or was chosen on."""
    content = read_json(split, "the split.json of a run")
    return [*(content["fingerprints"][name] for name in _seen(content)), *content.get("before", [])]


def _seen(content: dict[str, Any]) -> list[str]:
    """The sequences of a split file that were learnt from or chosen on."""
    return [*content["training"], *content.get("validation", [])]


def _same_names(
    names: list[str], mine: NDArray[np.bool_], listed: list[str], bits: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which sequences are listed under their own name, with their own content."""
    number = {name: index for index, name in enumerate(listed)}
    return np.array(
        [name in number and (mine[index] != bits[number[name]]).mean() <= COPY for index, name in enumerate(names)]
    )
