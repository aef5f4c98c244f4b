"""Weights as a starting point, and the packaged weights by the name `default`."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from eyeprentice.app import cli
from eyeprentice.data.dataset import Dataset, open_dataset
from eyeprentice.data.splits import Parts
from eyeprentice.judging.evaluation import evaluate_run
from eyeprentice.learning.learn import learn
from eyeprentice.learning.loop import setup
from eyeprentice.learning.prepare import settle
from eyeprentice.learning.runs import CONFIG, WEIGHTS, paths, read_record
from eyeprentice.learning.runs.checkpoint import read_weights, start_from
from eyeprentice.models import build_model
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.schema import checked, in_file
from eyeprentice.words.settings import Sampling, Training
from tests.training import CPU, prepared, train

OPTIONS = {"channels": [16, 16]}
ONE = Parts(torch.arange(1), torch.arange(0), torch.arange(1))


@pytest.fixture(scope="module")
def dataset(shared_tiny: Path) -> Dataset:
    return open_dataset(shared_tiny, 24, events=False)


@pytest.fixture(scope="module")
def config(dataset: Dataset) -> Recipe:
    return Recipe(options=OPTIONS, size=24, sampling=Sampling(2, 3), training=Training(2, 14))


@pytest.fixture(scope="module")
def run(dataset: Dataset, config: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    train(dataset, config, folder)
    return folder


@pytest.fixture
def packaged(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As the package holds its weights: without the split, for who was learnt from is in the model card."""
    folder = tmp_path / "package" / "default"
    folder.mkdir(parents=True)
    for name in (CONFIG, WEIGHTS):
        shutil.copy(run / name, folder / name)
    monkeypatch.setattr(paths, "PACKAGED", folder)
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_run_starts_from_the_weights_of_another(run: Path, config: Recipe, dataset: Dataset):
    started = setup(CPU, prepared(dataset, replace(config, init=run), parts=ONE)).model.state_dict()
    given = read_weights(run)
    assert all(torch.equal(started[name], given[name]) for name in given)
    anew = setup(CPU, prepared(dataset, config, parts=ONE)).model.state_dict()
    assert not all(torch.equal(anew[name], given[name]) for name in given)


def test_weights_of_another_shape_are_refused_in_one_line(run: Path):
    wider = build_model("student", {"channels": [16, 24]})
    before = {name: weight.clone() for name, weight in wider.state_dict().items()}
    with pytest.raises(
        InputError, match=r"its weights do not fit this model \(layers.1.*there, .*here\); give the --model"
    ):
        start_from(run, wider)
    assert all(torch.equal(before[name], weight) for name, weight in wider.state_dict().items())
    with pytest.raises(InputError, match="do not fit this model"):
        start_from(run, build_model("seen", {"width": 0.125, "size": 24}))


def test_other_outputs_for_action_units_start_afresh(run: Path):
    torch.manual_seed(3)
    model = build_model("student", {**OPTIONS, "units": 5})
    units = model.readout.units.weight.clone()
    start_from(run, model)
    assert torch.equal(model.readout.units.weight, units)
    assert torch.equal(model.readout.linear.weight, read_weights(run)["readout.linear.weight"])


def test_outputs_for_units_of_other_names_start_afresh(config: Recipe, dataset: Dataset, tmp_path: Path):
    def told(*names: str) -> Dataset:
        return replace(dataset, unit_names=names, units=torch.rand(len(dataset.frames), len(names)))

    training = replace(config.training, units_weight=1.0)
    taught = replace(config, options={**config.options, "units": 2}, training=training)
    train(told("AU1", "AU2"), taught, tmp_path / "run")
    given = read_weights(tmp_path / "run")["readout.units.weight"]
    for names, same in ((("AU1", "AU2"), True), (("AU4", "AU5"), False)):
        task = prepared(told(*names), replace(taught, init=tmp_path / "run"), parts=ONE)
        assert torch.equal(setup(CPU, task).model.readout.units.weight.detach(), given) == same


