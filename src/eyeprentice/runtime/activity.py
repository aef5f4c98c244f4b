"""Spikes of each layer in a step, and the energy that the step stands for, from what a model's file says of itself.

See `deploy/operation_notes.py` for why zeros of a membrane are spikes. Energy is counted from operations, at 45 nm
(docs/deploy.md); it is not a measurement.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.runtime.model import ModelError, StepModel, Tensors

OPERATIONS = "operations"
"""Of a file's metadata."""

FIGURES, MOST = ("macs", "pj_a_mac", "pj_an_ac"), 1e18
"""What is told of a whole step, and the most that each can be."""
BOUNDS = {"outputs": (0, 100_000), "kernel": (1, 1000), "stride": (1, 1000), "padding": (0, 1000)}
"""What is told of a convolution, the least that each can be, and the most."""
LAYERS = 100


@dataclass(frozen=True)
class Activity:
    """What a step did."""

    spikes: tuple[int, ...]
    """Of each layer."""
    energy_uj: float
    """Of the step's multiplications and additions, in microjoules."""


@dataclass(frozen=True)
class _Layer:
    state: str
    shape: tuple[int, int]  # of its membrane, channels and places in the order of the file
    places: int  # which of the two axes those of the map are
    reach: NDArray[np.float64]  # (places,) additions that a spike there costs


class Activities:
    """`Activities(model).of(state)` -> `Activity` of the step that left `state`.

    `layers` is empty if the file tells none. Raises `ModelError` for notes that do not fit the model.
    """

    def __init__(self, model: StepModel) -> None:
        self.macs, self.pj_a_mac, self.pj_an_ac = 0.0, 0.0, 0.0
        self.layers: tuple[_Layer, ...] = ()
        """In order."""
        if (text := model.metadata.get(OPERATIONS)) is None:
            return
        try:
            notes = json.loads(text)
            self.macs, self.pj_a_mac, self.pj_an_ac = (_between(notes[k], 0, MOST) for k in FIGURES)
            rest = model.rest()
            _between(len(notes["layers"]), 0, LAYERS)
            self.layers = tuple(_layer(rest[layer["state"]], layer) for layer in notes["layers"])
        except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            what = f"what it says of its operations is wrong ({type(error).__name__}: {str(error)[:200]})"
            raise ModelError(model.path, what, "export it again") from None

    def of(self, state: Tensors) -> Activity:
        fired = [
            (state[layer.state].reshape(layer.shape) == 0).sum(1 - layer.places) for layer in self.layers
        ]  # (places,) of each
        additions = sum(float((layer.reach * where).sum()) for layer, where in zip(self.layers, fired, strict=True))
        energy_uj = (self.pj_a_mac * self.macs + self.pj_an_ac * additions) / 1e6
        return Activity(tuple(int(where.sum()) for where in fired), energy_uj)


def _layer(membrane: NDArray[np.float32], told: dict[str, Any]) -> _Layer:
    """Of a membrane (1, C, H, W) or (H·W, C). Raises `ValueError` where what is told does not fit it."""
    height, width = (int(_between(side, 1, membrane.size)) for side in told["sides"])
    channels = membrane.size // (height * width)
    if told["channels"] not in ("first", "last") or channels * height * width != membrane.size:
        raise ValueError("a layer's map has another size than its state")
    shape, places = ((channels, -1), 1) if told["channels"] == "first" else ((-1, channels), 0)
    return _Layer(told["state"], shape, places, _reach(height, width, told))


def _reach(height: int, width: int, where: dict[str, Any]) -> NDArray[np.float64]:
    """Outputs of the next convolution that a spike reaches, at every place of a map, (height·width,)."""
    outputs, kernel, stride, padding = (int(_between(where[k], *ends)) for k, ends in BOUNDS.items())
    rows, columns = (_reach_along(length, kernel, stride, padding) for length in (height, width))
    return outputs * np.outer(rows, columns).ravel()


def _between(number: Any, least: float, most: float) -> float:
    """The number; raises `ValueError` if it is none, or not in between."""
    if type(number) not in (int, float) or not least <= number <= most:
        raise ValueError(f"a number is not from {least:g} to {most:g}")
    return float(number)


def _reach_along(length: int, kernel: int, stride: int, padding: int) -> NDArray[np.float64]:
    count = np.zeros(length + 2 * padding)
    for start in range(0, length + 2 * padding - kernel + 1, stride):
        count[start : start + kernel] += 1
    return count[padding : padding + length]
