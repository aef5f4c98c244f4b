"""Figures of several runs that differ in their seed alone: intervals over people and over seeds.

Both are drawn anew in every resample: people, for other people would have been tested, and seeds, for another seed
would have given another run. With three seeds the second part is rough, but leaving it out would be wrong.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eyeprentice.layout import SequenceName
from eyeprentice.scoring import RESAMPLES, Predictions, Share, calibration_error
from eyeprentice.vocabulary import EMOTIONS, LIGHTINGS

Floats = NDArray[np.float64]
Runs = Sequence[Sequence[Predictions]]
"""Of each seed, its repeats."""


class Figures(NamedTuple):
    """In percent."""

    war: Share
    uar: Share
    per_emotion: dict[str, Share]
    per_lighting: dict[str, Share]
    seeds: tuple[float, ...]
    """WAR of each."""
    ece: float


def figures(runs: Runs) -> Figures:
    """What runs of several seeds are worth together."""
    names = _names(runs)
    hits, drawn = _hits(runs, names), _drawn(names, len(runs))
    emotion = np.array([EMOTIONS.index(name.emotion) for name in names])
    lighting = np.array([LIGHTINGS.index(name.lighting) for name in names])
    everywhere = np.ones(len(names), bool)
    emotions = np.stack([_recall(hits, drawn, emotion == i) for i in range(len(EMOTIONS))])
    return Figures(
        _share(_recall(hits, drawn, everywhere)),
        _share(np.nanmean(emotions, axis=0)),
        {name: _share(row) for name, row in zip(EMOTIONS, emotions, strict=True)},
        {name: _share(_recall(hits, drawn, lighting == i)) for i, name in enumerate(LIGHTINGS)},
        tuple(float(100 * row.mean()) for row in hits),
        _error(runs, names),
    )


def gap(one: Runs, other: Runs, lighting: str | None = None) -> Share:
    """WAR of `one` less WAR of `other`, in points: the same people and seeds are drawn for both.

    With a `lighting`, of the sequences under it alone.
    """
    names = _names([*one, *other])
    both = _hits(one, names) - _hits(other, names)
    chosen = np.array([lighting in (None, name.lighting) for name in names])
    return _share(_recall(both, _drawn(names, len(one)), chosen))


def _names(runs: Runs) -> list[SequenceName]:
    """The sequences, which all of them must have predicted; raises `ValueError`."""
    names = sorted(runs[0][0])
    if any(set(repeat) != set(names) for repeats in runs for repeat in repeats):
        raise ValueError("all runs must predict the same sequences")
    return [SequenceName.parse(name) for name in names]


def _hits(runs: Runs, names: Sequence[SequenceName]) -> Floats:
    """How often each sequence was told right, 0..1: (seeds, sequences)."""
    return np.array(
        [[np.mean([repeat[str(n)].label == n.emotion for repeat in repeats]) for n in names] for repeats in runs]
    )


class _Drawn(NamedTuple):
    """How often each is drawn; the first row holds ones."""

    seeds: Floats  # (1 + resamples, seeds)
    sequences: Floats  # (1 + resamples, sequences)


def _drawn(names: Sequence[SequenceName], seeds: int) -> _Drawn:
    rng = np.random.default_rng(0)
    _, person = np.unique([name.subject for name in names], return_inverse=True)
    people = int(person.max()) + 1
    of_people = rng.multinomial(people, np.full(people, 1 / people), RESAMPLES)
    of_seeds = rng.multinomial(seeds, np.full(seeds, 1 / seeds), RESAMPLES)
    whole = [np.concatenate([np.ones((1, rows.shape[1])), rows]) for rows in (of_seeds, of_people)]
    return _Drawn(whole[0], whole[1][:, person])


def _recall(hits: Floats, drawn: _Drawn, chosen: NDArray[np.bool_]) -> Floats:
    """Percent of hits among the chosen sequences, of each resample; NaN where none is drawn."""
    weights = drawn.sequences[:, chosen]
    of_seeds = weights @ hits[:, chosen].T  # (resamples, seeds)
    with np.errstate(invalid="ignore"):
        told: Floats = 100 * (of_seeds * drawn.seeds).sum(1) / (weights.sum(1) * drawn.seeds.sum(1))
    return told


def _share(samples: Floats) -> Share:
    value, others = samples[0], samples[1:][~np.isnan(samples[1:])]
    if np.isnan(value) or not len(others):
        return Share(float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(others, (2.5, 97.5))
    return Share(float(value), float(low), float(high))


def _error(runs: Runs, names: Sequence[SequenceName]) -> float:
    """Calibration error over all repeats of all seeds."""
    told = [(repeat[str(n)], n.emotion) for repeats in runs for repeat in repeats for n in names]
    confidence = np.array([prediction.score for prediction, _ in told])
    return calibration_error(confidence, np.array([prediction.label == truth for prediction, truth in told]))
