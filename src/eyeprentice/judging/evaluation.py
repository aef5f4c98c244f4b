"""The testing protocol: a clip from a random start of every testing sequence, 20 times."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from eyeprentice.data.clips import Clip, random_starts
from eyeprentice.data.dataset import Dataset
from eyeprentice.data.leakage import find_leakage
from eyeprentice.data.loader import Batch, feed
from eyeprentice.judging.controls import PLAIN, Control, control_for
from eyeprentice.judging.predictions import Predictions
from eyeprentice.judging.scoring import Scores, score_predictions
from eyeprentice.judging.units import UnitScore, UnitSums
from eyeprentice.learning.runs import SPLIT, check_representation, check_units, find_run, load_model, read_record
from eyeprentice.models import Model, place
from eyeprentice.models.base import MapModel, check_answers
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.settings import REPEATS, Sampling
from eyeprentice.words.vocabulary import EMOTIONS

BATCH = {False: 128, True: 1024}
"""Clips at once, on a processor and on a GPU."""
DIGITS = 5
"""Of a probability: more would be bytes that nobody reads."""


@dataclass(frozen=True)
class Evaluation:
    """What a run's test says."""

    model: Model
    config: Recipe
    tested: Tensor  # (N,) numbers of the sequences
    subset: str
    """What it was tested on, in words."""
    protocol: str
    predictions: Predictions
    scores: Scores
    units: dict[str, UnitScore] = field(default_factory=dict)
    """How well action units are estimated, where the model has learnt those that the dataset tells."""


def evaluate_run(
    run: Path,
    dataset: Dataset,
    out: Path,
    fabric: Fabric,
    *,
    sampling: Sampling | None = None,
    repeats: int = REPEATS,
    seed: int = 0,
    title: str = "evaluating",
    control: str | None = None,
) -> Evaluation:
    """`measure_run`, and what it says written into `out` (`judging/written.py`).

    Where `fabric` has several processes, each calls this, and the first writes.
    """
    from eyeprentice.judging.written import write_evaluation  # draws, and so is slow to import

    evaluation = measure_run(
        run, dataset, fabric, sampling=sampling, repeats=repeats, seed=seed, title=title, control=control
    )
    if fabric.is_global_zero:
        write_evaluation(out, evaluation)
    return evaluation


def measure_run(
    run: Path,
    dataset: Dataset,
    fabric: Fabric,
    *,
    sampling: Sampling | None = None,
    repeats: int = REPEATS,
    seed: int = 0,
    title: str = "evaluating",
    control: str | None = None,
) -> Evaluation:
    """Tests a run on what it has not learnt from, by the field's protocol.

    `dataset` is opened at the run's size, with events if its model needs them. With a `control`, the name of one in
    `CONTROLS`, something is taken from every clip. Where the model has learnt the dataset's action units, these are
    scored, too. Raises `InputError` as `check_testable` does.
    """
    model, config = load_model(run)
    tested, subset = check_testable(run, model, config, dataset, control)
    units = read_record(run).units if dataset.units is not None else ()
    sums = UnitSums(len(units), fabric.device) if units else None
    taken = PLAIN if control is None else control_for(control, model)
    sampling = sampling or config.sampling
    predictions = predict_repeats(model, dataset, tested, sampling, fabric, repeats, seed, title, taken, sums)
    protocol = f"{sampling}, one clip a sequence from a random start, {repeats} times, averaged; {subset}"
    if control is not None:
        protocol += f"; control: {taken.text}"
    told = {} if sums is None else sums.scores(units)
    return Evaluation(model, config, tested, subset, protocol, predictions, score_predictions(predictions), told)


def check_testable(
    run: Path, model: Model, config: Recipe, dataset: Dataset, control: str | None = None
) -> tuple[Tensor, str]:
    """Numbers of the sequences that a run may be tested on, and in words what they are.

    Raises `InputError` where nothing is left to test on, the control says nothing of the model, or the model learnt
    from events in another representation, or other action units.
    """
    if model.needs_events:
        check_representation(run, dataset.representation)
    check_units(run, dataset.unit_names)
    if control is not None:
        control_for(control, model)
    return held_out_sequences(dataset, run, config)


