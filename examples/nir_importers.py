"""Loads an exported NIR file with snnTorch, norse and sinabs, and checks each of them by the pairs beside the file.

Example: python examples/nir_importers.py student.nir

Each importer that is installed is told what it needs to know. The dependencies that norse and sinabs declare are more
than is needed here: pip install snntorch nirtorch pbr && pip install --no-deps norse sinabs
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path

import nir
import torch
from torch import Tensor, nn


def in_snntorch(graph: nir.NIRGraph, batch: int) -> nn.Module:
    """Nothing is to be said: snnTorch takes every step for 1e-4 s. It prints what it scales."""
    with redirect_stdout(StringIO()):
        return import_module("snntorch.import_nir").import_from_nir(graph)


def in_norse(graph: nir.NIRGraph, batch: int) -> nn.Module:
    """norse takes a step for 1e-3 s if it is not told."""
    return import_module("norse.torch").from_nir(graph, dt=float(graph.metadata["seconds_a_step"]))


def in_sinabs(graph: nir.NIRGraph, batch: int) -> nn.Module:
    """sinabs fails at a `v_leak` of more than one dimension, and does not read a LIF as NIR defines it.

    Its time constants are in steps and decay exactly, not by Euler; its input is not scaled by dt/tau; a neuron spikes
    several times a step, and the threshold is subtracted. Its layers can do it NIR's way, if they are told.
    """
    layers, activation = import_module("sinabs.layers"), import_module("sinabs.activation")
    for node in graph.nodes.values():
        if isinstance(node, nir.LIF):
            assert not node.v_leak.any()
            node.v_leak = node.v_leak.flatten()
    net = import_module("sinabs.nir").from_nir(graph, batch_size=batch)
    for layer in net.modules():
        if isinstance(layer, layers.LIFSqueeze):
            forgotten = float(graph.metadata["seconds_a_step"]) / layer.tau_mem.data  # in a step, 0..1
            layer.spike_threshold.data = layer.spike_threshold.data / forgotten
            layer.tau_mem.data = -1 / torch.log(1 - forgotten)
            layer.spike_fn, layer.reset_fn = activation.SingleSpike, activation.MembraneReset()
    return net


IMPORTERS: dict[str, Callable[[nir.NIRGraph, int], nn.Module]] = {
    "snntorch": in_snntorch,
    "norse": in_norse,
    "sinabs": in_sinabs,
}


@torch.no_grad()
def run(net: nn.Module, inputs: Tensor) -> Tensor:
    """Step after step: (T, B, C, H, W) -> (T, B, 7). A net whose layers keep their state is good for one run."""
    rows, state = [], None
    for x in inputs:
        y, state = net(x, state)
        rows.append(y)
    return torch.stack(rows)


def pairs_of(path: Path) -> Path:
    return path.with_name(f"{path.stem}-pairs.nir")


def read_pairs(path: Path, graph: nir.NIRGraph) -> tuple[Tensor, Tensor]:
    """Inputs (T, B, C, H, W) and logits (T, B, 7) of the pairs beside the file `path`."""
    nodes = nir.read_data(str(pairs_of(path))).nodes
    values, logits = nodes["input"].observables["values"].data, nodes["output"].observables["logits"].data
    values = values.reshape(*values.shape[:2], *graph.nodes["input"].input_type["input"])
    return torch.from_numpy(values).transpose(0, 1), torch.from_numpy(logits).transpose(0, 1)


def main(path: Path) -> None:
    for file in (path, pairs_of(path)):
        if not file.is_file():
            print(f"error: {file}: no such file; write both with eyeprentice export --format nir", file=sys.stderr)
            sys.exit(2)
    inputs, wanted = read_pairs(path, nir.read(str(path)))
    for name, load in IMPORTERS.items():
        try:
            net = load(nir.read(str(path)), inputs.shape[1])
        except ModuleNotFoundError as error:
            print(f"{name}: not tried, there is no {error.name}; see the head of {Path(__file__).name}")
            continue
        apart = (run(net, inputs) - wanted).abs().amax(dim=(0, 2))
        print(f"{name}: {int((apart <= 1e-4).sum())} of {len(apart)} pairs within 1e-4, largest {apart.max():.2g}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="file of export --format nir, its pairs beside it")
    main(**vars(parser.parse_args()))
