"""What a run may be tested on: never on what, or whom, it learnt from, whatever dataset that is found in."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from eyeprentice.data.dataset import Dataset
from eyeprentice.data.layout import SequenceName
from eyeprentice.judging.evaluation import evaluate_run, held_out_sequences
from eyeprentice.learning.runs import read_record
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.settings import Sampling, Split, Training
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS
from tests.training import CPU, train

LENGTH, SIZE, PEOPLE = 12, 32, 10


def material(seed: int, people: int = PEOPLE, takes: int = 1) -> Dataset:
    """Blurred noise, another for every sequence, but alike within a person."""
    rng = np.random.default_rng(seed)
    names, frames = [], []
    for person in range(people):
        look = cv2.GaussianBlur(rng.normal(0, 1, (SIZE, SIZE)), (0, 0), 2)
        for take in range(takes):
            for emotion in EMOTIONS:
                lighting = LIGHTINGS[person % 4]
                names.append(
                    SequenceName(len(names) + 1, f"{person + 1:03d}", "x", 20, "x", lighting, emotion, LENGTH, take)
                )
                for _ in range(LENGTH):
                    image = look + cv2.GaussianBlur(rng.normal(0, 1, (SIZE, SIZE)), (0, 0), 2)
                    frames.append(np.clip(128 + 300 * image, 0, 255).astype(np.uint8))
    lengths = torch.full((len(names),), LENGTH)
    images = torch.from_numpy(np.stack(frames))
    subsets = ("training", "testing") * len(names)
    return Dataset(
        tuple(names), subsets[: len(names)], lengths.cumsum(0) - lengths, lengths, images, None, f"seed {seed}"
    )


def part(dataset: Dataset, kept: list[int], content: str = "part") -> Dataset:
    return replace(
        dataset,
        names=tuple(dataset.names[n] for n in kept),
        subsets=tuple(dataset.subsets[n] for n in kept),
        offsets=dataset.offsets[kept],
        lengths=dataset.lengths[kept],
        content=content,
    )


def renamed(dataset: Dataset, shift: int) -> Dataset:
    """As another import would name the same material: people counted from elsewhere on."""
    names = [
        replace(name, subject=f"{int(name.subject) + shift:03d}", index=name.index + 100) for name in dataset.names
    ]
    return replace(dataset, names=tuple(names), content="renamed")


def compressed(dataset: Dataset) -> Dataset:
    frames = [cv2.imdecode(cv2.imencode(".jpg", frame)[1], 0) for frame in dataset.frames.numpy()]
    return replace(dataset, frames=torch.from_numpy(np.stack(frames)), content="compressed")


def together(one: Dataset, two: Dataset) -> Dataset:
    return Dataset(
        one.names + two.names,
        one.subsets + two.subsets,
        torch.cat([one.offsets, two.offsets + len(one.frames)]),
        torch.cat([one.lengths, two.lengths]),
        torch.cat([one.frames, two.frames]),
        None,
        "together",
    )


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return material(0)


def trained(dataset: Dataset, run: Path, split: Split = Split(folds=5), **more: Path) -> Recipe:
    training = Training(epochs=1, batch_size=28)
    recipe = Recipe(
        options={"channels": [8, 8]}, size=SIZE, sampling=Sampling(2, 3), split=split, training=training, **more
    )
    train(dataset, recipe, run)
    return recipe


@pytest.fixture(scope="module")
def run(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    trained(dataset, folder)
    return folder


@pytest.fixture(scope="module")
def config(dataset: Dataset) -> Recipe:
    return Recipe(size=SIZE)


def people(dataset: Dataset, chosen: torch.Tensor) -> set[str]:
    return {dataset.names[n].subject for n in chosen.tolist()}


def listed(run: Path, part: str) -> list[str]:
    return json.loads((run / "split.json").read_text())[part]


def test_its_own_data_is_tested_on_what_its_split_leaves_for_testing(dataset: Dataset, run: Path, config: Recipe):
    chosen, said = held_out_sequences(dataset, run, config)
    assert sorted(str(dataset.names[n]) for n in chosen.tolist()) == sorted(listed(run, "testing"))
    left_out = "left out 56 of the run's training and validation sets and 0 more of the same people"
    assert f"14 of 70 sequences: {left_out}" in said


def test_a_dataset_that_lacks_a_sequence_is_no_other_data(dataset: Dataset, run: Path, config: Recipe):
    fewer = part(dataset, list(range(1, 70)))
    chosen, said = held_out_sequences(fewer, run, config)
    assert {str(fewer.names[n]) for n in chosen.tolist()} <= set(listed(run, "testing"))
    assert len(chosen) >= 13
    assert "of the run's training and validation sets" in said


def test_more_of_the_same_people_is_left_out_and_new_people_are_tested(dataset: Dataset, run: Path, config: Recipe):
    known = SequenceName.parse(listed(run, "training")[0]).subject
    other = material(1, people=2)
    anew = [replace(other.names[0], subject=known, take=9), *(replace(n, subject="099") for n in other.names[7:])]
    more = together(dataset, replace(part(other, [0, *range(7, 14)]), names=tuple(anew)))
    chosen, said = held_out_sequences(more, run, config)
    left_out = "left out 56 of the run's training and validation sets and 1 more of the same people"
    assert f"21 of 78 sequences: {left_out}" in said
    assert "099" in people(more, chosen)
    assert known not in people(more, chosen)


@pytest.mark.parametrize("changed", [lambda d: d, compressed])
def test_the_same_material_under_other_names_is_recognised(dataset: Dataset, run: Path, config: Recipe, changed):
    again = renamed(changed(dataset), shift=40)
    chosen, said = held_out_sequences(again, run, config)
    tested = {f"{int(subject) + 40:03d}" for subject in (name.split("_")[1] for name in listed(run, "testing"))}
    assert people(again, chosen) == tested
    assert "14 of 70 sequences" in said


def test_people_are_known_by_one_sequence_where_the_rest_is_new(dataset: Dataset, run: Path, config: Recipe):
    first = next(n for n, name in enumerate(dataset.names) if str(name) in listed(run, "training"))
    new = material(5, people=1)
    same = together(part(renamed(dataset, 40), [first]), replace(new, names=renamed(new, 70).names))
    names = [replace(name, subject="050") for name in same.names[:3]] + list(same.names[3:])
    chosen, said = held_out_sequences(replace(same, names=tuple(names)), run, config)
    assert "left out 1 of the run's training and validation sets and 2 more of the same people" in said
    assert len(chosen) == 5


def test_other_people_with_the_same_numbers_are_tested_whole(dataset: Dataset, run: Path, config: Recipe):
    other = material(1)
    assert {str(name) for name in other.names} == {str(name) for name in dataset.names}
    chosen, said = held_out_sequences(other, run, config)
    assert len(chosen) == 70
    assert said == "all 70 sequences: none is in the run's training set"


def test_who_was_chosen_on_is_not_tested(dataset: Dataset, run: Path, config: Recipe):
    """Neither under their own names nor under others."""
    validation = listed(run, "validation")
    chosen_on = {SequenceName.parse(name).subject for name in validation}
    assert len(chosen_on) == 1
    assert not chosen_on & people(dataset, held_out_sequences(dataset, run, config)[0])
    again = renamed(dataset, shift=40)
    tested = people(again, held_out_sequences(again, run, config)[0])
    assert not {f"{int(subject) + 40:03d}" for subject in chosen_on} & tested


def test_where_nobody_is_left_that_is_said(dataset: Dataset, run: Path, config: Recipe):
    names = listed(run, "training")
    learnt = part(dataset, [n for n, name in enumerate(dataset.names) if str(name) in names])
    with pytest.raises(InputError, match=r"training set has all of these sequences \(49\)"):
        held_out_sequences(learnt, run, config)


def test_an_official_split_that_shares_people_stays_as_it_is(dataset: Dataset, tmp_path: Path):
    config = trained(dataset, tmp_path / "run", Split("official"))
    chosen, _ = held_out_sequences(dataset, tmp_path / "run", config)
    assert sorted(str(dataset.names[n]) for n in chosen.tolist()) == sorted(listed(tmp_path / "run", "testing"))


def test_what_the_first_weights_were_learnt_from_is_left_out_too(dataset: Dataset, run: Path, tmp_path: Path):
    config = trained(dataset, tmp_path / "run", Split(folds=5, fold=1), init=run)
    own = set(listed(tmp_path / "run", "testing"))
    assert own <= set(listed(run, "training"))
    with pytest.raises(InputError, match="training set has all of these sequences"):
        held_out_sequences(dataset, tmp_path / "run", config)


def told(dataset: Dataset, names: tuple[str, ...]) -> Dataset:
    """The same with action units, one of which is how bright the frame is."""
    bright = dataset.frames.float().mean((1, 2)) / 255
    return replace(dataset, unit_names=names, units=torch.stack([bright] * len(names), dim=1))


@pytest.mark.parametrize("control", [None, "reversed"])
def test_units_that_a_run_has_learnt_are_scored_and_others_refused(
    dataset: Dataset, tmp_path: Path, control: str | None
):
    taught = told(dataset, ("AU1", "blink"))
    training = Training(epochs=1, batch_size=28, units_weight=1.0)
    recipe = Recipe(options={"channels": [8, 8], "units": 2}, size=SIZE, sampling=Sampling(2, 3), training=training)
    train(taught, recipe, tmp_path / "run")
    assert read_record(tmp_path / "run").units == ("AU1", "blink")
    result = evaluate_run(tmp_path / "run", taught, tmp_path / "out", CPU, repeats=2, control=control)
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["units"] == {name: score.to_json() for name, score in result.units.items()}
    assert set(metrics["units"]) == {"AU1", "blink"}
    assert 0 <= metrics["units"]["AU1"]["error"] <= 1
    with pytest.raises(InputError, match=r"run: learnt the action units AU1,blink, and this dataset has AU1,AU2"):
        evaluate_run(tmp_path / "run", told(dataset, ("AU1", "AU2")), tmp_path / "out", CPU, repeats=1)
    evaluate_run(tmp_path / "run", dataset, tmp_path / "out", CPU, repeats=1)
    assert "units" not in json.loads((tmp_path / "out" / "metrics.json").read_text())


def test_an_evaluation_writes_what_it_returns(dataset: Dataset, run: Path, tmp_path: Path):
    result = evaluate_run(run, dataset, tmp_path / "out", CPU, repeats=2)
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["war"] == pytest.approx(result.scores.war.value, abs=0.01)
    assert metrics["sequences"] == len(result.tested) == 14
    assert "left out 56" in metrics["protocol"]
    assert len(list((tmp_path / "out").glob("test_epoch_1_*.json"))) == 2
    assert (tmp_path / "out" / "confusion.png").read_bytes().startswith(b"\x89PNG")
