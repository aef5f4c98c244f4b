"""The student as a NIR graph (Pedersen et al., *Neuromorphic Intermediate Representation*, Nature Communications 2024),
made of nodes that snnTorch, norse and sinabs read.

NIR's neurons live in continuous time, `tau·dv/dt = -v + r·x`. One step of ours, `v <- leak·v + gain·x`, is one Euler
step of `DT` seconds with `tau = DT/(1 - leak)`. Importers take `r` for 1, so it is 1, and the threshold is scaled by
`(1 - leak)/gain` instead. Two things are loops. A loop's last edge is one step late in every simulator that runs NIR:

- A channel that the next layer is given one step late has a relay: a neuron beside it, which a spike of that channel
  drives above its threshold one step later. (None of the three reads `Delay`.)
- The read-out, `v <- leak·v + x`, is a linear layer that is also given what it said. (Only sinabs reads `LI`.)

Means over cells are sums that the weights of the linear layer divide. What a step does to the image beforehand
(contrast, and its change since earlier frames) has no place in NIR: the graph's input is (C, H, W) of analogue values.
"""

import io
from itertools import pairwise
from pathlib import Path

import nir
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from eyeprentice.files.whole import new_file
from eyeprentice.models import Model, Student
from eyeprentice.models.base import MapReadout
from eyeprentice.snn import Neuron, Shift, SpikingConvolution
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS

DT = 1e-4
"""Seconds of NIR's time a step: snnTorch takes no others."""

Nodes = dict[str, nir.NIRNode]


def to_nir(student: Model, size: int, metadata: dict[str, str]) -> nir.NIRGraph:
    """Convolutions, LIF neurons with their relays, the map's sums and a linear layer with a leak, one after another.

    Raises `InputError` for other models than a student, and for what NIR cannot say: a soft reset, weights that change
    from step to step, or cells that are not all of one size.
    """
    if not isinstance(student, Student):
        raise InputError("nir", "only a student can be written as a NIR graph", "export other models as onnx")
    if student.readout.step_weights > 1:
        what = f"has no weights that change from step to step, and this student has {student.readout.step_weights}"
        raise InputError("nir", what, "train one with --options.step_weights 1, or export it as onnx")
    maps = torch.zeros(1, student.eye.channels, size, size)
    nodes: Nodes = {"input": nir.Input({"input": np.array(maps.shape[1:])})}
    relays: Nodes = {}
    loops: list[tuple[str, str]] = []
    late = [shift.channels for shift in student.shifts if isinstance(shift, Shift)] + [0]  # the read-out gets none late
    for number, (layer, (before, after)) in enumerate(zip(student.layers, pairwise(late), strict=True)):
        if not isinstance(layer, SpikingConvolution):
            raise InputError("nir", "has no graded spikes", "train with --options.graded false, or export it as onnx")
        convolution = fuse_conv_bn_eval(layer.convolution.cpu().eval(), layer.norm.cpu().eval())
        nodes[f"convolution{number}"] = _convolution(convolution, maps, before, after)
        maps = convolution(maps)
        shape = (maps.shape[1] + after, *maps.shape[2:])
        nodes[f"lif{number}"] = _lif(layer.neurons.neuron, shape)
        if after:
            relays[f"relay{number}"] = _relay(layer.neurons.neuron, shape, after)
            loops += [(f"lif{number}", f"relay{number}"), (f"relay{number}", f"lif{number}")]
    nodes |= _readout(student.readout, maps)
    if "readout" in nodes:
        loops += [("readout", "readout")]
    nodes["output"] = nir.Output({"output": np.array(student.readout.linear.bias.shape)})
    # Of a node's edges the one into a loop comes first: norse and sinabs walk along them, and take what they meet last.
    edges = sorted([*loops, *pairwise(nodes)], key=lambda edge: list(nodes | relays).index(edge[0]))
    try:
        return nir.NIRGraph(nodes | relays, edges, metadata=_contract(student) | metadata)
    except (ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())
        raise InputError("nir", f"cannot hold this student ({reason[:200]})", "export it as onnx") from None


def _contract(student: Student) -> dict[str, str]:
    """What somebody has to know who runs the graph, in words."""
    eye = student.eye
    channels = ["local contrast" if eye.contrast else "grey, 0..1"]
    channels += ["its change since the first step"] if eye.change else []
    channels += ["its change since the previous step"] if eye.step_change else []
    moved = ", each frame first registered to the first one" if eye.registration else ""
    return {
        "input": "; ".join(channels) + moved,
        "output": "logits of " + " ".join(EMOTIONS),
        "seconds_a_step": str(DT),
        "loops": "the last edge of a loop (relay to lif, readout to readout) is one step late; it says 0 in the first",
    }


