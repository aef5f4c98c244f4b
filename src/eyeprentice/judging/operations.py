"""What a model computes: multiply-accumulates and accumulates, counted exactly, and the energy they would take.

What is fed to a convolution or a linear layer decides how its operations count. Spikes are 0 or 1 (sums of spikes 0, 1,
2, ...), so a weight is added as often as there is one: an accumulate (AC). Anything else is multiplied: a
multiply-accumulate (MAC), with zeros too, as processors do it; `effective_macs` leaves zeros out, as hardware may that
skips them. All are counted exactly at borders: products with padding are not counted. Fixed maps with many zeros (the
box of local contrast) count their non-zero coefficients. A neuron's leak is one MAC a step.

Energy at 45 nm after Horowitz, *Computing's Energy Problem*, ISSCC 2014: 4.6 pJ a MAC (32-bit float), 0.9 pJ an AC.
That leaves memory out, which costs more than arithmetic; so a second figure adds 5 pJ for each 32-bit word (the same
source: 10 pJ for 64 bits of an 8 KB SRAM, the nearest there is): two words a MAC (weight, input), three an AC (weight,
and a partial sum read and written), two a neuron and step (its membrane read and written).
"""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from eyeprentice.data.clips import Clip
from eyeprentice.models import Model
from eyeprentice.models.base import check_answers
from eyeprentice.snn import LIF

PJ_A_MAC, PJ_AN_AC, PJ_A_WORD = 4.6, 0.9, 5.0
LARGEST_SUM = 64
"""Whole numbers up to this are sums of spikes."""


@dataclass(frozen=True)
class Size:
    """As the field's tables have it."""

    parameters: int
    macs: int
    """For one clip, padding and spikes counted as if they were numbers."""


