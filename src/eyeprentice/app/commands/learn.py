from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import SEEN_RECIPE, Objective, Precision, Training

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from eyeprentice.data.dataset import Dataset
    from eyeprentice.data.splits import Parts, Split


def train(
    data: Path,
    *,
    out: Path,
    model: str = "student",
    options: dict[str, Any] = {},  # noqa: B006
    init: Path | None = None,
    recipe: Literal["own", "seen"] = "own",
    sampling: str = "E4-S3",
    size: int = 90,
    split: str = "subjects",
    folds: int = 5,
    fold: int = 0,
    validation: float = 0.1,
    people: int = 0,
    training: Training = Training(),
    accelerator: str = "auto",
    precision: Precision = "32-true",
    devices: int = 1,
    nodes: int = 1,
) -> None:
    """Train a model from labels alone: a teacher, a student without a teacher (the baseline), or a published peer.

    If it is interrupted, run the same command again: it resumes from the last checkpoint.

    Example: eyeprentice train data/simulated --model teacher --out runs/teacher

    Args:
        data: a dataset in SEE's layout
        out: folder to write the run into
        model: teacher, student, ann (the student's shape without spikes), one of the published seen, eyemotion, emo,
            resnet18_lstm, resnet50_gru, resnet3d, r2plus1d and former_dfer, or one of your own (docs/extend.md)
        options: settings of the model that differ from its defaults, for example --options.width 0.5
        init: start from the weights of this finished run, and use its options unless others are given; default names
            the weights in the package
        recipe: own uses the options below; seen uses the settings of SEEN's paper (except the seed)
        sampling: clips of x frames with y frames skipped between two, written Ex-Sy
        size: height and width that images are resized to, in pixels
        split: subjects tests on people who are not in the training set; official follows the annotation file; lighting
            tests under a lighting that is not in the training set; a file name reads a split file, such as the
            split.json of another run
        folds: number of parts that the people are divided into
        fold: number of the part (with --split lighting: of the lighting) that is tested on, from 0
        validation: share of the other people, 0 to 0.5, who are neither learnt from nor tested on; the accuracy shown
            during training is theirs, and what you choose by it is not chosen on the test people; 0 means none
        people: learn from this many people only; 0 means from all who are left
        accelerator: device to compute on: cpu, cuda, mps or auto
        precision: number format of the computation, as Lightning Fabric names it
        devices: number of devices that train together; each takes its share of every batch, and the result is that of
            one device
        nodes: number of machines; start the command on each with torchrun
    """
    from eyeprentice.data.clips import Sampling
    from eyeprentice.data.dataset import open_dataset
    from eyeprentice.learning import loop
    from eyeprentice.learning.devices import open_device
    from eyeprentice.learning.runs import Config, weights_digest
    from eyeprentice.models import build_model
    from eyeprentice.words import extensions

    if recipe == "seen":
        training = SEEN_RECIPE.with_seed(training.seed)
    options = _shape(model, options, init)
    needs_events = build_model(model, options).needs_events
    dataset = open_dataset(data, size, needs_events)
    options = loop.with_units(options, training, dataset)
    build_model(model, options)
    parts, rule = _divide(dataset, split, folds, fold, validation, people)
    config = Config(
        model, options, dataset.content, size, Sampling.parse(sampling), rule, training,
        init=None if init is None else weights_digest(init), precision=precision, extensions=extensions.used(),
        paths=_given(data=data, init=init, split=Path(split)),
    )  # fmt: skip
    fabric = open_device(accelerator, precision, devices, nodes)
    loop.train(dataset, parts, config, out, fabric, title=f"training {model}", init=init)
    _say_done(fabric, out, data)


