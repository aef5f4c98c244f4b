"""Training: setup -> fit -> validate, over one state that resuming restores.

What is random in an epoch (order, starts, augmentation, dropout) follows from the run's seed and the epoch's number
alone, so a run that was killed and goes on from its last whole epoch ends as if it had not been, on the CPU bit by
bit. The last epoch's weights are the result. The accuracy shown meanwhile is that of the validation people; nobody
who is left for testing is looked at.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torchmetrics.classification import MulticlassAccuracy

from eyeprentice.data.clips import label_moment
from eyeprentice.data.dataset import Dataset
from eyeprentice.data.loader import Batch, feed, plan_epoch
from eyeprentice.data.splits import Parts
from eyeprentice.files.whole import named
from eyeprentice.learning.prepare import Prepared
from eyeprentice.learning.runs import load_state, read_record, save_state
from eyeprentice.learning.runs.checkpoint import History, start_from
from eyeprentice.learning.step import Recorded, Step, make_step
from eyeprentice.learning.terms import HIDDEN, needs_features
from eyeprentice.models import MapModel, Model, build_model, place
from eyeprentice.models.base import forget_units
from eyeprentice.snn import synchronise_batch_norm
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import Advance, progress
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.settings import Training
from eyeprentice.words.vocabulary import EMOTIONS

WARM_UP = 0.1
STEP_DECAY = 0.94
CHECKPOINT_SHARE = 0.05
"""Of the time, which checkpoints may take: a small model's are written often, a big one's seldom."""


@dataclass
class Session:
    """A run while it goes on: what stays the same, and what changes (weights, optimizer, history)."""

    fabric: Fabric
    recipe: Recipe
    dataset: Dataset
    """With its images on the device, if they fit."""
    parts: Parts
    model: Model
    learner: nn.Module
    """`model`, as `fabric` wraps it."""
    optimizer: torch.optim.Optimizer
    step: Step
    alone: Step
    """The same without the terms of distillation, for the epochs that have none."""
    history: History = field(default_factory=list)
    """One row a finished epoch: losses, training and, if there is such a part, validation accuracy in percent."""


def setup(fabric: Fabric, task: Prepared, run: Path | None = None) -> Session:
    """A new model, or one with the weights to start from, and its optimizer; or those of the last checkpoint in `run`.

    Raises `InputError` where the recipe's terms do not fit its models.
    """
    recipe, dataset = task.recipe, task.dataset
    torch.manual_seed(recipe.training.seed)
    model = build_model(recipe.model, recipe.options)
    if recipe.init is not None:
        start_from(recipe.init, model)
        if read_record(recipe.init).units != task.record.units:
            forget_units(model)
    model = place(model, fabric.device)
    if fabric.world_size > 1 and recipe.training.batch_norm == "shared":
        synchronise_batch_norm(model)
    plain = _optimizer(model, recipe.training, fabric.device)
    history = [] if run is None else load_state(run, model, plain, fabric.strategy.precision)
    learner, optimizer = fabric.setup(model, plain)
    teacher = None if task.teacher is None else place(task.teacher, fabric.device).eval()
    units_weight = 0.0 if dataset.units is None else recipe.training.units_weight
    deep = needs_features(recipe.objective)
    if deep and not (isinstance(model, MapModel) and isinstance(teacher, MapModel)):
        raise InputError("terms", "features can be compared of student, teacher and ann only", "use other terms")
    if units_weight or deep:
        learner.mark_forward_method("estimate")
    step, alone = (
        make_step(fabric, learner, optimizer, teacher, objective, recipe.training, units_weight)
        for objective in (recipe.objective, replace(recipe.objective, terms=(), weights={}, labels=None))
    )
    near = dataset.near(fabric.device)
    return Session(fabric, recipe, near, task.parts, model, learner, plain, step, alone, history)


def fit(session: Session, run: Path, title: str) -> None:
    """Runs the epochs that are left, with checkpoints in `run`."""
    fabric, done, epochs = session.fabric, len(session.history), session.recipe.training.epochs
    saved, cost = time.monotonic(), 0.0
    with _scalars(run, done, fabric) as write, _progress(title, epochs - done, fabric) as advance:
        for epoch in range(done, epochs):
            row = train_epoch(session, epoch)
            if len(session.parts.validation):
                row["validation"] = validate(session)
            session.history.append(row)
            now = time.monotonic()
            due = epoch + 1 == epochs or cost <= CHECKPOINT_SHARE * (now - saved)
            if due and fabric.is_global_zero:
                save_state(run, session.model, session.optimizer, session.history, fabric.strategy.precision)
                saved, cost = time.monotonic(), time.monotonic() - now
            write(epoch, row)
            advance(f"loss {row['loss']:.3f}, " + _accuracy_of(row))


def finish(session: Session) -> None:
    """Frees what recorded steps hold."""
    for step in (session.step, session.alone):
        if isinstance(step, Recorded):
            step.forget()


def train_epoch(session: Session, epoch: int) -> dict[str, float]:
    """Learns once from a clip of every training sequence; gives the losses and accuracy over them.

    Every process draws the same batches and takes its share of each, so that their number changes who computes, not
    what is computed; only what dropout leaves out is drawn by each for itself.
    """
    fabric, recipe, dataset = session.fabric, session.recipe, session.dataset
    settings, device = recipe.training, fabric.device
    generator = torch.Generator().manual_seed(_seed(settings.seed, epoch))
    torch.manual_seed(_seed(settings.seed, epoch, fabric.global_rank))  # dropout
    chosen = session.parts.training
    batches = plan_epoch(dataset, chosen, settings.batch_size, recipe.sampling, settings.changes, generator)
    mine = _share(batches, fabric)
    sums: Tensor | None = None
    accuracy = _accuracy(device)
    session.learner.train()
    hidden = hidden_labels(settings, len(dataset.names)).to(device)
    step = session.step if epoch < round(recipe.objective.until * settings.epochs, 6) else session.alone
    for number, (clip, target) in enumerate(feed(dataset, mine, recipe.sampling, device)):
        rate = learning_rate(settings, epoch + number / len(batches))
        target = label_moment(clip, target, dataset.unit_names, settings.moment_labels)
        for group in session.optimizer.param_groups:
            group["lr"].fill_(rate)
        size = len(batches[number].sequences)
        mask = hidden[mine[number].sequences.to(device, non_blocking=True)]
        losses, logits = step(clip, target.masked_fill(mask, HIDDEN), size)
        weighed = torch.stack(list(losses.values())) * size
        sums = weighed if sums is None else sums + weighed
        accuracy.update(logits, target)
    assert sums is not None
    row = dict(zip(losses, (sums / len(chosen)).tolist(), strict=True))
    if not math.isfinite(row["loss"]):
        raise InputError("training", f"the loss of epoch {epoch + 1} is not finite", "lower the learning rate")
    return {**row, "training": 100 * float(accuracy.compute()), "learning_rate": rate}


def hidden_labels(settings: Training, count: int) -> Tensor:
    """Which of a dataset's sequences have a label that is hidden in training, (N,) bool: the same with every seed."""
    return torch.rand(count, generator=torch.Generator().manual_seed(0)) < settings.unlabelled


