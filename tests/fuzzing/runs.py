"""What is fed to the readers of plans, of a benchmark's note, of a run's split, and of what an exported model tells."""

import json
from functools import cache
from pathlib import Path
from typing import Any

NAME = "1_001_man_24_Master_normal_angry_45_take000"


def write_split(folder: Path) -> list[Path]:
    """The split of a run, which tells what the run has seen."""
    import base64

    from eyeprentice.data.leakage import HASH_SIDE

    print_ = base64.b64encode(bytes(3 * HASH_SIDE * HASH_SIDE // 8)).decode()
    content = {"training": [NAME], "validation": [], "testing": [], "fingerprints": {NAME: print_}, "before": [print_]}
    (folder / "split.json").write_text(json.dumps(content))
    return [folder / "split.json"]


def read_split(_: Path, path: Path) -> None:
    from eyeprentice.data.leakage import learnt_from
    from eyeprentice.learning.runs.record import _digest

    _digest(str(path))
    learnt_from(path)


def write_plan(folder: Path) -> list[Path]:
    from eyeprentice.studies.benchmark import run

    lines = (
        "data: {here: data}",
        "entries:",
        "  ours: {model: student}",
        "  teacher: {model: teacher}",
        "seeds: [0, 1]",
    )
    (folder / "plan.yaml").write_text("\n".join(lines) + "\n")
    (folder / run.RECORD).write_text(json.dumps({"size": 16, "seeds": [0]}))
    return [folder / "plan.yaml", folder / run.RECORD]


def read_plan(folder: Path, _: Path) -> None:
    from eyeprentice.studies.benchmark.plan import read_plan
    from eyeprentice.studies.benchmark.run import read_plan_record

    read_plan_record(folder)
    read_plan(folder / "plan.yaml")


@cache
def _model() -> Any:
    from eyeprentice.runtime.model import DEFAULT, open_model

    return open_model(DEFAULT)


def write_activity(folder: Path) -> list[Path]:
    from eyeprentice.runtime.activity import OPERATIONS

    (folder / "operations.json").write_text(_model().metadata[OPERATIONS])
    return [folder / "operations.json"]


def read_activity(_: Path, path: Path) -> None:
    """What an exported model tells of its operations, as text of its metadata."""
    from dataclasses import replace

    from eyeprentice.runtime.activity import OPERATIONS, Activities

    text = path.read_bytes().decode("utf-8", "replace")
    Activities(replace(_model(), metadata={**_model().metadata, OPERATIONS: text}))
