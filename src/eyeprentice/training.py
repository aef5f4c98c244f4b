"""Training: setup -> fit -> validate, over one state that resuming restores.

What is random in an epoch (order, starts, augmentation, dropout) follows from the run's seed and the epoch's number
alone, so a run that was killed and goes on from its last whole epoch ends as if it had not been, on the CPU bit by
bit. The last epoch's weights are the result: the testing accuracy shown meanwhile selects nothing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from torchmetrics.classification import MulticlassAccuracy

from eyeprentice.data.augment import augment
from eyeprentice.data.clips import Sampling, random_starts
from eyeprentice.data.dataset import Dataset
from eyeprentice.data.splits import Parts
from eyeprentice.distill import total
from eyeprentice.errors import InputError
from eyeprentice.files import write_json
from eyeprentice.models import Model, build_model
from eyeprentice.progress import progress
from eyeprentice.runs import Config, Training, load_state, save_state, save_weights, write_setup
from eyeprentice.vocabulary import EMOTIONS

WARM_UP = 0.1
STEP_DECAY = 0.94


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

    `parts` are the sequences to learn from and those left for testing, as `config.split` divides them.

    Returns the history. Raises `InputError` if `run` holds something else.
    """
    write_setup(run, config, dataset.names, parts)
    state = setup(config, run, fabric)
    fit(fabric, state, dataset, parts, config, run, teacher, title)
    save_weights(run, state.model)
    write_json(run / "history.json", state.history)
    return state.history


def setup(config: Config, run: Path, fabric: Fabric) -> State:
    """A new model and its optimizer on the device, or those of the last finished epoch."""
    torch.manual_seed(config.training.seed)
    model = build_model(config.model, config.options).to(fabric.device)
    settings = config.training
    optimizer: torch.optim.Optimizer
    if settings.optimizer == "sgd":
        optimizer = torch.optim.SGD(
            model.parameters(), settings.learning_rate, momentum=0.9, weight_decay=settings.weight_decay
        )
    else:
        optimizer = torch.optim.AdamW(_parameters(model, settings.weight_decay), settings.learning_rate)
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
    teacher = None if teacher is None else teacher.to(fabric.device).eval()
    with (
        SummaryWriter(run / "tensorboard", purge_step=done) as scalars,
        progress(title, epochs - done) as advance,
    ):
        for epoch in range(done, epochs):
            row = train_epoch(fabric, model, optimizer, dataset, training, config, epoch, teacher)
            row["testing"] = validate(state.model, dataset, testing, config.sampling, fabric.device)
            state.history.append(row)
            save_state(run, state.model, state.optimizer, state.history)
            for name, value in row.items():
                scalars.add_scalar(name, value, epoch)
            advance(f"loss {row['loss']:.3f}, testing {row['testing']:.1f} %")


def train_epoch(
    fabric: Fabric,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    dataset: Dataset,
    training: Tensor,
    config: Config,
    epoch: int,
    teacher: Model | None,
) -> dict[str, float]:
    """Learns once from a clip of every training sequence."""
    settings = config.training
    generator = torch.Generator().manual_seed(_seed(settings.seed, epoch))
    torch.manual_seed(_seed(settings.seed, epoch))  # dropout
    batches = list(_batches(training, settings.batch_size, generator))
    labels = dataset.labels
    losses, accuracy = [], MulticlassAccuracy(len(EMOTIONS), average="micro", validate_args=False).to(fabric.device)
    model.train()
    for number, chosen in enumerate(batches):
        rate = learning_rate(settings, epoch + number / len(batches))
        for group in optimizer.param_groups:
            group["lr"] = rate
        starts = random_starts(dataset.lengths[chosen], config.sampling, generator)
        clip = dataset.clip(chosen, starts, config.sampling, fabric.device)
        if settings.augmentation is not None:
            clip = augment(clip, settings.augmentation, generator)
        target = labels[chosen].to(fabric.device)
        with torch.no_grad(), fabric.autocast():
            belief = None if teacher is None else teacher(clip).float()
        logits = model(clip).float()
        loss = total(logits, belief, target, config.objective)
        optimizer.zero_grad()
        fabric.backward(loss)
        optimizer.step()
        losses.append(loss.detach())
        accuracy.update(logits.detach().mean(0), target)
    mean = float(torch.stack(losses).mean())
    if not math.isfinite(mean):
        raise InputError("training", f"the loss of epoch {epoch + 1} is not finite", "lower the learning rate")
    return {"loss": mean, "training": 100 * float(accuracy.compute()), "learning_rate": rate}


@torch.no_grad()
def validate(model: Model, dataset: Dataset, chosen: Tensor, sampling: Sampling, device: torch.device) -> float:
    """Accuracy in percent, on one clip from the middle of each sequence."""
    model.eval()
    accuracy = MulticlassAccuracy(len(EMOTIONS), average="micro", validate_args=False).to(device)
    labels = dataset.labels
    for part in chosen.split(128):
        starts = ((dataset.lengths[part] - sampling.span) // 2).clamp(min=0)
        logits = model(dataset.clip(part, starts, sampling, device))
        accuracy.update(logits.mean(0), labels[part].to(device))
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


def _batches(chosen: Tensor, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """`chosen` in random order, in batches of like size: none is a leftover that batch norm cannot bear."""
    order = chosen[torch.randperm(len(chosen), generator=generator)]
    yield from order.tensor_split(-(-len(order) // size))


def _seed(seed: int, epoch: int) -> int:
    return seed * 1_000_003 + epoch