def write_nir(graph: nir.NIRGraph, path: Path) -> None:
    content = io.BytesIO()  # HDF5 has words of its own for a full disk
    nir.write(content, graph)
    with new_file(path) as partial:
        partial.write_bytes(content.getvalue())


def _convolution(layer: nn.Module, maps: Tensor, before: int, after: int) -> nir.Conv2d:
    """`layer`, which is given relays of its first `before` channels behind all of them, and says 0 to `after` more."""
    assert isinstance(layer, nn.Conv2d)
    assert layer.bias is not None
    weight, bias = layer.weight.detach(), layer.bias.detach()
    if before:
        weight = torch.cat([torch.zeros_like(weight[:, :before]), weight[:, before:], weight[:, :before]], dim=1)
    if after:
        weight = torch.cat([weight, weight.new_zeros(after, *weight.shape[1:])])
        bias = torch.cat([bias, bias.new_zeros(after)])
    return nir.Conv2d(
        input_shape=tuple(maps.shape[2:]), weight=weight.numpy(), bias=bias.numpy(),
        stride=layer.stride, padding=layer.padding, dilation=layer.dilation, groups=layer.groups,
    )  # fmt: skip


def _lif(neuron: Neuron, shape: tuple[int, ...]) -> nir.LIF:
    if neuron.reset != "hard":
        raise InputError("nir", "has no soft reset", "train with a hard reset")
    threshold = neuron.threshold * _step(neuron.leak) / neuron.gain
    return nir.LIF(
        tau=np.full(shape, DT / _step(neuron.leak)), r=np.ones(shape), v_leak=np.zeros(shape),
        v_threshold=np.full(shape, threshold),
    )  # fmt: skip


def _relay(neuron: Neuron, shape: tuple[int, ...], late: int) -> nir.Conv2d:
    """From the first `late` channels of a layer to its last ones: twice the current that makes one fire at once."""
    channels = shape[0]
    weight = np.zeros((channels, channels, 1, 1), np.float32)
    weight[np.arange(channels - late, channels), np.arange(late)] = 2 * neuron.threshold / neuron.gain
    bias = np.zeros(channels, np.float32)
    return nir.Conv2d(shape[1:], weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, bias=bias)


def _readout(readout: MapReadout, maps: Tensor) -> Nodes:
    """Sums over cells, the linear layer, and `y <- leak·(x/leak + y)` where it remembers: `x` is divided before."""
    _step(readout.leak)
    window, stride = _windows(maps.shape[-1], readout.cells)
    shape = {"input": np.array([maps.shape[1], readout.cells, readout.cells])}
    nodes: Nodes = {}
    if window > 1:
        nodes["sums"] = nir.SumPool2d(np.array([window] * 2), np.array([stride] * 2), np.array([0, 0]))
    nodes["flatten"] = nir.Flatten(shape, start_dim=-3, end_dim=-1)  # counted from behind, a batch is no matter
    weight, bias = (p.detach().cpu().numpy() / (readout.leak or 1) for p in readout.linear.parameters())
    nodes["linear"] = nir.Affine(weight / window**2, bias)
    if readout.leak:
        nodes["readout"] = nir.Affine(readout.leak * np.eye(len(bias), dtype=np.float32), np.zeros_like(bias))
    return nodes


def _step(leak: float) -> float:
    """`DT/tau`: what a neuron forgets in a step."""
    if leak == 1:
        raise InputError("nir", "has no neurons whose leak is 1, which forget nothing", "train with a leak below 1")
    return 1 - leak


def _windows(length: int, cells: int) -> tuple[int, int]:
    """Window and stride of an average pool that is an adaptive one from `length` to `cells`."""
    borders = [(i * length // cells, -(-(i + 1) * length // cells)) for i in range(cells)]
    windows = {high - low for low, high in borders}
    strides = {b[0] - a[0] for a, b in pairwise(borders)} or {1}
    if length < cells or len(windows) > 1 or len(strides) > 1:
        raise InputError(
            "nir", f"cannot average {length} places into {cells} cells", "train with another --options.cells"
        )
    return windows.pop(), strides.pop()
