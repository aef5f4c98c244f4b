"""What a model costs: parameters and multiply-accumulates, counted densely."""

from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from eyeprentice.data.clips import Clip
from eyeprentice.models import Model


@dataclass(frozen=True)
class Cost:
    parameters: int
    macs: int
    """For one clip, every spike counted as if it were a number: an upper bound that no sparsity flatters."""


def count_cost(model: Model, steps: int, size: int) -> Cost:
    """Counts a clip of `steps` steps of `size` x `size` pixels, through every convolution and matrix product."""
    device = next(model.parameters()).device
    image = torch.zeros(steps, 1, 1, size, size, device=device)
    training = model.training
    model.eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(Clip(image, image if model.needs_events else None))
    model.train(training)
    return Cost(sum(p.numel() for p in model.parameters()), counter.get_total_flops() // 2)