@torch.no_grad()
def validate(session: Session) -> float:
    """Accuracy in percent, on one clip from the middle of each validation sequence."""
    fabric, dataset, sampling = session.fabric, session.dataset, session.recipe.sampling
    session.model.eval()
    accuracy = _accuracy(fabric.device)
    middle = ((dataset.lengths - sampling.span) // 2).clamp(min=0)
    size = max(128, session.recipe.training.batch_size)
    batches = [Batch(part, middle[part], None) for part in session.parts.validation.split(size)]
    for clip, target in feed(dataset, _share(batches, fabric), sampling, fabric.device):
        with fabric.autocast():
            logits, _ = session.model(clip)
        accuracy.update(logits.float().mean(0), target)
    return 100 * float(accuracy.compute())


def learning_rate(settings: Training, epoch: float) -> float:
    """The learning rate at a moment of the run, in epochs from its start."""
    if settings.schedule == "step":
        return settings.learning_rate * STEP_DECAY ** int(epoch)
    done = epoch / settings.epochs
    if done < WARM_UP:
        return settings.learning_rate * (0.05 + 0.95 * done / WARM_UP)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


def _optimizer(model: Model, settings: Training, device: torch.device) -> torch.optim.Optimizer:
    cuda = device.type == "cuda"
    rate = torch.tensor(settings.learning_rate, device=device)  # so that a recorded step sees it change
    if settings.optimizer == "sgd":
        return torch.optim.SGD(model.parameters(), rate, momentum=0.9, weight_decay=settings.weight_decay, fused=cuda)
    groups = _parameters(model, settings.weight_decay)
    return torch.optim.AdamW(groups, rate, fused=cuda, capturable=cuda)


def _parameters(model: Model, weight_decay: float) -> list[dict[str, object]]:
    """Biases and batch norms are not decayed."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    free = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]


def refuse_empty_shares(settings: Training, sequences: int, fabric: Fabric) -> None:
    """Raises `InputError` where a process would have nothing to learn from in some batch."""
    smallest = sequences // -(-sequences // settings.batch_size)  # of batches of like size
    if smallest < fabric.world_size:
        raise InputError(
            "batch_size",
            f"batches of {smallest} clips are too small for {fabric.world_size} processes",
            "raise --batch-size, or use fewer devices",
        )


def _accuracy_of(row: dict[str, float]) -> str:
    """What an epoch tells of accuracy: on the validation people, or where there are none on the training set."""
    part = "validation" if "validation" in row else "training"
    return f"{part} {row[part]:.1f} %"


def _share(batches: Sequence[Batch], fabric: Fabric) -> Sequence[Batch]:
    """This process's part of every batch."""
    if fabric.world_size == 1:
        return batches
    return [batch.part(fabric.global_rank, fabric.world_size) for batch in batches]


def _accuracy(device: torch.device) -> MulticlassAccuracy:
    return MulticlassAccuracy(len(EMOTIONS), average="micro", validate_args=False).to(device)


def _progress(title: str, pieces: int, fabric: Fabric) -> AbstractContextManager[Advance]:
    return progress(title, pieces) if fabric.is_global_zero else nullcontext(lambda note: None)


@contextmanager
def _scalars(run: Path, done: int, fabric: Fabric) -> Iterator[Callable[[int, dict[str, float]], None]]:
    """Writes an epoch's figures for TensorBoard, in the first process."""
    if not fabric.is_global_zero:
        yield lambda epoch, row: None
        return
    from torch.utils.tensorboard import SummaryWriter  # slow to import

    with named(run / "tensorboard"), SummaryWriter(run / "tensorboard", purge_step=done) as writer:

        def write(epoch: int, row: dict[str, float]) -> None:
            for name, value in row.items():
                writer.add_scalar(name, value, epoch)

        yield write


def _seed(seed: int, epoch: int, rank: int = 0) -> int:
    """What is random in an epoch follows from this; other processes than the first have others of their own."""
    return int(np.random.SeedSequence((seed, epoch, rank)).generate_state(1)[0]) if rank else seed * 1_000_003 + epoch
