# mypy: ignore-errors
"""The Triton kernels of `fused.py`, which says what they do."""

import math

import triton
import triton.language as tl

ARCTAN, RECTANGULAR, SIGMOID, TRIANGULAR = (tl.constexpr(number) for number in range(4))
_HALF_PI = tl.constexpr(math.pi / 2)


@triton.jit
def _fire_and_reset(u, threshold, HARD: tl.constexpr):
    fires = u > threshold
    if HARD:
        v = tl.where(fires, 0.0, u)
    else:
        v = tl.where(fires, u - threshold, u)
    return fires, v


@triton.jit
def _derivative(x, width, SURROGATE: tl.constexpr):
    """As the dataclasses in surrogate.py have it."""
    if SURROGATE == ARCTAN:
        scaled = _HALF_PI * width * x
        d = (width / 2) / (1 + scaled * scaled)
    elif SURROGATE == RECTANGULAR:
        d = tl.where(tl.abs(x) < width, 0.5 / width, 0.0)
    elif SURROGATE == SIGMOID:
        sigmoid = tl.sigmoid(width * x)
        d = width * sigmoid * (1 - sigmoid)
    else:
        d = tl.maximum(1 - tl.abs(x) / width, 0.0) / width
    return d


@triton.jit
def forward(
    currents, start, spikes, last, size, leak, gain, threshold,
    T: tl.constexpr, HARD: tl.constexpr, START: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    there = at < size
    v = tl.zeros((BLOCK,), tl.float32)
    if START:
        v = tl.load(start + at, there, 0.0).to(tl.float32)
    place = at
    for _ in tl.static_range(T):
        x = tl.load(currents + place, there, 0.0).to(tl.float32)
        fires, v = _fire_and_reset(leak * v + gain * x, threshold, HARD)
        tl.store(spikes + place, fires.to(spikes.dtype.element_ty), there)
        place += size
    tl.store(last + at, v.to(last.dtype.element_ty), there)


@triton.jit
def backward(
    currents, start, spikes_gradient, last_gradient, result, start_gradient, size, leak, gain, threshold, width,
    T: tl.constexpr, HARD: tl.constexpr, DETACH: tl.constexpr, SURROGATE: tl.constexpr, START: tl.constexpr,
    LAST: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    there = at < size
    v = tl.zeros((BLOCK,), tl.float32)
    if START:
        v = tl.load(start + at, there, 0.0).to(tl.float32)
    potentials = ()
    place = at
    for _ in tl.static_range(T):
        u = leak * v + gain * tl.load(currents + place, there, 0.0).to(tl.float32)
        potentials = potentials + (u,)
        _, v = _fire_and_reset(u, threshold, HARD)
        place += size
    g = tl.zeros((BLOCK,), tl.float32)  # of the membrane after the step
    if LAST:
        g = tl.load(last_gradient + at, there, 0.0).to(tl.float32)
    for back in tl.static_range(T):
        place -= size
        u = potentials[T - 1 - back]
        gs = tl.load(spikes_gradient + place, there, 0.0).to(tl.float32)
        d = _derivative(u - threshold, width, SURROGATE)
        if HARD:
            through = tl.where(u > threshold, 0.0, 1.0)
            if not DETACH:
                through -= u * d
        else:
            through = 1.0
            if not DETACH:
                through = 1.0 - threshold * d
        g = gs * d + g * through
        tl.store(result + place, (gain * g).to(result.dtype.element_ty), there)
        g = leak * g
    if START:
        tl.store(start_gradient + at, g.to(start_gradient.dtype.element_ty), there)
