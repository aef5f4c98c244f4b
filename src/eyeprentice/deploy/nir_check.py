"""Runs a NIR file by its equations and compares it with PyTorch; and pairs of input and output for other simulators."""

import io
from pathlib import Path

import nir
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from eyeprentice.data.clips import Clip
from eyeprentice.deploy.difference import SAME, Difference, difference
from eyeprentice.deploy.neuromorphic import DT
from eyeprentice.files.whole import new_file
from eyeprentice.models import Model, Student
from eyeprentice.models.base import check_answers


@torch.no_grad()
def run_nir(graph: nir.NIRGraph, inputs: Tensor) -> Tensor:
    """A plain simulator: (T, B, C, H, W) -> (T, B, 7). What a node has not said yet in a step, it said one step before.

    Raises `NotImplementedError` for a node that `to_nir` does not write.
    """
    order = ["input", *dict.fromkeys(after for _, after in graph.edges)]
    sources = {name: [before for before, after in graph.edges if after == name] for name in order}
    said, membranes, rows = dict[str, Tensor](), dict[str, Tensor](), []
    for x in inputs:
        for name in order:
            heard = [said[source] for source in sources[name] if source in said]
            said[name] = _node(graph.nodes[name], torch.stack(heard).sum(0) if heard else x, membranes, name)
        rows.append(said["output"])
    return torch.stack(rows)


def _node(node: nir.NIRNode, x: Tensor, membranes: dict[str, Tensor], name: str) -> Tensor:
    match node:
        case nir.Input() | nir.Output():
            return x
        case nir.Conv2d():
            weight, bias = torch.from_numpy(node.weight), torch.from_numpy(node.bias)
            return nn.functional.conv2d(x, weight, bias, tuple(node.stride), tuple(node.padding))
        case nir.LIF():
            tau, r, threshold = (torch.from_numpy(value) for value in (node.tau, node.r, node.v_threshold))
            v = membranes.get(name, torch.zeros_like(x))
            v = (v + DT / tau * (r * x - v)).float()
            fires = v > threshold
            membranes[name] = v.masked_fill(fires, 0)
            return fires.float()
        case nir.SumPool2d():
            return nn.functional.lp_pool2d(x, 1, tuple(node.kernel_size), tuple(node.stride))
        case nir.Flatten():
            return x.flatten(int(node.start_dim), int(node.end_dim))
        case nir.Affine():
            return nn.functional.linear(x, torch.from_numpy(node.weight), torch.from_numpy(node.bias))
    raise NotImplementedError(type(node).__name__)


@torch.no_grad()
def compare_nir(path: Path, student: Model, clips: NDArray[np.uint8], labels: Tensor) -> Difference:
    """Runs clips (T, B, H, W) through a written file, after the student's own preprocessing, and through PyTorch."""
    inputs, wanted = _inputs_and_logits(student, clips)
    check_answers(wanted)
    return difference(run_nir(nir.read(str(path)), inputs).numpy(), wanted.numpy(), labels)


@torch.no_grad()
def write_pairs(path: Path, pairs: Path, student: Model, clips: NDArray[np.uint8], count: int = 10) -> int:
    """Writes `pairs` beside the file `path`, in NIR's own form for data, and says how many: what goes in at the node
    `input` (`values`, each step (C, H, W) flattened) and what PyTorch says there at `output` (`logits`).

    They are of the first `count` clips of (T, B, H, W) that are no matter of rounding: where a membrane is at its
    threshold up to rounding, a simulator that is right may say otherwise.
    """
    inputs, logits = _inputs_and_logits(student, clips)
    apart = (run_nir(nir.read(str(path)), inputs) - logits).abs().amax(dim=(0, 2))
    chosen = torch.nonzero(apart <= SAME).flatten()[:count]
    nodes = {
        name: nir.NIRNodeData({observable: nir.TimeGriddedData(_samples(values[:, chosen]), DT)})
        for name, observable, values in (("input", "values", inputs), ("output", "logits", logits))
    }
    content = io.BytesIO()
    nir.write_data(content, nir.NIRGraphData(nodes))
    with new_file(pairs) as partial:
        partial.write_bytes(content.getvalue())
    return len(chosen)


def _samples(values: Tensor) -> NDArray[np.float32]:
    """(T, B, ...) -> (samples, time steps, neurons), as NIR has them."""
    return values.transpose(0, 1).flatten(2).numpy()


def _inputs_and_logits(student: Model, clips: NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
    assert isinstance(student, Student)
    frames = torch.from_numpy(clips)[:, :, None].float() / 255
    return student.eye(frames)[0], student(Clip(frames, None))[0]
