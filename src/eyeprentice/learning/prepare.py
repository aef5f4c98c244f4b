"""From what is given to what is trained: a recipe is settled, and what it names is opened."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from eyeprentice.data.clips import Clip
from eyeprentice.data.dataset import Dataset, open_dataset
from eyeprentice.data.splits import Parts, divide, read_split
from eyeprentice.learning.runs import (
    SPLIT,
    Record,
    check_representation,
    load_model,
    read_recipe,
    read_record,
    record_of,
)
from eyeprentice.learning.runs.checkpoint import start_from
from eyeprentice.learning.terms import check_terms, needs_teacher
from eyeprentice.models import Model, build_model, panel, preset, settings_of_model, sketch_model
from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.schema import overlaid
from eyeprentice.words.settings import Objective

TRIED_STEPS = 8
"""Steps of a clip, at the most, on which a model is tried before it is trained."""


def settle(given: Mapping[str, Any]) -> Recipe:
    """The recipe of what is given (nested, its values read: `schema.checked`), and of what follows from it.

    What is not given comes from the model's own preset (training settings), from the teacher (size, sampling, split,
    and the default objective) and from the run whose weights are the start (size, sampling, options of its model).
    Raises `InputError` where that does not fit together.
    """
    teachers = given.get("teacher", ())
    check_terms(Objective(tuple(given.get("objective", {}).get("terms", ()))))  # before anything is read
    try:
        recipe = completed(given, read_recipe(teachers[0]) if teachers else None)
    except ValueError as error:
        raise InputError("options", str(error), "see --help") from None
    check_recipe(recipe)
    return recipe


def completed(given: Mapping[str, Any], teacher: Recipe | None) -> Recipe:
    """The same, of the recipe of a (first) `teacher`, and not checked; raises `ValueError` and `InputError`."""
    name = str(given.get("model", Recipe.model))
    base = Recipe(model=name, training=preset(name))
    if teacher is not None:
        base = replace(base, size=teacher.size, sampling=teacher.sampling, split=teacher.split, objective=Objective())
    if (init := given.get("init")) is not None and (started := read_recipe(init)).model == name:
        options = {n: v for n, v in started.options.items() if n != "units"}  # which are the dataset's
        given = {**given, "options": options | given.get("options", {})}
        if teacher is None:
            base = replace(base, size=started.size, sampling=started.sampling)
    recipe: Recipe = overlaid(base, given)
    return recipe


def check_recipe(recipe: Recipe) -> None:
    """Raises `InputError` where a recipe cannot be followed, as far as that is known without its dataset."""
    check_objective(recipe.objective, bool(recipe.teacher))
    sketch_model(recipe.model, recipe.options, recipe.size, recipe.sampling.steps)
    for run in recipe.teacher:
        other = read_recipe(run)
        if (other.split, other.sampling, other.size) != (recipe.split, recipe.sampling, recipe.size):
            what = "was not trained on the split, clips and size that are asked for"
            todo = "leave --split, --sampling and --size out, and name teachers that agree in them"
            raise InputError(run, what, todo)


def check_objective(objective: Objective, has_teacher: bool) -> None:
    """Raises `InputError` where a term is not known, or needs a teacher that is not there."""
    check_terms(objective)
    if needs_teacher(objective) and not has_teacher:
        what = f"{' and '.join(objective.terms)} cannot do without a teacher"
        raise InputError("terms", what, "name a teacher, or use tet, esd or no terms")


@dataclass(frozen=True)
class Prepared:
    """A recipe with what it names: everything that training needs but a device."""

    recipe: Recipe
    record: Record
    dataset: Dataset
    parts: Parts
    """The sequences to learn from, to watch and to leave for testing."""
    teacher: Model | None = None


def prepare(recipe: Recipe, dataset: Dataset | None = None) -> Prepared:
    """Opens (and packs) the dataset of a settled recipe, unless it is given, divides it and loads the teachers.

    Raises `InputError` where one of them is not there or does not fit.
    """
    sketch_model(recipe.model, recipe.options, recipe.size, recipe.sampling.steps)  # before it takes memory
    taught = [load_model(run)[0] for run in recipe.teacher]
    teacher = panel(taught) if taught else None
    asked = teacher is not None and needs_teacher(recipe.objective) and teacher.needs_events
    model = build_model(recipe.model, recipe.options)
    _try(model, recipe)
    if dataset is None:
        if recipe.data is None:
            raise InputError("data", "no dataset is named", "give one in SEE's layout")
        dataset = open_dataset(recipe.data, recipe.size, asked or model.needs_events)
    elif not (asked or model.needs_events):
        dataset = frames_alone(dataset)
    for run in recipe.teacher:
        if not dataset.agrees(read_record(run).content):
            raise InputError(run, "was trained on other data", "train the teacher on this dataset first")
    recipe = replace(recipe, options=with_units(recipe, dataset))
    sketch_model(recipe.model, recipe.options, recipe.size, recipe.sampling.steps)
    units = learnt_units(recipe, dataset)
    if recipe.init is not None:
        start_from(recipe.init, build_model(recipe.model, recipe.options))  # before anything is written
        if model.needs_events:
            check_representation(recipe.init, dataset.representation)
        if read_recipe(recipe.init).options.get("units") and not recipe.options.get("units"):
            note(f"{recipe.init} estimates action units, and this run will not: it is not to learn them (units_weight)")
    parts = _divided(recipe, dataset)
    _warn_of_short_sequences(recipe, dataset, parts)
    record = record_of(recipe, dataset.content, dataset.representation, units)
    return Prepared(recipe, record, dataset, parts, teacher)


def frames_alone(dataset: Dataset) -> Dataset:
    """The dataset as it is when it is opened without its event frames."""
    return replace(dataset, events=None, content=dataset.content.split("+")[0], representation=None)


@torch.no_grad()
def _try(model: Model, recipe: Recipe) -> None:
    """Raises `InputError` where a model cannot read clips of the recipe's size, before anything is written."""
    still = torch.zeros(min(recipe.sampling.steps, TRIED_STEPS), 1, 1, recipe.size, recipe.size)
    try:
        model.eval()(Clip(still, still))
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        what = f"cannot read images of {recipe.size}x{recipe.size} pixels with these options ({reason})"
        size = " and --options.size alike" if "size" in settings_of_model(recipe.model) else ""
        raise InputError(recipe.model, what, f"give another --size{size}") from None


