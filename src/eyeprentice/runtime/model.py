"""A model file, opened and checked."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.onnx_session import onnxruntime as ort
from eyeprentice.files.onnx_session import open_sealed
from eyeprentice.runtime.other_files import refuse_other_files
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, UNIT_NAME

DEFAULT = Path(__file__).parent / "default.onnx"
FORMAT_KEY, FORMAT = "eyeprentice.format", "3"
"""Of the file: inputs, outputs and metadata. A runtime reads one format."""
REMEDY = "export it with this version, or copy it again"

LARGEST_ANSWER = 1e6
"""Of a logit: those of trained models are within -100..100. Some thousand of the largest can still be added up."""

N = TypeVar("N", int, float)
Tensors = dict[str, NDArray[Any]]
NO_UNITS = np.zeros(0, np.float32)


class ModelError(InputError):
    """A model file that cannot be used."""


@dataclass(frozen=True)
class StepModel:
    """`run(frame, state) -> logits (7,), state`; the state's arrays are named, and zeros at rest."""

    path: Path
    session: ort.InferenceSession
    metadata: dict[str, str]
    size: int
    """Height and width of what the network sees."""
    ready: bool
    """Whether frames must come grey and of that size; otherwise any will do."""
    steps: int
    skip: int
    """Ex-Sy of the clips it was trained on."""
    sharpness: float
    forgetting_hz: float
    """What `belief.py` needs, fitted when the model was exported."""
    units: tuple[str, ...] = ()
    """Names of the action units that it estimates; () if it estimates none."""

    def rest(self) -> Tensors:
        return {i.name: np.zeros(i.shape, np.float32) for i in self.session.get_inputs() if i.name != "frame"}

    def run(self, frame: NDArray[np.uint8], state: Tensors) -> tuple[NDArray[np.float32], Tensors]:
        """Raises `ModelError` where the file's graph cannot be computed, or gives no numbers."""
        logits, _, after = self.estimate(frame, state)
        return logits, after

    def estimate(
        self, frame: NDArray[np.uint8], state: Tensors
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], Tensors]:
        """As `run`, with the intensities (U,) of `units`, 0..1, before the state."""
        try:
            logits, *after = self.session.run(None, {"frame": frame, **state})
        except Exception as error:  # ONNX Runtime's exceptions share no base class of its own
            raise ModelError(self.path, f"cannot be run ({str(error)[:120]})", "export it again") from None
        units = after.pop(0) if self.units else NO_UNITS
        if not all(np.all(np.abs(answers) <= LARGEST_ANSWER) for answers in (logits, units)):  # NaN is neither
            what = f"its answers are not finite, or larger than {LARGEST_ANSWER:g}"
            raise ModelError(self.path, what, "train and export it again")
        return logits, units, dict(zip(state, after, strict=True))


def open_model(path: str | PathLike[str] | None = None, threads: int = 1) -> StepModel:
    """Opens a model that `eyeprentice export` wrote, or the one that comes with the package.

    Raises `ModelError` if the file is not there, spoilt, of another format, or not ours.
    """
    path = DEFAULT if path is None else Path(path)
    try:
        refuse_other_files(path)
        session, metadata = open_sealed(path, "a file that export wrote", FORMAT_KEY, FORMAT, REMEDY, threads)
    except InputError as error:
        raise ModelError(*error.parts) from None
    try:
        model = _described(path, session, metadata)
        _check_shapes(model)
    except (KeyError, ValueError, OverflowError) as error:
        what = f"its description is incomplete or wrong ({type(error).__name__}: {error})"
        raise ModelError(path, what, REMEDY) from None
    return model


def _described(path: Path, session: ort.InferenceSession, metadata: dict[str, str]) -> StepModel:
    """Raises `KeyError` or `ValueError` where the metadata are not those that export writes."""
    if tuple(metadata["labels"].split()) != EMOTIONS:
        raise ValueError("it tells other emotions")
    return StepModel(
        path, session, metadata, _number(metadata, "size", int, 1, limits.SIDE), metadata["input"] == "ready",
        _number(metadata, "steps", int, 1, limits.STEPS), _number(metadata, "skip", int, 0, limits.SKIP),
        _number(metadata, "sharpness", float, 0, 1e6), _number(metadata, "forgetting_hz", float, 0, 1e6),
        _unit_names(metadata.get("units", "")),
    )  # fmt: skip


def _number(metadata: dict[str, str], name: str, kind: type[N], least: float, most: float) -> N:
    value = kind(metadata[name][:20])
    if not least <= value <= most:  # NaN is neither
        raise ValueError(f"{name} is {metadata[name][:20]}")
    return value


def _unit_names(text: str) -> tuple[str, ...]:
    names = tuple(text.split())
    if len(names) > limits.UNITS or len(set(names)) < len(names) or not all(map(UNIT_NAME.fullmatch, names)):
        raise ValueError("the names of its action units cannot be used")
    return names


def _check_shapes(model: StepModel) -> None:
    """Raises `ValueError` unless a step takes a frame and a state, and gives seven logits, units and the next state."""
    inputs, outputs = model.session.get_inputs(), model.session.get_outputs()
    states = [i for i in inputs if i.name != "frame"]
    if len(states) != len(inputs) - 1 or len(outputs) != len(inputs) + bool(model.units):
        raise ValueError("it takes or gives other things than a frame, logits, named action units and a state")
    sizes = [side for state in states for side in state.shape]
    if not all(isinstance(side, int) and side > 0 for side in sizes) or any(s.type != "tensor(float)" for s in states):
        raise ValueError("its state is not of fixed size")
    if sum(int(np.prod(state.shape, dtype=np.float64)) for state in states) > limits.PIXELS:
        raise ValueError("its state is larger than any")
    if outputs[0].shape != [len(EMOTIONS)]:
        raise ValueError(f"it gives {outputs[0].shape} logits")
    if model.units and outputs[1].shape != [len(model.units)]:
        raise ValueError(f"it gives {outputs[1].shape} action units, and names {len(model.units)}")
