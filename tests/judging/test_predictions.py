import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from eyeprentice.data.layout import SequenceName
from eyeprentice.judging.predictions import Predictions, join_predictions, read_predictions, write_predictions
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS


def name(subject: int, emotion: str) -> str:
    return f"1_{subject:03d}_man_24_Master_normal_{emotion}_45_take000"


def of_one(text: str, label: str, scores: list[float]) -> Predictions:
    """A sequence of this name, called `label` in every repeat."""
    column = np.array(scores)[:, None]
    return Predictions((SequenceName.parse(text),), np.full(column.shape, EMOTIONS.index(label)), column)


def test_predictions_are_read_as_they_were_written(tmp_path: Path):
    scores = np.linspace(0.2, 0.9, 12).tolist()
    written = of_one(name(1, "angry"), "fear", scores)
    write_predictions(tmp_path, 60, written)
    assert json.loads((tmp_path / "test_epoch_60_12.json").read_text()) == {
        "results": {name(1, "angry"): [{"label": "fear", "score": 0.9}]}
    }
    read = read_predictions(tmp_path)
    assert read.names == written.names
    assert (read.labels == written.labels).all()
    assert read.confidence[:, 0].tolist() == scores  # in order of the repeats: 2 before 10


def test_the_order_in_a_file_decides_nothing(tmp_path: Path):
    """Each repeat may list the sequences in an order of its own."""
    answers = {name(2, "fear"): "angry", name(1, "angry"): "fear", name(1, "neutral"): "neutral"}
    results = [{text: [{"label": label, "score": 0.5}] for text, label in answers.items()}]
    results.append(dict(reversed(results[0].items())))
    for number, each in enumerate(results, 1):
        (tmp_path / f"test_epoch_1_{number}.json").write_text(json.dumps({"results": each}))
    read = read_predictions(tmp_path)
    assert [[EMOTIONS[label] for label in row] for row in read.labels] == 2 * [["fear", "neutral", "angry"]]
    assert read.hits.tolist() == 2 * [[False, True, False]]


def test_parts_with_different_people_are_joined_into_one():
    one, two = of_one(name(1, "angry"), "angry", [0.9, 0.8]), of_one(name(2, "fear"), "angry", [0.6, 0.5])
    whole = join_predictions({Path("one"): one, Path("two"): two})
    assert [str(each) for each in whole.names] == [name(1, "angry"), name(2, "fear")]
    assert whole.hits.tolist() == [[True, False], [True, False]]
    assert whole.confidence.tolist() == [[0.9, 0.6], [0.8, 0.5]]


def test_parts_that_cannot_be_joined_are_refused():
    one = of_one(name(1, "angry"), "angry", [0.9, 0.8])
    with pytest.raises(InputError, match="two: contains 1_001_man_24_Master_normal_angry_45_take000, as one does"):
        join_predictions({Path("one"): one, Path("two"): one})
    with pytest.raises(InputError, match="two: has 1 repeats, and one has 2"):
        join_predictions({Path("one"): one, Path("two"): of_one(name(2, "fear"), "angry", [0.6])})


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
    for number, text in enumerate((name(1, "angry"), name(2, "fear")), 1):
        write_predictions(tmp_path / str(number), 1, of_one(text, "fear", [1.0]))
        (tmp_path / str(number) / "test_epoch_1_1.json").rename(tmp_path / f"test_epoch_1_{number}.json")
    with pytest.raises(InputError, match="other sequences"):
        read_predictions(tmp_path)


def test_repeats_of_other_sequences_are_no_predictions():
    names = of_one(name(1, "angry"), "fear", [1.0]).names
    for labels, confidence in (((2, 1), (1, 1)), ((2, 2), (2, 2)), ((0, 1), (0, 1))):
        with pytest.raises(ValueError, match="the same sequences, at least one"):
            Predictions(names, np.zeros(labels, int), np.zeros(confidence))


def test_a_folder_of_several_tests_names_its_folders(tmp_path: Path):
    for part in ("b", "a"):
        write_predictions(tmp_path / part, 1, of_one(name(1, "angry"), "fear", [1.0]))
    todo = f"give one or more of its folders: {tmp_path / 'a'}, {tmp_path / 'b'}"
    with pytest.raises(InputError, match=f"no prediction files; {todo}"):
        read_predictions(tmp_path)


def test_a_file_more_adds_two_arrays(tmp_path: Path):
    """And not what JSON becomes in memory: 300 bytes for each answer."""
    names, peaks = 2000, []
    texts = [f"{index}_001_man_24_Master_normal_fear_45_take000" for index in range(names)]
    parsed = tuple(map(SequenceName.parse, texts))
    for repeats in (2, 8):
        labels = np.zeros((repeats, names), int)
        write_predictions(tmp_path / str(repeats), 1, Predictions(parsed, labels, np.full(labels.shape, 0.25)))
        tracemalloc.start()
        assert read_predictions(tmp_path / str(repeats)).labels.shape == labels.shape
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 6 * names * 50
