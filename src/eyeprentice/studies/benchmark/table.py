"""What came of a benchmark: one JSON of everything, a CSV with a row for each test, and tables in Markdown."""

import csv
import io
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from eyeprentice.files.whole import read_json
from eyeprentice.judging.predictions import Predictions, read_predictions
from eyeprentice.judging.scoring import EMOTION_COLUMNS, LIGHTING_COLUMNS, Scores, paired_difference, score_predictions
from eyeprentice.studies.benchmark.job import METRICS, SECONDS, SIZE, WHOLE, Task
from eyeprentice.studies.benchmark.plan import Plan
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import LIGHTINGS

Results = dict[str, Any]
LATENCY = "latency.json"
SIZES = ("parameters", "macs", "exact_macs", "acs", "energy_uj", "energy_with_memory_uj")
DIGITS = 2
"""Of a percentage."""


def collect(plan: Plan, tasks: Sequence[Task]) -> Results:
    """Everything that is there of `tasks`, by entry: seeds, size and, for each dataset and control, the figures.

    Seeds that are not there yet are left out; an entry without any is left out, too.
    """
    entries: dict[str, Results] = {}
    for entry in plan.entries:
        mine = [task for task in tasks if task.entry.name == entry.name and (task.run / SECONDS).is_file()]
        if mine:
            first = mine[0].run
            histories = [read_json(task.run / "history.json", "a history")[-1] for task in mine]
            entries[entry.name] = {
                "model": entry.recipe.model,
                "seeds": [task.seed for task in mine],
                "seconds": [read_json(task.run / SECONDS, "seconds")["seconds"] for task in mine],
                "size": read_json(first / SIZE, "the size of a run"),
                "latency": read_json(first / LATENCY, "a latency") if (first / LATENCY).is_file() else None,
                "training": [last.get("training") for last in histories],
                "validation": [last.get("validation") for last in histories],
                "tests": {
                    name: {
                        control: _told(score_predictions(*_answers(mine, name, control)))
                        for control in sorted(path.parent.name for path in first.glob(f"tests/{name}/*/{METRICS}"))
                    }
                    for name in mine[0].data
                },
            }
    return {"entries": entries, "differences": _differences(plan, tasks, entries)}


def _differences(plan: Plan, tasks: Sequence[Task], entries: Results) -> list[Results]:
    """Of each pair that is compared, on each dataset, over the seeds that both have."""
    rows = []
    for pair in plan.compare:
        if not entries.keys() >= set(pair):
            continue
        common = [seed for seed in entries[pair[0]]["seeds"] if seed in entries[pair[1]]["seeds"]]
        one, other = (
            [task for seed in common for task in tasks if task.entry.name == name and task.seed == seed]
            for name in pair
        )
        for name in one[0].data if common else ():
            ours, its = (_answers(tasks_of_one, name, WHOLE) for tasks_of_one in (one, other))
            row: Results = {"one": pair[0], "other": pair[1], "data": name, "seeds": common}
            row["points"] = paired_difference(ours, its).rounded(DIGITS)
            row["per_lighting"] = {light: paired_difference(ours, its, light).rounded(DIGITS) for light in LIGHTINGS}
            rows.append(row)
    return rows


def _answers(tasks: Iterable[Task], name: str, control: str) -> list[Predictions]:
    """What the runs that were tested so said, a run each."""
    folders = [task.run / "tests" / name / control for task in tasks]
    return [_read_once(folder) for folder in folders if (folder / METRICS).is_file()]


@lru_cache(maxsize=4096)
def _read_once(folder: Path) -> Predictions:
    try:
        return read_predictions(folder)
    except InputError as error:
        subject, what, _ = error.parts
        raise InputError(subject, what, f"remove {folder}, and run the benchmark again") from None


def _told(scores: Scores) -> Results:
    return {
        "war": scores.war.rounded(DIGITS),
        "uar": scores.uar.rounded(DIGITS),
        "per_emotion": {name: share.rounded(DIGITS) for name, share in scores.per_emotion.items()},
        "per_lighting": {name: share.rounded(DIGITS) for name, share in scores.per_lighting.items()},
        "war_of_seeds": [round(value, DIGITS) for value in scores.war_of_seeds],
        "ece": round(scores.ece, DIGITS),
    }


