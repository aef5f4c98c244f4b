"""Batch norm over what all processes were given together, so that their number does not change what is computed."""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


def synchronise_batch_norm(model: nn.Module) -> None:
    """Replaces every batch norm of `model`, in place, by one that is normalised over all processes."""
    for name, child in model.named_children():
        if isinstance(child, nn.BatchNorm2d):
            on_gpu = child.weight.is_cuda
            setattr(model, name, nn.SyncBatchNorm.convert_sync_batchnorm(child) if on_gpu else _shared(child))
        else:
            synchronise_batch_norm(child)


class SharedBatchNorm(nn.BatchNorm2d):
    """PyTorch's SyncBatchNorm for processors, which it does not serve: (N, C, H, W), equal in all but rounding."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        across = (0, 2, 3)
        count = x.new_tensor([x.numel() / x.shape[1]])
        dist.all_reduce(count)
        mean = _sum(x.sum(across)) / count
        centred = x - mean[:, None, None]
        variance = _sum(centred.square().sum(across)) / count
        unbiased = (variance * count / (count - 1)).detach()
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean.detach(), self.momentum)
        self.running_var.lerp_(unbiased, self.momentum)
        scale = self.weight * (variance + self.eps).rsqrt()
        return centred * scale[:, None, None] + self.bias[:, None, None]


def _shared(norm: nn.BatchNorm2d) -> SharedBatchNorm:
    shared = SharedBatchNorm(norm.num_features, norm.eps, norm.momentum, norm.affine)
    shared.load_state_dict(norm.state_dict())
    return shared.train(norm.training)


class _Sum(torch.autograd.Function):
    """Over all processes; its gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


def _sum(x: Tensor) -> Tensor:
    total: Tensor = _Sum.apply(x)  # type: ignore[no-untyped-call]
    return total
