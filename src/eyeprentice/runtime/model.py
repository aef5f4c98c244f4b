"""A model file, opened and checked."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.errors import InputError
from eyeprentice.runtime.engine import onnxruntime as ort
from eyeprentice.runtime.seal import is_whole
from eyeprentice.vocabulary import EMOTIONS

DEFAULT = Path(__file__).parent / "default.onnx"
FORMAT = "2"
"""Of the file: inputs, outputs and metadata. A runtime reads one format."""

Tensors = dict[str, NDArray[Any]]


class ModelError(InputError):
    """A model file that cannot be used."""


@dataclass(frozen=True)
class StepModel:
    """`run(frame, state) -> logits (7,), state`; the state's arrays are named, and zeros at rest."""

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

    def rest(self) -> Tensors:
        return {i.name: np.zeros(i.shape, np.float32) for i in self.session.get_inputs() if i.name != "frame"}

    def run(self, frame: NDArray[np.uint8], state: Tensors) -> tuple[NDArray[np.float32], Tensors]:
        logits, *after = self.session.run(None, {"frame": frame, **state})
        return logits, dict(zip(state, after, strict=True))


def open_model(path: str | PathLike[str] | None = None, threads: int = 1) -> StepModel:
    """Opens a model that `eyeprentice export` wrote, or the one that comes with the package.

    Raises `ModelError` if the file is not there, spoilt, of another format, or not ours.
    """
    path = DEFAULT if path is None else Path(path)
    try:
        file = path.read_bytes()
    except OSError as error:
        raise ModelError(path, f"cannot be read ({error.strerror})", "give a file that export wrote") from None
    whole = is_whole(file)
    if not whole:
        what = "has no seal: cut short, or not written by export" if whole is None else "is spoilt (SHA-256 differs)"
        raise ModelError(path, what, "export it, or copy it, again")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions share no base class of its own
        raise ModelError(path, f"not an ONNX model ({str(error).splitlines()[0]})", "export it again") from None
    metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map
    if metadata.get("eyeprentice.format") != FORMAT:
        found = metadata.get("eyeprentice.format", "none")
        raise ModelError(path, f"of format {found}, this version reads {FORMAT}", "export it with this version")
    if tuple(metadata["labels"].split()) != EMOTIONS:
        raise ModelError(path, "of other emotions", "export it with this version")
    return StepModel(
        session, metadata, int(metadata["size"]), metadata["input"] == "ready", int(metadata["steps"]),
        int(metadata["skip"]), float(metadata["sharpness"]), float(metadata["forgetting_hz"]),
    )  # fmt: skip
