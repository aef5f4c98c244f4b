"""A run's folder: what is written into it before training, and what is read from it afterwards."""

import os
import platform
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from eyeprentice import __version__
from eyeprentice.data.dataset import Dataset
from eyeprentice.data.leakage import fingerprints, learnt_from
from eyeprentice.data.splits import Parts, write_split
from eyeprentice.files.whole import write_json
from eyeprentice.learning.runs.checkpoint import load_weights
from eyeprentice.learning.runs.paths import CONFIG, ENVIRONMENT, HISTORY, SPLIT, WEIGHTS, find_run
from eyeprentice.learning.runs.record import (
    Record,
    changes,
    differences,
    read_config,
    read_recipe,
    write_config,
)
from eyeprentice.models import Model, build_model, sketch_model
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import Recipe


def load_model(run: Path) -> tuple[Model, Recipe]:
    """A finished run's model, ready to predict, and its recipe; raises `InputError`."""
    recipe = read_recipe(run)
    sketch_model(recipe.model, recipe.options, recipe.size, recipe.sampling.steps)  # before it takes memory
    model = build_model(recipe.model, recipe.options)
    load_weights(run, model)
    return model.eval(), recipe


def is_finished(run: Path, recipe: Recipe | None = None) -> bool:
    """Whether everything of a run is written, the weights last; and whether it is one of `recipe`, if that is given."""
    written = (run / CONFIG).is_file() and (run / HISTORY).is_file() and (run / WEIGHTS).is_file()
    return written and (recipe is None or not _differences(recipe, read_recipe(run)))


def _is_begun(path: Path) -> bool:
    """Whether it is a file that is written before the configuration: a run may have been killed there."""
    return path.name in (SPLIT, ENVIRONMENT) or (path.name.endswith(".partial") and path.is_file())


def check_folder(run: Path, recipe: Recipe, record: Record | None = None) -> bool:
    """Whether `run` holds this very run, not yet finished; raises `InputError` if it holds anything else.

    Without a `record` only the recipe is compared, which can be done before the dataset is read.
    """
    if not (run / CONFIG).is_file():
        if run.exists() and not (run.is_dir() and all(_is_begun(path) for path in run.iterdir())):
            raise InputError(run, "not empty, and not a run folder", "choose another folder")
        return False
    begun, noted = read_config(run)
    other = _differences(recipe, begun) + ([] if record is None else changes(record, noted))
    if other:
        more = f", and {len(other) - 1} other difference{'s' if other[2:] else ''}" if other[1:] else ""
        what = f"contains a run with {other[0]}{more}"
        raise InputError(run, what, "choose another folder, or remove this one")
    if is_finished(run):
        raise InputError(run, "contains this run, finished", "choose another folder, or remove this one")
    return True


def _differences(recipe: Recipe, begun: Recipe) -> list[str]:
    if "units" not in recipe.options:  # the number of the dataset's action units, which training adds
        begun = replace(begun, options={name: value for name, value in begun.options.items() if name != "units"})
    return differences(recipe, begun)


def write_setup(run: Path, recipe: Recipe, record: Record, dataset: Dataset, parts: Parts) -> None:
    """Writes what is known before training."""
    known = None if recipe.init is None else find_run(recipe.init) / SPLIT
    before = learnt_from(known) if known is not None and known.is_file() else ()
    write_split(run / SPLIT, dataset.names, parts, fingerprints(dataset), before)
    write_json(run / ENVIRONMENT, environment())
    write_config(run, recipe, record)


def environment() -> dict[str, Any]:
    """Versions and hardware."""
    packages = ("torch", "numpy", "opencv-python-headless", "safetensors", "scikit-learn")
    return {
        "eyeprentice": __version__,
        "python": platform.python_version(),
        **{package: _version(package) for package in packages},
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "command": ["eyeprentice", *sys.argv[1:]],
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
