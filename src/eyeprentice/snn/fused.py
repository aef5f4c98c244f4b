"""The LIF neuron over all steps as one Triton kernel forward and one backward.

Every element is a neuron of its own, so a program takes a block of them through all T steps with the membrane in
registers. Forward reads the currents and writes the spikes; backward reads the currents and the spikes' gradient,
computes the potentials again (exactly: they were never rounded) and writes the currents' gradient. That is 2 + 3 passes
over T·N numbers, the least there can be while currents and spikes live in memory; nothing but the currents is kept
between the two. The last membrane is written besides, and its gradient read if it has one. The arithmetic is float32
whatever the tensors are, and so is the membrane, so that a clip may be cut into calls without rounding anything.

`eyeprentice.snn.lif` is the reference, and what runs where there is no GPU; under `TRITON_INTERPRET=1` the kernels run
on the CPU, which is how they are tested there.
"""

from typing import Any

import torch
import triton
from torch import Tensor

from eyeprentice.snn import kernels
from eyeprentice.snn.neuron import Neuron
from eyeprentice.snn.surrogate import Arctan, Rectangular, Sigmoid, Surrogate, Triangular

BLOCK = 1024
"""Neurons a program, 8 a thread: 16 bytes of bfloat16 at a time."""
MOST_STEPS = 32
"""All steps' potentials are in registers at once in the backward pass."""

_SHAPES: dict[type, tuple[int, str]] = {
    Arctan: (kernels.ARCTAN.value, "slope"),
    Rectangular: (kernels.RECTANGULAR.value, "half_width"),
    Sigmoid: (kernels.SIGMOID.value, "slope"),
    Triangular: (kernels.TRIANGULAR.value, "half_width"),
}


def applies(currents: Tensor, neuron: Neuron) -> bool:
    """Whether the kernels know these currents and this neuron."""
    return (
        type(neuron.surrogate) in _SHAPES
        and 1 <= len(currents) <= MOST_STEPS
        and currents.numel() > 0
        and currents.dtype in (torch.float32, torch.bfloat16, torch.float16)
    )


def lif(currents: Tensor, membrane: Tensor | None, neuron: Neuron) -> tuple[Tensor, Tensor]:
    """Currents (T, ...), membrane (...) or None -> spikes (T, ...) and the last membrane (...), in float32."""
    spikes, last = _Lif.apply(currents, membrane, neuron)  # type: ignore[no-untyped-call]
    return spikes, last


class _Lif(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, currents: Tensor, membrane: Tensor | None, neuron: Neuron) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)  # training lets the last membrane go: its gradient is None, and is not read
        currents = _dense(currents)
        start = currents if membrane is None else _like(membrane, currents[0])
        spikes, last = torch.empty_like(currents), torch.empty_like(currents[0], dtype=torch.float32)
        size = currents[0].numel()
        kernels.forward[(triton.cdiv(size, BLOCK),)](
            currents, start, spikes, last, size, neuron.leak, neuron.gain, neuron.threshold,
            T=len(currents), HARD=neuron.reset == "hard", START=membrane is not None, BLOCK=BLOCK,
        )  # fmt: skip
        ctx.save_for_backward(currents, membrane)
        ctx.neuron = neuron
        return spikes, last

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        currents, membrane = ctx.saved_tensors
        neuron: Neuron = ctx.neuron
        of_spikes, of_last = gradients
        spikes_gradient = torch.zeros_like(currents) if of_spikes is None else _like(of_spikes, currents)
        last_gradient = currents if of_last is None else _like(of_last, currents[0])
        start = currents if membrane is None else _like(membrane, currents[0])
        result = torch.empty_like(currents)
        start_gradient = torch.empty_like(start) if membrane is not None else currents
        size = currents[0].numel()
        shape, width = _surrogate(neuron.surrogate)
        kernels.backward[(triton.cdiv(size, BLOCK),)](
            currents, start, spikes_gradient, last_gradient, result, start_gradient, size,
            neuron.leak, neuron.gain, neuron.threshold, width, T=len(currents), HARD=neuron.reset == "hard",
            DETACH=neuron.detach_reset, SURROGATE=shape, START=membrane is not None, LAST=of_last is not None,
            BLOCK=BLOCK,
        )  # fmt: skip
        return result, start_gradient if membrane is not None else None, None


def _surrogate(surrogate: Surrogate) -> tuple[int, float]:
    shape, width = _SHAPES[type(surrogate)]
    return shape, getattr(surrogate, width)


def _dense(currents: Tensor) -> Tensor:
    """The same values, one step after another without gaps; within a step any order, channels last for one."""
    first = currents[0]
    whole = first.is_contiguous() or (first.ndim == 4 and first.is_contiguous(memory_format=torch.channels_last))
    return currents if whole and currents.stride(0) == first.numel() else currents.contiguous()


def _like(tensor: Tensor, other: Tensor) -> Tensor:
    """The same values in the same precision, laid out as `other`."""
    if tensor.stride() == other.stride():
        return tensor
    return torch.empty_like(other, dtype=tensor.dtype).copy_(tensor)
