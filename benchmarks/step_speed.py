"""Measures a training step of every model on this machine, side by side, and how far it is from the arithmetic's floor.

    python benchmarks/step_speed.py --batch 32 --accelerator cpu
    python benchmarks/step_speed.py --batch 64 256 --accelerator cuda --precision bf16-mixed --ways plain graph

`graph` replays the step as a CUDA graph, `compile` is torch.compile of the model. FLOPs are 2 x 3 x MACs (a backward
pass costs two forward ones); their floor is a large matrix product measured in the same run. JSON on stdout.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import torch
from torch.nn import functional as F

from eyeprentice.data.clips import Clip
from eyeprentice.judging.operations import count_size
from eyeprentice.models import build_model, place

MODELS = ("student", "seen", "teacher")


def prepare(name: str, batch: int, device: torch.device, autocast: bool, way: str) -> Callable[[], None]:
    torch.manual_seed(0)
    model = place(build_model(name), device).train()
    optimizer = torch.optim.AdamW(model.parameters(), fused=device.type == "cuda", capturable=way == "graph")
    clip = Clip(*(torch.rand(4, batch, 1, 90, 90, device=device) for _ in range(2)))
    target = torch.randint(0, 7, (batch,), device=device)
    run = torch.compile(model) if way == "compile" else model

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
            logits, _ = run(clip)
        F.cross_entropy(logits.float().mean(0), target).backward()
        optimizer.step()

    if way != "graph":
        return step
    aside = torch.cuda.Stream()
    with torch.cuda.stream(aside):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def seconds_a_step(step: Callable[[], None], rounds: int, cuda: bool) -> list[float]:
    times = []
    for _ in range(rounds + 3):
        started = time.perf_counter()
        step()
        if cuda:
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return times[3:]  # the first ones set things up


def ceiling_flops(device: torch.device, dtype: torch.dtype) -> float:
    size = 8192 if device.type == "cuda" else 1024
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))

    def product() -> None:
        torch.mm(a, b)

    return 2 * size**3 / statistics.median(seconds_a_step(product, 10, device.type == "cuda"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, nargs="+", default=[32])
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--accelerator", default="cpu")
    parser.add_argument("--precision", choices=["32-true", "bf16-mixed"], default="32-true")
    parser.add_argument("--ways", nargs="+", choices=["plain", "graph", "compile"], default=["plain"])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=argparse.FileType("w"), default="-")
    arguments = parser.parse_args()
    device, autocast = torch.device(arguments.accelerator), arguments.precision == "bf16-mixed"
    ceiling = ceiling_flops(device, torch.bfloat16 if autocast else torch.float32)
    rows = []
    for batch in arguments.batch:
        for way in arguments.ways:
            for name in arguments.models:
                cost = count_size(build_model(name), 4, 90)
                try:
                    step = prepare(name, batch, device, autocast, way)
                    median = statistics.median(seconds_a_step(step, arguments.rounds, device.type == "cuda"))
                except RuntimeError as error:
                    rows.append({"model": name, "batch": batch, "way": way, "failed": str(error).splitlines()[0]})
                    continue
                rows.append(
                    {
                        "model": name,
                        "batch": batch,
                        "way": way,
                        "step_ms": round(1000 * median, 2),
                        "clips_s": round(batch / median),
                        "share_of_ceiling": round(6 * cost.macs * batch / median / ceiling, 4),
                    }
                )
                student = next(
                    (r for r in rows if r["model"] == "student" and r["batch"] == batch and r["way"] == way), None
                )
                if student and "step_ms" in student:
                    rows[-1]["times_the_student"] = round(rows[-1]["step_ms"] / student["step_ms"], 2)
                del step
    report = {
        "device": arguments.accelerator,
        "precision": arguments.precision,
        "ceiling_tflops": round(ceiling / 1e12, 2),
    }
    json.dump(report | {"threads": torch.get_num_threads(), "rows": rows}, arguments.out, indent=1)
    print(file=arguments.out)


if __name__ == "__main__":
    main()
