"""The whole of a benchmark: what is left of it, several runs at once, and then the tables."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eyeprentice.files.whole import new_file, read_json, write_json
from eyeprentice.studies.benchmark.job import Task, check_data, do, is_done, named_data, tasks_of
from eyeprentice.studies.benchmark.plan import Plan
from eyeprentice.studies.benchmark.pool import do_all
from eyeprentice.studies.benchmark.table import LATENCY, collect, to_csv, to_markdown
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress
from eyeprentice.words.recipe import flat

RUNS, RECORD = "runs", "asked.json"
ANOTHER = "choose another --out"


@dataclass(frozen=True)
class RunSettings:
    """How, apart from what."""

    repeats: int
    control_repeats: int
    accelerator: str
    processes: int
    """For each device."""
    minutes: float | None
    """After which nothing goes on, and what is there is told."""
    latency: bool = False
    """Whether it is measured at the end how long a frame takes."""


def run_plan(plan: Plan, folders: Sequence[Path], out: Path, asked: RunSettings) -> dict[str, str]:
    """Does what is missing of `plan` in `out`, writes the tables, and returns the faults by job.

    The first of `folders` is learnt from; all are tested on. Whenever it is interrupted, the same call goes on.
    """
    started = time.monotonic()
    data = named_data(folders)
    tasks = tasks_of(plan, data, out / RUNS, asked.repeats, asked.control_repeats, asked.accelerator)
    read_plan_record(out)  # before anything that takes time
    record_plan(out, plan, check_data(data, tasks), asked.repeats, asked.control_repeats)
    left = [task for task in tasks if not is_done(task)]
    deadline = None if asked.minutes is None else started + 60 * asked.minutes
    there = {task.name for task in tasks} - {task.name for task in left}
    faults: dict[str, str] = {}
    with progress("benchmark", len(left)) as advance:
        for result in do_all(left, do, devices_of(asked), deadline, there):
            advance(f"{result.name}: {result.fault or f'{result.seconds:.0f} s'}")
            if result.fault:
                faults[result.name] = result.fault
    write_tables(plan, tasks, list(data), out)
    if asked.latency:
        time_frames(tasks)
        write_tables(plan, tasks, list(data), out)
    return faults


def write_tables(plan: Plan, tasks: Sequence[Task], data: Sequence[str], out: Path) -> None:
    """benchmark.json, .csv, .md and pareto.png, of everything that is finished; raises `InputError` if nothing is."""
    from eyeprentice.judging.figures import pareto_figure

    results = collect(plan, tasks)
    entries = results["entries"]
    if not entries:
        raise InputError(out, "no run is finished", "run the same command again: it resumes")
    write_json(out / "benchmark.json", results)
    for name, text in (("benchmark.csv", to_csv(results)), ("benchmark.md", to_markdown(plan, results, data))):
        with new_file(out / name) as partial:
            partial.write_text(text, "utf-8")
    shown = [entry.name for entry in plan.entries if entry.rank <= 0 and entry.name in entries] or list(entries)
    points = {name: (entries[name]["size"], entries[name]["tests"][data[0]]["whole"]) for name in shown}
    figure = pareto_figure(points, f"learnt from {data[0]}, tested on other people of it")
    with new_file(out / "pareto.png") as partial:
        figure.savefig(partial, format="png", dpi=150)


def devices_of(asked: RunSettings) -> list[str | None]:
    """A process's CUDA device each, or None where there is none to choose from."""
    import torch

    count = torch.cuda.device_count() if asked.accelerator in ("auto", "cuda", "gpu") else 0
    if not count:
        return [None] * asked.processes
    visible = os.environ.get("CUDA_VISIBLE_DEVICES") or ",".join(map(str, range(count)))
    return [device for _ in range(asked.processes) for device in visible.split(",")[:count]]


def time_frames(tasks: Sequence[Task]) -> None:
    """Writes how long a frame takes each entry that can be exported, one after another, on this processor."""
    from eyeprentice.deploy.timing import time_on_device
    from eyeprentice.learning.runs import load_model

    for task in {task.entry.name: task for task in reversed(tasks)}.values():
        if (task.run / "weights.safetensors").is_file() and not (task.run / LATENCY).is_file():
            model, config = load_model(task.run)
            if not (model.needs_events or model.needs_whole_clips):
                write_json(task.run / LATENCY, time_on_device(model, config)["latency_ms"]["1"])


def record_plan(out: Path, plan: Plan, contents: Mapping[str, str], repeats: int, control_repeats: int) -> None:
    """Adds to the record of `out` what is to be done; raises `InputError` if it is not what was done there before.

    `contents` tells of each dataset, by name, what its images are; the first one is learnt from. More entries, seeds
    and datasets may come later. An entry with other settings, other images of a name or another number of repeats may
    not: a table would mix what cannot be compared.
    """
    asked: dict[str, Any] = {
        "learnt from": next(iter(contents)), "repeats": repeats, "control_repeats": control_repeats,
        "data": dict(contents),
        "entries": {e.name: {**flat(e.recipe.to_json()), "teachers": e.teachers} for e in plan.entries},
    }  # fmt: skip
    asked = json.loads(json.dumps(asked))  # lists for tuples, as they are read again
    if before := read_plan_record(out):
        if before.keys() != asked.keys():
            raise InputError(out / RECORD, "not the note of a benchmark", ANOTHER)
        _check_same(out, before, asked)
        asked = {key: {**before[key], **value} if isinstance(value, dict) else value for key, value in asked.items()}
    write_json(out / RECORD, asked)


def read_plan_record(out: Path) -> dict[str, Any]:
    """What `out` holds, nothing if it is empty or not there; raises `InputError` if it is no folder of a benchmark."""
    file = out / RECORD
    if file.is_file():
        record = read_json(file, "the note of a benchmark")
        if not (isinstance(record, dict) and record):
            raise InputError(file, "not the note of a benchmark", ANOTHER)
        return record
    if out.exists() and not (out.is_dir() and {path.name for path in out.iterdir()} <= {f"{RECORD}.partial"}):
        raise InputError(out, f"not empty, and not a benchmark (no {RECORD})", ANOTHER)
    return {}


def _check_same(out: Path, before: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    for key in ("learnt from", "repeats", "control_repeats"):
        if before[key] != asked[key]:
            raise InputError(
                out, f"contains a benchmark with {key} {before[key]} and not {asked[key]}", f"give that, or {ANOTHER}"
            )
    for name in before["data"].keys() & asked["data"].keys():
        if before["data"][name] != asked["data"][name]:
            raise InputError(out, f"its dataset {name} had other images", ANOTHER)
    for name in sorted(before["entries"].keys() & asked["entries"].keys()):
        was, now = before["entries"][name], asked["entries"][name]
        if other := [key for key in now if was.get(key) != now[key]]:
            raise InputError(
                out, f"contains a benchmark whose entry {name} has another {', '.join(other)}",
                f"give the same plan, or {ANOTHER}",
            )  # fmt: skip
