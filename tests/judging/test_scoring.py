import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torchmetrics.functional.classification import multiclass_calibration_error

from eyeprentice.data.layout import SequenceName
from eyeprentice.judging.predictions import Predictions, read_predictions
from eyeprentice.judging.scoring import calibration_error, paired_difference, score_predictions
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

PUBLISHED = {
    "E4_S3": {
        "Ha": 85.0, "Sa": 89.9, "An": 92.2, "Di": 76.7, "Su": 72.1, "Fe": 87.7, "Ne": 85.2,
        "Nor": 83.3, "Over": 85.6, "Low": 80.8, "HDR": 84.8, "WAR": 83.6, "UAR": 84.1,
    },
    "E4_S0": {"WAR": 78.6, "UAR": 79.1},
}  # fmt: skip


@pytest.mark.parametrize("setting", PUBLISHED)
def test_seens_saved_predictions_score_what_seen_published(predictions: Path, setting: str):
    columns = score_predictions(read_predictions(predictions / setting)).columns
    for column, published in PUBLISHED[setting].items():
        assert round(columns[column].value, 1) == published


def name(subject: int, emotion: str, lighting: str = "normal", index: int = 1) -> str:
    return f"{index}_{subject:03d}_man_24_Master_{lighting}_{emotion}_45_take000"


def said(names: list[str], *repeats: list[str], confidence: float = 0.5) -> Predictions:
    """What was said of these sequences, repeat by repeat."""
    labels = np.array([[EMOTIONS.index(label) for label in repeat] for repeat in repeats])
    return Predictions(tuple(map(SequenceName.parse, names)), labels, np.full(labels.shape, confidence))


def test_scores_are_those_counted_by_hand():
    names = [name(1, "angry"), name(2, "angry", "HDR"), name(3, "fear", "HDR")]
    scores = score_predictions(said(names, ["angry", "fear", "fear"], ["angry", "angry", "fear"]))
    assert scores.war.value == pytest.approx(100 * 5 / 6)
    assert scores.uar.value == pytest.approx((75 + 100) / 2)  # emotions that nobody shows do not count
    assert scores.per_emotion["angry"].value == pytest.approx(75)
    assert np.isnan(scores.per_emotion["disgust"].value)
    assert scores.per_lighting["normal"].value == pytest.approx(100)
    assert scores.per_lighting["HDR"].value == pytest.approx(75)
    assert scores.ece == pytest.approx(100 * 5 / 6 - 50)
    assert scores.confusion[0, 0] == 3
    assert scores.confusion[0, 2] == 1
    assert scores.confusion.sum() == 6
    assert (scores.resampled, scores.sequences, scores.repeats) == ("subjects", 3, 2)
    assert scores.to_json("")["per_emotion"]["disgust"]["recall"] is None


def test_intervals_hold_the_binomial_ones_where_sequences_are_independent():
    names = [name(1, "angry", index=index) for index in range(400)]
    scores = score_predictions(said(names, ["angry" if index % 4 else "fear" for index in range(400)]))
    half = 100 * 1.96 * np.sqrt(0.75 * 0.25 / 400)
    assert scores.resampled == "sequences"
    assert scores.war.low == pytest.approx(75 - half, abs=0.6)
    assert scores.war.high == pytest.approx(75 + half, abs=0.6)


def test_intervals_are_wider_when_a_subjects_sequences_stand_and_fall_together():
    def width(subjects: int) -> float:
        people = [index % subjects + 1 for index in range(400)]
        names = [name(person, "angry", index=index) for index, person in enumerate(people)]
        war = score_predictions(said(names, ["angry" if person % 4 else "fear" for person in people])).war
        return war.high - war.low

    assert width(8) > 3 * width(400)


def test_a_difference_is_paired():
    """Two that miss the same people differ by nothing, however wide the interval of each."""
    people = [index % 20 + 1 for index in range(200)]
    names = [name(person, "angry", index=index) for index, person in enumerate(people)]
    labels = ["fear" if person < 8 else "angry" for person in people]
    hard = said(names, labels)
    same = paired_difference([hard], [hard])
    assert (same.value, same.low, same.high) == (0, 0, 0)
    better = said(names, ["angry" if index < 7 else label for index, label in enumerate(labels)])
    gain = paired_difference([better], [hard])
    war = score_predictions(hard).war
    assert gain.value == pytest.approx(100 * 7 / 200)
    assert 0 <= gain.low < gain.value < gain.high < war.high - war.low


