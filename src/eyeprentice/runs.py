"""A run on disk: what was trained, how, on what, and what came of it.

RUN/config.json          everything that decides the result
RUN/environment.json     versions and hardware it was trained with
RUN/split.json           the sequences learnt from and those left for testing
RUN/state.safetensors    weights, optimizer and history after the last whole epoch; a killed run goes on from it
RUN/weights.safetensors  the trained weights, once the run is finished
RUN/history.json         loss and accuracy, epoch by epoch
RUN/tensorboard/         the same as scalars
"""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from eyeprentice import __version__
from eyeprentice.data.augment import Augmentation
from eyeprentice.data.clips import Sampling
from eyeprentice.data.splits import Parts, Split, write_split
from eyeprentice.distill import Objective
from eyeprentice.errors import InputError
from eyeprentice.files import new_file, read_json, write_json
from eyeprentice.layout import SequenceName
from eyeprentice.models import Model, build_model

CONFIG, STATE, WEIGHTS, SPLIT = "config.json", "state.safetensors", "weights.safetensors", "split.json"


@dataclass(frozen=True)
class Training:
    """How weights are found."""

    epochs: int = 60
    """Times that a clip of every training sequence is learnt from."""
    batch_size: int = 32
    optimizer: Literal["adamw", "sgd"] = "adamw"
    """sgd has a momentum of 0.9."""
    learning_rate: float = 3e-3
    """The highest of the run."""
    weight_decay: float = 0.05
    schedule: Literal["cosine", "step"] = "cosine"
    """cosine: up over a tenth of the run, then down to 0; step: times 0.94 every epoch, as SEEN's."""
    seed: int = 0
    """Of the weights, the order, the starts and the augmentation."""
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    """null for none."""
    batch_norm: Literal["shared", "own"] = "shared"
    """Of several processes: over the whole batch, so that their number changes nothing, or each over its share."""

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1 or not self.learning_rate > 0:
            raise ValueError("epochs, batch size and learning rate must be above 0")
        if self.optimizer not in ("adamw", "sgd") or self.schedule not in ("cosine", "step"):
            raise ValueError("the optimizer is adamw or sgd, the schedule cosine or step")
        if self.batch_norm not in ("shared", "own"):
            raise ValueError("batch norm is shared or own")

    def with_seed(self, seed: int) -> "Training":
        return replace(self, seed=seed)


SEEN_RECIPE = Training(
    epochs=180, optimizer="sgd", learning_rate=0.015, weight_decay=1e-3, schedule="step", augmentation=None
)
"""The published recipe of SEEN (DESIGN, section 6)."""


@dataclass(frozen=True)
class Config:
    """Everything that decides a run's result."""

    model: str
    options: dict[str, Any]
    """The model's settings where they differ from their defaults."""
    content: str
    """Hash of the data it is trained on."""
    size: int = 90
    sampling: Sampling = Sampling()
    split: Split = Split()
    training: Training = Training()
    objective: Objective = Objective(terms=())
    teacher: str | None = None
    """Hash of the teacher's weights."""
    version: str = __version__

    def to_json(self) -> dict[str, Any]:
        return {**json.loads(json.dumps(asdict(self))), "sampling": str(self.sampling)}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Config":
        """Raises `KeyError`, `TypeError` or `ValueError` on anything that `to_json` did not write."""
        training = dict(content["training"])
        if training["augmentation"] is not None:
            training["augmentation"] = Augmentation(**training["augmentation"])
        objective = dict(content["objective"])
        parts: dict[str, Any] = {
            "sampling": Sampling.parse(content["sampling"]),
            "split": Split(**content["split"]),
            "training": Training(**training),
            "objective": Objective(**{**objective, "terms": tuple(objective["terms"])}),
        }
        return cls(**{f.name: parts.get(f.name, content[f.name]) for f in fields(cls)})


