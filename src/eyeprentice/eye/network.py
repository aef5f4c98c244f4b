"""The network that finds eyes, as a file: opened, checked, and run on grey pictures (docs/finder.md)."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.contract import CELL, CHANNELS, FORMAT, Grey, Rules
from eyeprentice.files.onnx_session import onnxruntime as ort
from eyeprentice.files.onnx_session import open_sealed
from eyeprentice.words.errors import InputError

DEFAULT = Path(__file__).parent / "finder.onnx"
REMEDY = "train it with `eyeprentice finder`, or install the package again"

Maps = NDArray[np.float32]
"""(7, H/8, W/8) of `CHANNELS`."""


@dataclass(frozen=True)
class EyeNetwork:
    """`run(frame) -> maps`, for frames whose sides are multiples of 16; `InputError` if a graph does not give them."""

    path: Path
    session: ort.InferenceSession
    rules: Rules
    """How its maps are read."""

    def run(self, frame: Grey) -> Maps:
        try:
            maps: Maps = self.session.run(None, {"frame": frame})[0]
        except Exception as error:  # ONNX Runtime's exceptions share no base class of its own
            raise InputError(self.path, f"cannot be run ({str(error).splitlines()[0]})", REMEDY) from None
        rows, columns = (side // CELL for side in frame.shape)
        if maps.shape != (len(CHANNELS), rows, columns) or maps.dtype != np.float32 or not np.isfinite(maps).all():
            raise InputError(self.path, "gives other things than a finder", REMEDY)
        return maps


def open_network(path: str | PathLike[str] | None = None, threads: int = 1) -> EyeNetwork:
    """Opens a file that `eyeprentice finder` wrote, or the one that comes with the package.

    Raises `InputError` if the file is not there, spoilt, of another format, or not ours.
    """
    path = DEFAULT if path is None else Path(path)
    session, metadata = open_sealed(path, "a finder of eyes", "eyeprentice.finder", FORMAT, REMEDY, threads)
    if [given.name for given in session.get_inputs()] != ["frame"]:
        raise InputError(path, "takes other things than a finder", REMEDY)
    try:
        rules = Rules.from_json(metadata.get("rules", ""))
    except (ValueError, RecursionError) as error:
        raise InputError(path, f"its rules are incomplete or wrong ({error})", REMEDY) from None
    network = EyeNetwork(path, session, rules)
    network.run(np.zeros((32, 48), np.uint8))  # so that what cannot be run is refused here
    return network
