"""The step model: (frame, state) -> (logits, state), with all that happens to a camera's image inside.

It is what is exported. Batch norms are folded into the convolutions, so that what is left are convolutions and neurons.
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from eyeprentice.errors import InputError
from eyeprentice.models import Model
from eyeprentice.models.student import State, Student

GREY = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in grey, as OpenCV has them (ITU-R BT.601)."""


class StepModel(nn.Module):
    """`step(frame, age, first, membranes..., readout) -> logits, age, first, membranes..., readout`.

    `frame` is uint8 (H, W, C) of any height and width: grey (C = 1) or red, green, blue (C = 3); or, if `ready`, only
    grey and of the model's own size, which saves the work. Logits are (7,). The state's tensors begin as zeros: rest.
    """

    def __init__(self, student: Student, size: int, ready: bool = False) -> None:
        super().__init__()
        self.student, self.size, self.ready = folded(student), size, ready
        with torch.no_grad():  # once for real: what is computed once and kept must not come from an exporter's tracing
            self(torch.zeros(size, size, 1, dtype=torch.uint8), *self.rest())

    def rest(self) -> tuple[Tensor, ...]:
        return flat(self.student.rest(1, self.size))

    def forward(self, frame: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        age, first, *membranes, readout = state
        image = frame.squeeze(-1).float() if self.ready else resized(grey(frame), self.size)
        image = image[None, None]
        logits, after = self.student.step(image / 255, State(age, first, tuple(membranes), readout))
        return logits[0], *flat(after)


def flat(state: State) -> tuple[Tensor, ...]:
    return state.age, state.first, *state.membranes, state.readout


def state_names(step: StepModel) -> list[str]:
    layers = len(step.student.layers)
    return ["age", "first", *(f"membrane{number}" for number in range(layers)), "readout"]


def step_model(model: Model, size: int, ready: bool = False) -> StepModel:
    """Raises `InputError` for models that are no student: they need events, or whole clips."""
    if not isinstance(model, Student):
        raise InputError("model", "only a student can be stepped frame by frame", "give a run of --model student")
    return StepModel(model, size, ready).eval()


def folded(student: Student) -> Student:
    """A copy whose batch norms have become part of the convolutions before them; in evaluation the same function."""
    student = copy.deepcopy(student).cpu().eval()
    for layer in student.spiking:
        layer[0][0] = fuse_conv_bn_eval(layer[0][0], layer[0][1])
        layer[0][1] = nn.Identity()
    return student


def grey(frame: Tensor) -> Tensor:
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
