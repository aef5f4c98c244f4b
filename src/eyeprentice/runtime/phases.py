"""A stream as interleaved clips: what the network is given of frames that come faster than those it learnt from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.runtime.model import ModelError, StepModel, Tensors
from eyeprentice.words import limits
from eyeprentice.words.vocabulary import EMOTIONS, FRAME_RATE_HZ


@dataclass
class Phase:
    """One of the interleaved clips."""

    state: Tensors
    age: int
    """Steps since it began."""
    total: NDArray[np.float32]  # of the logits since then
    units: NDArray[np.float32] | None = None  # (U,) of its last step; None before the first
    tick: int = 0
    """When that was."""


class Phases:
    """The phases of a stream of `rate_hz` ticks a second: as many as fit into an interval of the model's clips.

    Ticks are dealt in turn to the phases. Each begins anew after as many steps as the model's clips have, one after the
    other, so that there is always a fresh one. Raises `ModelError` if their states do not fit into the memory.
    """

    def __init__(self, model: StepModel, rate_hz: float) -> None:
        self.model, self.rest = model, model.rest()
        self.count = max(1, round((model.skip + 1) * rate_hz / FRAME_RATE_HZ))
        if self.count * sum(array.nbytes for array in self.rest.values()) > limits.STATES_BYTES:
            raise ModelError(model.path, f"{self.count} streams of it at once", "give a lower frame rate")
        # what a phase begins with, and what the last step left (for those who look at what the network does)
        self.start = self.state = self.rest
        self.steps = model.steps
        """Of a phase, from its beginning to its end."""
        self.tick = -1
        self.begin_anew()

    def begin_with(self, reference: NDArray[np.uint8] | None) -> None:
        """Phases that begin from now on begin with this picture (S, S), and take a step less; None: at rest."""
        self.start = self.rest if reference is None else self.model.run(reference[..., None], self.rest)[1]
        self.steps = self.model.steps if reference is None else max(1, self.model.steps - 1)

    def begin_anew(self) -> None:
        """All of them, now."""
        self.all = [Phase(self.start, 0, np.zeros(len(EMOTIONS), np.float32)) for _ in range(self.count)]

    def step(self, image: NDArray[np.uint8], ticks: int) -> NDArray[np.floating[Any]]:
        """A picture (S, S, 1), `ticks` (at least 1) after the one before -> the mean logits (7,) of its phase."""
        self.tick += ticks
        if ticks > self.count * self.model.steps:  # nothing that is remembered is as young as a clip
            self.begin_anew()
        round_, turn = divmod(self.tick, self.count)
        phase = self.all[turn]
        due = (round_ - turn * self.steps // self.count) % self.steps == 0  # they are spread over the clip's length
        if phase.age and (due or phase.age >= self.model.steps):  # their number changes with a reference
            phase = Phase(self.start, 0, np.zeros_like(phase.total))
        logits, units, state = self.model.estimate(image, phase.state)
        phase = Phase(state, phase.age + 1, phase.total + logits, units, self.tick)
        self.all[turn], self.state = phase, state
        return phase.total / np.float32(phase.age)

    def units(self) -> dict[str, float]:
        """The mean of what the phases that were last given a picture said of the action units."""
        said = [p.units for p in self.all if p.units is not None and self.tick - p.tick < self.count]
        if not said or not self.model.units:
            return {}
        mean: list[float] = np.stack(said).mean(axis=0, dtype=np.float64).tolist()
        return dict(zip(self.model.units, mean, strict=True))
