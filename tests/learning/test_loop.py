import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from lightning_fabric.plugins import MixedPrecision
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from eyeprentice.data.dataset import Dataset, open_dataset
from eyeprentice.data.splits import divide
from eyeprentice.judging import evaluation
from eyeprentice.judging.evaluation import held_out_sequences, predict_repeats
from eyeprentice.judging.scoring import score_predictions
from eyeprentice.learning import loop
from eyeprentice.learning.loop import learning_rate
from eyeprentice.learning.prepare import with_units
from eyeprentice.learning.runs import load_model, load_state, read_recipe, save_state
from eyeprentice.learning.terms import HIDDEN
from eyeprentice.models import Model, build_model, preset
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.settings import Objective, Sampling, Split, Training
from eyeprentice.words.vocabulary import EMOTIONS
from tests.training import CPU, prepared, train


@pytest.fixture(scope="module")
def dataset(shared_tiny: Path) -> Dataset:
    return open_dataset(shared_tiny, 24, events=True)


@pytest.fixture
def config(dataset: Dataset) -> Recipe:
    return Recipe(
        options={"channels": [16, 16], "kernel": 5, "stride": 2},
        size=24,
        sampling=Sampling(2, 3),
        training=Training(epochs=3, batch_size=14, learning_rate=1e-2),
    )


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "weights.safetensors")


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def test_a_student_learns_what_can_be_learnt(dataset: Dataset, config: Recipe, tmp_path: Path):
    longer = replace(config, training=replace(config.training, epochs=15))
    history = train(dataset, longer, tmp_path / "run", CPU)
    assert history[-1]["loss"] < 0.5 * history[0]["loss"]
    model, loaded = load_model(tmp_path / "run")
    assert loaded == longer
    chosen, _ = held_out_sequences(dataset, tmp_path / "run", longer)
    scores = score_predictions(predict_repeats(model, dataset, chosen, longer.sampling, CPU, repeats=3))
    assert scores.war.value > 60
    assert scores.sequences == 7


def test_the_same_seed_gives_the_same_weights_and_another_others(dataset: Dataset, config: Recipe, tmp_path: Path):
    for name, seed in (("one", 0), ("two", 0), ("other", 1)):
        train(dataset, replace(config, training=replace(config.training, seed=seed)), tmp_path / name, CPU)
    assert same(weights(tmp_path / "one"), weights(tmp_path / "two"))
    assert not same(weights(tmp_path / "one"), weights(tmp_path / "other"))


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_killed_run_goes_on_as_if_it_had_not_been(
    dataset: Dataset, config: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: str
):
    config = replace(config, training=replace(config.training, optimizer=optimizer))
    train(dataset, config, tmp_path / "whole", CPU)

    whole_epoch = loop.train_epoch

    def killed(session, epoch):
        if epoch == 2:
            raise KeyboardInterrupt
        return whole_epoch(session, epoch)

    monkeypatch.setattr(loop, "train_epoch", killed)
    monkeypatch.setattr(loop, "CHECKPOINT_SHARE", 1e9)
    with pytest.raises(KeyboardInterrupt):
        train(dataset, config, tmp_path / "killed", CPU)
    assert not (tmp_path / "killed" / "weights.safetensors").exists()
    monkeypatch.setattr(loop, "train_epoch", whole_epoch)
    history = train(dataset, config, tmp_path / "killed", CPU)
    assert len(history) == 3
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "killed"))
    assert json.loads((tmp_path / "whole" / "history.json").read_text()) == history


def test_an_apprentice_learns_from_its_teacher_and_leaves_it_as_it_was(
    dataset: Dataset, config: Recipe, tmp_path: Path
):
    teacher_config = replace(config, model="teacher", options={"width": 0.125})
    train(dataset, teacher_config, tmp_path / "teacher", CPU)
    teacher, _ = load_model(tmp_path / "teacher")
    train(dataset, config, tmp_path / "alone", CPU)
    train(dataset, replace(config, objective=Objective(("hckd", "tckd"))), tmp_path / "apprentice", CPU, teacher)
    assert not same(weights(tmp_path / "alone"), weights(tmp_path / "apprentice"))
    assert same(dict(teacher.state_dict()), weights(tmp_path / "teacher"))
    split = json.loads((tmp_path / "teacher" / "split.json").read_text())
    assert split == json.loads((tmp_path / "apprentice" / "split.json").read_text())


