"""What came of a benchmark: one JSON of everything, a CSV with a row for each test, and tables in Markdown."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eyeprentice.files.whole import read_json
from eyeprentice.judging.scoring import Share
from eyeprentice.judging.tables import EMOTION_COLUMNS, LIGHTING_COLUMNS
from eyeprentice.studies.benchmark.job import METRICS, SECONDS, SIZE, WHOLE, Task
from eyeprentice.studies.benchmark.plan import Plan
from eyeprentice.studies.benchmark.statistics import Told, figures, gap, read_told
from eyeprentice.words.vocabulary import LIGHTINGS

Results = dict[str, Any]
LATENCY = "latency.json"


def collect(plan: Plan, tasks: Sequence[Task]) -> Results:
    """Everything that is there of `tasks`, by entry: seeds, size and, for each dataset and control, the figures.

    Seeds that are not there yet are left out; an entry without any is left out, too.
    """
    entries: dict[str, Results] = {}
    for entry in plan.entries:
        mine = [task for task in tasks if task.entry.name == entry.name and (task.run / SECONDS).is_file()]
        if mine:
            entries[entry.name] = {
                "model": entry.recipe.model,
                "seeds": [task.seed for task in mine],
                "seconds": [read_json(task.run / SECONDS, "seconds")["seconds"] for task in mine],
                "size": read_json(mine[0].run / SIZE, "the size of a run"),
                "latency": read_json(mine[0].run / LATENCY, "a latency") if (mine[0].run / LATENCY).is_file() else None,
                "training": [_last(task, "training") for task in mine],
                "validation": [_last(task, "validation") for task in mine],
                "tests": {
                    name: {control: _told(_runs(mine, name, control)) for control in _controls(mine[0].run, name)}
                    for name in mine[0].data
                },
            }
    return {"entries": entries, "differences": _differences(plan, tasks, entries)}


def _differences(plan: Plan, tasks: Sequence[Task], entries: Results) -> list[Results]:
    """Of each pair that is compared, on each dataset, over the seeds that both have."""
    rows = []
    for one, other in plan.compare:
        if one not in entries or other not in entries:
            continue
        common = [seed for seed in entries[one]["seeds"] if seed in entries[other]["seeds"]]
        members = [
            [task for seed in common for task in tasks if task.entry.name == name and task.seed == seed]
            for name in (one, other)
        ]
        for name in members[0][0].data if common else ():
            runs = [_runs(tasks_of_one, name, WHOLE) for tasks_of_one in members]
            shares = {lighting: _share(gap(runs[0], runs[1], lighting)) for lighting in LIGHTINGS}
            rows.append(
                {"one": one, "other": other, "data": name, "seeds": common, "points": _share(gap(runs[0], runs[1]))}
                | {"per_lighting": shares}
            )
    return rows


def _last(task: Task, part: str) -> float | None:
    """Accuracy in the last epoch: on the clips that were learnt from, as augmented, or on validation people."""
    value: float | None = read_json(task.run / "history.json", "a history")[-1].get(part)
    return value


def _controls(run: Path, name: str) -> list[str]:
    return sorted(path.parent.name for path in (run / "tests" / name).glob(f"*/{METRICS}"))


def _runs(tasks: Iterable[Task], name: str, control: str) -> list[Told]:
    folders = [task.run / "tests" / name / control for task in tasks]
    return [read_told(folder) for folder in folders if (folder / METRICS).is_file()]


def _told(runs: Sequence[Told]) -> Results:
    told = figures(runs)
    return {
        "war": _share(told.war),
        "uar": _share(told.uar),
        "per_emotion": {name: _share(share) for name, share in told.per_emotion.items()},
        "per_lighting": {name: _share(share) for name, share in told.per_lighting.items()},
        "war_of_seeds": [round(value, 2) for value in told.seeds],
        "ece": round(told.ece, 2),
    }


def _share(share: Share) -> list[float | None]:
    """Value and interval."""
    return [None if value != value else round(value, 2) for value in share_values(share)]


def share_values(share: Share) -> tuple[float, float, float]:
    return share.value, share.low, share.high


def to_csv(results: Results) -> str:
    """A row for each entry, dataset and control."""
    text = io.StringIO()
    columns = ("entry", "model", "data", "control", "seeds", "war", "war_low", "war_high", "uar", "uar_low", "uar_high")
    sizes = ("parameters", "macs", "exact_macs", "acs", "energy_uj", "energy_with_memory_uj")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*columns, "ece", *LIGHTINGS, *EMOTION_COLUMNS.values(), *sizes])
    for entry, told in results["entries"].items():
        for data, controls in told["tests"].items():
            for control, row in controls.items():
                shares = [row[kind][name][0] for kind, names in KINDS for name in names]
                scores = (*row["war"], *row["uar"], row["ece"], *shares)
                counted = (told["size"][name] for name in sizes)
                writer.writerow([entry, told["model"], data, control, len(told["seeds"]), *scores, *counted])
    return text.getvalue()


KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("per_lighting", LIGHTINGS),
    ("per_emotion", tuple(EMOTION_COLUMNS.values())),
)


def to_markdown(plan: Plan, results: Results, data: Sequence[str]) -> str:
    """The tables of a page: results at home, by emotion and light, controls, other people, differences."""
    entries, home = results["entries"], data[0]
    parts = [f"Learnt from `{home}`; means of all seeds; in brackets 95 % over people and seeds.", ""]
    heads = ["model", "WAR", "UAR", "WAR of each seed", "training", "validation", "calibration error"]
    heads += ["parameters", "MAC a clip", "energy µJ"]
    timed = any(told["latency"] for told in entries.values())
    rows = []
    for name, told in entries.items():
        row, size = told["tests"][home][WHOLE], told["size"]
        cells = [
            name, _bracketed(row["war"]), _bracketed(row["uar"]), ", ".join(map(_number, row["war_of_seeds"])),
            _mean(told["training"]), _mean(told["validation"]), f"{row['ece']:.1f}", f"{size['parameters']:,}",
            f"{size['macs'] / 1e6:,.0f} M", f"{size['energy_uj']:,.0f}",
        ]  # fmt: skip
        rows.append(cells + ([f"{told['latency']['p50']}" if told["latency"] else "–"] if timed else []))
    parts += _table(heads + ["ms a frame"] * timed, rows)
    parts += ["", "Recall by emotion and accuracy by light, percent:", ""]
    columns = {**EMOTION_COLUMNS, **LIGHTING_COLUMNS}
    rows = []
    for name, told in entries.items():
        row = told["tests"][home][WHOLE]
        both = {**row["per_emotion"], **row["per_lighting"]}
        rows.append([name, *(_number(both[key][0]) for key in columns.values())])
    parts += _table(["model", *columns], rows)
    if plan.controls:
        parts += ["", "Controls: WAR where something is taken from every clip (`evaluate --control`):", ""]
        rows = [
            [name, *(_of(told["tests"][home], control) for control in (WHOLE, *plan.controls))]
            for name, told in entries.items()
        ]
        parts += _table(["model", "whole clips", *plan.controls], rows)
    if data[1:]:
        parts += ["", "People of another kind, WAR (calibration error):", ""]
        rows = [[name, *(_elsewhere(told["tests"], other) for other in data[1:])] for name, told in entries.items()]
        parts += _table(["model", *data[1:]], rows)
    if results["differences"]:
        parts += ["", "Differences in WAR, points:", ""]
        rows = [
            [f"{row['one']} less {row['other']}", row["data"], str(len(row["seeds"])), _bracketed(row["points"], "+")]
            + [_bracketed(row["per_lighting"][name], "+") for name in LIGHTINGS]
            for row in results["differences"]
        ]
        parts += _table(["", "tested on", "seeds", "all", *LIGHTINGS], rows)
    parts += ["", "Seconds a run, with its tests:", ""]
    rows = [[name, " ".join(f"{value:.0f}" for value in told["seconds"])] for name, told in entries.items()]
    return "\n".join([*parts, *_table(["model", "seconds"], rows), ""])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _mean(values: Sequence[float | None]) -> str:
    there = [value for value in values if value is not None]
    return _number(sum(there) / len(there) if there else None)


def _of(tests: Mapping[str, Any], control: str) -> str:
    return _number(tests[control]["war"][0]) if control in tests else "–"


def _elsewhere(tests: Mapping[str, Any], data: str) -> str:
    row = tests[data].get(WHOLE)
    return f"{_bracketed(row['war'])} ({row['ece']:.1f})" if row else "–"


def _bracketed(share: Sequence[float | None], sign: str = "") -> str:
    if share[0] is None:
        return _number(None)
    return f"{_number(share[0], sign)} ({_number(share[1], sign)} to {_number(share[2], sign)})"


def _number(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{value:{sign}.1f}"
