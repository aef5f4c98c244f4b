"""Scores of predictions: SEEN's prediction files, WAR, UAR, recalls, their intervals and calibration.

A prediction file holds one clip's answer for every testing sequence; the protocol makes 20 of them, and every figure
is the mean over all. The truth is in the sequences' names. Nothing here needs torch.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.layout import SequenceName
from eyeprentice.files.whole import read_json, write_json
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS, parse_emotion

RESAMPLES = 2000
CALIBRATION_BINS = 15

EXPECTED = "prediction files in SEEN's format, test_epoch_EPOCH_REPEAT.json"


class Prediction(NamedTuple):
    """What a model said of one sequence."""

    label: str
    score: float  # probability of the label, 0..1


Predictions = Mapping[str, Prediction]
"""One repeat: sequence name -> prediction."""


@dataclass(frozen=True)
class Share:
    """A percentage with its 95 % confidence interval; all NaN where there was nothing to count."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        return {"recall": _number(self.value), "ci95": [_number(self.low), _number(self.high)]}


@dataclass(frozen=True)
class Scores:
    """What the predictions are worth, in percent."""

    war: Share
    """Weighted average recall: accuracy."""
    uar: Share
    """Unweighted average recall: mean of the emotions' recalls."""
    per_emotion: dict[str, Share]
    per_lighting: dict[str, Share]
    ece: float
    """Expected calibration error, 15 bins of equal width (Guo et al., ICML 2017)."""
    confusion: NDArray[np.int64]
    """Counts over all repeats, (7, 7): true emotion by predicted emotion, both in the order of EMOTIONS."""
    sequences: int
    repeats: int
    resampled: str
    """What the intervals' bootstrap drew: subjects, or sequences where there is one subject."""

    def to_json(self, protocol: str) -> dict[str, Any]:
        """The content of `metrics.json`; everything but counts is in percent."""
        return {
            "war": _number(self.war.value),
            "uar": _number(self.uar.value),
            "war_ci95": [_number(self.war.low), _number(self.war.high)],
            "uar_ci95": [_number(self.uar.low), _number(self.uar.high)],
            "per_emotion": {emotion: share.to_json() for emotion, share in self.per_emotion.items()},
            "per_lighting": {lighting: share.to_json() for lighting, share in self.per_lighting.items()},
            "sequences": self.sequences,
            "repeats": self.repeats,
            "protocol": protocol,
            "ece": _number(self.ece),
            "confusion": self.confusion.tolist(),
            "unit": "percent",
            "ci95_bootstrap_over": self.resampled,
        }


def score(repeats: Sequence[Predictions]) -> Scores:
    """Scores repeats that predict the very same sequences; raises `ValueError` if they do not."""
    names = list(repeats[0])
    if not names or any(set(repeat) != set(names) for repeat in repeats):
        raise ValueError("every repeat must predict the same sequences, at least one")
    parsed = [SequenceName.parse(name) for name in names]
    index = {emotion: i for i, emotion in enumerate(EMOTIONS)}
    truth = np.array([index[name.emotion] for name in parsed])
    lighting = np.array([LIGHTINGS.index(name.lighting) for name in parsed])
    predicted = np.array([[index[repeat[name].label] for name in names] for repeat in repeats])  # (R, N)
    confidence = np.array([[repeat[name].score for name in names] for repeat in repeats])

    counts = np.zeros((len(names), len(EMOTIONS)), np.int64)  # how often each sequence was taken for each emotion
    np.add.at(counts, (np.arange(len(names)), predicted), 1)
    hits = counts[np.arange(len(names)), truth] / len(repeats)

    weights, resampled = _weights(parsed)
    emotions = np.stack([_weighted(hits, weights, truth == i) for i in range(len(EMOTIONS))])
    lightings = np.stack([_weighted(hits, weights, lighting == i) for i in range(len(LIGHTINGS))])
    confusion = np.stack([counts[truth == i].sum(0) for i in range(len(EMOTIONS))])
    return Scores(
        war=_share(_weighted(hits, weights, np.ones(len(names), bool))),
        uar=_share(_nanmean(emotions)),
        per_emotion={emotion: _share(row) for emotion, row in zip(EMOTIONS, emotions, strict=True)},
        per_lighting={name: _share(row) for name, row in zip(LIGHTINGS, lightings, strict=True)},
        ece=calibration_error(confidence.ravel(), (predicted == truth).ravel()),
        confusion=confusion,
        sequences=len(names),
        repeats=len(repeats),
        resampled=resampled,
    )


