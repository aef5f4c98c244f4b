"""Models by name. Each is built from a frozen dataclass of settings and keeps the contract that `Model` states:

`model(clip, state=None) -> logits (T, B, 7), state`, one row of logits a step; their mean over the steps is the
prediction, and the state is what the next call goes on from.
"""

import json
from dataclasses import fields
from functools import lru_cache
from typing import Any

import torch

from eyeprentice.models import peers
from eyeprentice.models.base import Estimate, MapModel, Model, place
from eyeprentice.models.bounds import TooLarge, check_numbers, counted, frame_bytes
from eyeprentice.models.panel import Panel, panel
from eyeprentice.models.seen import SEEN, SEENSettings
from eyeprentice.models.student import ANN, ANNSettings, Student, StudentSettings
from eyeprentice.models.teacher import Teacher, TeacherSettings
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.schema import Complaint, checked
from eyeprentice.words.settings import Training

REGISTRY: dict[str, tuple[type[Any], type[Model]]] = {
    "teacher": (TeacherSettings, Teacher),
    "student": (StudentSettings, Student),
    "seen": (SEENSettings, SEEN),
    "ann": (ANNSettings, ANN),
    "eyemotion": (peers.EyemotionSettings, peers.Eyemotion),
    "emo": (peers.EMOSettings, peers.EMO),
    "resnet18_lstm": (peers.ResNet18LSTMSettings, peers.ResNet18LSTM),
    "resnet50_gru": (peers.ResNet50GRUSettings, peers.ResNet50GRU),
    "resnet3d": (peers.ResNet3DSettings, peers.ResNet3D),
    "r2plus1d": (peers.R2Plus1DSettings, peers.R2Plus1D),
    "former_dfer": (peers.FormerDFERSettings, peers.FormerDFER),
}
"""Name -> (settings, model): a frozen dataclass whose fields become `--options.FIELD`, and a `Model` that is built from
one. A file of a user's own adds its model here."""

__all__ = [
    "REGISTRY",
    "SEEN",
    "Estimate",
    "MapModel",
    "Model",
    "Panel",
    "Student",
    "Teacher",
    "build_model",
    "panel",
    "place",
]


def build_model(name: str, options: dict[str, Any] | None = None) -> Model:
    """The model called `name`, its settings' defaults changed by `options`; raises `InputError` on unknown ones."""
    settings, model = _found(name)
    known = [field.name for field in fields(settings)]
    if unknown := sorted(set(options or {}) - set(known)):
        raise InputError(name, f"has no option '{unknown[0]}'", f"use {', '.join(known)}")
    given = checked(settings, {key: _listed(value) for key, value in (options or {}).items()}, _complaint(name))
    try:
        made = settings(**given)
        check_numbers(made)
        with counted():
            return model(made)
    except (TypeError, ValueError, RuntimeError, OverflowError, TooLarge) as error:  # of sizes beyond all memory, too
        raise InputError(name, str(error).splitlines()[0], "change the options of the model") from None


def _listed(value: Any) -> Any:
    """`8,16` as a list, which a command line may spell so."""
    return value.split(",") if isinstance(value, str) and "," in value and "[" not in value else value


def _complaint(name: str) -> Complaint:
    return lambda option, what, todo: InputError(name, f"options.{option}: {what}", todo)


def preset(name: str) -> Training:
    """The training settings that suit the model called `name`; raises `InputError`."""
    return _found(name)[1].preset


def settings_of_model(name: str) -> set[str]:
    """The names of a model's settings; raises `InputError`."""
    return {field.name for field in fields(_found(name)[0])}


def _found(name: str) -> tuple[type[Any], type[Model]]:
    if name not in REGISTRY:
        raise InputError(name, "no such model", f"use one of {', '.join(REGISTRY)}")
    return REGISTRY[name]


def sketch_model(name: str, options: dict[str, Any] | None = None, size: int | None = None, steps: int = 1) -> Model:
    """The model without its weights, which takes no time and no memory: to ask what it needs.

    Raises `InputError`, also where the model, or what it computes of a clip of `steps` frames of `size` x `size`
    pixels, would be larger than any that there is.
    """
    model, computed = _sketched(name, json.dumps(options or {}, default=str), _found(name), size)
    if computed is not None and steps * computed > limits.CLIP_BYTES:
        what = f"would compute {steps * computed >> 30:,} GB of one clip of {steps} frames of {size}x{size} pixels"
        raise InputError(name, what, "give fewer steps, a smaller size, or other options of the model")
    return model


@lru_cache(maxsize=limits.ENTRIES)
def _sketched(name: str, options: str, found: Any, size: int | None) -> tuple[Model, int | None]:
    """A sketch, and the bytes that it computes of a frame of that size, where that can be told; options are JSON."""
    with torch.device("meta"):
        model = build_model(name, json.loads(options))
    try:
        return model, None if size is None else frame_bytes(model, size)
    except TooLarge as error:
        todo = "give a smaller size, or other options of the model"
        raise InputError(name, f"takes {error} of {size}x{size} pixels", todo) from None
