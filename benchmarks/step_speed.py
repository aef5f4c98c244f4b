"""Measures a training step of every model on this machine, side by side. JSON on stdout.

python benchmarks/step_speed.py --batch 32 --device cpu
"""

import argparse
import json
import statistics
import time

import torch

from eyeprentice.cost import count_cost
from eyeprentice.data.clips import Clip
from eyeprentice.models import build_model

MODELS = {"student": {}, "seen": {}, "teacher": {}}


def seconds_a_step(name: str, batch: int, device: str, rounds: int) -> list[float]:
    torch.manual_seed(0)
    model = build_model(name, MODELS[name]).to(device).train()
    optimizer = torch.optim.AdamW(model.parameters())
    clip = Clip(*(torch.rand(4, batch, 1, 90, 90, device=device) for _ in range(2)))
    target = torch.randint(0, 7, (batch,), device=device)
    times = []
    for _ in range(rounds + 2):
        started = time.perf_counter()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(clip).mean(0), target).backward()
        optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return times[2:]  # the first ones set things up


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    report = {}
    for name, options in MODELS.items():
        cost = count_cost(build_model(name, options), 4, 90)
        median = statistics.median(seconds_a_step(name, arguments.batch, arguments.device, arguments.rounds))
        report[name] = {"step_ms": round(1000 * median, 1), "parameters": cost.parameters, "macs": cost.macs}
    for name in report:
        report[name]["times_the_student"] = round(report[name]["step_ms"] / report["student"]["step_ms"], 2)
    print(json.dumps({"batch": arguments.batch, "device": arguments.device, "models": report}, indent=1))
