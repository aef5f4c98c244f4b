"""The finder's ONNX file, written node by node: batch norms are folded into the convolutions before them."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from eyeprentice import __version__
from eyeprentice.eye.contract import CELL, FORMAT, Rules
from eyeprentice.files.seal import sealed
from eyeprentice.files.whole import new_file
from eyeprentice.finder.architecture import BLUR, NOISE, TYPICAL_SIZE, FinderNetwork

OPSET, IR = 17, 8
"""The oldest that have all that is needed: every runtime reads them."""
Weights = NDArray[np.float32]


class Graph:
    """Nodes and constants, one after another; each method gives the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: object, kind: type = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def node(self, kind: str, *inputs: str, outputs: int = 1, result: str = "", **attributes: Any) -> list[str]:
        names = [result or f"{kind.lower()}{len(self.nodes)}_{number}" for number in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names

    def one(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.node(kind, *inputs, **attributes)[0]

    def convolve(self, x: str, layer: nn.Conv2d, norm: nn.BatchNorm2d | None) -> str:
        weight, bias = folded(layer, norm)
        pads = [*layer.padding, *layer.padding]
        return self.one(
            "Conv", x, self.constant(weight), self.constant(bias), kernel_shape=list(layer.kernel_size),
            strides=list(layer.stride), pads=pads, group=layer.groups,
        )  # fmt: skip


def folded(layer: nn.Conv2d, norm: nn.BatchNorm2d | None) -> tuple[Weights, Weights]:
    """Weight and bias of a convolution that does what it and the batch norm after it do in use."""
    weight = layer.weight.detach().double()
    bias = torch.zeros(len(weight)).double() if layer.bias is None else layer.bias.detach().double()
    if norm is not None:
        assert norm.running_var is not None
        assert norm.running_mean is not None
        gain = norm.weight.detach().double() / torch.sqrt(norm.running_var.double() + norm.eps)
        weight = weight * gain[:, None, None, None]
        bias = (bias - norm.running_mean.double()) * gain + norm.bias.detach().double()
    return weight.float().numpy(), bias.float().numpy()


def build(network: FinderNetwork, metadata: dict[str, str], shift: float = 0.0) -> onnx.ModelProto:
    """The whole graph, uint8 frame (H, W) -> eyes (7, H/8, W/8).

    `shift` is added to the probability's logit, so that the threshold chosen for it is at 0.5.
    """
    g = Graph()
    grey = g.one("Cast", "frame", to=TensorProto.FLOAT)
    grey = g.one("Unsqueeze", g.one("Div", grey, g.constant(255.0)), g.constant([0, 1], np.int64))
    x = _local_contrast(g, grey)
    for layer, norm in zip(network.stem, network.stem_norms, strict=True):
        x = g.one("Relu", g.convolve(x, layer, norm))  # type: ignore[arg-type]
    for block in network.blocks:
        y = g.convolve(x, block.look, block.look_norm)  # type: ignore[arg-type]
        y = g.one("Relu", g.convolve(y, block.widen, block.widen_norm))  # type: ignore[arg-type]
        x = g.one("Add", x, g.convolve(y, block.narrow, block.narrow_norm))  # type: ignore[arg-type]
    maps = g.one("Squeeze", g.convolve(g.one("Relu", x), network.head, None), g.constant([0], np.int64))
    parts = g.node("Split", maps, g.constant([1, 2, 1, 1, 2], np.int64), outputs=5, axis=0)
    done = [
        g.one("Sigmoid", g.one("Add", parts[0], g.constant(shift))),
        g.one("Mul", parts[1], g.constant(float(CELL))),
        g.one("Mul", g.one("Exp", parts[2]), g.constant(TYPICAL_SIZE)),
        parts[3],
        g.one("Sigmoid", parts[4]),
    ]
    g.node("Concat", *done, result="eyes", axis=0)
    frame = helper.make_tensor_value_info("frame", TensorProto.UINT8, ["height", "width"])
    eyes = helper.make_tensor_value_info("eyes", TensorProto.FLOAT, [7, "rows", "columns"])
    graph = helper.make_graph(g.nodes, "finder", [frame], [eyes], g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="eyeprentice")
    model.ir_version = IR
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    return model


def _local_contrast(g: Graph, grey: str) -> str:
    moments = g.one("Concat", grey, g.one("Mul", grey, grey), axis=1)
    moments = g.one("AveragePool", moments, kernel_shape=[CELL] * 2, strides=[CELL] * 2)
    moments = g.one("AveragePool", moments, kernel_shape=[BLUR] * 2, strides=[1, 1], pads=[BLUR // 2] * 4)
    scales = g.constant([1, 1, CELL, CELL])
    moments = g.one("Resize", moments, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")
    mean, square = g.node("Split", moments, g.constant([1, 1], np.int64), outputs=2, axis=1)
    variance = g.one("Relu", g.one("Sub", square, g.one("Mul", mean, mean)))
    deviation = g.one("Sqrt", g.one("Add", variance, g.constant(NOISE)))
    return g.one("Div", g.one("Sub", grey, mean), deviation)


def write_graph(path: Path, network: FinderNetwork, threshold: float, training: str) -> None:
    """Writes the file, sealed; a probability of `threshold` becomes 0.5 in it."""
    shift = float(np.clip(np.log(1 - threshold) - np.log(threshold), -4, 4))
    metadata = {"eyeprentice.finder": FORMAT, "eyeprentice.version": __version__, "training": training}
    metadata["rules"] = Rules().as_json()
    network = network.cpu().eval()
    with new_file(path) as partial:
        partial.write_bytes(sealed(build(network, metadata, shift).SerializeToString()))
