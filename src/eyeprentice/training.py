"""Training: setup -> fit -> validate, over one state that resuming restores.

What is random in an epoch (order, starts, augmentation, dropout) follows from the run's seed and the epoch's number
alone, so a run that was killed and goes on from its last whole epoch ends as if it had not been, on the CPU bit by
bit. The last epoch's weights are the result: the testing accuracy shown meanwhile selects nothing.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torchmetrics import MeanMetric
from torchmetrics.classification import MulticlassAccuracy

from eyeprentice.data.dataset import Dataset
from eyeprentice.data.feed import Batch, feed, plan_epoch
from eyeprentice.data.splits import Parts
from eyeprentice.errors import InputError
from eyeprentice.files import write_json
from eyeprentice.models import Model, build_model, place
from eyeprentice.progress import Advance, progress
from eyeprentice.runs import Config, Training, check_folder, load_state, save_state, save_weights, write_setup
from eyeprentice.snn import synchronise_batch_norm
from eyeprentice.stepping import Step, make_step
from eyeprentice.vocabulary import EMOTIONS

WARM_UP = 0.1
STEP_DECAY = 0.94
CHECKPOINT_SHARE = 0.05
"""Of the time, which checkpoints may take: a small model's are written often, a big one's seldom."""


@dataclass
class State:
    """What changes while a run goes on."""

    model: Model
    optimizer: torch.optim.Optimizer
    history: list[dict[str, float]]
    """One row a finished epoch: loss, training and testing accuracy in percent."""


def train(
    dataset: Dataset,
    parts: Parts,
    config: Config,
    run: Path,
    fabric: Fabric,
    teacher: Model | None = None,
    title: str = "training",
) -> list[dict[str, float]]:
    """Trains what `config` says and writes it to `run`, going on where a killed run of the same configuration stopped.

    `parts` are the sequences to learn from and those left for testing, as `config.split` divides them. Where `fabric`
    has several processes, each calls this and learns from its share of every batch; the first one writes.

    Returns the history. Raises `InputError` if `run` holds something else.
    """
    resumed = check_folder(run, config)
    fabric.barrier()
    if fabric.is_global_zero and not resumed:
        write_setup(run, config, dataset.names, parts)
    fabric.barrier()
    state = setup(config, run, fabric)
    fit(fabric, state, dataset.near(fabric.device), parts, config, run, teacher, title)
    if fabric.is_global_zero:
        save_weights(run, state.model)
        write_json(run / "history.json", state.history)
    fabric.barrier()
    return state.history


def setup(config: Config, run: Path, fabric: Fabric) -> State:
    """A new model and its optimizer on the device, or those of the last checkpoint."""
    torch.manual_seed(config.training.seed)
    model = place(build_model(config.model, config.options), fabric.device)
    if fabric.world_size > 1 and config.training.batch_norm == "shared":
        synchronise_batch_norm(model)
    settings, cuda = config.training, fabric.device.type == "cuda"
    rate = torch.tensor(settings.learning_rate, device=fabric.device)  # so that a recorded step sees it change
    optimizer: torch.optim.Optimizer
    if settings.optimizer == "sgd":
        decay = settings.weight_decay
        optimizer = torch.optim.SGD(model.parameters(), rate, momentum=0.9, weight_decay=decay, fused=cuda)
    else:
        groups = _parameters(model, settings.weight_decay)
        optimizer = torch.optim.AdamW(groups, rate, fused=cuda, capturable=cuda)
    return State(model, optimizer, load_state(run, model, optimizer))


def fit(
    fabric: Fabric,
    state: State,
    dataset: Dataset,
    parts: Parts,
    config: Config,
    run: Path,
    teacher: Model | None,
    title: str,
) -> None:
    """Runs the epochs that are left."""
    (training, testing), done, epochs = parts, len(state.history), config.training.epochs
    model, optimizer = fabric.setup(state.model, state.optimizer)
    teacher = None if teacher is None else place(teacher, fabric.device).eval()
    step = make_step(fabric, model, optimizer, teacher, config.objective)
    saved, cost = time.monotonic(), 0.0
    with _scalars(run, done, fabric) as write, _progress(title, epochs - done, fabric) as advance:
        for epoch in range(done, epochs):
            row = train_epoch(fabric, model, optimizer, step, dataset, training, config, epoch)
            row["testing"] = validate(fabric, state.model, dataset, testing, config)
            state.history.append(row)
            now = time.monotonic()
            due = epoch + 1 == epochs or cost <= CHECKPOINT_SHARE * (now - saved)
            if due and fabric.is_global_zero:
                save_state(run, state.model, state.optimizer, state.history)
                saved, cost = time.monotonic(), time.monotonic() - now
            write(epoch, row)
            advance(f"loss {row['loss']:.3f}, testing {row['testing']:.1f} %")


def train_epoch(
    fabric: Fabric,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    step: Step,
    dataset: Dataset,
    training: Tensor,
    config: Config,
    epoch: int,
) -> dict[str, float]:
    """Learns once from a clip of every training sequence.

    Every process draws the same batches and takes its share of each, so that their number changes who computes, not
    what is computed.
    """
    settings, device = config.training, fabric.device
    generator = torch.Generator().manual_seed(_seed(settings.seed, epoch))
    torch.manual_seed(_seed(settings.seed, epoch) + fabric.global_rank)  # dropout
    batches = plan_epoch(dataset, training, settings.batch_size, config.sampling, settings.augmentation, generator)
    mine = _share(batches, fabric)
    mean_loss = MeanMetric(nan_strategy="disable").to(device)
    accuracy = _accuracy(device)
    model.train()
    for number, (clip, target) in enumerate(feed(dataset, mine, config.sampling, device)):
        rate = learning_rate(settings, epoch + number / len(batches))
        for group in optimizer.param_groups:
            group["lr"].fill_(rate)
        # processes average their gradients: weighed so that every clip of the whole batch counts alike
        share = len(target) * fabric.world_size / len(batches[number].sequences)
        loss, logits = step(clip, target, share)
        mean_loss.update(loss, len(target))
        accuracy.update(logits, target)
    mean = float(mean_loss.compute())
    if not math.isfinite(mean):
        raise InputError("training", f"the loss of epoch {epoch + 1} is not finite", "lower the learning rate")
    return {"loss": mean, "training": 100 * float(accuracy.compute()), "learning_rate": rate}


@torch.no_grad()
def validate(fabric: Fabric, model: Model, dataset: Dataset, chosen: Tensor, config: Config) -> float:
    """Accuracy in percent, on one clip from the middle of each sequence."""
    model.eval()
    accuracy, sampling = _accuracy(fabric.device), config.sampling
    middle = ((dataset.lengths - sampling.span) // 2).clamp(min=0)
    batches = [Batch(part, middle[part], None) for part in chosen.split(max(128, config.training.batch_size))]
    for clip, target in feed(dataset, _share(batches, fabric), sampling, fabric.device):
        with fabric.autocast():
            logits, _ = model(clip)
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


def _parameters(model: Model, weight_decay: float) -> list[dict[str, object]]:
    """Biases and batch norms are not decayed."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    free = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]


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

    with SummaryWriter(run / "tensorboard", purge_step=done) as writer:

        def write(epoch: int, row: dict[str, float]) -> None:
            for name, value in row.items():
                writer.add_scalar(name, value, epoch)

        yield write


def _seed(seed: int, epoch: int) -> int:
    return seed * 1_000_003 + epoch