def _divided(recipe: Recipe, dataset: Dataset) -> Parts:
    if recipe.teacher:
        return read_split(recipe.teacher[0] / SPLIT, dataset.names)
    if recipe.split.file is not None:
        return read_split(Path(recipe.split.file), dataset.names)
    return divide(dataset.names, dataset.subsets, recipe.split)


def learnt_units(recipe: Recipe, dataset: Dataset) -> tuple[str, ...]:
    """Names of the action units that a model learns; () if the dataset tells none, or they have no weight."""
    return dataset.unit_names if dataset.units is not None and recipe.training.units_weight else ()


def with_units(recipe: Recipe, dataset: Dataset) -> dict[str, Any]:
    """The options of a model that is to learn the dataset's action units too: with one output for each of them.

    Raises `InputError` if another number of outputs is asked for.
    """
    if not (names := learnt_units(recipe, dataset)):
        return recipe.options
    count = len(names)
    if recipe.options.get("units", count) != count:
        raise InputError(
            "options.units", f"the dataset has {count} action units", f"give {count}, or leave the option out"
        )
    return {**recipe.options, "units": count}


def _warn_of_short_sequences(recipe: Recipe, dataset: Dataset, parts: Parts) -> None:
    """Says how many sequences a clip is longer than; raises `InputError` where it is longer than all of them."""
    lengths, span = dataset.lengths[parts.training], recipe.sampling.span
    short = int((lengths < span).sum())
    if short == len(lengths):
        what = f"a clip spans {span} frames, and the longest sequence that is learnt from has {int(lengths.max())}"
        raise InputError("sampling", f"{recipe.sampling}: {what}", "choose fewer steps, or skip fewer frames")
    if short:
        note(
            f"a clip spans {span} frames, and {short} of {len(lengths)} sequences that are learnt from are shorter "
            f"(the shortest has {int(lengths.min())}): their clips start over from the first frame"
        )
