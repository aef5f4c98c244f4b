"""Batch norm over what all processes were given together, so that their number does not change what is computed."""

import torch
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce

KINDS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def synchronise_batch_norm(model: nn.Module) -> None:
    """Replaces every batch norm of `model`, in place, by one that is normalised over all processes."""
    for name, child in model.named_children():
        if isinstance(child, KINDS):
            shared = SharedBatchNorm(child.num_features, child.eps, child.momentum, device=child.weight.device)
            shared.load_state_dict(child.state_dict())
            setattr(model, name, shared.train(child.training))
        else:
            synchronise_batch_norm(child)


class SharedBatchNorm(nn.SyncBatchNorm):
    """PyTorch's SyncBatchNorm, on processors too, which it does not serve: (N, C, ...), equal in all but rounding."""

    def forward(self, x: Tensor) -> Tensor:
        if x.is_cuda or not self.training:
            return super().forward(x)
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        rows = x.float().transpose(1, -1)  # (N, ..., C)
        across = tuple(range(x.ndim - 1))
        count = all_reduce(torch.tensor(x.numel() / x.shape[1]))
        mean = all_reduce(rows.sum(across)) / count
        centred = rows - mean
        variance = all_reduce(centred.square().sum(across)) / count
        with torch.no_grad():
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        scaled = centred * (self.weight * (variance + self.eps).rsqrt()) + self.bias
        return scaled.transpose(1, -1).to(x.dtype)