def test_calibration_error_is_torchmetrics():
    rng = np.random.default_rng(0)
    probabilities = torch.tensor(rng.dirichlet(np.full(7, 0.3), 500))
    target = torch.tensor(rng.integers(0, 7, 500))
    confidence, label = probabilities.max(-1)
    theirs = multiclass_calibration_error(probabilities, target, 7, n_bins=15)
    ours = calibration_error(confidence.numpy(), (label == target).numpy())
    assert ours == pytest.approx(100 * float(theirs), rel=1e-4)


NAMES = tuple(
    SequenceName(1, f"{person:03d}", "man", 20, "Master", LIGHTINGS[person % 4], emotion, 40, 0)
    for person in range(12)
    for emotion in EMOTIONS
)


@pytest.fixture
def run() -> Callable[[float, int], Predictions]:
    """A run of three repeats that is right in about a share of its predictions."""

    def make(share: float, seed: int) -> Predictions:
        rng = np.random.default_rng(seed)
        truth = np.array([EMOTIONS.index(name.emotion) for name in NAMES])
        wrong = (truth + rng.integers(1, 7, (3, len(NAMES)))) % 7
        labels = np.where(rng.random(wrong.shape) < share, truth, wrong)
        return Predictions(NAMES, labels, np.full(labels.shape, 0.9))

    return make


def test_several_seeds_are_told_together_and_one_by_one(run):
    seeds = [run(share, seed) for seed, share in enumerate((0.4, 0.7, 1.0))]
    together, alone = score_predictions(*seeds), [score_predictions(seed) for seed in seeds]
    assert together.war_of_seeds == pytest.approx([scores.war.value for scores in alone])
    assert together.war.value == pytest.approx(np.mean(together.war_of_seeds))
    assert together.uar.value == pytest.approx(np.mean([scores.uar.value for scores in alone]))
    assert together.per_lighting["Low"].value == pytest.approx(
        np.mean([scores.per_lighting["Low"].value for scores in alone])
    )
    assert (together.confusion == sum(scores.confusion for scores in alone)).all()


def test_seeds_that_differ_widen_the_interval(run):
    alike = score_predictions(*[run(0.7, 0)] * 3)
    apart = score_predictions(*(run(share, seed) for seed, share in enumerate((0.4, 0.7, 1.0))))
    assert apart.war.high - apart.war.low > 2 * (alike.war.high - alike.war.low)
    one = score_predictions(run(0.7, 0))
    assert (alike.war.low, alike.war.high) == pytest.approx((one.war.low, one.war.high), abs=0.5)


def test_a_difference_of_seeds_is_that_of_their_means(run):
    one = [run(0.9, seed) for seed in range(3)]
    other = [run(0.5, seed + 10) for seed in range(3)]
    share = paired_difference(one, other)
    assert share.value == pytest.approx(score_predictions(*one).war.value - score_predictions(*other).war.value)
    assert share.low > 0
    assert paired_difference(one, one).low == paired_difference(one, one).high == 0
    dark = [score_predictions(*runs).per_lighting["Low"].value for runs in (one, other)]
    assert paired_difference(one, other, "Low").value == pytest.approx(dark[0] - dark[1])


def test_runs_that_predict_other_sequences_are_not_compared(run):
    whole = run(0.5, 0)
    fewer = Predictions(whole.names[1:], whole.labels[:, 1:], whole.confidence[:, 1:])
    for compare in (lambda: paired_difference([whole], [fewer]), lambda: score_predictions(whole, fewer)):
        with pytest.raises(ValueError, match="same sequences"):
            compare()


def test_the_bootstrap_holds_a_bounded_part_of_its_draws():
    """2,000 draws of 3,000 sequences would be 48 MB, and were several times in memory."""
    emotions = [EMOTIONS[index % 7] for index in range(3000)]
    told = said([name(1, emotion, index=index) for index, emotion in enumerate(emotions)], emotions)
    tracemalloc.start()
    scores = score_predictions(told)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (scores.war.value, scores.war.low, scores.resampled) == (100, 100, "sequences")
    assert peak < 36 << 20
