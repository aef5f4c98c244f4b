"""One run of a benchmark: trained, tested on every dataset and under every control, counted. Each part once."""

import time
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from eyeprentice.files.whole import named, read_json, write_json
from eyeprentice.studies.benchmark.plan import Entry, Plan, folder_name
from eyeprentice.words import extensions
from eyeprentice.words.errors import InputError

METRICS, SIZE, SECONDS = "metrics.json", "size.json", "seconds.json"
WHOLE = "whole"
"""The folder of the test with nothing taken from the clips."""
LOGS = "logs"
"""What the processes have to say, a file for each run."""
COUNTED = 8
"""Clips that operations are counted on."""


@dataclass(frozen=True)
class Task:
    """What a process is told."""

    entry: Entry
    seed: int
    teachers: tuple[Path, ...]
    data: Mapping[str, Path]
    """Name -> dataset; the first one is learnt from."""
    controls: tuple[str, ...]
    out: Path
    """The folder of runs."""
    repeats: int
    control_repeats: int
    accelerator: str
    events: bool
    """Whether any of the plan looks at events: then datasets are opened with them once, for all."""
    extensions: tuple[Path, ...] = ()
    """Files of the user's own that the process loads first."""

    @property
    def name(self) -> str:
        return title(self.entry.name, self.seed)

    @property
    def needs(self) -> frozenset[str]:
        return frozenset(title(teacher, self.seed) for teacher in self.entry.teachers)

    @property
    def run(self) -> Path:
        return self.out / folder_name(self.entry.name) / str(self.seed)


def title(entry: str, seed: int) -> str:
    return f"{entry}, seed {seed}"


def tasks_of(
    plan: Plan, data: Mapping[str, Path], out: Path, repeats: int, control_repeats: int, accelerator: str
) -> list[Task]:
    """A task for each entry and seed: the lowest rank first, and within a rank all entries of the first seed first."""
    from eyeprentice.models import sketch_model

    events = any(sketch_model(entry.recipe.model, entry.recipe.options).needs_events for entry in plan.entries)
    ranks = sorted({entry.rank for entry in plan.entries})
    return [
        Task(
            entry, seed, tuple(out / folder_name(teacher) / str(seed) for teacher in entry.teachers), data,
            plan.controls if rank <= 0 else (), out, repeats, control_repeats, accelerator, events, extensions.files(),
        )
        for rank in ranks
        for seed in plan.seeds
        for entry in plan.entries
        if entry.rank == rank
    ]  # fmt: skip


def tests_of(task: Task, controls: Iterable[str]) -> list[tuple[str, str, Path]]:
    """(dataset, control or WHOLE, folder) of each test: controls where the run learnt, the rest everywhere."""
    home = next(iter(task.data))
    tests = [(name, WHOLE, task.run / "tests" / name / WHOLE) for name in task.data]
    return tests + [(home, control, task.run / "tests" / home / control) for control in controls]


def do(task: Task) -> None:
    """Trains the run, if it is not there, and does what is missing of its tests; raises `InputError`."""
    log = task.out.parent / LOGS / f"{folder_name(task.entry.name)}-{task.seed}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    with named(log), log.open("a", encoding="utf-8") as file, redirect_stderr(file), redirect_stdout(file):
        _do(task)


def _do(task: Task) -> None:
    from eyeprentice.judging.controls import CONTROLS
    from eyeprentice.judging.evaluation import evaluate_run
    from eyeprentice.learning.runs import load_model

    started = time.monotonic()
    extensions.load(task.extensions)
    _train(task)
    model, _ = load_model(task.run)
    applying = [name for name in task.controls if CONTROLS[name].applies(model)]
    for name, control, folder in tests_of(task, applying):
        if not (folder / METRICS).is_file():
            whole = control == WHOLE
            dataset = _opened(task, task.data[name], model.needs_events)
            evaluate_run(
                task.run, dataset, folder, _device(task.accelerator, "32-true"), title=f"{task.name} on {name}",
                repeats=task.repeats if whole else task.control_repeats, control=None if whole else control,
            )  # fmt: skip
    if not (task.run / SIZE).is_file():
        write_json(task.run / SIZE, _count(task))
    before = read_json(task.run / SECONDS, "seconds")["seconds"] if (task.run / SECONDS).is_file() else 0.0
    write_json(task.run / SECONDS, {"seconds": round(before + time.monotonic() - started, 1)})


