"""What predictions are worth: WAR, UAR, recalls with 95 % intervals, and calibration, in the columns of SEEN's paper.

Intervals are by bootstrap over people, for other people would have been tested. Of runs that differ in their seed,
seeds are drawn too, for another seed would have given another run; with three seeds that part is rough, but leaving it
out would be wrong. Nothing here needs torch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from eyeprentice.data.layout import SequenceName
from eyeprentice.judging.predictions import Predictions
from eyeprentice.words.errors import printable
from eyeprentice.words.terminal import print_table
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

RESAMPLES = 2000
DRAWN_AT_ONCE = 1 << 20
"""Numbers that the bootstrap holds at once."""
CALIBRATION_BINS = 15
EMOTION_COLUMNS = {
    "Ha": "happiness", "Sa": "sadness", "An": "angry", "Di": "disgust", "Su": "surprise", "Fe": "fear", "Ne": "neutral",
}  # fmt: skip
LIGHTING_COLUMNS = {"Nor": "normal", "Over": "Overexposed", "Low": "Low", "HDR": "HDR"}
"""SEEN's table: its heads, and what they stand for."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """A percentage with its 95 % confidence interval; all NaN where there was nothing to count."""

    value: float
    low: float
    high: float

    def rounded(self, digits: int) -> list[float | None]:
        """Value, low and high; None for NaN, which JSON does not have."""
        return [None if number != number else round(number, digits) for number in (self.value, self.low, self.high)]


@dataclass(frozen=True)
class Scores:
    """What the predictions are worth, in percent."""

    war: Share
    """Weighted average recall: accuracy."""
    uar: Share
    """Unweighted average recall: mean of the emotions' recalls."""
    per_emotion: dict[str, Share]
    per_lighting: dict[str, Share]
    war_of_seeds: tuple[float, ...]
    """WAR of each run."""
    ece: float
    """Expected calibration error, 15 bins of equal width (Guo et al., ICML 2017)."""
    confusion: NDArray[np.int64]
    """Counts over all repeats, (7, 7): true emotion by predicted emotion, both in the order of EMOTIONS."""
    sequences: int
    repeats: int
    """Of each run."""
    resampled: str
    """What the intervals' bootstrap drew: subjects, or sequences where there is one subject."""

    @property
    def columns(self) -> dict[str, Share]:
        """SEEN's table: recall of each emotion, accuracy under each lighting, WAR and UAR."""
        return {
            **{short: self.per_emotion[emotion] for short, emotion in EMOTION_COLUMNS.items()},
            **{short: self.per_lighting[lighting] for short, lighting in LIGHTING_COLUMNS.items()},
            "WAR": self.war,
            "UAR": self.uar,
        }

    def to_json(self, protocol: str) -> dict[str, Any]:
        """The content of `metrics.json`; everything but counts is in percent."""

        def told(share: Share) -> dict[str, Any]:
            value, *interval = share.rounded(4)
            return {"recall": value, "ci95": interval}

        war, uar = told(self.war), told(self.uar)
        return {
            "war": war["recall"],
            "uar": uar["recall"],
            "war_ci95": war["ci95"],
            "uar_ci95": uar["ci95"],
            "per_emotion": {emotion: told(share) for emotion, share in self.per_emotion.items()},
            "per_lighting": {lighting: told(share) for lighting, share in self.per_lighting.items()},
            "sequences": self.sequences,
            "repeats": self.repeats,
            "protocol": protocol,
            "ece": round(self.ece, 4),
            "confusion": self.confusion.tolist(),
            "unit": "percent",
            "ci95_bootstrap_over": self.resampled,
        }


def score_predictions(*runs: Predictions) -> Scores:
    """Scores one run, or several that differ in their seed alone.

    Raises `ValueError` if they were not tested on the same sequences.
    """
    names = _common_names(runs)
    truth = runs[0].truth
    groups = np.array(
        [[name.emotion == emotion for name in names] for emotion in EMOTIONS]
        + [[name.lighting == lighting for name in names] for lighting in LIGHTINGS]
        + [[True] * len(names)]
    )
    hits = np.stack([run.hits.mean(0) for run in runs])
    recalls = _recalls(hits, names, groups)
    emotions = recalls[: len(EMOTIONS)]
    shares = [_share(row) for row in recalls]
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    for run in runs:
        np.add.at(confusion, (np.broadcast_to(truth, run.labels.shape), run.labels), 1)
    return Scores(
        war=shares[-1],
        uar=_share(np.nanmean(emotions[~np.isnan(emotions[:, 0])], axis=0)),
        per_emotion=dict(zip(EMOTIONS, shares, strict=False)),
        per_lighting=dict(zip(LIGHTINGS, shares[len(EMOTIONS) :], strict=False)),
        war_of_seeds=tuple(float(100 * row.mean()) for row in hits),
        ece=calibration_error(
            np.concatenate([run.confidence.ravel() for run in runs]), np.concatenate([run.hits.ravel() for run in runs])
        ),
        confusion=confusion,
        sequences=len(names),
        repeats=len(runs[0].labels),
        resampled=_units(names)[1],
    )


