"""What is exported: one step of a model, (frame, state) -> (logits, units, state), with all that happens to a picture.

Any model that keeps `Model`'s contract and needs frames alone can be exported. The state of the exported step is the
model's own, flattened: `state_names` says what its tensors are called.
"""

import torch
from torch import Tensor, nn
from torch.utils import _pytree as tree

from eyeprentice.data.clips import Clip
from eyeprentice.models import Model
from eyeprentice.models.base import MapModel
from eyeprentice.words.errors import InputError

GREY = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in grey, as OpenCV has them (ITU-R BT.601)."""
CLIPS = 4
"""Random clips on which a model's contract is tried before it is exported."""


class ExportedStep(nn.Module):
    """`step(frame, *state) -> logits, *state`: one call of the model's own forward with T = 1 and B = 1.

    With names of action `units` it is `logits, units, *state`: the model's estimates (U,), cut to 0..1.

    `frame` is uint8 (H, W, C) of any height and width: grey (C = 1) or red, green, blue (C = 3); or, if `ready`, only
    grey and of the model's own size, which saves the work. Logits are (7,). The state's tensors begin as zeros: rest.
    """

    def __init__(self, model: Model, size: int, ready: bool = False, units: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.model, self.size, self.ready, self.units = model.cpu().eval(), size, ready, units
        with torch.no_grad():
            _, state = self.model(Clip(torch.zeros(1, 1, 1, size, size), None))
        named, self.tree = tree.tree_flatten_with_path(state)
        self.names = state_names([path for path, _ in named])
        self.shapes = [tuple(tensor.shape) for _, tensor in named]

    def rest(self) -> tuple[Tensor, ...]:
        return tuple(torch.zeros(shape) for shape in self.shapes)

    def forward(self, frame: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        image = frame.squeeze(-1).float() if self.ready else resized(grey_of(frame), self.size)
        clip = Clip(image.reshape(1, 1, 1, self.size, self.size) / 255, None)
        before = tree.tree_unflatten(state, self.tree)
        if not self.units:
            logits, after = self.model(clip, before)
            return logits.flatten(), *tree.tree_leaves(after)
        assert isinstance(self.model, MapModel)
        estimate = self.model.estimate(clip, before)
        return estimate.logits.flatten(), estimate.units.flatten().clamp(0, 1), *tree.tree_leaves(estimate.state)


def exported_step(model: Model, size: int, ready: bool = False, units: tuple[str, ...] = ()) -> ExportedStep:
    """The step of a model that is given frames of `size` x `size` pixels, and estimates action `units` of these names.

    Units that nobody named are left out, for nobody learnt them.

    Raises `InputError` for models that cannot be stepped from frames alone, and for those that do not keep the
    contract: steps from a state of zeros must give what a clip at once gives.
    """
    if model.needs_events or model.needs_whole_clips:
        needs = "events" if model.needs_events else "whole clips"
        raise InputError(
            "model",
            f"needs {needs}, so it cannot read single frames",
            "export a model that needs only frames, for example a student",
        )
    if units and (not isinstance(model, MapModel) or count_units(model) != len(units)):
        what = f"does not estimate the {len(units)} action units {','.join(units)} that its run names"
        raise InputError("model", what, "train the run again")
    step = ExportedStep(model, size, ready, units)
    # a few spikes differ where convolutions of another batch are summed in another order, hence most of several clips
    if sum(_agrees(step, seed) for seed in range(CLIPS)) <= CLIPS / 2:
        what = "gives other logits step by step than for the clip at once"
        raise InputError("model", what, "let a state of zeros mean rest, and no step depend on later ones")
    return step


def count_units(model: MapModel) -> int:
    """Action units that a model has outputs for."""
    return 0 if model.readout.units is None else model.readout.units.out_features


@torch.no_grad()
def _agrees(step: ExportedStep, seed: int) -> bool:
    """Whether a random clip's steps, one by one from zeros, give its logits."""
    random = torch.Generator().manual_seed(seed)
    frames = torch.randint(0, 256, (3, step.size, step.size, 1), dtype=torch.uint8, generator=random)
    whole, _ = step.model(Clip(frames[:, None, None, ..., 0] / 255, None))
    rows, state = [], step.rest()
    for frame in frames:
        logits, *rest = step(frame, *state)
        after = rest[bool(step.units) :]
        if [part.shape for part in after] != [part.shape for part in state]:
            raise InputError("model", "changes the shapes of its state from step to step", "keep the shapes fixed")
        rows.append(logits)
        state = tuple(after)
    return torch.allclose(torch.stack(rows), whole[:, 0], atol=1e-3, rtol=1e-3)


def state_names(paths: list[tuple[object, ...]]) -> list[str]:
    """A name for each tensor of a state: the last named part of its path and the numbers after it, if that is enough.

    `.before.membrane[2]` becomes `membrane2`; what has no name is called `state`.
    """
    short, long = [], []
    for path in paths:
        parts = [str(getattr(key, "name", getattr(key, "key", getattr(key, "idx", key)))) for key in path]
        last = max((n for n, part in enumerate(parts) if not part.isdigit()), default=-1)
        short.append((parts[last] if last >= 0 else "state") + "_".join(parts[last + 1 :]))
        long.append("_".join(["state", *parts]))
    return short if len(set(short)) == len(short) else long


def grey_of(frame: Tensor) -> Tensor:
    """uint8 (H, W, 1) or (H, W, 3) -> float (H, W), 0..255."""
    channel = torch.arange(frame.shape[-1])
    last = channel[-1:]
    places = (channel == 0, channel == last // 2, channel == last)  # all of them channel 0 where C is 1
    weights = torch.stack([weight * place.float() for weight, place in zip(GREY, places, strict=True)]).sum(0)
    return (frame.permute(2, 0, 1).float() * weights[:, None, None]).sum(0)


def resized(image: Tensor, size: int) -> Tensor:
    """(H, W) -> (size, size), each pixel the mean over the area it covers, rounded: OpenCV's INTER_AREA."""
    rows, columns = (area_matrix(length, size) for length in image.shape)
    return (rows @ image @ columns.T).round()


def area_matrix(length: int, size: int) -> Tensor:
    """How much of each of `length` pixels lies in each of `size`, (size, length); rows sum to 1."""
    pixel = torch.arange(length).float()[None]
    scale = (pixel[:, -1:] + 1) / size  # of a length that is known only when a frame is there
    low = torch.arange(size).float()[:, None] * scale
    overlap = torch.minimum(low + scale, pixel + 1) - torch.maximum(low, pixel)
    return overlap.clamp(min=0) / scale