def to_csv(results: Results) -> str:
    """A row for each entry, dataset and control."""
    rows = [
        {"entry": entry, "model": told["model"], "data": data, "control": control, "seeds": len(told["seeds"])}
        | dict(zip(("war", "war_low", "war_high", "uar", "uar_low", "uar_high"), row["war"] + row["uar"], strict=True))
        | {"ece": row["ece"]}
        | {name: row["per_lighting"][name][0] for name in LIGHTINGS}
        | {name: row["per_emotion"][name][0] for name in EMOTION_COLUMNS.values()}
        | {name: told["size"][name] for name in SIZES}
        for entry, told in results["entries"].items()
        for data, controls in told["tests"].items()
        for control, row in controls.items()
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def to_markdown(plan: Plan, results: Results, data: Sequence[str]) -> str:
    """The tables of a page: results at home, by emotion and light, controls, other people, differences."""
    entries, differences = results["entries"], results["differences"]
    whole = {name: told["tests"][data[0]][WHOLE] for name, told in entries.items()}
    heads = ["model", "WAR", "UAR", "WAR of each seed", "training", "validation", "calibration error"]
    heads += ["parameters", "MAC a clip", "energy µJ"]
    timed = any(told["latency"] for told in entries.values())
    columns = {**EMOTION_COLUMNS, **LIGHTING_COLUMNS}
    parts = [
        _table(
            f"Learnt from `{data[0]}`; means of all seeds; in brackets 95 % over people and seeds.",
            [*heads, "ms a frame"] if timed else heads,
            [[name, *_result(told, whole[name])][: len(heads) + timed] for name, told in entries.items()],
        ),
        _table(
            "Recall by emotion and accuracy by light, percent:",
            ["model", *columns],
            [
                [name, *(_number((row["per_emotion"] | row["per_lighting"])[key][0]) for key in columns.values())]
                for name, row in whole.items()
            ],
        ),
    ]
    if plan.controls:
        controls = (WHOLE, *plan.controls)
        parts.append(
            _table(
                "Controls: WAR where something is taken from every clip (`evaluate --control`):",
                ["model", "whole clips", *plan.controls],
                [
                    [name, *(_number(tests[one]["war"][0] if one in tests else None) for one in controls)]
                    for name, tests in ((name, told["tests"][data[0]]) for name, told in entries.items())
                ],
            )
        )
    if data[1:]:
        parts.append(
            _table(
                "People of another kind, WAR (calibration error):",
                ["model", *data[1:]],
                [[name, *(_elsewhere(told["tests"][other]) for other in data[1:])] for name, told in entries.items()],
            )
        )
    if differences:
        parts.append(
            _table(
                "Differences in WAR, points:",
                ["", "tested on", "seeds", "all", *LIGHTINGS],
                [
                    [
                        f"{row['one']} less {row['other']}",
                        row["data"],
                        str(len(row["seeds"])),
                        _bracketed(row["points"], "+"),
                    ]
                    + [_bracketed(row["per_lighting"][name], "+") for name in LIGHTINGS]
                    for row in differences
                ],
            )
        )
    seconds = [[name, " ".join(f"{value:.0f}" for value in told["seconds"])] for name, told in entries.items()]
    parts.append(_table("Seconds a run, with its tests:", ["model", "seconds"], seconds))
    return "\n".join(parts)


def _table(text: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(line) + " |" for line in (heads, ["---"] * len(heads), *rows)]
    return "\n".join([text, "", *lines, ""])


def _result(told: Results, row: Results) -> list[str]:
    """The cells of an entry in the first table; `row` is its test at home."""
    size, latency = told["size"], told["latency"]
    return [
        _bracketed(row["war"]), _bracketed(row["uar"]), ", ".join(map(_number, row["war_of_seeds"])),
        _mean(told["training"]), _mean(told["validation"]), f"{row['ece']:.1f}", f"{size['parameters']:,}",
        f"{size['macs'] / 1e6:,.0f} M", f"{size['energy_uj']:,.0f}", f"{latency['p50']}" if latency else "–",
    ]  # fmt: skip


def _mean(values: Sequence[float | None]) -> str:
    there = [value for value in values if value is not None]
    return _number(sum(there) / len(there) if there else None)


def _elsewhere(tests: Results) -> str:
    return f"{_bracketed(tests[WHOLE]['war'])} ({tests[WHOLE]['ece']:.1f})" if WHOLE in tests else "–"


def _bracketed(share: Sequence[float | None], sign: str = "") -> str:
    if share[0] is None:
        return _number(None)
    return f"{_number(share[0], sign)} ({_number(share[1], sign)} to {_number(share[2], sign)})"


def _number(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{value:{sign}.1f}"
