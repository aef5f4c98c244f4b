"""Weights, and the state that a killed run goes on from: safetensors, never a pickle."""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins import Precision
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from eyeprentice.files.whole import new_file
from eyeprentice.learning.runs.paths import STATE, WEIGHTS, find_run
from eyeprentice.models import Model
from eyeprentice.words.errors import InputError

UNITS = "units"
"""The part of a model that reads action units."""

LARGEST = 1e9
"""Of a weight. Those that learnt are below 100, most of them below 1; variances of batch norms are below a million."""

History = list[dict[str, float]]


def save_weights(run: Path, model: Model) -> None:
    with new_file(run / WEIGHTS) as partial:
        partial.write_bytes(save({name: t.contiguous() for name, t in model.state_dict().items()}))


def read_weights(run: Path) -> dict[str, Tensor]:
    """A finished run's weights by name; raises `InputError`."""
    path = _weights(run)
    try:
        weights = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(path, f"does not hold this model's weights ({reason})", "train the run again") from None
    for name, weight in weights.items():
        if not weight.is_floating_point():
            continue
        if not bool(weight.isfinite().all()):
            raise InputError(path, f"holds weights that are not finite ({name})", "train the run again")
        if bool((weight.abs() > LARGEST).any()):
            raise InputError(path, f"holds weights above {LARGEST:g} ({name})", "train the run again")
    return weights


def load_weights(run: Path, model: Model) -> None:
    """Gives `model` the weights of a finished run of its kind; raises `InputError`."""
    weights, ours = read_weights(run), model.state_dict()
    try:
        if other := [name for name in weights if name in ours and weights[name].dtype != ours[name].dtype]:
            raise RuntimeError(f"{other[0]} is of another kind of number")
        model.load_state_dict(weights)
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        path = find_run(run) / WEIGHTS
        raise InputError(path, f"does not hold this model's weights ({reason})", "train the run again") from None


def start_from(run: Path, model: Model) -> None:
    """Gives `model` the weights of a finished run to start from; raises `InputError` if they are of another shape.

    The outputs for action units may differ or be missing: they then start afresh.
    """
    theirs, ours = read_weights(run), model.state_dict()
    other = sorted(
        n for n in ours.keys() | theirs.keys() if n not in ours or n not in theirs or _differ(ours, theirs, n)
    )
    if wrong := [name for name in other if UNITS not in name.split(".")]:
        shapes = [str(tuple(w[wrong[0]].shape)) if wrong[0] in w else "none" for w in (theirs, ours)]
        what = f"its weights do not fit this model ({wrong[0]}: {shapes[0]} there, {shapes[1]} here)"
        raise InputError(run, what, "give the --model and the --options of that run")
    model.load_state_dict(ours | {name: weight for name, weight in theirs.items() if name not in other})


def _differ(ours: dict[str, Tensor], theirs: dict[str, Tensor], name: str) -> bool:
    return ours[name].shape != theirs[name].shape


def weights_digest(run: Path) -> str:
    """A short hash of a finished run's weights; raises `InputError` if it is not finished."""
    return hashlib.blake2b(_weights(run).read_bytes(), digest_size=8).hexdigest()


def _weights(run: Path) -> Path:
    path = find_run(run) / WEIGHTS
    if not path.parent.is_dir():
        raise InputError(run, "no such run", "give a folder written by train or distill")
    if not path.is_file():
        raise InputError(run, "not finished (no weights.safetensors)", "run the same train command again to resume it")
    return path


def save_state(
    run: Path, model: Model, optimizer: torch.optim.Optimizer, history: History, precision: Precision | None = None
) -> None:
    """Saves all that resuming needs, in one file that replaces the last one at once.

    `precision` is Fabric's: with float16 it has a scale of the gradients, which training finds by and by.
    """
    tensors: dict[str, Tensor] = {f"model.{name}": value for name, value in model.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in state.items() if value is not None}
    scale = {} if precision is None else precision.state_dict()
    told = {"progress": json.dumps({"history": history, "scale": scale})}  # safetensors mixes the order of several
    with new_file(run / STATE) as partial:
        partial.write_bytes(save({name: t.contiguous() for name, t in tensors.items()}, told))


def load_state(
    run: Path, model: Model, optimizer: torch.optim.Optimizer, precision: Precision | None = None
) -> History:
    """Restores what `save_state` saved, if there is any; the history tells how many epochs are done."""
    path = run / STATE
    if not path.exists():
        return []
    try:
        with safe_open(path, "pt") as file:
            progress = json.loads(file.metadata()["progress"])
            history, scale = _checked(progress["history"]), progress["scale"]
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        model.load_state_dict({name[6:]: t for name, t in tensors.items() if name.startswith("model.")})
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer."):
                _, number, key = name.split(".")
                state.setdefault(int(number), {})[key] = _laid_out(tensor, parameters[int(number)])
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
        if precision is not None and scale:
            precision.load_state_dict(scale)
    except Exception as error:  # whatever torch makes of tensors of other shapes and kinds
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(path, f"cannot be resumed from ({reason})", "remove the run folder and train again") from None
    return history


def _checked(history: Any) -> History:
    """The history, if it is one."""
    for row in history:
        if not all(isinstance(row[name], float) and math.isfinite(row[name]) for name in ("loss", "training")):
            raise ValueError("its history is none")
    return history


def _laid_out(tensor: Tensor, parameter: Tensor) -> Tensor:
    """In the memory order of its parameter, which is what fused optimizers want."""
    return torch.empty_like(parameter, device="cpu").copy_(tensor) if tensor.shape == parameter.shape else tensor
