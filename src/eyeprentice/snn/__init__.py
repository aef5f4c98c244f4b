"""Spiking blocks: neurons as pure functions, surrogate gradients, thin modules and the SEW residual block."""

from eyeprentice.snn.batch_norm import synchronise_batch_norm
from eyeprentice.snn.lif import integrate, lif_multi_step, lif_potentials, lif_unrolled
from eyeprentice.snn.modules import (
    LIF,
    Chain,
    PerStep,
    SEWBlock,
    Shift,
    SpikingConvolution,
    State,
    convolution,
    per_step,
)
from eyeprentice.snn.neuron import SEEN_NEURON, Neuron, fire, lif_step
from eyeprentice.snn.surrogate import Arctan, Rectangular, Sigmoid, Surrogate, Triangular

__all__ = [
    "LIF",
    "SEEN_NEURON",
    "Arctan",
    "Chain",
    "Neuron",
    "PerStep",
    "Rectangular",
    "SEWBlock",
    "Shift",
    "Sigmoid",
    "SpikingConvolution",
    "State",
    "Surrogate",
    "Triangular",
    "convolution",
    "fire",
    "integrate",
    "lif_multi_step",
    "lif_potentials",
    "lif_step",
    "lif_unrolled",
    "per_step",
    "synchronise_batch_norm",
]
