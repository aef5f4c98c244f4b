"""The leaky integrate-and-fire neuron as pure functions of (current, membrane).

One time step, for a membrane `v` left by the step before and a current `x`:

    u = leak·v + gain·x                      charge
    s = 1 if u > threshold else 0            fire
    v = u·(1 - s)          (hard reset)      reset
    v = u - threshold·s    (soft reset)

SpikingJelly's `LIFNode(tau)` is `leak = 1 - 1/tau` with `gain = 1/tau` (or 1 without `decay_input`); snnTorch's
`Leaky(beta)` is `leak = beta` without reset delay; SEEN's recurrence `u = 0.2·u·(1 - s) + x` is `SEEN_NEURON`.
"""

from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from eyeprentice.snn.surrogate import Arctan, Rectangular, Surrogate, step


@dataclass(frozen=True)
class Neuron:
    """Parameters of a LIF neuron; voltages are relative to rest, which is 0."""

    leak: float = 0.5
    """How much of the membrane is left after one step, 0..1."""
    threshold: float = 1.0
    gain: float = 1.0
    """What the current is multiplied with."""
    reset: Literal["hard", "soft"] = "hard"
    detach_reset: bool = True
    """Whether the reset lets no gradient through (Zenke and Vogels, Neural Computation 2021)."""
    surrogate: Surrogate = field(default_factory=Arctan)

    def __post_init__(self) -> None:
        if not 0 <= self.leak <= 1:
            raise ValueError(f"leak must be within 0..1, not {self.leak}")
        if not self.threshold > 0:
            raise ValueError(f"threshold must be above 0, not {self.threshold}")
        if self.reset not in ("hard", "soft"):
            raise ValueError(f"reset must be hard or soft, not {self.reset}")


SEEN_NEURON = Neuron(leak=0.2, threshold=0.3, detach_reset=False, surrogate=Rectangular(half_width=0.5))
"""The neuron of SEEN (SIGGRAPH 2023): its gradient goes through the reset."""


def exact(x: Tensor) -> Tensor:
    """In float32 at least: a membrane is not rounded from step to step, whatever the precision of the currents is."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def charge(current: Tensor, membrane: Tensor | None, neuron: Neuron) -> Tensor:
    """The membrane before it fires, in float32 at least; `membrane` None is rest. Any shape."""
    current = exact(current)
    scaled = current if neuron.gain == 1 else neuron.gain * current
    return scaled if membrane is None or neuron.leak == 0 else torch.add(scaled, membrane, alpha=neuron.leak)


def fire(potential: Tensor, neuron: Neuron) -> Tensor:
    """Spikes, 0 or 1, where `potential` is above the threshold."""
    return step(potential, neuron.threshold, neuron.surrogate)


def reset(potential: Tensor, spikes: Tensor, neuron: Neuron) -> Tensor:
    """The membrane after firing."""
    s = spikes.detach() if neuron.detach_reset else spikes
    if neuron.reset == "hard":
        return potential * (1 - s)
    return torch.sub(potential, s, alpha=neuron.threshold)


def lif_step(current: Tensor, membrane: Tensor | None, neuron: Neuron) -> tuple[Tensor, Tensor]:
    """One step: (current, membrane) -> (spikes, membrane), all of one shape; spikes are as precise as currents."""
    potential = charge(current, membrane, neuron)
    spikes = fire(potential, neuron)
    return spikes.to(current.dtype), reset(potential, spikes, neuron)
