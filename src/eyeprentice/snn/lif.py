"""The LIF neuron over all steps, (T, ...) at once: one fused kernel on a GPU, step after step elsewhere.

The unrolled form is the reference that the kernels are held to, in value and in gradient.
"""

from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor

from eyeprentice.snn.neuron import Neuron, charge, fire, lif_step, reset


def lif_multi_step(currents: Tensor, membrane: Tensor | None, neuron: Neuron) -> tuple[Tensor, Tensor | None]:
    """All steps: currents (T, ...) -> spikes (T, ...) and the last membrane (...)."""
    if _is_fused(currents, neuron):
        from eyeprentice.snn import fused

        return fused.lif(currents, membrane, neuron, keep=True)
    return lif_unrolled(currents, membrane, neuron)


def lif_spikes(currents: Tensor, neuron: Neuron) -> Tensor:
    """Spikes alone, from rest: currents (T, ...) -> spikes (T, ...)."""
    if _is_fused(currents, neuron):
        from eyeprentice.snn import fused

        return fused.lif(currents, None, neuron, keep=False)[0]
    return lif_unrolled(currents, None, neuron)[0]


def lif_unrolled(currents: Tensor, membrane: Tensor | None, neuron: Neuron) -> tuple[Tensor, Tensor | None]:
    """`lif_multi_step` as a loop over `lif_step`."""
    spikes = []
    for current in currents.unbind():
        spike, membrane = lif_step(current, membrane, neuron)
        spikes.append(spike)
    return torch.stack(spikes), membrane


def lif_potentials(currents: Tensor, membrane: Tensor | None, neuron: Neuron) -> tuple[Tensor, Tensor | None]:
    """Like `lif_multi_step`, but gives what the membrane was before each firing: SEEN's read-out. (T, ...)"""
    potentials = []
    for current in currents.unbind():
        potential = charge(current, membrane, neuron)
        membrane = reset(potential, fire(potential, neuron), neuron)
        potentials.append(potential)
    return torch.stack(potentials), membrane


def integrate(currents: Tensor, membrane: Tensor | None, leak: float) -> tuple[Tensor, Tensor | None]:
    """A neuron that never fires: `v = leak·v + x`. Currents (T, ...) -> membranes (T, ...) and the last of them.

    SEEN's ablation found the mean membrane of such a read-out best (83.6 WAR, against 69.7 for mean spikes).
    """
    membranes = []
    for current in currents.unbind():
        membrane = current if membrane is None else torch.add(current, membrane, alpha=leak)
        membranes.append(membrane)
    return torch.stack(membranes), membrane


def _is_fused(currents: Tensor, neuron: Neuron) -> bool:
    if not (currents.is_cuda and _has_triton()):
        return False
    from eyeprentice.snn import fused

    return fused.applies(currents, neuron)


@cache
def _has_triton() -> bool:
    return find_spec("triton") is not None
