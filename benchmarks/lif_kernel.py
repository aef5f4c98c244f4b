"""Checks and measures the fused LIF on a GPU, beside the unrolled form and SpikingJelly, against the copy bandwidth.

    python benchmarks/lif_kernel.py --out lif_kernel.json

Times are of CUDA graphs, as training uses. Bytes are those that must move: forward reads currents and writes spikes,
backward reads currents and the spikes' gradient and writes the currents' gradient; five passes. SpikingJelly is left
out where it is not installed.
"""

import argparse
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from triton.testing import do_bench, do_bench_cudagraph

from eyeprentice.snn import Arctan, Neuron, Rectangular, Sigmoid, Triangular, fused, lif_unrolled

SHAPES = {
    "student, first layer": (4, 256, 32, 30, 30),
    "teacher, first layer": (4, 256, 64, 45, 45),
    "E16": (16, 64, 64, 45, 45),
}
LEAK = 0.5


def check(trials: int) -> dict[str, float]:
    """Largest differences over random shapes, layouts, neurons and dtypes; the reference is in float64.

    A potential within rounding of the threshold may fire in one and not in the other: such neurons are counted and
    left out.
    """
    generator = torch.Generator().manual_seed(0)
    surrogates = (Arctan(), Arctan(5.0), Rectangular(), Sigmoid(), Triangular(0.7))
    worst: dict[str, float] = {}
    neurons = differing = 0
    for trial in range(trials):
        for surrogate, reset, detach, dtype in itertools.product(
            surrogates, ("hard", "soft"), (True, False), (torch.float32, torch.bfloat16)
        ):
            draw = torch.randint(1, 9, (4,), generator=generator).tolist()
            shape = (draw[0], draw[1], 8 * draw[2], draw[3] * 3, draw[3] * 3 + 1)
            neuron = Neuron(0.3 + 0.05 * draw[1], 0.5 + 0.1 * draw[2], 1.0 + 0.1 * draw[3], reset, detach, surrogate)
            x = torch.randn(shape, device="cuda").to(dtype)
            if trial % 3 == 1:
                x = x.flatten(0, 1).to(memory_format=torch.channels_last).unflatten(0, shape[:2])
            elif trial % 3 == 2:
                x = x.transpose(-1, -2).contiguous().transpose(-1, -2)
            x.requires_grad_()
            start = torch.randn(shape[1:], device="cuda").to(dtype).requires_grad_()
            gs, gv = torch.randn(shape, device="cuda").to(dtype), torch.randn(shape[1:], device="cuda").to(dtype)
            ours = fused.lif(x, start, neuron)
            x64, start64 = (t.detach().double().requires_grad_() for t in (x, start))
            theirs = lif_unrolled(x64, start64, neuron)
            given = torch.autograd.grad(ours, (x, start), (gs, gv))
            wanted = torch.autograd.grad(theirs, (x64, start64), (gs.double(), gv.double()))
            same = (ours[0] == theirs[0]).all(0)
            neurons, differing = neurons + same.numel(), differing + int((~same).sum())
            error = max(
                float(((a.detach().double() - b.detach()) * same).norm() / (b.detach() * same).norm().clamp(min=1e-9))
                for a, b in ((ours[1], theirs[1]), *zip(given, wanted, strict=True))
            )
            name = f"{type(surrogate).__name__} {str(dtype).removeprefix('torch.')}"
            worst[name] = max(worst.get(name, 0.0), error)
    return worst | {"neurons": neurons, "of_which_differ": differing}


def forward_and_backward(function: Callable[[Tensor], Tensor], x: Tensor, g: Tensor) -> float:
    """Median milliseconds, recorded as a CUDA graph as in training, so that launching is left out."""

    def both() -> None:
        torch.autograd.grad(function(x), x, g)

    with torch.cuda.stream(torch.cuda.Stream()):
        return do_bench_cudagraph(both, rep=200, return_mode="median")


def copy_bandwidth() -> float:
    """Of a large copy on the device, bytes read and written, in TB/s."""
    big = torch.randn(2**28, device="cuda")
    target = torch.empty_like(big)
    return 2 * big.nbytes / do_bench(lambda: target.copy_(big), return_mode="median") / 1e9


def spikingjelly() -> Callable[[Tensor], Tensor] | None:
    try:
        from spikingjelly.activation_based import functional, neuron, surrogate
    except ImportError as error:
        print("no SpikingJelly:", error)
        return None
    node = neuron.LIFNode(1 / (1 - LEAK), False, 1.0, 0.0, surrogate.ATan(2.0), True, step_mode="m").cuda()

    def run(x: Tensor) -> Tensor:
        functional.reset_net(node)
        return node(x)

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("build/lif_kernel.json"))
    parser.add_argument("--trials", type=int, default=6)
    arguments = parser.parse_args()
    report: dict = {
        "device": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "check": check(arguments.trials),
    }
    copy = copy_bandwidth()
    report["copy_tb_s"] = round(copy, 3)
    neuron = Neuron(leak=LEAK)
    rivals = {
        "fused": lambda x: fused.lif(x, None, neuron)[0],
        "unrolled": lambda x: lif_unrolled(x, None, neuron)[0],
        "spikingjelly": spikingjelly(),
    }
    for (name, shape), dtype in itertools.product(SHAPES.items(), (torch.bfloat16, torch.float32)):
        x = torch.randn(shape, device="cuda").to(dtype).requires_grad_()
        g = torch.randn(shape, device="cuda").to(dtype)
        least = 5 * x.nbytes
        row = {"megabytes": round(least / 1e6), "least_ms": round(least / copy / 1e9, 4)}
        for rival, function in rivals.items():
            if function is not None:
                ms = forward_and_backward(function, x, g)
                row[rival] = {"ms": round(ms, 4), "share_of_copy": round(row["least_ms"] / ms, 3)}
        report[f"{name}, {str(dtype).removeprefix('torch.')}"] = row
        print(name, dtype, json.dumps(row), flush=True)
    print(report["check"], report["copy_tb_s"])
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
