"""The student as a NIR graph (Pedersen et al., *Neuromorphic Intermediate Representation*, Nature Communications 2024).

NIR's neurons live in continuous time, `tau·dv/dt = -v + r·x`. One step of ours, `v <- leak·v + x`, is one Euler step of
`DT` seconds with `tau = DT/(1 - leak)` and `r = tau/DT`; `DT` is snnTorch's. Channels that a layer is given one step
late pass a `Delay` of `DT`, the others one of 0. What a step does to the image beforehand (contrast, and its change
since earlier frames) has no place in NIR: the graph's input is (C, H, W) of analogue values.
"""

from itertools import pairwise
from pathlib import Path

import nir
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from eyeprentice.data.clips import Clip
from eyeprentice.deploy.difference import Difference, difference
from eyeprentice.files.whole import new_file
from eyeprentice.models import Model, Student
from eyeprentice.snn import Shift, SpikingConvolution
from eyeprentice.words.errors import InputError

DT = 1e-4
"""Seconds of NIR's time a step."""


def to_nir(student: Model, size: int, metadata: dict[str, str]) -> nir.NIRGraph:
    """Convolutions, LIF and delays, the map's means, a linear layer and leaky integrators, one after another.

    Raises `InputError` for other models than a student, and for what NIR cannot say: a soft reset, weights that change
    from step to step, or cells that are not all of one size.
    """
    if not isinstance(student, Student):
        raise InputError("nir", "only a student can be written as a NIR graph", "export other models as onnx")
    if student.readout.step_weights > 1:
        what = f"has no weights that change from step to step, and this student has {student.readout.step_weights}"
        raise InputError("nir", what, "train one with --options.step_weights 1, or export it as onnx")
    x = torch.zeros(1, student.eye.channels, size, size)
    nodes: dict[str, nir.NIRNode] = {"input": nir.Input({"input": np.array(x.shape[1:])})}
    for number, (shift, layer) in enumerate(zip(student.shifts, student.layers, strict=True)):
        if not isinstance(layer, SpikingConvolution):
            raise InputError("nir", "has no graded spikes", "train with --options.graded false, or export it as onnx")
        assert isinstance(shift, Shift)
        neuron = layer.neurons.neuron
        if neuron.reset != "hard":
            raise InputError("nir", "has no soft reset", "train with a hard reset")
        convolution = fuse_conv_bn_eval(layer.convolution.cpu().eval(), layer.norm.cpu().eval())
        if shift.channels:
            late = np.zeros(x.shape[1:])
            late[: shift.channels] = DT
            nodes[f"delay{number}"] = nir.Delay(late)
        nodes[f"convolution{number}"] = _convolution(convolution, x)
        x = convolution(x)
        nodes[f"lif{number}"] = nir.LIF(
            **_leak(neuron.leak, tuple(x.shape[1:]), neuron.gain), v_threshold=np.full(x.shape[1:], neuron.threshold)
        )
    readout = student.readout
    window, stride = _windows(x.shape[-1], readout.cells)
    nodes["means"] = nir.AvgPool2d(np.array([window] * 2), np.array([stride] * 2), np.array([0, 0]))
    shape = np.array([x.shape[1], readout.cells, readout.cells])
    nodes["flatten"] = nir.Flatten({"input": shape}, start_dim=0, end_dim=-1)
    weight, bias = (parameter.detach().cpu().numpy() for parameter in (readout.linear.weight, readout.linear.bias))
    nodes["linear"] = nir.Affine(weight, bias)
    nodes["readout"] = nir.LI(**_leak(readout.leak, bias.shape))
    nodes["output"] = nir.Output({"output": np.array(bias.shape)})
    names = list(nodes)
    return nir.NIRGraph(nodes, list(pairwise(names)), metadata=metadata)


def write_nir(graph: nir.NIRGraph, path: Path) -> None:
    with new_file(path) as partial:
        nir.write(str(partial), graph)


@torch.no_grad()
def run_nir(graph: nir.NIRGraph, inputs: Tensor) -> Tensor:
    """A plain simulator, by the equations above: (T, B, C, H, W) -> (T, B, 7). It is what export checks files with."""
    order = [name for name, _ in graph.edges]
    rows, state = [], dict[str, Tensor]()
    for x in inputs:
        for name in order:
            node = graph.nodes[name]
            if isinstance(node, nir.Conv2d):
                weight, bias = torch.from_numpy(node.weight), torch.from_numpy(node.bias)
                x = nn.functional.conv2d(x, weight, bias, tuple(node.stride), tuple(node.padding))
            elif isinstance(node, nir.Delay):
                before = state.get(name, torch.zeros_like(x))
                state[name], x = x, torch.where(torch.from_numpy(node.delay) > 0, before, x)
            elif isinstance(node, nir.LIF | nir.LI):
                tau, r = (torch.from_numpy(np.asarray(value)) for value in (node.tau, node.r))
                v = state.get(name, torch.zeros_like(x))
                v = (v + DT / tau * (r * x - v)).float()
                if isinstance(node, nir.LIF):
                    fires = v > torch.from_numpy(node.v_threshold)
                    state[name], x = torch.where(fires, 0.0, v), fires.float()
                else:
                    state[name] = x = v
            elif isinstance(node, nir.AvgPool2d):
                x = nn.functional.avg_pool2d(x, tuple(node.kernel_size), tuple(node.stride))
            elif isinstance(node, nir.Flatten):
                x = x.flatten(1)
            elif isinstance(node, nir.Affine):
                x = nn.functional.linear(x, torch.from_numpy(node.weight), torch.from_numpy(node.bias))
        rows.append(x)
    return torch.stack(rows)


@torch.no_grad()
def compare_nir(path: Path, student: Model, clips: NDArray[np.uint8], labels: Tensor) -> Difference:
    """Runs clips (T, B, H, W) through a written file, after the student's own preprocessing, and through PyTorch."""
    assert isinstance(student, Student)
    frames = torch.from_numpy(clips)[:, :, None].float() / 255
    inputs, _ = student.eye(frames)
    wanted, _ = student(Clip(frames, None))
    return difference(run_nir(nir.read(str(path)), inputs).numpy(), wanted.numpy(), labels)


def _convolution(layer: nn.Module, x: Tensor) -> nir.Conv2d:
    assert isinstance(layer, nn.Conv2d)
    assert layer.bias is not None
    return nir.Conv2d(
        input_shape=tuple(x.shape[2:]), weight=layer.weight.detach().numpy(), bias=layer.bias.detach().numpy(),
        stride=layer.stride, padding=layer.padding, dilation=layer.dilation, groups=layer.groups,
    )  # fmt: skip


def _leak(leak: float, shape: tuple[int, ...], gain: float = 1.0) -> dict[str, NDArray[np.float64]]:
    if leak == 1:
        raise InputError("nir", "has no neurons whose leak is 1, which forget nothing", "train with a leak below 1")
    tau = DT / (1 - leak)
    return {"tau": np.full(shape, tau), "r": np.full(shape, gain * tau / DT), "v_leak": np.zeros(shape)}


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
