"""A recipe becomes a run: the one way in which `train`, `distill`, the benchmark and the demo train."""

from collections.abc import Callable
from pathlib import Path

from lightning_fabric import Fabric

from eyeprentice.data.dataset import Dataset
from eyeprentice.files.whole import write_json
from eyeprentice.learning.loop import finish, fit, refuse_empty_shares, setup
from eyeprentice.learning.prepare import Prepared, check_recipe, prepare
from eyeprentice.learning.runs import check_folder, save_weights, write_setup
from eyeprentice.learning.runs.checkpoint import History
from eyeprentice.learning.runs.paths import HISTORY
from eyeprentice.words.recipe import Recipe


def learn(
    recipe: Recipe, run: Path, device: Callable[[], Fabric], dataset: Dataset | None = None, title: str | None = None
) -> Fabric:
    """Trains what `recipe` says (settled: `prepare.settle`) and writes it to `run`.

    A run of the same recipe that was interrupted is resumed. `device` is called when the dataset is packed, because
    processes that it may start do all of this again. A `dataset` that is open already is used in place of the
    recipe's. Returns the device. Raises `InputError` if `run` holds something else, or something does not fit.
    """
    check_recipe(recipe)
    check_folder(run, recipe)
    task = prepare(recipe, dataset)
    fabric = device()
    train_prepared(task, run, fabric, title or f"{'apprenticing' if recipe.teacher else 'training'} {recipe.model}")
    return fabric


def train_prepared(task: Prepared, run: Path, fabric: Fabric, title: str = "training") -> History:
    """Trains what is prepared and writes it to `run`, going on where a killed run of the same recipe stopped.

    Where `fabric` has several processes, each calls this and learns from its share of every batch; the first one
    writes. Returns the history.
    """
    recipe = task.recipe
    refuse_empty_shares(recipe.training, len(task.parts.training), fabric)
    resumed = check_folder(run, recipe, task.record)
    fabric.barrier()
    if fabric.is_global_zero and not resumed:
        write_setup(run, recipe, task.record, task.dataset, task.parts)
    fabric.barrier()
    session = setup(fabric, task, run)
    fit(session, run, title)
    finish(session)
    if fabric.is_global_zero:
        write_json(run / HISTORY, session.history)
        save_weights(run, session.model)  # last: with them a run counts as finished
    fabric.barrier()
    return session.history
