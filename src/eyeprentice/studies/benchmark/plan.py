"""What a benchmark runs, read from a YAML file (docs/benchmark.md)."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args

import yaml

from eyeprentice.data.clips import Sampling
from eyeprentice.data.splits import Split
from eyeprentice.files.whole import read_text
from eyeprentice.judging.controls import CONTROLS
from eyeprentice.learning.terms import check_terms, needs_teacher
from eyeprentice.models import build_model
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import SEEN_RECIPE, Augmentation, Objective, Precision, Training

PACKAGED = Path(__file__).parent / "plan.yaml"
"""Every model, with and without a teacher."""
ENTRY = (
    "model",
    "options",
    "teacher",
    "rank",
    "training",
    "objective",
    "recipe",
    "sampling",
    "size",
    "split",
    "precision",
)
WHOLE = ("seeds", "controls", "compare", "entries", *ENTRY[4:])
"""What the file may hold; what it shares with an entry counts for all entries that do not say otherwise."""
TRAINING_DEFAULT = Training()


@dataclass(frozen=True)
class Entry:
    """One row of the table: what is trained, with every seed."""

    name: str
    model: str
    options: dict[str, Any]
    training: Training
    objective: Objective
    teachers: tuple[str, ...] = ()
    """Names of other entries, whose runs of the same seed are its teachers."""
    sampling: Sampling = Sampling()
    size: int = 90
    split: Split = Split()
    precision: Precision = "32-true"
    rank: int = 0
    """All seeds of a lower rank come first."""


@dataclass(frozen=True)
class Plan:
    """All of it."""

    entries: tuple[Entry, ...]
    seeds: tuple[int, ...] = (0,)
    controls: tuple[str, ...] = tuple(CONTROLS)
    compare: tuple[tuple[str, str], ...] = ()
    """Pairs of entries whose difference is told: the first less the second."""

    def only(self, names: Sequence[str]) -> "Plan":
        """The entries of these names and their teachers; raises `InputError` for a name that there is none of."""
        known = {entry.name: entry for entry in self.entries}
        if unknown := [name for name in names if name not in known]:
            raise InputError(unknown[0], "no such entry of the plan", f"use {', '.join(known)}")
        chosen = {*names, *(teacher for name in names for teacher in known[name].teachers)}
        pairs = tuple(pair for pair in self.compare if chosen.issuperset(pair))
        return replace(self, entries=tuple(entry for entry in self.entries if entry.name in chosen), compare=pairs)


def read_plan(path: Path) -> Plan:
    """Reads a plan; raises `InputError` on anything that is none."""
    text = read_text(path, "a plan", limits.OPTIONS_BYTES)
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(path, f"not YAML ({' '.join(str(error).split())})", "mend the file") from None
    _check(path, content, WHOLE, "")
    shared = {key: value for key, value in content.items() if key in ENTRY}
    listed = content.get("entries")
    if not isinstance(listed, dict) or not listed:
        raise InputError(path, "has no entries", "write `entries: {NAME: {model: student}}`")
    entries: list[Entry] = []
    for name, told in listed.items():
        _check(path, told or {}, (*ENTRY, "sweep"), f"entries.{name}")
        for title, settings in _swept(path, str(name), {**(told or {})}):
            entries.append(_entry(path, title, _merged(shared, settings)))
    seeds = _listed(path, content, "seeds", int, [0])
    check_seeds(path, seeds)
    plan = Plan(
        tuple(entries),
        tuple(seeds),
        tuple(_listed(path, content, "controls", str, list(CONTROLS))),
        tuple(_pair(path, pair) for pair in _listed(path, content, "compare", list, [])),
    )
    _check_names(path, plan)
    return plan


def check_seeds(given: str | Path, seeds: Sequence[int]) -> None:
    """Raises `InputError` where there is none, one comes twice or is below 0."""
    if not seeds or len(set(seeds)) < len(seeds) or min(seeds) < 0:
        raise InputError(given, "no seeds, or one that comes twice or is below 0", "give each seed once, as 0 1 2")


def folder_name(entry: str) -> str:
    """The name of an entry, as every file system takes it."""
    return "".join(letter if letter.isalnum() or letter in "-_=+." else "_" for letter in entry)


def _check_names(path: Path, plan: Plan) -> None:
    names = [entry.name for entry in plan.entries]
    folders = [folder_name(name) for name in names]
    if twice := [name for name, folder in zip(names, folders, strict=True) if folders.count(folder) > 1]:
        raise InputError(path, f"the entries {' and '.join(twice[:2])} would share a folder", "give one another name")
    asked = [("teacher", t) for entry in plan.entries for t in entry.teachers]
    asked += [("compare", name) for pair in plan.compare for name in pair]
    for where, name in asked:
        if name not in names:
            raise InputError(path, f"{where}: there is no entry '{name}'", f"use one of {', '.join(names)}")
    with_teachers = {entry.name for entry in plan.entries if entry.teachers}
    if apprentices := [t for entry in plan.entries for t in entry.teachers if t in with_teachers]:
        raise InputError(path, f"'{apprentices[0]}' has a teacher and is one", "name teachers that learnt from labels")
    if unknown := [name for name in plan.controls if name not in CONTROLS]:
        raise InputError(path, f"no such control: {unknown[0]}", f"use {', '.join(CONTROLS)}")


def _entry(path: Path, name: str, told: Mapping[str, Any]) -> Entry:
    where = f"entries.{name}"
    teacher = told.get("teacher", [])
    teachers = tuple(str(one) for one in (teacher if isinstance(teacher, list) else [teacher]))
    recipe = told.get("recipe", "own")
    if recipe not in ("own", "seen"):
        raise InputError(path, f"{where}: no such recipe: {recipe}", "use own or seen")
    base = SEEN_RECIPE if recipe == "seen" else TRAINING_DEFAULT
    objective = told.get("objective", {} if teachers else {"terms": []})
    model = str(told.get("model", name))
    options = told.get("options", {})
    if not isinstance(options, dict):
        raise InputError(path, f"{where}.options is no table", "write `options: {width: 0.5}`")
    size, rank = (
        _whole(path, f"{where}.{key}", told.get(key, default)) for key, default in (("size", 90), ("rank", 0))
    )
    precision = told.get("precision", "32-true")
    if precision not in get_args(Precision):
        raise InputError(path, f"{where}: no such precision: {precision}", f"use {', '.join(get_args(Precision))}")
    try:
        build_model(model, options)
        sampling = Sampling.parse(str(told.get("sampling", "E4-S3")))
        learning = _made(path, f"{where}.objective", Objective(), objective)
        check_terms(learning)
    except InputError as error:
        subject, what, todo = error.parts
        raise error if subject == str(path) else InputError(path, f"{where}: {subject}: {what}", todo) from None
    if needs_teacher(learning) and not teachers:
        raise InputError(path, f"{where}.objective needs a teacher", "name one, `teacher: ENTRY`")
    return Entry(
        name, model, dict(options), _made(path, f"{where}.training", base, told.get("training", {})), learning,
        teachers, sampling, size, _made(path, f"{where}.split", Split(), told.get("split", {})), precision, rank,
    )  # fmt: skip


def _whole(path: Path, where: str, value: Any) -> int:
    if type(value) is not int:
        raise InputError(path, f"{where} is no whole number: {value}", "mend the file")
    return value


def _swept(path: Path, name: str, settings: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """An entry for every combination of what `sweep` lists, `{training.epochs: [60, 120]}`; their names tell which."""
    sweep = settings.pop("sweep", {})
    if not isinstance(sweep, dict) or not all(isinstance(values, list) and values for values in sweep.values()):
        raise InputError(
            path, f"entries.{name}.sweep is no table of lists", "write `sweep: {training.epochs: [60, 120]}`"
        )
    for values in itertools.product(*sweep.values()):
        one, title = settings, name
        for key, value in zip(sweep, values, strict=True):
            first, *rest = str(key).split(".")
            _check(path, {first: None}, ENTRY, f"entries.{name}.sweep")
            for part in reversed(rest):
                value = {part: value}
            one = _merged(one, {first: value})
            title += f" {str(key).split('.')[-1]}={_word(value)}"
        yield title, one


def _word(value: Any) -> str:
    while isinstance(value, dict):
        value = next(iter(value.values()))
    return "+".join(map(str, value)) if isinstance(value, list) else str(value)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables; where both have one, the table of both, otherwise what is above."""
    both = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], dict) and isinstance(above[key], dict):
            both[key] = _merged(below[key], above[key])
    return both


