"""A run's folder: what is written into it before training, and what is read from it afterwards."""

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from eyeprentice import __version__
from eyeprentice.data.dataset import Dataset
from eyeprentice.data.fingerprints import fingerprints
from eyeprentice.data.leakage import learnt_from
from eyeprentice.data.splits import Parts, write_split
from eyeprentice.files.whole import read_json, write_json
from eyeprentice.learning.runs.checkpoint import load_weights
from eyeprentice.learning.runs.config import Config
from eyeprentice.learning.runs.paths import CONFIG, ENVIRONMENT, HISTORY, SPLIT, WEIGHTS, find_run
from eyeprentice.models import Model, build_model
from eyeprentice.words import extensions, limits
from eyeprentice.words.errors import InputError


def read_config(run: Path) -> Config:
    """Reads a run's configuration; raises `InputError` if the folder is no run, or needs a file that is not loaded."""
    path = find_run(run) / CONFIG
    if not path.is_file():
        raise InputError(run, "not a run folder (no config.json)", "give a folder written by train or distill")
    content = read_json(path, "a run's configuration")
    try:
        config = Config.from_json(content)
    except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
        raise InputError(
            path, f"not a run's configuration ({type(error).__name__}: {error})", "train the run again"
        ) from None
    extensions.require(run, config.extensions)
    return config


def load_model(run: Path) -> tuple[Model, Config]:
    """A finished run's model, ready to predict, and its configuration; raises `InputError`."""
    config = read_config(run)
    with torch.device("meta"):  # takes no memory
        parameters = sum(weight.numel() for weight in build_model(config.model, config.options).parameters())
    if parameters > limits.PARAMETERS:
        raise InputError(run, f"a model of {parameters:,} parameters", "train the run again")
    model = build_model(config.model, config.options)
    load_weights(run, model)
    return model.eval(), config


def is_finished(run: Path, config: Config) -> bool:
    """Whether `run` is this very run, finished."""
    return _is_complete(run) and read_config(run) == config


def _is_complete(run: Path) -> bool:
    """Whether everything is written; the weights come last."""
    return (run / HISTORY).is_file() and (run / WEIGHTS).is_file()


def _is_begun(path: Path) -> bool:
    """Whether it is a file that is written before the configuration: a run may have been killed there."""
    return path.name in (SPLIT, ENVIRONMENT) or (path.name.endswith(".partial") and path.is_file())


def check_folder(run: Path, config: Config) -> bool:
    """Whether `run` holds this very run, not yet finished; raises `InputError` if it holds anything else."""
    if (run / CONFIG).is_file():
        if read_config(run) != config:
            raise InputError(
                run, "contains a run with another configuration", "choose another folder, or remove this one"
            )
        if _is_complete(run):
            raise InputError(run, "contains this run, finished", "choose another folder, or remove this one")
        return True
    if run.exists() and not (run.is_dir() and all(_is_begun(path) for path in run.iterdir())):
        raise InputError(run, "not empty, and not a run folder", "choose another folder")
    return False


def write_setup(run: Path, config: Config, dataset: Dataset, parts: Parts, init: Path | None = None) -> None:
    """Writes what is known before training; `init` is the run whose weights are the start."""
    known = None if init is None else find_run(init) / SPLIT
    before = learnt_from(known) if known is not None and known.is_file() else ()
    write_split(run / SPLIT, dataset.names, parts, fingerprints(dataset), before)
    write_json(run / ENVIRONMENT, environment())
    write_json(run / CONFIG, config.to_json())


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