def test_default_names_the_packaged_weights(packaged: Path, shared_tiny: Path, tmp_path: Path, capsys):
    words = ["--repeats", "2", "--accelerator", "cpu"]
    cli.main(["evaluate", "default", str(shared_tiny), "--out", "default/evaluation", *words])
    metrics = json.loads((tmp_path / "default" / "evaluation" / "metrics.json").read_text())
    assert metrics["sequences"] == 35
    assert "MODEL_CARD.md says who was learnt from" in metrics["protocol"]

    small = ["--epochs", "1", "--size", "24", "--sampling", "E2-S3", *words[2:]]
    cli.main(["train", str(shared_tiny), "--init", "default", "--out", "mine", *small])
    record = json.loads((tmp_path / "mine" / "config.json").read_text())
    assert record["init"] == "default"
    assert record["options"] == OPTIONS  # whose weights it starts from
    cli.main(["train", "--config", "mine/config.json", "--out", "again", *words[2:]])
    assert json.loads((tmp_path / "again" / "config.json").read_text()) == record
    assert (tmp_path / "mine" / WEIGHTS).read_bytes() == (tmp_path / "again" / WEIGHTS).read_bytes()

    shutil.rmtree(packaged)
    capsys.readouterr()
    with pytest.raises(SystemExit):
        cli.main(["evaluate", "default", str(shared_tiny), "--out", "out"])
    assert "default: not a run folder" in capsys.readouterr().err


def test_a_run_that_is_called_default_here_goes_first(packaged: Path, run: Path, tmp_path: Path):
    shutil.copytree(run, tmp_path / "default")
    assert paths.find_run(Path("default")) == Path("default")
    (tmp_path / "default" / CONFIG).unlink()
    assert paths.find_run(Path("default")) == packaged


def test_a_start_that_is_no_run_is_refused(tmp_path: Path, dataset: Dataset, config: Recipe):
    with pytest.raises(InputError, match="no such run"):
        setup(CPU, prepared(dataset, replace(config, init=tmp_path / "nowhere"), parts=ONE))


def settled(run: Path, **given: object) -> Recipe:
    return settle({"init": run, **checked(Recipe, given, in_file(Path("asked.yaml")))})


def test_size_sampling_and_options_are_those_of_the_run_unless_others_are_given(run: Path):
    assert (settled(run).size, settled(run).sampling, settled(run).options) == (24, Sampling(2, 3), OPTIONS)
    # the default is obeyed too, if it is given
    other = settled(run, sampling="E8-S1", size=90, options={"readout_leak": 0.25})
    assert (other.size, other.sampling) == (90, Sampling(8, 1))
    assert other.options == OPTIONS | {"readout_leak": 0.25}
    assert settled(run, sampling="E3-S1").sampling == Sampling(3, 1)


def test_a_teacher_of_another_sampling_is_refused_even_if_the_default_is_asked_for(run: Path):
    given = checked(Recipe, {"sampling": "E8-S1"}, in_file(Path("asked.yaml")))
    with pytest.raises(InputError, match="was not trained on the split, clips and size that are asked for"):
        settle({"teacher": (run,), **given})


def test_weights_that_do_not_fit_leave_nothing_behind(run: Path, shared_tiny: Path, tmp_path: Path, capsys):
    words = [
        "train",
        str(shared_tiny),
        "--init",
        str(run),
        "--options.channels",
        "[8,8]",
        "--out",
        str(tmp_path / "run"),
    ]
    with pytest.raises(SystemExit) as exit_:
        cli.main(words)
    assert exit_.value.code == 2
    assert "its weights do not fit this model" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_events_in_another_representation_than_was_learnt_from_are_refused(tiny: Path, tmp_path: Path):
    dataset = open_dataset(tiny, 32, events=True)
    recipe = Recipe(model="teacher", options={"width": 0.125, "inputs": "events"}, size=32, training=Training(1, 14))
    recipe = replace(recipe, sampling=Sampling(2, 3))
    learn(recipe, tmp_path / "run", lambda: CPU, dataset)
    assert read_record(tmp_path / "run").events == "event-frame"
    other = replace(dataset, representation="count")
    for ask in (
        lambda: evaluate_run(tmp_path / "run", other, tmp_path / "evaluation", CPU, repeats=1),
        lambda: learn(replace(recipe, init=tmp_path / "run"), tmp_path / "more", lambda: CPU, other),
    ):
        with pytest.raises(InputError, match="learnt from events as event-frame, and this dataset has them as count"):
            ask()
    assert not (tmp_path / "evaluation").exists()
    assert not (tmp_path / "more").exists()
