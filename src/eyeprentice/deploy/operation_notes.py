"""What a student's file says of its own operations, so that a runtime can count spikes and energy from the state alone.

A neuron that fired is reset to exactly 0, and a neuron that did not fire is 0 only if its current cancels its leak to
the last bit: so the zeros of a layer's membrane after a step are its spikes. What a spike costs depends on where it
is: an addition for every output of the next convolution that it reaches. (Spikes that the next layer is given one step
late are counted in the step in which they are fired.) Everything else of a step is multiplications, always the same
number.
"""

import json

import torch
from torch import nn

from eyeprentice.data.clips import Clip
from eyeprentice.deploy.integer import IntegerStudent
from eyeprentice.deploy.step import ExportedStep
from eyeprentice.judging.operations import PJ_A_MAC, PJ_AN_AC, count_cost
from eyeprentice.models.student import Student
from eyeprentice.snn import SpikingConvolution


def operation_notes(step: ExportedStep) -> dict[str, str]:
    """The entry `operations` of a file's metadata; nothing for models of which the above is not true.

    A JSON object: `macs` of one step; `pj_a_mac` and `pj_an_ac`, picojoules; `contrast`, the box in pixels and the
    floor with which the first layer's input is computed (null if it is given grey); and `layers`, of each in order the
    name of its `state`, the `sides` of its map (height and width) and whether its `channels` are the first or the last
    axis, and where its spikes go: the `outputs`, `kernel`, `stride` and `padding` of the next convolution, or 0 outputs
    for the last layer: what the read-out makes of it is among `macs` where it is given means, and left out where it is
    given spikes (fewer than a thousandth of the additions).
    """
    model = _student(step)
    if model is None:
        return {}
    layers = [layer for layer in model.layers if isinstance(layer, SpikingConvolution)]
    if len(layers) < len(model.layers) or any(layer.neurons.neuron.reset != "hard" for layer in layers):
        return {}
    maps = _maps(step)
    following = [_where(layer.convolution) for layer in layers[1:]]
    last = {"outputs": 0, "kernel": 1, "stride": 1, "padding": 0}
    eye = model.eye
    notes: dict[str, object] = {
        "macs": _macs_of_a_step(model, step.size) + _macs_of_units(model, step),
        "pj_a_mac": PJ_A_MAC,
        "pj_an_ac": PJ_AN_AC,
        "contrast": {"window": eye.window, "floor": eye.floor} if eye.contrast else None,
        "layers": [{**membrane, **where} for membrane, where in zip(maps, [*following, last], strict=True)],
    }
    return {"operations": json.dumps(notes, separators=(",", ":"))}


def _student(step: ExportedStep) -> Student | None:
    model = step.model.student if isinstance(step.model, IntegerStudent) else step.model
    return model if isinstance(model, Student) else None


def _maps(step: ExportedStep) -> list[dict[str, object]]:
    """Of each layer, the name of its membrane and how it lies there: (1, C, H, W), or (H·W, C) of whole numbers."""
    shapes = {name: shape for name, shape in zip(step.names, step.shapes, strict=True) if name.startswith("membrane")}
    if isinstance(step.model, IntegerStudent):
        sides = zip(shapes, step.model.sides, strict=True)
        return [{"state": name, "sides": [side, side], "channels": "last"} for name, side in sides]
    return [{"state": name, "sides": list(shape[2:]), "channels": "first"} for name, shape in shapes.items()]


def _where(convolution: nn.Conv2d) -> dict[str, int]:
    kernel, stride = convolution.kernel_size[0], convolution.stride[0]
    return {"outputs": convolution.out_channels, "kernel": kernel, "stride": stride, "padding": kernel // 2}


def _macs_of_units(model: Student, step: ExportedStep) -> int:
    """Of the linear layer that estimates action units, which no emotion needs."""
    layer = model.readout.units if step.units else None
    return 0 if layer is None else layer.weight.numel()


def _macs_of_a_step(model: Student, size: int) -> int:
    """Multiplications of a step that is not the first: its neurons leak."""
    frames = torch.rand(2, 1, 1, size, size, generator=torch.Generator().manual_seed(0))
    both, first = count_cost(model, Clip(frames, None)), count_cost(model, Clip(frames[:1], None))
    return round(both.macs - first.macs)
