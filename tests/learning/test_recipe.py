"""A recipe is the same run however it is spelt; what cannot be followed is refused before anything is written."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from eyeprentice import models
from eyeprentice.app import cli
from eyeprentice.data.dataset import open_dataset
from eyeprentice.learning.prepare import prepare
from eyeprentice.words import extensions
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.schema import checked, in_file, overlaid
from eyeprentice.words.settings import Augmentation, Objective, Sampling, Split, Training
from tests.conftest import write_tiny_dataset

OWN = """
from eyeprentice.models import REGISTRY, Student, StudentSettings
REGISTRY["mine"] = (StudentSettings, Student)
"""
YAML = """
model: mine
options: {channels: [8, 8]}
size: 24
sampling: E2-S1
split: {folds: 4, fold: 1}
training: {epochs: 2, batch_size: 14, units_weight: 0.5, augmentation: {mirror: 0.5}, seed: 3}
precision: bf16-mixed
"""
WORDS = [
    "--model", "mine", "--options.channels", "[8,8]", "--size", "24", "--sampling", "E2-S1",
    "--folds", "4", "--fold", "1", "--epochs", "2", "--batch-size", "14", "--units-weight", "0.5",
    "--augmentation.mirror", "0.5", "--seed", "3", "--precision", "bf16-mixed",
]  # fmt: skip


def run(*words: str | Path) -> None:
    cli.main([*map(str, words)])


def refused(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_a_recipe_is_written_and_read_back_as_it_was():
    recipe = Recipe(
        Path("data"), "teacher", {"width": 0.5}, Path("start"), (Path("a"), Path("b")), 64,
        Training(epochs=3, augmentation=Augmentation(mirror=0.5)), Objective(("hckd", "tckd"), beta=3.0),
        Sampling(8, 1), Split.parse("other/split.json"), "bf16-mixed",
    )  # fmt: skip
    written = json.loads(json.dumps(recipe.to_json()))
    assert overlaid(Recipe(), checked(Recipe, written, in_file(Path("config.json")))) == recipe


def test_words_a_file_a_plan_and_a_runs_own_configuration_give_the_same_bits(tmp_path: Path, monkeypatch):
    threads = torch.get_num_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", str(threads))  # sums depend on their number
    monkeypatch.setattr(models, "REGISTRY", dict(models.REGISTRY))  # what the file adds stays here
    monkeypatch.setattr(extensions, "_loaded", {})
    data = tmp_path / "data"
    run("synth", data, "--sequences", "28", "--subjects", "8", "--size", "32", "--jobs", "1", "--events", "false")
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "recipe.yaml").write_text(YAML)
    (tmp_path / "plan.yaml").write_text("seeds: [3]\ncontrols: []\nentries:\n  one:" + YAML.replace("\n", "\n    "))
    given = ("--extend", tmp_path / "own.py", "--accelerator", "cpu")
    run("train", data, *WORDS, "--out", tmp_path / "words", *given)
    run("train", data, "--config", tmp_path / "recipe.yaml", "--out", tmp_path / "file", *given)
    run("train", "--config", tmp_path / "words" / "config.json", "--out", tmp_path / "again", *given)
    plan = ("--plan", tmp_path / "plan.yaml", "--repeats", "1", "--out", tmp_path / "table")
    run("benchmark", data, *plan, *given)
    runs = [tmp_path / name for name in ("words", "file", "again", "table/runs/one/3")]
    assert len({(folder / "weights.safetensors").read_bytes() for folder in runs}) == 1
    assert len({(folder / "config.json").read_text() for folder in runs}) == 1


def test_what_differs_is_named_before_the_dataset_is_opened(shared_tiny: Path, tmp_path: Path, capsys):
    words = ("--size", "24", "--options.channels", "[8,8]", "--accelerator", "cpu", "--out", tmp_path / "run")
    run("train", shared_tiny, "--epochs", "1", *words)
    said = refused(capsys, "train", tmp_path / "nowhere", "--epochs", "7", *words)
    assert "contains a run with training.epochs 1 and not 7; choose another folder" in said
    assert "contains this run, finished" in refused(capsys, "train", tmp_path / "nowhere", "--epochs", "1", *words)


def test_a_size_that_a_model_cannot_read_is_refused_and_nothing_is_left(shared_tiny: Path, tmp_path: Path, capsys):
    said = refused(capsys, "train", shared_tiny, "--model", "seen", "--size", "48", "--out", tmp_path / "run")
    assert said.startswith("error: seen: cannot read images of 48x48 pixels with these options")
    assert "--options.size" in said
    assert not (tmp_path / "run").exists()


def test_clips_that_are_longer_than_sequences_are_told_and_those_longer_than_all_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    write_tiny_dataset(tmp_path / "data", subjects=5, length=6, size=24)
    train = ("train", tmp_path / "data", "--size", "24", "--accelerator", "cpu", "--epochs", "1")
    said = refused(capsys, *train, "--sampling", "E40-S3", "--out", tmp_path / "run")
    assert "sampling: E40-S3: a clip spans 157 frames, and the longest sequence that is learnt from has 6" in said
    assert not (tmp_path / "run").exists()

    dataset = open_dataset(tmp_path / "data", 24, events=False)
    lengths = dataset.lengths.clone()
    lengths[::2] -= 2
    recipe = Recipe(size=24, sampling=Sampling(3, 1), options={"channels": [8, 8]})
    prepare(recipe, dataset)
    assert capsys.readouterr().err == ""
    parts = prepare(recipe, replace(dataset, lengths=lengths)).parts
    short = int((lengths[parts.training] < 5).sum())
    said = (
        f"note: a clip spans 5 frames, and {short} of {len(parts.training)} sequences that are learnt from are shorter"
    )
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["gamma", "noise", "contrast", "light", "shift", "rotation", "scale", "brightness"])
def test_ranges_below_zero_are_refused(name: str):
    with pytest.raises(ValueError, match=f"{name} must be within 0"):
        Augmentation(**{name: -0.1})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
@pytest.mark.parametrize("name", ["alpha", "tau", "beta", "gamma"])
def test_weights_of_the_loss_that_are_none_are_refused(name: str, value: float):
    with pytest.raises(ValueError, match=name):
        Objective(**{name: value})


def test_a_split_of_a_file_needs_the_file_and_no_other_does():
    with pytest.raises(ValueError, match="needs the name of the file"):
        Split("file")
    with pytest.raises(ValueError, match="no such split"):
        Split.parse("people")
    with pytest.raises(InputError, match=r"plan.yaml: entries.a.split: no such split: file"):
        checked(Recipe, {"split": "file"}, in_file(Path("plan.yaml"), "entries.a."))