def test_a_run_is_trained_on_its_training_sequences_alone(
    dataset: Dataset, config: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    seen: set[int] = set()
    gather = Dataset.gather

    def spy(self, sequences, *arguments):
        if torch.is_grad_enabled():
            seen.update(sequences.tolist())
        return gather(self, sequences, *arguments)

    monkeypatch.setattr(Dataset, "gather", spy)
    train(dataset, config, tmp_path / "run", CPU)
    training, validation, testing = divide(dataset.names, dataset.subsets, config.split)
    assert seen == set(training.tolist())
    assert len(validation) == 7
    chosen, _ = held_out_sequences(dataset, tmp_path / "run", config)
    assert sorted(chosen.tolist()) == sorted(testing.tolist())


def test_an_apprentices_history_tells_every_term_and_the_gate(dataset: Dataset, config: Recipe, tmp_path: Path):
    teacher = build_model("teacher", {"width": 0.125})
    apprentice = replace(config, objective=Objective(("hckd", "tckd"), alpha=0.25))
    train(dataset, apprentice, tmp_path / "run", CPU, teacher)
    rows = json.loads((tmp_path / "run" / "history.json").read_text())
    for row in rows:
        terms = 0.75 * row["cross_entropy"] + 0.25 * (row["hckd"] + row["tckd"]) / 2
        assert row["loss"] == pytest.approx(terms, rel=1e-4)
        assert 0 < row["gate"] < 1
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    written = [scalar.value for scalar in events.Scalars("tckd")]
    assert written == pytest.approx([row["tckd"] for row in rows])


def test_terms_end_after_their_share_of_the_epochs(dataset: Dataset, config: Recipe, tmp_path: Path):
    teacher = build_model("teacher", {"width": 0.125})
    told = {until: replace(config, objective=Objective(until=until)) for until in (0.0, 0.5, 1.0)}
    rows = {until: train(dataset, recipe, tmp_path / str(until), CPU, teacher) for until, recipe in told.items()}
    assert ["hckd" in row for row in rows[0.5]] == [True, True, False]  # a half of three epochs, in whole epochs
    assert all("hckd" in row for row in rows[1.0])
    train(dataset, config, tmp_path / "alone", CPU)
    assert same(weights(tmp_path / "0.0"), weights(tmp_path / "alone"))
    assert not same(weights(tmp_path / "0.5"), weights(tmp_path / "alone"))


def test_hidden_labels_are_not_learnt_from(
    dataset: Dataset, config: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    seen = []
    make = loop.make_step

    def spy(*arguments):
        step = make(*arguments)
        return lambda clip, target, weight: seen.append(target) or step(clip, target, weight)

    monkeypatch.setattr(loop, "make_step", spy)
    hiding = replace(config, training=replace(config.training, unlabelled=0.5))
    train(dataset, hiding, tmp_path / "run", CPU)
    shown = torch.cat(seen)
    hidden = loop.hidden_labels(hiding.training, len(dataset.names))
    training = divide(dataset.names, dataset.subsets, config.split).training
    assert (shown == HIDDEN).sum() == 3 * hidden[training].sum()
    assert 0.2 < hidden.float().mean() < 0.8
    assert torch.equal(hidden, loop.hidden_labels(replace(hiding.training, seed=5), len(dataset.names)))
    assert read_recipe(tmp_path / "run") == hiding


def test_features_can_be_learnt_from(dataset: Dataset, config: Recipe, tmp_path: Path):
    teacher = build_model("teacher", {"width": 0.125})
    related = replace(config, objective=Objective(terms=("relations",)))
    rows = train(dataset, related, tmp_path / "run", CPU, teacher)
    for row in rows:
        assert row["relations"] > 0
        assert row["loss"] == pytest.approx(0.5 * row["cross_entropy"] + 0.5 * row["relations"], rel=1e-4)
    with pytest.raises(InputError, match="of student, teacher and ann only"):
        train(dataset, replace(related, model="emo", options={"side": 24}), tmp_path / "emo", CPU, teacher)


def test_a_teacher_is_not_run_for_terms_that_need_none(dataset: Dataset, config: Recipe, tmp_path: Path):
    class Unasked(Model):
        def forward(self, *_):
            raise AssertionError("the teacher was run")

    alone = replace(config, objective=Objective(terms=("tet", "esd")))
    assert "esd" in train(dataset, alone, tmp_path / "run", CPU, Unasked())[-1]
    with pytest.raises(AssertionError, match="was run"):
        train(dataset, replace(config, objective=Objective()), tmp_path / "asked", CPU, Unasked())


def test_action_units_are_a_second_target_where_the_dataset_tells_them(
    dataset: Dataset, config: Recipe, tmp_path: Path
):
    labels = dataset.labels.repeat_interleave(dataset.lengths)
    told = replace(dataset, units=torch.nn.functional.one_hot(labels, 7)[:, :3].float(), unit_names=("a", "b", "c"))
    config = replace(config, split=Split(folds=5, validation=0))  # 28 sequences are few as they are
    recipe = replace(config.training, units_weight=2.0, epochs=12)
    options = with_units(replace(config, training=recipe), told)
    assert options["units"] == 3
    for model, more in (("student", options), ("teacher", {"width": 0.125, "units": 3})):
        rows = train(told, replace(config, model=model, options=more, training=recipe), tmp_path / model, CPU)
        assert all(row["loss"] == pytest.approx(row["cross_entropy"] + 2 * row["units"], rel=1e-4) for row in rows)
        assert rows[-1]["units"] < 0.8 * rows[0]["units"]
    assert with_units(replace(config, training=recipe), dataset) == config.options
    assert "units" not in train(dataset, replace(config, training=recipe), tmp_path / "none", CPU)[-1]
    with pytest.raises(InputError, match="has 3 action units"):
        with_units(replace(config, options={"units": 2}, training=recipe), told)


def test_labels_of_the_moment_are_learnt_from_and_never_tested_on(
    dataset: Dataset, config: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Where no unit is shown anywhere, all that is learnt is neutral; what is tested keeps its labels."""
    relaxed = replace(dataset, units=torch.zeros(len(dataset.frames), 2), unit_names=("AU1", "blink"))
    learnt = []
    make = loop.make_step

    def spy(*arguments):
        step = make(*arguments)
        return lambda clip, target, weight: learnt.append(target) or step(clip, target, weight)

    monkeypatch.setattr(loop, "make_step", spy)
    moment = replace(config, training=replace(config.training, moment_labels=0.12, epochs=8))
    history = train(relaxed, moment, tmp_path / "run", CPU)
    assert set(torch.cat(learnt).tolist()) == {EMOTIONS.index("neutral")}
    assert history[-1]["training"] == 100
    assert history[-1]["validation"] == pytest.approx(100 / 7)
    assert json.loads((tmp_path / "run" / "config.json").read_text())["training"]["moment_labels"] == 0.12
    assert read_recipe(tmp_path / "run") == moment
    with pytest.raises(InputError, match=r"a run with training.epochs 8 and not 3, and 1 other difference;"):
        train(relaxed, config, tmp_path / "run", CPU)


@pytest.mark.parametrize("threshold", [-0.1, 1.5])
def test_a_threshold_that_is_no_intensity_is_refused(threshold: float):
    with pytest.raises(ValueError, match="moment_labels"):
        Training(moment_labels=threshold)


def test_batches_of_fewer_clips_than_processes_are_refused(dataset: Dataset, config: Recipe, tmp_path: Path):
    class Two:
        world_size = 2

    small = replace(config, training=replace(config.training, batch_size=1))
    with pytest.raises(InputError, match="batches of 1 clips are too small for 2 processes"):
        train(dataset, small, tmp_path / "run", Two())
    assert not (tmp_path / "run").exists()


def test_the_protocol_draws_the_same_clips_for_every_model_and_others_every_time(
    dataset: Dataset, config: Recipe, monkeypatch: pytest.MonkeyPatch
):
    drawn = []
    monkeypatch.setattr(evaluation, "BATCH", {False: 7})

    class Spy(torch.nn.Module):
        def forward(self, clip):
            drawn.append(clip.frames.sum().item())
            return torch.zeros(*clip.frames.shape[:2], 7)

    for _ in range(2):
        predict_repeats(Spy(), dataset, torch.arange(7), config.sampling, CPU, repeats=3)
    assert drawn[:3] == drawn[3:]
    assert len(set(drawn)) == 3


def test_a_run_folder_tells_how_it_was_made(dataset: Dataset, config: Recipe, tmp_path: Path):
    train(dataset, config, tmp_path / "run", CPU)
    assert read_recipe(tmp_path / "run") == replace(config, options={"channels": [16, 16], "kernel": 5, "stride": 2})
    environment = json.loads((tmp_path / "run" / "environment.json").read_text())
    assert environment["torch"] == torch.__version__.split("+")[0] or environment["torch"] == torch.__version__
    assert list((tmp_path / "run" / "tensorboard").glob("events.*"))
    assert not list((tmp_path / "run").rglob("*.partial"))
    assert not [path for path in (tmp_path / "run").iterdir() if path.suffix in (".pt", ".ckpt", ".pkl")]


def test_a_finished_run_and_another_run_are_not_overwritten(dataset: Dataset, config: Recipe, tmp_path: Path):
    train(dataset, config, tmp_path / "run", CPU)
    with pytest.raises(InputError, match="finished"):
        train(dataset, config, tmp_path / "run", CPU)
    with pytest.raises(InputError, match="a run with size 24 and not 23;"):
        train(dataset, replace(config, size=23), tmp_path / "run", CPU)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("precious")
    with pytest.raises(InputError, match="not a run"):
        train(dataset, config, tmp_path / "mine", CPU)


def test_folders_that_are_no_finished_run_are_refused(dataset: Dataset, config: Recipe, tmp_path: Path):
    with pytest.raises(InputError, match="not a run folder"):
        load_model(tmp_path)
    train(dataset, config, tmp_path / "run", CPU)
    (tmp_path / "run" / "weights.safetensors").write_bytes(b"12345")
    with pytest.raises(InputError, match="does not hold this model's weights"):
        load_model(tmp_path / "run")
    (tmp_path / "run" / "weights.safetensors").unlink()
    with pytest.raises(InputError, match="not finished"):
        load_model(tmp_path / "run")
    (tmp_path / "run" / "config.json").write_text('{"model": "student"}')
    with pytest.raises(InputError, match="not a run's configuration"):
        load_model(tmp_path / "run")


def test_a_state_that_is_cut_short_is_refused(dataset: Dataset, config: Recipe, tmp_path: Path):
    train(dataset, config, tmp_path / "run", CPU)
    (tmp_path / "run" / "weights.safetensors").unlink()
    state = tmp_path / "run" / "state.safetensors"
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(InputError, match="cannot be resumed"):
        train(dataset, config, tmp_path / "run", CPU)


def test_learning_rates_worked_out_by_hand():
    cosine = Training(epochs=100, learning_rate=1.0)
    assert learning_rate(cosine, 5) == pytest.approx(0.05 + 0.95 / 2)
    assert learning_rate(cosine, 10) == pytest.approx(1.0)
    assert learning_rate(cosine, 55) == pytest.approx(0.5)
    assert learning_rate(cosine, 100) == pytest.approx(0.0)
    assert learning_rate(preset("seen"), 0.9) == pytest.approx(0.015)
    assert learning_rate(preset("seen"), 2.5) == pytest.approx(0.015 * 0.94**2)


def test_no_process_repeats_what_another_drew_in_another_epoch():
    drawn = [loop._seed(seed, epoch, rank) for seed in range(2) for epoch in range(50) for rank in range(4)]
    assert len(set(drawn)) == len(drawn)


def test_the_scale_of_float16s_gradients_is_gone_on_with(tmp_path: Path):
    def parts():
        model = build_model("student", {"channels": [8]})
        scaling = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", init_scale=1024.0))
        return model, torch.optim.SGD(model.parameters(), 0.1), scaling

    model, optimizer, scaling = parts()
    scaling.load_state_dict(scaling.state_dict() | {"scale": 64.0})
    save_state(tmp_path, model, optimizer, [{"loss": 1.0, "training": 50.0}], scaling)
    model, optimizer, scaling = parts()
    load_state(tmp_path, model, optimizer, scaling)
    assert scaling.state_dict()["scale"] == 64.0


def test_the_same_state_is_the_same_bytes(dataset: Dataset, config: Recipe, tmp_path: Path):
    session = loop.setup(CPU, prepared(dataset, config))
    history, precision = [{"loss": 1.0, "training": 50.0}], CPU.strategy.precision
    for number in range(12):
        (tmp_path / str(number)).mkdir()
        save_state(tmp_path / str(number), session.model, session.optimizer, history, precision)
    assert len({(tmp_path / str(number) / "state.safetensors").read_bytes() for number in range(12)}) == 1


def test_gradients_are_no_longer_than_the_limit(dataset: Dataset, config: Recipe, tmp_path: Path):
    """With plain gradient descent no weight moves further in one step than the rate times the limit."""
    one = Training(epochs=1, batch_size=64, optimizer="sgd", learning_rate=1.0, weight_decay=0.0, clip_norm=1e-3)
    session = loop.setup(CPU, prepared(dataset, replace(config, training=one)))
    before = torch.cat([p.detach().flatten().clone() for p in session.model.parameters()])
    rate = loop.train_epoch(session, 0)["learning_rate"]
    after = torch.cat([p.detach().flatten() for p in session.model.parameters()])
    assert (after - before).norm().item() == pytest.approx(1e-3 * rate, rel=0.02)