def paired_difference(one: Sequence[Predictions], other: Sequence[Predictions], lighting: str | None = None) -> Share:
    """WAR of `one` less WAR of `other`, in points; each is a run or several that differ in their seed.

    A paired bootstrap, which draws the same people and seeds for both: narrower than two intervals side by side,
    because what makes a person hard for one makes it hard for the other. With a `lighting`, of the sequences under it.
    """
    names = _common_names([*one, *other])
    ours, its = (np.stack([run.hits.mean(0) for run in runs]) for runs in (one, other))
    chosen = np.array([[lighting in (None, name.lighting) for name in names]])
    return _share(_recalls(ours - its, names, chosen)[0])


def calibration_error(confidence: Floats, hit: NDArray[np.bool_]) -> float:
    """Expected calibration error in percent: how far confidence and accuracy are apart, over 15 equal bins."""
    bins = np.clip(np.ceil(confidence * CALIBRATION_BINS).astype(int) - 1, 0, CALIBRATION_BINS - 1)
    gap = np.bincount(bins, confidence - hit, CALIBRATION_BINS)
    return float(100 * np.abs(gap).sum() / len(hit))


def print_scores(scores: Scores, title: str) -> None:
    """SEEN's table in the terminal."""
    table = Table("%", title=printable(title), title_style="bold", pad_edge=False, collapse_padding=True)
    for short in scores.columns:
        table.add_column(short, justify="right", no_wrap=True)
    for row, part, style in (("recall", "value", "bold"), ("95 % from", "low", None), ("to", "high", None)):
        numbers = [getattr(share, part) for share in scores.columns.values()]
        table.add_row(row, *("–" if number != number else f"{number:.1f}" for number in numbers), style=style)
    print_table(
        table,
        120,
        f"{scores.sequences} sequences, mean of {scores.repeats} repeats; intervals: bootstrap over {scores.resampled};"
        f" calibration error (ECE) {scores.ece:.1f} %",
    )


def _common_names(runs: Sequence[Predictions]) -> tuple[SequenceName, ...]:
    if any(run.names != runs[0].names for run in runs):
        raise ValueError("all runs must predict the same sequences")
    return runs[0].names


def _units(names: Sequence[SequenceName]) -> tuple[NDArray[np.int64], str]:
    """Number of what each sequence (N,) is drawn with, its subject or, of one subject, itself; and that in words."""
    subjects = [name.subject for name in names]
    by_subject = len(set(subjects)) > 1
    units = np.unique(subjects if by_subject else [str(name) for name in names], return_inverse=True)[1]
    return units, "subjects" if by_subject else "sequences"


def _recalls(hits: Floats, names: Sequence[SequenceName], groups: NDArray[np.bool_]) -> Floats:
    """Percent of hits (seeds, N) in each of G groups (G, N) of sequences, in each resample: (G, 1 + RESAMPLES).

    The first column draws everything once. NaN where nobody of a group is drawn.
    """
    rng = np.random.default_rng(0)
    units = _units(names)[0]
    of_units = int(units.max()) + 1
    sums = np.zeros((1 + len(hits), of_units, len(groups)))  # (1 + seeds, units, G): sequences, and hits
    np.add.at(sums[0], units, groups.T)
    for total, row in zip(sums[1:], hits, strict=True):
        np.add.at(total, units, (groups * row).T)
    drawn = np.concatenate([draws @ sums for draws in _draws(rng, of_units)], axis=1)  # (1 + seeds, 1 + RESAMPLES, G)
    of_seeds = np.concatenate(list(_draws(rng, len(hits))))
    right = np.einsum("rs,srg->rg", of_seeds, drawn[1:])
    with np.errstate(invalid="ignore"):
        recalls: Floats = (100 * right / (drawn[0] * of_seeds.sum(1, keepdims=True))).T
    return recalls


def _draws(rng: np.random.Generator, count: int) -> Iterator[Floats]:
    """How often each of `count` is drawn, (., count): in one row once each, then in RESAMPLES rows with replacement.

    Several rows at a time, because all of them would take the memory of thousands of times `count` numbers.
    """
    yield np.ones((1, count))
    at_once = max(1, DRAWN_AT_ONCE // count)
    for start in range(0, RESAMPLES, at_once):
        yield rng.multinomial(count, np.full(count, 1 / count), min(at_once, RESAMPLES - start)).astype(np.float64)


def _share(samples: Floats) -> Share:
    """The first sample, and between what 95 % of the others are."""
    value, drawn = samples[0], samples[1:][~np.isnan(samples[1:])]
    if np.isnan(value) or not len(drawn):
        return Share(float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Share(float(value), float(low), float(high))