def held_out_sequences(dataset: Dataset, run: Path, config: Recipe) -> tuple[Tensor, str]:
    """What a run may be tested on, and in words what was left out: what it learnt from, and whom it learnt from.

    Raises `InputError` where nothing is left.
    """
    split, count = find_run(run) / SPLIT, len(dataset.names)
    if not split.is_file() and split.parent != run:
        return torch.arange(count), f"all {count} sequences (runtime/MODEL_CARD.md says who was learnt from)"
    known = find_leakage(dataset, split)
    tested = torch.from_numpy(~known.learnt & ~known.met).nonzero()[:, 0]
    learnt, met = int(known.learnt.sum()), int(known.met.sum())
    if not len(tested):
        todo = "give a dataset with other people"
        raise InputError(run, f"its training set has all of these sequences ({learnt}) or their people ({met})", todo)
    if not learnt and not met and not known.tested.any():
        return tested, f"all {count} sequences: none is in the run's training set"
    left_out = f"left out {learnt} of the run's training and validation sets and {met} more of the same people"
    return tested, f"{config.split}; {len(tested)} of {count} sequences: {left_out}"


@torch.no_grad()
def predict_repeats(
    model: Model,
    dataset: Dataset,
    chosen: Tensor,
    sampling: Sampling,
    fabric: Fabric,
    repeats: int = REPEATS,
    seed: int = 0,
    title: str = "evaluating",
    control: Control = PLAIN,
    units: UnitSums | None = None,
) -> Predictions:
    """Predicts `chosen` sequences `repeats` times; the same seed draws the same starts for every model.

    Where `fabric` has several processes, each predicts its share, and all get the whole. What the model, which must
    then be a `MapModel`, says of the action units of every frame is added to `units`, if that is given.
    """
    device, rank, world = fabric.device, fabric.global_rank, fabric.world_size
    model = place(model, device).eval()
    batches = list(_batches(dataset.lengths, chosen, sampling, repeats, seed, BATCH[device.type == "cuda"]))
    mine = [batch.part(rank, world) for batch in batches]
    whole = torch.zeros(repeats * len(chosen), len(EMOTIONS), device=device)
    first = 0
    shown = progress(title, len(mine)) if fabric.is_global_zero else nullcontext(lambda note: None)
    with shown as advance, control.on(model) as ask:
        for batch, (clip, _) in zip(batches, feed(dataset.near(device), mine, sampling, device), strict=True):
            with fabric.autocast():
                logits = ask(clip)[0] if units is None else _ask_all(model, control.clip(clip), units)
            check_answers(logits)
            rows = slice(first + rank, first + len(batch.sequences), world)
            whole[rows] = logits.float().mean(0).softmax(-1)
            first += len(batch.sequences)
            advance("")
    if world > 1:
        if units is not None:
            fabric.all_reduce(units.sums, reduce_op="sum")
        fabric.all_reduce(whole, reduce_op="sum")  # every row is one process's, and 0 in the others
    scores, classes = (part.cpu().view(repeats, -1) for part in whole.max(-1))
    rounded = [[round(score, DIGITS) for score in row] for row in scores.tolist()]
    names = tuple(dataset.names[number] for number in chosen.tolist())
    return Predictions(names, classes.numpy(), np.array(rounded))


def _ask_all(model: Model, clip: Clip, units: UnitSums) -> Tensor:
    """Logits (T, B, 7); the action units of every frame are added to `units`."""
    assert isinstance(model, MapModel)
    assert clip.units is not None
    estimate = model.estimate(clip)
    check_answers(estimate.units)
    units.add(estimate.units.clamp(0, 1), clip.units)
    return estimate.logits


def _batches(
    lengths: Tensor, chosen: Tensor, sampling: Sampling, repeats: int, seed: int, size: int
) -> Iterator[Batch]:
    """All repeats, one after another, in batches of at most `size` clips."""
    starts = []
    for repeat in range(repeats):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + repeat)
        starts.append(random_starts(lengths[chosen], sampling, generator))
    for sequences, at in zip(chosen.repeat(repeats).split(size), torch.cat(starts).split(size), strict=True):
        yield Batch(sequences, at, None)
