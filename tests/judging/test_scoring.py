import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torchmetrics.functional.classification import multiclass_calibration_error

from eyeprentice.judging.scoring import (
    Prediction,
    calibration_error,
    difference,
    read_predictions,
    score,
    write_predictions,
)
from eyeprentice.judging.tables import table_columns
from eyeprentice.words.errors import InputError

PUBLISHED = {
    "E4_S3": {
        "Ha": 85.0, "Sa": 89.9, "An": 92.2, "Di": 76.7, "Su": 72.1, "Fe": 87.7, "Ne": 85.2,
        "Nor": 83.3, "Over": 85.6, "Low": 80.8, "HDR": 84.8, "WAR": 83.6, "UAR": 84.1,
    },
    "E4_S0": {"WAR": 78.6, "UAR": 79.1},
}  # fmt: skip


@pytest.mark.parametrize("setting", PUBLISHED)
def test_seens_saved_predictions_score_what_seen_published(predictions: Path, setting: str):
    columns = table_columns(score(read_predictions(predictions / setting)))
    for column, published in PUBLISHED[setting].items():
        assert round(columns[column].value, 1) == published


def name(subject: int, emotion: str, lighting: str = "normal", index: int = 1) -> str:
    return f"{index}_{subject:03d}_man_24_Master_{lighting}_{emotion}_45_take000"


def test_scores_are_those_counted_by_hand():
    one, two, three = name(1, "angry"), name(2, "angry", "HDR"), name(3, "fear", "HDR")
    repeats = [
        {one: Prediction("angry", 0.9), two: Prediction("fear", 0.6), three: Prediction("fear", 0.7)},
        {one: Prediction("angry", 0.9), two: Prediction("angry", 0.6), three: Prediction("fear", 0.7)},
    ]
    scores = score(repeats)
    assert scores.war.value == pytest.approx(100 * 5 / 6)
    assert scores.uar.value == pytest.approx((75 + 100) / 2)  # emotions that nobody shows do not count
    assert scores.per_emotion["angry"].value == pytest.approx(75)
    assert np.isnan(scores.per_emotion["disgust"].value)
    assert scores.per_lighting["normal"].value == pytest.approx(100)
    assert scores.per_lighting["HDR"].value == pytest.approx(75)
    assert scores.confusion[0, 0] == 3
    assert scores.confusion[0, 2] == 1
    assert scores.resampled == "subjects"
    assert scores.to_json("")["per_emotion"]["disgust"]["recall"] is None


def test_intervals_hold_the_binomial_ones_where_sequences_are_independent():
    names = [name(1, "angry", index=index) for index in range(400)]
    scores = score([{n: Prediction("angry" if i % 4 else "fear", 0.5) for i, n in enumerate(names)}])
    half = 100 * 1.96 * np.sqrt(0.75 * 0.25 / 400)
    assert scores.resampled == "sequences"
    assert scores.war.low == pytest.approx(75 - half, abs=0.6)
    assert scores.war.high == pytest.approx(75 + half, abs=0.6)


def test_intervals_are_wider_when_a_subjects_sequences_stand_and_fall_together():
    def scores_of(subjects: int):
        names = [name(index % subjects + 1, "angry", index=index) for index in range(400)]
        hits = {n: "angry" if int(n.split("_")[1]) % 4 else "fear" for n in names}
        return score([{n: Prediction(hits[n], 0.5) for n in names}]).war

    few, many = scores_of(8), scores_of(400)
    assert few.high - few.low > 3 * (many.high - many.low)


def test_a_difference_is_paired():
    """Two that miss the same people differ by nothing, however wide the interval of each."""
    names = [name(index % 20 + 1, "angry", index=index) for index in range(200)]
    hard = [{n: Prediction("fear" if int(n.split("_")[1]) < 8 else "angry", 0.5) for n in names}]
    same = difference(hard, hard)
    assert (same.value, same.low, same.high) == (0, 0, 0)
    better = [{n: Prediction("angry", 0.5) if n.startswith("7_") else p for n, p in hard[0].items()}]
    gain = difference(hard, better)
    assert gain.value == pytest.approx(0)  # sequence 7 is person 8's, who was right already
    better = [{n: Prediction("angry", 0.5) if int(n.split("_")[0]) < 7 else p for n, p in hard[0].items()}]
    gain = difference(hard, better)
    assert gain.value == pytest.approx(100 * 7 / 200)
    assert 0 <= gain.low < gain.value < gain.high < score(hard).war.high - score(hard).war.low


def test_calibration_error_is_torchmetrics():
    rng = np.random.default_rng(0)
    probabilities = torch.tensor(rng.dirichlet(np.full(7, 0.3), 500))
    target = torch.tensor(rng.integers(0, 7, 500))
    confidence, label = probabilities.max(-1)
    theirs = multiclass_calibration_error(probabilities, target, 7, n_bins=15)
    ours = calibration_error(confidence.numpy(), (label == target).numpy())
    assert ours == pytest.approx(100 * float(theirs), rel=1e-4)


def test_predictions_are_read_as_they_were_written(tmp_path: Path):
    repeats = [{name(1, "angry"): Prediction("fear", score)} for score in np.linspace(0.2, 0.9, 12).tolist()]
    write_predictions(tmp_path, 60, repeats)
    assert read_predictions(tmp_path) == repeats  # in order of the repeats: 2 before 10
    write_predictions(tmp_path, 5, repeats[:2])
    assert len(list(tmp_path.iterdir())) == 2  # none is left of the earlier evaluation


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("no json", "not JSON"),
        ("[]", "not a prediction file"),
        ('{"results": {}}', "not a prediction file"),
        (json.dumps({"results": {name(1, "angry"): []}}), "not a prediction file"),
        (json.dumps({"results": {name(1, "angry"): [{"label": "bored", "score": 1}]}}), "'bored' is not an emotion"),
        (json.dumps({"results": {"someone": [{"label": "fear", "score": 1}]}}), "not a sequence name"),
    ],
)
def test_a_wrong_prediction_file_is_refused(tmp_path: Path, content: str, complaint: str):
    (tmp_path / "test_epoch_1_1.json").write_text(content)
    with pytest.raises(InputError, match=complaint):
        read_predictions(tmp_path)


def test_files_that_predict_different_sequences_are_refused(tmp_path: Path):
    write_predictions(
        tmp_path, 1, [{name(1, "angry"): Prediction("fear", 1)}, {name(2, "fear"): Prediction("fear", 1)}]
    )
    with pytest.raises(InputError, match="other sequences"):
        read_predictions(tmp_path)
