from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from eyeprentice.app.options import Asked
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.settings import Objective

TEACHERS = "the teacher's"


def train(
    data: Path,
    *,
    out: Path,
    accelerator: str = "auto",
    devices: int = 1,
    nodes: int = 1,
    recipe: Asked = Asked(Recipe, without=frozenset({"data", "teacher"})),
) -> None:
    """Train a model from labels alone: a teacher, a student without a teacher (the baseline), or a published peer.

    If it is interrupted, run the same command again: it resumes from the last checkpoint. The defaults of the training
    settings are those of the student; a peer's own are in its file (docs/benchmark.md lists them).

    Example: eyeprentice train data/simulated --model teacher --out runs/teacher

    Args:
        data: a dataset in SEE's layout
        out: folder to write the run into
        accelerator: device to compute on: cpu, cuda, mps or auto
        devices: number of devices that train together; each takes its share of every batch, and the result is that of
            one device
        nodes: number of machines; start the command on each with torchrun
    """
    _learn({**recipe.values, "data": data}, out, accelerator, devices, nodes)


def distill(
    data: Path,
    *,
    teacher: list[Path],
    out: Path,
    accelerator: str = "auto",
    devices: int = 1,
    nodes: int = 1,
    recipe: Asked = Asked(
        Recipe,
        without=frozenset({"data", "teacher"}),
        defaults={"objective.terms": Objective().terms, **dict.fromkeys(("size", "sampling", "split"), TEACHERS)},
    ),
) -> None:
    """Train a student with a trained teacher, or with several (knowledge distillation).

    Sampling, size and split are those of the teacher, so that no test person was in the teacher's training set. Of
    several teachers the mean of the logits is learnt from.

    Example: eyeprentice distill data/simulated --teacher runs/teacher --out runs/apprentice

    Args:
        data: a dataset in SEE's layout
        teacher: folder of the teacher's finished run, or several
        out: folder to write the run into
        accelerator: device to compute on: cpu, cuda, mps or auto
        devices: number of devices that train together; each takes its share of every batch, and the result is that of
            one device
        nodes: number of machines; start the command on each with torchrun
    """
    _learn({**recipe.values, "data": data, "teacher": tuple(teacher)}, out, accelerator, devices, nodes)


def _learn(given: Mapping[str, Any], out: Path, accelerator: str, devices: int, nodes: int) -> None:
    from eyeprentice.learning.devices import open_device
    from eyeprentice.learning.learn import learn
    from eyeprentice.learning.prepare import settle

    recipe = settle(given)
    fabric = learn(recipe, out, partial(open_device, accelerator, recipe.precision, devices, nodes))
    fabric.print(f"{out}: trained; eyeprentice evaluate {out} {recipe.data} --out {out / 'evaluation'} tests it")
