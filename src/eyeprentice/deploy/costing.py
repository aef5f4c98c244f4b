"""What a run costs, as `cost.json` has it: operations and energy beside other models, latency and memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from eyeprentice.data.clips import Clip, random_starts
from eyeprentice.data.dataset import open_dataset
from eyeprentice.deploy.timing import time_on_device
from eyeprentice.judging.evaluation import held_out_sequences
from eyeprentice.judging.operations import Cost, count_cost
from eyeprentice.learning.runs import WEIGHTS, find_run, load_model
from eyeprentice.models import Model, build_model
from eyeprentice.models.seen import SEENSettings
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.settings import Sampling

Row = dict[str, Any]
PEERS = ("seen", "teacher")
"""What every table shows, untrained where no trained run is given."""


def cost_report(run: Path, data: Path, count: int, beside: Mapping[str, Path]) -> dict[str, Any]:
    """Counts `run`, the runs of `beside` and the peers, and times `run` if it can be exported.

    Trained models are counted on the same `count` sequences of `data`, which `run` was not trained on, each at the
    size it was trained for. Raises `InputError`.
    """
    model, config = load_model(run)
    others = {name: load_model(path) for name, path in beside.items()}
    rows = {config.model: row(count_cost(model, real_clip(model, config, run, config, data, count)), config.size)}
    ours = rows[config.model]
    if ours["acs"]:
        rows["ANN of its shape"] = dense_row(ours)
    for name, (other, theirs) in others.items():
        rows[f"{theirs.model} ({name})"] = row(
            count_cost(other, real_clip(other, theirs, run, config, data, count)), theirs.size
        )
    shown = {config.model, *(theirs.model for _, theirs in others.values())}
    for name in PEERS:
        if name not in shown:
            rows[f"{name}, untrained"] = untrained_row(name, config)
    report: dict[str, Any] = {"model": config.model, "sampling": str(config.sampling), "clips": count, "rows": rows}
    report |= {key: ours[key] for key in ("params", "macs", "acs", "energy_uj", "firing_rate")}
    report["size_on_disk"] = (find_run(run) / WEIGHTS).stat().st_size
    if not (model.needs_events or model.needs_whole_clips):
        report |= time_on_device(model, config)
    report["neurobench"] = neurobench(model, ours, report["size_on_disk"])
    return report


def real_clip(model: Model, its: Recipe, run: Path, config: Recipe, data: Path, count: int) -> Clip:
    """`count` clips for `model`, from random starts of sequences that `run` was not trained on."""
    dataset = open_dataset(data, its.size, events=model.needs_events)
    chosen = held_out_sequences(dataset, run, config)[0]
    generator = torch.Generator().manual_seed(0)
    order = chosen[torch.randperm(len(chosen), generator=generator)][:count]
    if count < 1 or not len(order):
        raise InputError("clips", f"{count} of {len(chosen)}", "give 1 or more")
    return dataset.clip(order, random_starts(dataset.lengths[order], its.sampling, generator), its.sampling)


def untrained_row(name: str, config: Recipe) -> Row:
    """A peer of the default shape, SEEN at its published size: what does not depend on its weights.

    The spikes of untrained layers mean nothing, so what they are given is left out (`acs` is None). The rest is
    multiplied whatever the numbers are, so that noise does for clips.
    """
    size = SEENSettings().size if name == "seen" else config.size
    model = build_model(name)
    counted = row(count_cost(model, noise(config.sampling, size)), size)
    without: Row = {"acs": None, "effective_macs": None, "activation_sparsity": None, "firing_rate": {}}
    energy = Cost(0, macs=counted["macs"], neuron_updates=counted["neuron_updates"])
    return counted | without | energies(energy)


def noise(sampling: Sampling, size: int) -> Clip:
    generator = torch.Generator().manual_seed(0)
    frames, events = torch.rand(2, sampling.steps, 1, 1, size, size, generator=generator)
    return Clip(frames, (2 * events - 1).round())


def row(counted: Cost, size: int) -> Row:
    """What the table says of one model at `size` x `size` pixels."""
    sparsity = counted.activation_sparsity
    return {
        "size": size,
        "params": counted.parameters,
        "dense_macs": counted.dense_macs,
        "macs": round(counted.macs),
        "effective_macs": round(counted.effective_macs),
        "acs": round(counted.acs),
        "neuron_updates": round(counted.neuron_updates),
        **energies(counted),
        "firing_rate": {name: round(rate, 4) for name, rate in counted.firing_rate.items()},
        "activation_sparsity": None if sparsity is None else round(sparsity, 4),
    }


def dense_row(ours: Row) -> Row:
    """An ANN of the same shape: every operation a multiplication, no state."""
    same = {key: ours[key] for key in ("size", "params", "dense_macs")}
    return same | {"macs": ours["dense_macs"], "acs": 0} | energies(Cost(0, macs=ours["dense_macs"]))


def energies(counted: Cost) -> dict[str, float]:
    return {
        "energy_uj": round(counted.energy_uj, 2),
        "energy_with_memory_uj": round(counted.energy_with_memory_uj, 2),
    }


def neurobench(model: Model, ours: Row, footprint: int) -> dict[str, Any]:
    """The same under the names of NeuroBench (Yik et al., Nature Communications 2025), which counts no zeros."""
    weights = [p for p in model.parameters() if p.ndim > 1]
    return {
        "footprint": footprint,
        "connection_sparsity": sum(int((p == 0).sum()) for p in weights) / sum(p.numel() for p in weights),
        "activation_sparsity": ours["activation_sparsity"],
        "synaptic_operations": {
            "Effective_MACs": ours["effective_macs"],
            "Effective_ACs": ours["acs"],
            "Dense": ours["dense_macs"],
        },
        "membrane_updates": ours["neuron_updates"],
        "parameter_count": ours["params"],
    }