def count_size(model: Model, steps: int, size: int) -> Size:
    """Counts a clip of `steps` steps of `size` x `size` pixels, through every convolution and matrix product."""
    device = next(model.parameters()).device
    image = torch.zeros(steps, 1, 1, size, size, device=device)
    training = model.training
    model.eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(Clip(image, image if model.needs_events else None))
    model.train(training)
    return Size(sum(p.numel() for p in model.parameters()), counter.get_total_flops() // 2)


@dataclass
class Cost:
    """Of one clip, mean over the clips it was counted on."""

    parameters: int
    dense_macs: int = 0
    """What an ANN of exactly this shape would compute: every operation a MAC, borders counted exactly."""
    macs: float = 0.0
    effective_macs: float = 0.0
    """Those of `macs` whose input is not zero: ReLU and event frames give many zeros."""
    acs: float = 0.0
    neuron_updates: float = 0.0
    spikes: float = 0.0
    """Of all LIF neurons, over the clip's steps."""
    spike_chances: float = 0.0
    """LIF neurons times steps: what `spikes` would be if each fired in every step."""
    firing_rate: dict[str, float] = field(default_factory=dict)
    """Spikes a neuron and step, of what each layer that is given spikes is given."""

    @property
    def activation_sparsity(self) -> float | None:
        """Share of LIF neurons and steps without a spike, each neuron counted alike; None without LIF neurons."""
        return 1 - self.spikes / self.spike_chances if self.spike_chances else None

    @property
    def energy_uj(self) -> float:
        return (PJ_A_MAC * self.macs + PJ_AN_AC * self.acs) / 1e6

    @property
    def energy_with_memory_uj(self) -> float:
        words = 2 * self.macs + 3 * self.acs + 2 * self.neuron_updates
        return self.energy_uj + PJ_A_WORD * words / 1e6

    def count_spikes(self, layer: nn.Module, inputs: Any, outputs: tuple[Tensor, Tensor]) -> None:
        """What a `LIF` layer gave; to be registered as its forward hook."""
        self.spikes += float(outputs[0].sum())
        self.spike_chances += outputs[0].numel()


def count_cost(model: Model, clip: Clip) -> Cost:
    """Counts while `model` is given `clip`, frames (T, B, 1, H, W), on the CPU."""
    device, training = next(model.parameters()).device, model.training
    model.cpu().eval()
    cost = Cost(sum(p.numel() for p in model.parameters()))
    hooks = [layer.register_forward_hook(cost.count_spikes) for layer in model.modules() if isinstance(layer, LIF)]
    with torch.no_grad(), _Counter(cost):
        check_answers(model(clip)[0])
    for hook in hooks:
        hook.remove()
    batch = clip.frames.shape[1]
    cost.dense_macs //= batch
    for name in ("macs", "effective_macs", "acs", "neuron_updates", "spikes", "spike_chances"):
        setattr(cost, name, getattr(cost, name) / batch)
    model.to(device).train(training)
    return cost


class _Counter(TorchDispatchMode):
    """Counts every convolution and matrix product that reaches the processor, whichever function asked for it."""

    def __init__(self, cost: Cost) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.cost = cost

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        name = function.overloadpacket._qualified_op_name
        if name == "aten::convolution":
            self._convolution(args[0], args[1], args[3], args[4], args[8])
        elif name == "aten::addmm":
            self._linear(args[1], args[2].shape[1])
        elif name in ("aten::mm", "aten::bmm"):
            self._product(*args[:2])
        elif name == "aten::add" and kwargs and kwargs.get("alpha", 1) != 1:
            self._leak(result.numel())
        return result

    def _convolution(self, x: Tensor, weight: Tensor, stride: list[int], padding: list[int], groups: int) -> None:
        outputs, kernel = weight.shape[0] // groups, torch.ones(1, 1, *weight.shape[2:])
        convolve = F.conv3d if weight.ndim == 5 else F.conv2d

        def reach(image: Tensor) -> float:
            """Sum over all places of what lies under the kernel: (N, 1, ..., H, W) -> number."""
            return float(convolve(image.double(), kernel.double(), None, stride, padding).sum())

        dense = round(reach(torch.ones(1, 1, *x.shape[2:]))) * x.shape[0] * x.shape[1] * outputs
        self.cost.dense_macs += dense
        if are_spikes(x):
            self.cost.acs += reach(x.sum(1, keepdim=True)) * outputs
            self._rate(f"{'x'.join(map(str, x.shape[1:]))} into {weight.shape[0]}", x)
        else:
            self.cost.macs += dense
            self.cost.effective_macs += reach((x != 0).sum(1, keepdim=True)) * outputs

    def _linear(self, x: Tensor, outputs: int) -> None:
        self.cost.dense_macs += x.numel() * outputs
        if are_spikes(x):
            self.cost.acs += float(x.sum()) * outputs
            self._rate(f"{x.shape[1]} into {outputs}", x)
        else:
            self.cost.macs += x.numel() * outputs
            self.cost.effective_macs += float((x != 0).sum()) * outputs

    def _product(self, a: Tensor, b: Tensor) -> None:
        """(..., M, K) and (..., K, N): products of two numbers neither of which is a zero of a fixed map."""
        count = round(float((_used(a).sum(-2) * _used(b).sum(-1)).sum()))
        self.cost.dense_macs += count
        self.cost.macs += count
        self.cost.effective_macs += count

    def _rate(self, name: str, spikes: Tensor) -> None:
        while name in self.cost.firing_rate:
            name += "'"
        self.cost.firing_rate[name] = float(spikes.mean())

    def _leak(self, neurons: int) -> None:
        self.cost.dense_macs += neurons
        self.cost.macs += neurons
        self.cost.effective_macs += neurons
        self.cost.neuron_updates += neurons


def are_spikes(x: Tensor) -> bool:
    """Whether all of `x` are 0, 1, 2, ..., as spikes and sums of spikes are."""
    return bool((x == x.round()).all()) and bool(x.min() >= 0) and bool(x.max() <= LARGEST_SUM)


def _used(factor: Tensor) -> Tensor:
    """1 where a factor's coefficient is used: all of an image, the non-zero ones of a matrix that a batch shares."""
    shared = factor.ndim == 2 or factor.stride(0) == 0 or bool((factor == factor[:1]).all())
    return (factor != 0).double() if shared else torch.ones_like(factor, dtype=torch.float64)
