import subprocess
import sys
import tempfile
from json import loads
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from eyeprentice.cost import PJ_A_WORD, Cost, count_cost
from eyeprentice.data.clips import Clip, random_starts
from eyeprentice.data.dataset import Dataset, open_dataset
from eyeprentice.deploy.onnx import to_onnx, write_onnx
from eyeprentice.deploy.step import exported_step
from eyeprentice.errors import InputError
from eyeprentice.evaluation import held_out_sequences
from eyeprentice.files import write_json
from eyeprentice.models import Model, build_model
from eyeprentice.models.student import Student
from eyeprentice.runs import WEIGHTS, Config, load_model


def cost(
    run: Path,
    *,
    data: Path,
    out: Path | None = None,
    clips: int = 70,
    beside: list[Path] = [],  # noqa: B006
) -> None:
    """Count what a model computes on real clips, beside SEEN, the teacher and an ANN of the same shape.

    Firing rates, and what follows from them, are measured on clips of sequences that the run was not trained on. SEEN
    and the teacher are counted without weights, so that their spikes are left out and their energy is a lower bound;
    name trained runs with --beside to have them measured.

    Example: eyeprentice cost runs/student --data data/simulated

    Args:
        run: a finished run
        data: the dataset to measure firing rates on
        out: where to write cost.json; by default into the run
        clips: how many
        beside: other finished runs for the table
    """
    model, config = load_model(run)
    dataset = open_dataset(data, config.size, events=True)
    chosen, _ = held_out_sequences(dataset, run, config)
    clip = _clip(dataset, chosen, config, clips)
    rows = {config.model: _row(count_cost(model, _seen_by(model, clip)))}
    if isinstance(model, Student):
        dense = rows["student"]
        energy = {"energy_uj": dense["dense_energy_uj"], "energy_with_memory_uj": dense["dense_energy_with_memory_uj"]}
        same = {key: dense[key] for key in ("params", "dense_macs")}
        rows["ANN of its shape"] = same | {"macs": dense["dense_macs"], "acs": 0.0, "bound": False, **energy}
    for other in beside:
        theirs, their_config = load_model(other)
        rows[f"{their_config.model} ({other})"] = _row(count_cost(theirs, _seen_by(theirs, clip)))
    for name in ("seen", "teacher"):
        if not any(row.split(" (")[0] == name for row in rows):
            options = {"size": config.size} if name == "seen" else {}
            peer = build_model(name, options)
            rows[f"{name}, spikes left out"] = _row(count_cost(peer, _seen_by(peer, clip)), bound=True)
    report: dict[str, Any] = {"model": config.model, "sampling": str(config.sampling), "clips": clips, "rows": rows}
    report |= {key: rows[config.model][key] for key in ("params", "macs", "acs", "energy_uj", "firing_rate")}
    report["size_on_disk"] = (run / WEIGHTS).stat().st_size
    if isinstance(model, Student):
        report |= _on_device(model, config)
    # the names that NeuroBench has for the same things (Yik et al., Nature Communications 2025)
    firing = list(report["firing_rate"].values())
    report["neurobench"] = {
        "footprint": report["size_on_disk"],
        "connection_sparsity": float(_zeros(model)),
        "activation_sparsity": 1 - sum(firing) / len(firing) if firing else 0.0,
        "synaptic_operations": {
            "Effective_MACs": report["macs"],
            "Effective_ACs": report["acs"],
            "Dense": rows[config.model]["dense_macs"],
        },
        "membrane_updates": rows[config.model]["neuron_updates"],
        "parameter_count": report["params"],
    }
    write_json(out or run / "cost.json", report)
    _print(report, rows)
    print(f"{out or run / 'cost.json'}: written")


def _clip(dataset: Dataset, chosen: torch.Tensor, config: Config, count: int) -> Clip:
    generator = torch.Generator().manual_seed(0)
    order = chosen[torch.randperm(len(chosen), generator=generator)][:count]
    if count < 1 or not len(order):
        raise InputError("clips", f"{count} of {len(chosen)}", "give 1 or more")
    starts = random_starts(dataset.lengths[order], config.sampling, generator)
    return dataset.clip(order, starts, config.sampling)


def _seen_by(model: Model, clip: Clip) -> Clip:
    return clip if model.needs_events else Clip(clip.frames, None)