def _made(path: Path, where: str, base: Any, told: Any) -> Any:
    """`base`, a dataclass, with what is `told`; raises `InputError`."""
    _check(path, told, [field.name for field in fields(base)], where)
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
    try:
        for key, value in told.items():
            _check_kind(key, type(getattr(base, key)), value)
        if isinstance(ranges := told.get("augmentation"), dict):
            given["augmentation"] = Augmentation(**ranges)
        return replace(base, **given)
    except (TypeError, ValueError) as error:
        raise InputError(path, f"{where}: {error}", "mend the file") from None


def _check_kind(key: str, kind: type, value: Any) -> None:
    """Raises `ValueError` where a list or a number is expected and `value` is none."""
    if kind is tuple and not isinstance(value, list):
        raise ValueError(f"{key} is no list: it is written in brackets, [{value}]")
    if kind is int and type(value) is not int:
        raise ValueError(f"{key} is no whole number: {value}")
    if kind is float and not (type(value) in (int, float) and math.isfinite(value)):
        raise ValueError(f"{key} is no number: {value}")


def _check(path: Path, content: Any, known: Sequence[str], where: str) -> None:
    if not isinstance(content, dict):
        raise InputError(path, f"{where or 'the file'} is no table", "write one `name: value` on each line")
    if unknown := [key for key in content if key not in known]:
        place = f"{where} " if where else ""
        raise InputError(path, f"{place}has no setting '{unknown[0]}'", f"use {', '.join(known)}")


def _listed(path: Path, content: Mapping[str, Any], key: str, kind: type, default: list[Any]) -> list[Any]:
    values = content.get(key, default)
    if not isinstance(values, list) or any(type(value) is not kind for value in values):
        raise InputError(path, f"{key} is no list of {kind.__name__}", "mend the file")
    return values


def _pair(path: Path, pair: Any) -> tuple[str, str]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise InputError(path, "compare holds something that is no pair", "write `compare: [[apprentice, student]]`")
    return str(pair[0]), str(pair[1])
