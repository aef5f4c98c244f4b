"""The method for programs: `train` and `evaluate`, each the work of the commands of that name."""

from collections.abc import Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

from eyeprentice.data.dataset import open_dataset
from eyeprentice.judging.evaluation import Evaluation, evaluate_run
from eyeprentice.learning.devices import open_device
from eyeprentice.learning.learn import learn
from eyeprentice.learning.prepare import settle
from eyeprentice.learning.runs import load_model, place_for
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.schema import checked
from eyeprentice.words.settings import REPEATS

Name = str | PathLike[str]


def train(
    data: Name, out: Name, *, teacher: Name | Sequence[Name] = (), accelerator: str = "auto", **recipe: Any
) -> Path:
    """Trains a model on a dataset and writes the run into `out`, whose path is returned; an interrupted one is resumed.

    With a `teacher`, the folder of a finished run or several, it is `distill`; without one, `train`. `recipe` is what
    an option file holds: `model="student"`, `training={"epochs": 60}`, `sampling="E4-S3"`, ... (`words/recipe.py`).
    Raises `InputError` for settings that cannot be, and for a folder that holds something else.
    """
    teachers = [teacher] if isinstance(teacher, str | PathLike) else list(teacher)
    given = {"data": str(data), **recipe, **({"teacher": [str(run) for run in teachers]} if teachers else {})}
    settled = settle(checked(Recipe, given, lambda name, what, todo: InputError(name or "recipe", what, todo)))
    learn(settled, Path(out), partial(open_device, accelerator, settled.precision))
    return Path(out)


def evaluate(
    run: Name, data: Name, out: Name | None = None, *, repeats: int = REPEATS, seed: int = 0, accelerator: str = "auto"
) -> Evaluation:
    """Tests a run on the people of a dataset whom it has not learnt from: `evaluate(...).scores.war.value`, in percent.

    The tables and predictions go to `out`, by default `evaluation` in the run's folder. Raises `InputError` where
    nothing is left to test on.
    """
    place = place_for(Path(run), "evaluation", None if out is None else Path(out))
    if place is None:
        raise InputError(run, "the packaged weights have no folder for results", "give one: out=FOLDER")
    model, recipe = load_model(Path(run))
    dataset = open_dataset(Path(data), recipe.size, model.needs_events)
    return evaluate_run(Path(run), dataset, place, open_device(accelerator), repeats=repeats, seed=seed)