def read_config(run: Path) -> Config:
    """Reads a run's configuration; raises `InputError` if the folder is no run."""
    if not (run / CONFIG).is_file():
        raise InputError(run, "not a run folder (no config.json)", "give one that train or distill wrote")
    content = read_json(run / CONFIG, "a run's configuration")
    try:
        return Config.from_json(content)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            run / CONFIG, f"not a run's configuration ({type(error).__name__}: {error})", "train the run again"
        ) from None


def load_model(run: Path) -> tuple[Model, Config]:
    """A finished run's model, ready to predict, and its configuration; raises `InputError`."""
    config = read_config(run)
    model = build_model(config.model, config.options)
    weights = run / WEIGHTS
    if not weights.is_file():
        raise InputError(run, "not finished (no weights.safetensors)", "give the same train command again to resume it")
    try:
        model.load_state_dict(load_file(weights))
    except (SafetensorError, RuntimeError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(weights, f"does not hold this model's weights ({reason})", "train the run again") from None
    return model.eval(), config


def is_finished(run: Path, config: Config) -> bool:
    """Whether `run` is this very run, finished."""
    return (run / WEIGHTS).is_file() and read_config(run) == config


def weights_digest(run: Path) -> str:
    """A short hash of a finished run's weights."""
    return hashlib.blake2b((run / WEIGHTS).read_bytes(), digest_size=8).hexdigest()


def save_weights(run: Path, model: Model) -> None:
    with new_file(run / WEIGHTS) as partial:
        partial.write_bytes(save({name: t.contiguous() for name, t in model.state_dict().items()}))


def save_state(run: Path, model: Model, optimizer: torch.optim.Optimizer, history: list[dict[str, float]]) -> None:
    """Saves all that resuming needs, in one file that replaces the last one at once."""
    tensors: dict[str, Tensor] = {f"model.{name}": value for name, value in model.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in state.items() if value is not None}
    with new_file(run / STATE) as partial:
        partial.write_bytes(
            save({name: t.contiguous() for name, t in tensors.items()}, {"history": json.dumps(history)})
        )


def load_state(run: Path, model: Model, optimizer: torch.optim.Optimizer) -> list[dict[str, float]]:
    """Restores what `save_state` saved, if there is any; the history tells how many epochs are done."""
    path = run / STATE
    if not path.exists():
        return []
    try:
        with safe_open(path, "pt") as file:
            history: list[dict[str, float]] = json.loads(file.metadata()["history"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        model.load_state_dict({name[6:]: t for name, t in tensors.items() if name.startswith("model.")})
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer."):
                _, number, key = name.split(".")
                state.setdefault(int(number), {})[key] = _laid_out(tensor, parameters[int(number)])
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    except (SafetensorError, RuntimeError, KeyError, ValueError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(path, f"cannot be resumed from ({reason})", "remove the run folder and train again") from None
    return history


def _laid_out(tensor: Tensor, parameter: Tensor) -> Tensor:
    """In the memory order of its parameter, which is what fused optimizers want."""
    return torch.empty_like(parameter, device="cpu").copy_(tensor) if tensor.shape == parameter.shape else tensor


def check_folder(run: Path, config: Config) -> bool:
    """Whether `run` holds this very run, not yet finished; raises `InputError` if it holds anything else."""
    if (run / CONFIG).is_file():
        if read_config(run) != config:
            raise InputError(run, "holds a run with another configuration", "choose another folder, or remove it")
        if (run / WEIGHTS).is_file():
            raise InputError(run, "holds this very run, finished", "choose another folder, or remove it")
        return True
    if run.exists() and (not run.is_dir() or any(run.iterdir())):
        raise InputError(run, "not empty, and not a run", "choose another folder")
    return False


def write_setup(run: Path, config: Config, names: Sequence[SequenceName], parts: Parts) -> None:
    """Writes what is known before training."""
    write_split(run / SPLIT, names, parts)
    write_json(run / "environment.json", environment())
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
