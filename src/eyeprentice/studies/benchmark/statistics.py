"""Figures of several runs that differ in their seed alone: intervals over people and over seeds.

Both are drawn anew in every resample: people, for other people would have been tested, and seeds, for another seed
would have given another run. With three seeds the second part is rough, but leaving it out would be wrong.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.layout import SequenceName
from eyeprentice.judging.scoring import RESAMPLES, Share, calibration_error
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

Floats = NDArray[np.float64]


class Told(NamedTuple):
    """What a run said of N sequences in R repeats."""

    names: tuple[str, ...]
    right: NDArray[np.bool_]  # (R, N)
    confidence: Floats  # (R, N)


class Figures(NamedTuple):
    """In percent."""

    war: Share
    uar: Share
    per_emotion: dict[str, Share]
    per_lighting: dict[str, Share]
    seeds: tuple[float, ...]
    """WAR of each."""
    ece: float


@lru_cache(maxsize=4096)
def read_told(folder: Path) -> Told:
    """The prediction files that a test of a benchmark wrote; raises `InputError` if they are not as it wrote them.

    Faster than `read_predictions`, which takes nothing for granted: there are millions of predictions.
    """
    rows = []
    for file in sorted(folder.glob("test_epoch_*.json")):
        try:
            results = json.loads(file.read_text("utf-8"))["results"]
            rows.append({name: (best["label"], best["score"]) for name, (best, *_) in results.items()})
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(file, "not as it was written", f"remove {folder}, and run the benchmark again") from None
    if not rows or any(row.keys() != rows[0].keys() for row in rows):
        raise InputError(folder, "lacks predictions", "remove it, and run the benchmark again")
    names = tuple(sorted(rows[0]))
    truth = [SequenceName.parse(name).emotion for name in names]
    right = [[row[name][0] == emotion for name, emotion in zip(names, truth, strict=True)] for row in rows]
    confidence = [[row[name][1] for name in names] for row in rows]
    return Told(names, np.array(right), np.array(confidence, float))


def figures(runs: Sequence[Told]) -> Figures:
    """What runs of several seeds are worth together; raises `ValueError` if they were not tested on the same."""
    names = _names(runs)
    groups = np.array(
        [[name.emotion == emotion for name in names] for emotion in EMOTIONS]
        + [[name.lighting == lighting for name in names] for lighting in LIGHTINGS]
        + [[True] * len(names)]
    )
    hits = np.stack([run.right.mean(0) for run in runs])
    recalls = _recalls(hits, names, groups)
    told = [_share(row) for row in recalls]
    shown = recalls[: len(EMOTIONS)][~np.isnan(recalls[: len(EMOTIONS), 0])]
    return Figures(
        told[-1],
        _share(np.nanmean(shown, axis=0)),
        dict(zip(EMOTIONS, told, strict=False)),
        dict(zip(LIGHTINGS, told[len(EMOTIONS) :], strict=False)),
        tuple(float(100 * row.mean()) for row in hits),
        calibration_error(
            np.concatenate([run.confidence.ravel() for run in runs]),
            np.concatenate([run.right.ravel() for run in runs]),
        ),
    )


def gap(one: Sequence[Told], other: Sequence[Told], lighting: str | None = None) -> Share:
    """WAR of `one` less WAR of `other`, in points: the same people and seeds are drawn for both.

    With a `lighting`, of the sequences under it alone.
    """
    names = _names([*one, *other])
    hits = [np.stack([run.right.mean(0) for run in runs]) for runs in (one, other)]
    chosen = np.array([[lighting in (None, name.lighting) for name in names]])
    return _share(_recalls(hits[0] - hits[1], names, chosen)[0])


def _names(runs: Sequence[Told]) -> list[SequenceName]:
    if any(run.names != runs[0].names for run in runs):
        raise ValueError("all runs must predict the same sequences")
    return [SequenceName.parse(name) for name in runs[0].names]


def _recalls(hits: Floats, names: Sequence[SequenceName], groups: NDArray[np.bool_]) -> Floats:
    """Percent of hits (seeds, N) in each of G groups (G, N) of sequences, in each resample: (G, 1 + resamples).

    The first column draws everything once. NaN where nobody of a group is drawn.
    """
    rng = np.random.default_rng(0)
    _, person = np.unique([name.subject for name in names], return_inverse=True)
    people = int(person.max()) + 1
    of_people = _with_ones(rng.multinomial(people, np.full(people, 1 / people), RESAMPLES))[:, person]
    of_seeds = _with_ones(rng.multinomial(len(hits), np.full(len(hits), 1 / len(hits)), RESAMPLES))
    counts = of_people @ groups.T  # (1 + resamples, G)
    right = np.einsum("rs,rgs->rg", of_seeds, np.stack([of_people @ (groups * row).T for row in hits], axis=-1))
    with np.errstate(invalid="ignore"):
        recalls: Floats = (100 * right / (counts * of_seeds.sum(1, keepdims=True))).T
    return recalls


def _with_ones(draws: NDArray[np.int64]) -> Floats:
    whole: Floats = np.concatenate([np.ones((1, draws.shape[1])), draws])
    return whole


def _share(samples: Floats) -> Share:
    value, others = samples[0], samples[1:][~np.isnan(samples[1:])]
    if np.isnan(value) or not len(others):
        return Share(float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(others, (2.5, 97.5))
    return Share(float(value), float(low), float(high))
