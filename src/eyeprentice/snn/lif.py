"""The LIF neuron over all steps, (T, ...) at once: one fused kernel on a GPU, step after step elsewhere.

Each function takes the membrane that was left (None: rest) and gives back the one it leaves, so that a clip may be cut
anywhere: T steps at once and T calls of one step each are the same. The unrolled form is the reference that the kernels
are held to, in value and in gradient.
"""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor

from eyeprentice.snn.neuron import Neuron, charge, exact, fire, lif_step, reset


def lif_multi_step(currents: Tensor, membrane: Tensor | None, neuron: Neuron) -> tuple[Tensor, Tensor]:
    """All steps: currents (T, ...), membrane (...) -> spikes (T, ...) and the last membrane (...)."""
    if _is_fused(currents, neuron):
        from eyeprentice.snn import fused

        return fused.lif(currents, membrane, neuron)
    return lif_unrolled(currents, membrane, neuron)


def lif_unrolled(currents: Tensor, membrane: Tensor | None, neuron: Neuron) -> tuple[Tensor, Tensor]:
    """`lif_multi_step` as a loop over `lif_step`."""
    spikes = []
    for current in _steps(currents):
        spike, membrane = lif_step(current, membrane, neuron)
        spikes.append(spike)
    assert membrane is not None
    return _stacked(spikes), membrane


def lif_potentials(currents: Tensor, membrane: Tensor | None, neuron: Neuron) -> tuple[Tensor, Tensor]:
    """Like `lif_multi_step`, but gives what the membrane was before each firing: SEEN's read-out. (T, ...)"""
    potentials = []
    for current in _steps(currents):
        potential = charge(current, membrane, neuron)
        membrane = reset(potential, fire(potential, neuron), neuron)
        potentials.append(potential)
    assert membrane is not None
    return _stacked(potentials), membrane


def integrate(currents: Tensor, membrane: Tensor | None, leak: float) -> tuple[Tensor, Tensor]:
    """A neuron that never fires: `v = leak·v + x`. Currents (T, ...) -> membranes (T, ...) and the last of them, in
    float32 at least.

    SEEN's ablation found the mean membrane of such a read-out best (83.6 WAR, against 69.7 for mean spikes).
    """
    membranes = []
    for current in _steps(exact(currents)):
        membrane = current if membrane is None else torch.add(current, membrane, alpha=leak)
        membranes.append(membrane)
    assert membrane is not None
    return _stacked(membranes), membrane


def _steps(x: Tensor) -> Sequence[Tensor]:
    """(T, ...) -> T of (...). One step is reshaped, which exporters make nothing of, where `unbind` copies."""
    return x.unbind() if len(x) > 1 else [x.reshape(x.shape[1:])]


def _stacked(steps: list[Tensor]) -> Tensor:
    return torch.stack(steps) if len(steps) > 1 else steps[0].reshape(1, *steps[0].shape)


def _is_fused(currents: Tensor, neuron: Neuron) -> bool:
    if not (currents.is_cuda and _has_triton()):
        return False
    from eyeprentice.snn import fused

    return fused.applies(currents, neuron)


@cache
def _has_triton() -> bool:
    return find_spec("triton") is not None