def _row(counted: Cost, bound: bool = False) -> dict[str, Any]:
    """What the table says of one model; with `bound`, of an untrained one, whose spikes mean nothing."""
    if bound:
        counted.acs, counted.firing_rate = 0.0, {}
    words = 2 * counted.dense_macs
    return {
        "params": counted.parameters,
        "dense_macs": counted.dense_macs,
        "macs": round(counted.macs),
        "acs": round(counted.acs),
        "neuron_updates": round(counted.neuron_updates),
        "energy_uj": round(counted.energy_uj, 2),
        "energy_with_memory_uj": round(counted.energy_with_memory_uj, 2),
        "dense_energy_uj": round(counted.dense_energy_uj, 2),
        "dense_energy_with_memory_uj": round(counted.dense_energy_uj + PJ_A_WORD * words / 1e6, 2),
        "firing_rate": {name: round(rate, 4) for name, rate in counted.firing_rate.items()},
        "bound": bound,
    }


def _zeros(model: Model) -> float:
    weights = [p for p in model.parameters() if p.ndim > 1]
    return sum(int((p == 0).sum()) for p in weights) / sum(p.numel() for p in weights)


MEASURE = """
import json, pathlib, re, resource, sys, time
started = time.perf_counter()
from eyeprentice.runtime import Recognizer
import numpy as np
recognizer = Recognizer(sys.argv[1], threads=int(sys.argv[2]))
frames = np.random.default_rng(0).integers(0, 256, (50, recognizer.model.size, recognizer.model.size), dtype=np.uint8)
recognizer.step(frames[0])
first = time.perf_counter() - started
times = []
for number in range(1500):
    began = time.perf_counter()
    recognizer.step(frames[number % 50])
    times.append(time.perf_counter() - began)
if sys.platform == "linux":  # where ru_maxrss also remembers the process that started this one
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
p50, p99 = np.percentile(np.array(times[200:]) * 1000, [50, 99])
print(json.dumps({"p50": round(p50, 3), "p99": round(p99, 3), "cold_start_s": round(first, 2), "peak": round(peak)}))
"""


def _on_device(model: Model, config: Config) -> dict[str, Any]:
    """Latency a frame at one and two threads, cold start and peak memory, each in a process without torch."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "student.onnx"
        step = exported_step(model, config.size, ready=True)
        write_onnx(to_onnx(step), step, config, file, {"sharpness": "0.2", "hazard_hz": "3"})
        rows = {}
        for threads in (1, 2):
            command = [sys.executable, "-c", MEASURE, str(file), str(threads)]
            rows[threads] = loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        size = file.stat().st_size
    return {
        "latency_ms": {str(threads): {"p50": row["p50"], "p99": row["p99"]} for threads, row in rows.items()},
        "cold_start_s": rows[1]["cold_start_s"],
        "peak_memory_mb": rows[1]["peak"],
        "onnx_bytes": size,
    }


def _print(report: dict[str, Any], rows: dict[str, dict[str, Any]]) -> None:
    ours = rows[report["model"]]
    table = Table(
        title=f"a clip ({report['sampling']}), mean of {report['clips']}", title_justify="left", pad_edge=False
    )
    for column in ("model", "parameters", "dense MAC", "MAC", "AC", "energy µJ", "times", "with memory µJ", "times"):
        table.add_column(column, justify="left" if column == "model" else "right")
    for name, row in rows.items():
        least = "≥ " if row["bound"] else ""
        table.add_row(
            name, f"{row['params']:,}", *(f"{row[key] / 1e6:.1f} M" for key in ("dense_macs", "macs", "acs")),
            f"{least}{row['energy_uj']:.1f}", f"{least}{row['energy_uj'] / ours['energy_uj']:.1f}",
            f"{least}{row['energy_with_memory_uj']:.1f}",
            f"{least}{row['energy_with_memory_uj'] / ours['energy_with_memory_uj']:.1f}",
        )  # fmt: skip
    console = Console() if Console().is_terminal else Console(width=130)
    console.print(table)
    rates = ", ".join(f"{name} {100 * rate:.1f} %" for name, rate in report["firing_rate"].items())
    console.print(f"firing rates: {rates}", highlight=False)
    if "latency_ms" in report:
        one, two = report["latency_ms"]["1"], report["latency_ms"]["2"]
        console.print(
            f"a frame, ONNX Runtime: {one['p50']} ms (p99 {one['p99']}) on one thread, "
            f"{two['p50']} ({two['p99']}) on two;"
            f" first answer after {report['cold_start_s']} s, peak memory {report['peak_memory_mb']} MB",
            highlight=False,
        )
    cheaper = [name for name, row in rows.items() if row["energy_uj"] < ours["energy_uj"]]
    cheaper += [
        f"{n}, memory counted" for n, r in rows.items() if r["energy_with_memory_uj"] < ours["energy_with_memory_uj"]
    ]
    if cheaper:
        console.print(f"cheaper than the {report['model']}: {', '.join(cheaper)}")