def distill(
    data: Path,
    *,
    teacher: list[Path],
    out: Path,
    model: str = "student",
    options: dict[str, Any] = {},  # noqa: B006
    init: Path | None = None,
    training: Training = Training(),
    objective: Objective = Objective(),
    accelerator: str = "auto",
    precision: Precision = "32-true",
    devices: int = 1,
    nodes: int = 1,
) -> None:
    """Train a student with a trained teacher, or with several (knowledge distillation).

    Sampling, size and split are those of the teacher, so that no test person was in the teacher's training set. Of
    several teachers the mean of the logits is learnt from.

    Example: eyeprentice distill data/simulated --teacher runs/teacher --out runs/apprentice

    Args:
        data: a dataset in SEE's layout
        teacher: folder of the teacher's finished run, or several
        out: folder to write the run into
        model: name of the model to train
        options: settings of the model that differ from its defaults, for example --options.width 0.5
        init: start from the weights of this finished run, and use its options unless others are given; default names
            the weights in the package
        accelerator: device to compute on: cpu, cuda, mps or auto
        precision: number format of the computation, as Lightning Fabric names it
        devices: number of devices that train together; each takes its share of every batch, and the result is that of
            one device
        nodes: number of machines; start the command on each with torchrun
    """
    from eyeprentice.data.dataset import open_dataset
    from eyeprentice.data.splits import read_split
    from eyeprentice.learning import loop
    from eyeprentice.learning import terms as distillation
    from eyeprentice.learning.devices import open_device
    from eyeprentice.learning.runs import SPLIT, Config, load_model, weights_digest
    from eyeprentice.models import build_model, panel
    from eyeprentice.words import extensions

    distillation.check_terms(objective)
    masters = [load_model(run) for run in teacher]
    master, taught = panel([model for model, _ in masters]), masters[0][1]
    for run, (_, other) in zip(teacher, masters, strict=True):
        if (other.split, other.sampling, other.size) != (taught.split, taught.sampling, taught.size):
            what = f"was not trained on the same split, clips and size as {teacher[0]}"
            raise InputError(run, what, "name teachers that differ in nothing but the model and the seed")
    options = _shape(model, options, init)
    asked = distillation.needs_teacher(objective)
    needs_events = (asked and master.needs_events) or build_model(model, options).needs_events
    dataset = open_dataset(data, taught.size, needs_events)
    for run, (_, other) in zip(teacher, masters, strict=True):
        if not dataset.agrees(other.content):
            raise InputError(run, "was trained on other data", "train the teacher on this dataset first")
    options = loop.with_units(options, training, dataset)
    build_model(model, options)
    config = Config(
        model, options, dataset.content, taught.size, taught.sampling, taught.split, training, objective,
        "+".join(map(weights_digest, teacher)), None if init is None else weights_digest(init), precision,
        extensions.used(),
        paths={**_given(data=data, init=init), "teacher": _one_or_all([str(run) for run in teacher])},
    )  # fmt: skip
    parts, _ = read_split(teacher[0] / SPLIT, dataset.names)
    fabric = open_device(accelerator, precision, devices, nodes)
    loop.train(dataset, parts, config, out, fabric, master, f"apprenticing {model}", init)
    _say_done(fabric, out, data)


def _shape(model: str, options: dict[str, Any], init: Path | None) -> dict[str, Any]:
    """The options as they are given; where none are, those of the run whose weights are the start."""
    from eyeprentice.learning.runs import read_config

    if init is None or options:
        return options
    started = read_config(init)
    if started.model != model:
        return options
    return {name: value for name, value in started.options.items() if name != "units"}  # they are the dataset's


def _one_or_all(runs: list[str]) -> Any:
    return runs[0] if len(runs) == 1 else runs


def _given(**paths: Path | None) -> dict[str, str]:
    return {name: str(path) for name, path in paths.items() if path is not None}


def _divide(
    dataset: "Dataset", kind: str, folds: int, fold: int, validation: float, people: int
) -> "tuple[Parts, Split]":
    from eyeprentice.data.splits import Kind, Split, divide, read_split

    if kind.endswith(".json"):
        return read_split(Path(kind), dataset.names)
    try:
        split = Split(cast(Kind, kind), folds, fold, validation=validation, people=people)
    except ValueError as error:
        raise InputError("split", str(error), "see --help") from None
    return divide(dataset.names, dataset.subsets, split), split


def _say_done(fabric: "Fabric", run: Path, data: Path) -> None:
    fabric.print(f"{run}: trained; eyeprentice evaluate {run} {data} --out {run / 'evaluation'} tests it")
