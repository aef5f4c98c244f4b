"""Batch norm over what all processes were given together, so that their number does not change what is computed."""

import torch
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce
from torch.nn.modules.batchnorm import _BatchNorm

KINDS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def synchronise_batch_norm(model: nn.Module) -> None:
    """Replaces every batch norm of `model`, in place, by one that is normalised over all processes."""
    for name, child in model.named_children():
        if not isinstance(child, KINDS):
            synchronise_batch_norm(child)
        elif child.weight.is_cuda:
            setattr(model, name, nn.SyncBatchNorm.convert_sync_batchnorm(child))
        else:
            shared = SharedBatchNorm(child.num_features, child.eps, child.momentum)
            shared.load_state_dict(child.state_dict())
            setattr(model, name, shared.train(child.training))


class SharedBatchNorm(_BatchNorm):
    """PyTorch's SyncBatchNorm for processors, which it does not serve: (N, C, ...), equal in all but rounding."""

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def _check_input_dim(self, _: Tensor) -> None:
        """Every number of dimensions will do."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        rows = x.float().transpose(1, -1)  # (N, ..., C)
        across = tuple(range(x.ndim - 1))
        count = all_reduce(torch.tensor(x.numel() / x.shape[1]))
        mean = all_reduce(rows.sum(across)) / count
        centred = rows - mean
        variance = all_reduce(centred.square().sum(across)) / count
        with torch.no_grad():
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum or 0.0)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum or 0.0)
        scaled = centred * (self.weight * (variance + self.eps).rsqrt()) + self.bias
        return scaled.transpose(1, -1).to(x.dtype)
