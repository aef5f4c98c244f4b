"""The benchmark of a few labelled sequences of one's own."""

import json
import sys
from pathlib import Path

import few_sequences as few
import numpy as np
import pytest

from eyeprentice.app import cli
from eyeprentice.data.layout import SequenceName
from eyeprentice.judging.predictions import Predictions
from eyeprentice.learning.prepare import settle
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS


def said(*right: bool) -> Predictions:
    """Of as many people, who are all angry, in one repeat."""
    names = [f"{n}_{n:03d}_man_24_Master_normal_angry_20_take000" for n in range(len(right))]
    numbers = np.array([[EMOTIONS.index("angry" if each else "fear") for each in right]])
    return Predictions(tuple(map(SequenceName.parse, names)), numbers, np.ones(numbers.shape))


@pytest.mark.parametrize(("sequences", "people", "epochs"), [(20, 3, 100), (60, 9, 60), (240, 35, 30)])
def test_fewer_sequences_are_learnt_from_for_more_epochs(sequences: int, people: int, epochs: int):
    assert (few.people_for(sequences), few.epochs_for(sequences)) == (people, epochs)


def test_everybody_who_is_learnt_from_shows_each_emotion():
    plans = few.strangers(60, few.people_for(60), few.LEARN_SEED)
    shown = {}
    for plan in plans:
        shown.setdefault(plan.name.subject, []).append(plan.name.emotion)
    assert len(shown) == 9
    assert all(len(set(emotions)) >= 6 for emotions in shown.values())


def test_ways_differ_in_their_weights_and_not_in_their_shape():
    nothing, packaged = (settle(few.recipe_given(way, 3, 1, Path("default"))) for way in (few.NOTHING, few.PACKAGED))
    assert (nothing.init, packaged.init) == (None, Path("default"))
    for part in ("model", "options", "size", "sampling", "split"):
        assert getattr(nothing, part) == getattr(packaged, part)
    assert nothing.training.epochs == packaged.training.epochs == 3
    assert nothing.training.learning_rate > packaged.training.learning_rate


def test_figures_are_those_of_all_seeds():
    ways = {
        few.AS_PACKAGED: [said(True, False, False, False)] * 2,
        few.PACKAGED: [said(True, True, False, False), said(True, True, True, True)],
    }
    told = few.told({"20": ways})["20"]
    assert told["ways"][few.PACKAGED]["war"][0] == 75
    assert told["ways"][few.PACKAGED]["war_of_seeds"] == [50, 100]
    assert told["ways"][few.PACKAGED]["ece"] == 25
    assert told["differences"] == {"packaged less as packaged": told["differences"]["packaged less as packaged"]}
    assert told["differences"]["packaged less as packaged"][0] == 50
    table = few.table({"20": told})
    assert "| 20 | packaged | 75.0 (" in table
    assert "| 20 | packaged less as packaged | +50.0 (" in table


def test_another_trial_in_the_folder_is_refused(tmp_path: Path):
    few.agree(tmp_path / "trial", {"init": "a", "repeats": 2})
    few.agree(tmp_path / "trial", {"init": "a", "repeats": 2})
    with pytest.raises(InputError, match="was begun with repeats 2"):
        few.agree(tmp_path / "trial", {"init": "a", "repeats": 3})


@pytest.mark.slow
def test_a_trial_is_made_once(shared_tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    small = ["--options.inputs", "frames", "--options.width", "0.125", "--size", "90", "--sampling", "E2-S3"]
    teacher = ["--model", "teacher", "--out", str(tmp_path / "teacher"), "--epochs", "1", "--accelerator", "cpu"]
    cli.main(["train", str(shared_tiny), *teacher, *small])
    words = ["few_sequences.py", "--folder", str(tmp_path / "trial"), "--sequences", "7", "--seeds", "1"]
    words += ["--test", "7", "--test-people", "1", "--share", "0.01", "--repeats", "1", "--accelerator", "cpu"]
    words += ["--teacher", str(tmp_path / "teacher")]
    monkeypatch.setattr(sys, "argv", words)
    few.main()
    results = json.loads((tmp_path / "trial" / "few_sequences.json").read_text())
    assert list(results["7"]["ways"]) == [few.AS_PACKAGED, few.NOTHING, few.PACKAGED, few.TAUGHT, few.TEACHER]
    weights = tmp_path / "trial" / "7-0" / "packaged" / "weights.safetensors"
    before = weights.stat().st_mtime_ns
    few.main()
    assert weights.stat().st_mtime_ns == before
    assert "| 7 | packaged |" in capsys.readouterr().out
