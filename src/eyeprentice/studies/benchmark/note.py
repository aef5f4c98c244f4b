"""What a folder of a benchmark holds, noted before anything is run: what differs from it is refused."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eyeprentice.files.whole import read_json, write_json
from eyeprentice.studies.benchmark.plan import Plan
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import flat

NOTE = "asked.json"
ANOTHER = "choose another --out"


def note(out: Path, plan: Plan, contents: Mapping[str, str], repeats: int, control_repeats: int) -> None:
    """Adds to the note of `out` what is about to be done; raises `InputError` if it is not what was done there before.

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
    if before := read_note(out):
        if before.keys() != asked.keys():
            raise InputError(out / NOTE, "not the note of a benchmark", ANOTHER)
        _compare(out, before, asked)
        asked = {key: {**before[key], **value} if isinstance(value, dict) else value for key, value in asked.items()}
    write_json(out / NOTE, asked)


def read_note(out: Path) -> dict[str, Any]:
    """What `out` holds, nothing if it is empty or not there; raises `InputError` if it is no folder of a benchmark."""
    file = out / NOTE
    if file.is_file():
        note = read_json(file, "the note of a benchmark")
        if not (isinstance(note, dict) and note):
            raise InputError(file, "not the note of a benchmark", ANOTHER)
        return note
    if out.exists() and not (out.is_dir() and {path.name for path in out.iterdir()} <= {f"{NOTE}.partial"}):
        raise InputError(out, f"not empty, and not a benchmark (no {NOTE})", ANOTHER)
    return {}


def _compare(out: Path, before: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
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
