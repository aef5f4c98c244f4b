from pathlib import Path
from typing import Any, Literal, cast

from lightning_fabric import Fabric

from eyeprentice import training as loop
from eyeprentice.data.clips import Sampling
from eyeprentice.data.dataset import Dataset, open_dataset
from eyeprentice.data.splits import Kind, Parts, Split, divide, read_split
from eyeprentice.devices import Precision, open_device
from eyeprentice.distill import Objective
from eyeprentice.errors import InputError
from eyeprentice.models import build_model
from eyeprentice.runs import SEEN_RECIPE, SPLIT, Config, Training, load_model, weights_digest


def train(
    data: Path,
    *,
    out: Path,
    model: str = "student",
    options: dict[str, Any] = {},  # noqa: B006
    recipe: Literal["own", "seen"] = "own",
    sampling: str = "E4-S3",
    size: int = 90,
    split: str = "subjects",
    folds: int = 5,
    fold: int = 0,
    training: Training = Training(),
    accelerator: str = "auto",
    precision: Precision = "32-true",
    devices: int = 1,
    nodes: int = 1,
) -> None:
    """Train a model from labels alone: a teacher, a student without a teacher, or a peer.

    Killed, it goes on from the last finished epoch when the same command is given again.

    Example: eyeprentice train data/simulated --model teacher --out runs/teacher

    Args:
        data: a dataset in SEE's layout
        out: folder of the run
        model: teacher, student or seen
        options: settings of the model where they differ from its defaults, as --options.width 0.5
        recipe: own takes the options below; seen takes all of them from SEEN's paper, but the seed
        sampling: clips of x frames with y skipped between two, written Ex-Sy
        size: height and width that images are resized to
        split: subjects tests on people never seen in training; official does as the annotation file says; lighting
            tests under a lighting never learnt from; or a split file, such as the split.json of any run
        folds: how many parts the people are divided into
        fold: which part (of lighting: which lighting) is tested on, from 0
        accelerator: cpu, cuda, mps or auto
        precision: of Lightning Fabric
        devices: how many of them learn together, each from its share of every batch; results are those of one
        nodes: machines, each started by torchrun
    """
    if recipe == "seen":
        training = SEEN_RECIPE.with_seed(training.seed)
    needs_events = build_model(model, options).needs_events
    dataset = open_dataset(data, size, needs_events)
    parts, rule = _divide(dataset, split, folds, fold)
    config = Config(model, options, dataset.content, size, Sampling.parse(sampling), rule, training)
    fabric = open_device(accelerator, precision, devices, nodes)
    loop.train(dataset, parts, config, out, fabric, title=f"training {model}")
    _say_done(fabric, out, data)


def distill(
    data: Path,
    *,
    teacher: Path,
    out: Path,
    model: str = "student",
    options: dict[str, Any] = {},  # noqa: B006
    training: Training = Training(),
    objective: Objective = Objective(),
    accelerator: str = "auto",
    precision: Precision = "32-true",
    devices: int = 1,
    nodes: int = 1,
) -> None:
    """Train a student as a teacher's apprentice.

    Sampling, size and split are the teacher's, so that nobody it learnt from is tested on.

    Example: eyeprentice distill data/simulated --teacher runs/teacher --out runs/apprentice

    Args:
        data: the dataset, in SEE's layout
        teacher: a finished run
        out: folder of the run
        model: what is trained
        options: settings of the model where they differ from its defaults, as --options.width 0.5
        accelerator: cpu, cuda, mps or auto
        precision: of Lightning Fabric
        devices: how many of them learn together, each from its share of every batch; results are those of one
        nodes: machines, each started by torchrun
    """
    master, taught = load_model(teacher)
    needs_events = master.needs_events or build_model(model, options).needs_events
    dataset = open_dataset(data, taught.size, needs_events)
    if dataset.content != taught.content:
        raise InputError(teacher, "was trained on other data", "train the teacher on this dataset first")
    config = Config(
        model, options, dataset.content, taught.size, taught.sampling, taught.split, training, objective,
        weights_digest(teacher),
    )  # fmt: skip
    parts, _ = read_split(teacher / SPLIT, dataset.names)
    fabric = open_device(accelerator, precision, devices, nodes)
    loop.train(dataset, parts, config, out, fabric, master, title=f"apprenticing {model}")
    _say_done(fabric, out, data)


def _divide(dataset: Dataset, kind: str, folds: int, fold: int) -> tuple[Parts, Split]:
    if kind.endswith(".json"):
        return read_split(Path(kind), dataset.names)
    try:
        split = Split(cast(Kind, kind), folds, fold)
    except ValueError as error:
        raise InputError("split", str(error), "see --help") from None
    return divide(dataset.names, dataset.subsets, split), split


def _say_done(fabric: Fabric, run: Path, data: Path) -> None:
    fabric.print(f"{run}: trained; eyeprentice evaluate {run} {data} --out {run / 'evaluation'} tests it")
