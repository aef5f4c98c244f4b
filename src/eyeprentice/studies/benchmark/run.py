"""The whole of a benchmark: jobs that are left, several at once, and then the tables."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eyeprentice.files.whole import new_file, write_json
from eyeprentice.studies.benchmark.job import Task, check_data, do, is_done, named_data, tasks_of
from eyeprentice.studies.benchmark.note import note, read_note
from eyeprentice.studies.benchmark.plan import Plan
from eyeprentice.studies.benchmark.pool import do_all
from eyeprentice.studies.benchmark.table import LATENCY, collect, to_csv, to_markdown
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress

RUNS = "runs"


@dataclass(frozen=True)
class Asked:
    """How, apart from what."""

    repeats: int
    control_repeats: int
    accelerator: str
    processes: int
    """For each device."""
    minutes: float | None
    """After which nothing goes on, and what is there is told."""


def benchmark(plan: Plan, folders: Sequence[Path], out: Path, asked: Asked) -> dict[str, str]:
    """Does what is missing of `plan` in `out`, writes the tables, and returns the faults by job.

    The first of `folders` is learnt from; all are tested on. Whenever it is interrupted, the same call goes on.
    """
    started = time.monotonic()
    data = named_data(folders)
    tasks = tasks_of(plan, data, out / RUNS, asked.repeats, asked.control_repeats, asked.accelerator)
    read_note(out)  # before anything that takes time
    note(out, plan, check_data(data, tasks), asked.repeats, asked.control_repeats)
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
    return faults


def write_tables(plan: Plan, tasks: Sequence[Task], data: Sequence[str], out: Path) -> None:
    """benchmark.json, .csv, .md and pareto.png, of everything that is finished; raises `InputError` if nothing is."""
    from eyeprentice.studies.benchmark.picture import pareto_figure

    results = collect(plan, tasks)
    if not results["entries"]:
        raise InputError(out, "no run is finished", "run the same command again: it resumes")
    write_json(out / "benchmark.json", results)
    for name, text in (("benchmark.csv", to_csv(results)), ("benchmark.md", to_markdown(plan, results, data))):
        with new_file(out / name) as partial:
            partial.write_text(text, "utf-8")
    main = {entry.name for entry in plan.entries if entry.rank <= 0} & set(results["entries"]) or set(
        results["entries"]
    )
    points = {
        name: (told["size"], told["tests"][data[0]]["whole"])
        for name, told in results["entries"].items()
        if name in main
    }
    with new_file(out / "pareto.png") as partial:
        pareto_figure(points, f"learnt from {data[0]}, tested on other people of it").savefig(
            partial, format="png", dpi=150
        )


def devices_of(asked: Asked) -> list[str | None]:
    """A process's CUDA device each, or None where there is none to choose from."""
    import torch

    count = torch.cuda.device_count() if asked.accelerator in ("auto", "cuda", "gpu") else 0
    if not count:
        return [None] * asked.processes
    return [str(number) for _ in range(asked.processes) for number in range(count)]


def time_frames(tasks: Sequence[Task]) -> None:
    """Writes how long a frame takes each entry that can be exported, one after another, on this processor."""
    from eyeprentice.deploy.timing import time_on_device
    from eyeprentice.learning.runs import load_model

    for task in {task.entry.name: task for task in reversed(tasks)}.values():
        if (task.run / "weights.safetensors").is_file() and not (task.run / LATENCY).is_file():
            model, config = load_model(task.run)
            if not (model.needs_events or model.needs_whole_clips):
                write_json(task.run / LATENCY, time_on_device(model, config)["latency_ms"]["1"])