def difference(one: Sequence[Predictions], other: Sequence[Predictions]) -> Share:
    """WAR of `other` less WAR of `one`, in points: a paired bootstrap, which draws the same subjects for both.

    Narrower than two intervals side by side, because what makes a person hard for one makes it hard for the other.
    """
    if set(one[0]) != set(other[0]):
        raise ValueError("both must predict the same sequences")
    names = list(one[0])
    parsed = [SequenceName.parse(name) for name in names]
    hits = [
        np.array([np.mean([repeat[str(n)].label == n.emotion for repeat in repeats]) for n in parsed])
        for repeats in (one, other)
    ]
    return _share(_weighted(hits[1] - hits[0], _weights(parsed)[0], np.ones(len(names), bool)))


def calibration_error(confidence: NDArray[np.float64], hit: NDArray[np.bool_]) -> float:
    """Expected calibration error in percent: how far confidence and accuracy are apart, over 15 equal bins."""
    bins = np.clip(np.ceil(confidence * CALIBRATION_BINS).astype(int) - 1, 0, CALIBRATION_BINS - 1)
    gap = np.bincount(bins, confidence - hit, CALIBRATION_BINS)
    return float(100 * np.abs(gap).sum() / len(hit))


def read_predictions(folder: Path) -> list[Predictions]:
    """Reads SEEN's prediction files, in order of their repeats; raises `InputError` on anything malformed."""
    files = sorted(folder.glob("test_epoch_*.json"), key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)])
    if not files:
        raise InputError(folder, "no prediction files", f"give a folder of {EXPECTED}")
    repeats = [_read_predictions(file) for file in files]
    for file, repeat in zip(files, repeats, strict=True):
        if repeat.keys() != repeats[0].keys():
            raise InputError(
                file, f"contains other sequences than {files[0].name}", "score the files of one evaluation at a time"
            )
    return repeats


def write_predictions(folder: Path, epoch: int, repeats: Sequence[Predictions]) -> None:
    """Writes SEEN's prediction files, one a repeat, counted from 1; those of an earlier evaluation go."""
    for old in folder.glob("test_epoch_*.json"):
        old.unlink()
    for number, repeat in enumerate(repeats, 1):
        results = {name: [{"label": p.label, "score": p.score}] for name, p in repeat.items()}
        write_json(folder / f"test_epoch_{epoch}_{number}.json", {"results": results})


def _read_predictions(path: Path) -> Predictions:
    content = read_json(path, EXPECTED)
    try:
        return {
            str(SequenceName.parse(name)): Prediction(
                parse_emotion(best["label"], f"{path}: {name}"), _probability(best["score"])
            )
            for name, (best, *_) in content["results"].items()
        } or _refuse(path)
    except (KeyError, TypeError, ValueError, AttributeError):
        return _refuse(path)


def _probability(number: Any) -> float:
    if isinstance(number, bool) or not 0 <= float(number) <= 1:
        raise ValueError(f"{number} is not a probability")
    return float(number)


def _refuse(path: Path) -> Predictions:
    raise InputError(path, "not a prediction file", f"give {EXPECTED}")


def _weights(names: Sequence[SequenceName]) -> tuple[NDArray[np.float64], str]:
    """How often each sequence is drawn, (1 + RESAMPLES, N), and what was drawn.

    A first row of ones, then rows of draws with replacement: of subjects, or of sequences where there is one subject.
    """
    subjects = [name.subject for name in names]
    by_subject = len(set(subjects)) > 1
    _, unit = np.unique(subjects if by_subject else [str(name) for name in names], return_inverse=True)
    units = int(unit.max()) + 1
    draws = np.random.default_rng(0).multinomial(units, np.full(units, 1 / units), RESAMPLES)
    return np.concatenate([np.ones((1, units)), draws])[:, unit], "subjects" if by_subject else "sequences"


def _weighted(
    hits: NDArray[np.float64], weights: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Share of hits among the chosen sequences in every row of weights, in percent; NaN where none is drawn."""
    with np.errstate(invalid="ignore"):
        share: NDArray[np.float64] = 100 * (weights[:, chosen] @ hits[chosen]) / weights[:, chosen].sum(1)
    return share


def _nanmean(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    there = ~np.isnan(rows)
    mean: NDArray[np.float64] = np.where(there, rows, 0).sum(0) / np.maximum(there.sum(0), 1)
    return mean


def _share(samples: NDArray[np.float64]) -> Share:
    value, drawn = samples[0], samples[1:][~np.isnan(samples[1:])]
    if np.isnan(value) or not len(drawn):
        return Share(float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Share(float(value), float(low), float(high))


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return None if np.isnan(value) else round(value, 4)