def is_done(task: Task) -> bool:
    """Whether nothing of it is left to do."""
    return (task.run / SECONDS).is_file() and all(
        (folder / METRICS).is_file() for name, control, folder in tests_of(task, ()) if control == WHOLE
    )


def _train(task: Task) -> None:
    from eyeprentice.learning.learn import learn
    from eyeprentice.learning.runs import is_finished

    home = next(iter(task.data.values()))
    recipe = task.entry.recipe
    training = replace(recipe.training, seed=task.seed)
    recipe = replace(recipe, data=home, teacher=task.teachers, training=training)
    if not is_finished(task.run, recipe):
        device = partial(_device, task.accelerator, recipe.precision)
        learn(recipe, task.run, device, _opened(task, home, task.events), task.name)


def _count(task: Task) -> dict[str, Any]:
    """Parameters, operations and energy on clips of people who are not learnt from."""
    import torch

    from eyeprentice.data.clips import random_starts
    from eyeprentice.judging.evaluation import held_out_sequences
    from eyeprentice.judging.operations import count_cost, count_size
    from eyeprentice.learning.runs import load_model

    model, config = load_model(task.run)
    dataset = _opened(task, next(iter(task.data.values())), model.needs_events)
    chosen = held_out_sequences(dataset, task.run, config)[0]
    generator = torch.Generator().manual_seed(0)
    order = chosen[torch.randperm(len(chosen), generator=generator)][:COUNTED]
    starts = random_starts(dataset.lengths[order], config.sampling, generator)
    cost = count_cost(model, dataset.clip(order, starts, config.sampling))
    size = count_size(model, config.sampling.steps, config.size)
    return {
        **asdict(size), "exact_macs": cost.macs, "acs": cost.acs, "energy_uj": cost.energy_uj,
        "energy_with_memory_uj": cost.energy_with_memory_uj, "clips": len(order),
    }  # fmt: skip


def _opened(task: Task, data: Path, events: bool) -> Any:
    """A dataset at the size of the entry, as `train` would open it."""
    from eyeprentice.learning.prepare import frames_alone

    dataset = _opened_once(data, task.entry.recipe.size, task.events)
    return dataset if events or not task.events else frames_alone(dataset)


@lru_cache(maxsize=8)
def _opened_once(data: Path, size: int, events: bool) -> Any:
    """Reading the index of a dataset takes seconds: a process does it once."""
    from eyeprentice.data.dataset import open_dataset

    return open_dataset(data, size, events)


@lru_cache(maxsize=4)
def _device(accelerator: str, precision: Any) -> Any:
    from eyeprentice.learning.devices import open_device

    return open_device(accelerator, precision)


def check_data(data: Mapping[str, Path], tasks: Iterable[Task]) -> dict[str, str]:
    """Packs every dataset at every size that is asked for, so that no two processes do; raises `InputError`.

    Returns a hash of each dataset's frames, by name.
    """
    contents: dict[str, str] = {}
    for size, events in sorted({(task.entry.recipe.size, task.events) for task in tasks}):
        for name, folder in data.items():
            contents[name] = _opened_once(folder, size, events).content.split("+")[0]
    return contents


def named_data(folders: Iterable[Path]) -> dict[str, Path]:
    """A name for each dataset, that of its folder; raises `InputError` where two are called alike."""
    named: dict[str, Path] = {}
    for folder in folders:
        name = folder.resolve().name
        if name in named:
            raise InputError(folder, f"is called {name}, as {named[name]} is", "give folders of different names")
        named[name] = folder
    return named
