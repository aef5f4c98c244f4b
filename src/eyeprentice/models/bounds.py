"""How large a model may be: known before it takes memory, whatever its settings say.

Models are first built, and given one frame, on torch's device "meta", where tensors have a shape and no content. The
weights and layers of a model are counted as they are made, and so are the bytes of everything that is computed of a
frame: what is too much ends it there. So this takes neither long nor much memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as registry
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from eyeprentice.data.clips import Clip
from eyeprentice.models.base import Model
from eyeprentice.words import limits

LARGEST: dict[type, float] = {int: 2**31, float: 1e6}
"""Of the numbers among a model's settings, whatever they mean."""


class TooLarge(Exception):  # noqa: N818
    """What is asked for is larger than any model."""


def check_numbers(settings: Any) -> None:
    """Raises `ValueError` where a setting is no number that a model can have."""
    for name, value in ((field.name, getattr(settings, field.name)) for field in fields(settings)):
        several = value if isinstance(value, tuple | list) else (value,)
        if len(several) > limits.LAYERS:
            raise ValueError(f"{name} has {len(several)} values: {limits.LAYERS} at most")
        for each in several:
            most = LARGEST.get(type(each))
            if most is not None and not abs(each) <= most:  # NaN is neither
                raise ValueError(f"{name} must be within -{most:g}..{most:g}, not {each}")


@contextmanager
def counted() -> Iterator[None]:
    """Raises `TooLarge` in the block as soon as the weights or the layers that are made there are too many."""
    modules = weights = 0

    def count_module(*_: Any) -> None:
        nonlocal modules
        modules += 1
        if modules > limits.MODULES:
            raise TooLarge(f"a model of more than {limits.MODULES:,} layers")

    def count_weights(_: nn.Module, __: str, tensor: Any) -> None:
        nonlocal weights
        weights += 0 if tensor is None else tensor.numel()
        if weights > limits.PARAMETERS:
            raise TooLarge(f"a model of {weights:,} parameters or more; {limits.PARAMETERS:,} is the most")

    hooks = [
        registry.register_module_module_registration_hook(count_module),
        registry.register_module_parameter_registration_hook(count_weights),
        registry.register_module_buffer_registration_hook(count_weights),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class _Computed(TorchDispatchMode):
    """Adds up the bytes of what is computed; raises `TooLarge` when they are too many."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.bytes = 0

    def __torch_dispatch__(self, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        made = function(*given, **(named or {}))
        if not function.is_view:
            self.bytes += sum(part.nbytes for part in tree_leaves(made) if isinstance(part, Tensor))
        if self.bytes > limits.FRAME_BYTES:
            raise TooLarge(f"more than {limits.FRAME_BYTES >> 20:,} MB for one frame")
        return made


@torch.no_grad()
def frame_bytes(model: Model, size: int) -> int | None:
    """Bytes of all that `model`, on "meta", computes of one frame of size x size; raises `TooLarge`.

    None for a model that cannot be told so: one that does not read such frames, or that looks at what it computes.
    """
    with _Computed() as computed, torch.device("meta"):
        frame = torch.zeros(1, 1, 1, size, size)
        try:
            model.eval()(Clip(frame, frame))
        except (RuntimeError, NotImplementedError, ValueError, TypeError):  # whoever trains it is told by a trial
            return None
    return computed.bytes
