"""What a benchmark runs, read from a YAML file: recipes by name, in which a teacher is another entry's name."""

import itertools
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from eyeprentice.files.options import read_options
from eyeprentice.judging.controls import CONTROLS
from eyeprentice.learning.prepare import check_objective, completed
from eyeprentice.models import sketch_model
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.schema import checked, in_file, merged, nearest
from eyeprentice.words.settings import LARGEST_SEED

PACKAGED = Path(__file__).parent / "plan.yaml"
"""Every model, with and without a teacher."""
SHARED = tuple(field.name for field in fields(Recipe) if field.name not in ("data", "model", "options", "teacher"))
"""What a plan may say for all of its entries that do not say otherwise."""
LONGEST_NAME = 200
"""Bytes: file systems take 255, and the names of logs have a seed and an ending more."""
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Names that Windows keeps for devices."""
WHOLE = ("seeds", "controls", "compare", "entries")


@dataclass(frozen=True)
class Entry:
    """One row of the table: what is trained, with every seed."""

    name: str
    recipe: Recipe
    """Without data and teachers, which only a run has."""
    teachers: tuple[str, ...] = ()
    """Names of other entries, whose runs of the same seed are its teachers."""
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
    content = read_options(path, "a plan")
    if unknown := [str(key) for key in content if key not in (*WHOLE, *SHARED)]:
        raise InputError(path, f"has no setting '{unknown[0]}'", nearest(unknown[0], (*WHOLE, *SHARED)))
    listed = content.get("entries")
    if not isinstance(listed, dict) or not listed:
        raise InputError(path, "has no entries", "write `entries: {NAME: {model: student}}`")
    shared = {key: value for key, value in content.items() if key in SHARED}
    seeds = _listed(path, content, "seeds", int, [0])
    check_seeds(path, seeds)
    check_count(path, sum(_count(path, name, each) for name, each in listed.items()), len(seeds))
    told: dict[str, Any] = {}
    for name, each in listed.items():
        for title, one in _swept(name, each):
            if title in told:
                raise InputError(path, f"two entries are called {title}", "give each value of a sweep once")
            told[title] = merged(shared, one)
    _check_names(path, list(told))
    plan = Plan(
        tuple(_entry(path, title, told) for title in told),
        tuple(seeds),
        tuple(_listed(path, content, "controls", str, list(CONTROLS))),
        tuple(_pair(path, pair) for pair in _listed(path, content, "compare", list, [])),
    )
    _check_named(path, plan)
    return plan


def check_seeds(given: str | Path, seeds: Sequence[int]) -> None:
    """Raises `InputError` where there is none, one comes twice, is below 0 or larger than any seed."""
    if not seeds or len(set(seeds)) < len(seeds) or min(seeds) < 0:
        raise InputError(given, "no seeds, or one that comes twice or is below 0", "give each seed once, as 0 1 2")
    if max(seeds) > LARGEST_SEED:
        raise InputError(given, f"the seed {max(seeds)} is above {LARGEST_SEED}", "give smaller seeds")


def check_count(given: str | Path, entries: int, seeds: int) -> None:
    """Raises `InputError` where a benchmark would be larger than any, by its numbers of entries and of seeds."""
    if entries > limits.ENTRIES:
        what = f"has {entries:,} entries, sweeps multiplied; {limits.ENTRIES:,} is the most"
        raise InputError(given, what, "sweep over less, or write several plans")
    if entries * seeds > limits.RUNS:
        what = (
            f"{entries:,} entries with {seeds:,} seeds each are {entries * seeds:,} runs; {limits.RUNS:,} is the most"
        )
        raise InputError(given, what, "give fewer seeds, or write several plans")


def folder_name(entry: str) -> str:
    """The name of an entry, as every file system takes it, within its folder."""
    return "".join(letter if letter.isalnum() or letter in "-_=+." else "_" for letter in entry)


def _count(path: Path, name: str, told: Any) -> int:
    """How many entries `_swept` will make of one; raises `InputError` where it is none, or its sweep is."""
    if not isinstance(told, dict | None):
        raise InputError(path, f"entries.{name} is no table", "write one `name: value` on each line")
    sweep = (told or {}).get("sweep", {})
    if not isinstance(sweep, dict) or not all(isinstance(values, list) and values for values in sweep.values()):
        what = f"entries.{name}.sweep is no table of lists"
        raise InputError(path, what, "write `sweep: {training.epochs: [60, 120]}`")
    if deep := [key for key in sweep if key.count(".") >= limits.OPTIONS_DEPTH]:
        raise InputError(path, f"entries.{name}.sweep: {deep[0][:40]}... is no setting", "give the name of one")
    return math.prod(map(len, sweep.values()))


def _swept(name: str, told: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """An entry for every combination of what `sweep` lists, `{training.epochs: [60, 120]}`; their names tell which."""
    settings: dict[str, Any] = {"model": name} | (told or {})
    sweep = settings.pop("sweep", {})
    for values in itertools.product(*sweep.values()):
        one, title = settings, name
        for key, value in zip(sweep, values, strict=True):
            nested = value
            for part in reversed(key.split(".")):
                nested = {part: nested}
            one = merged(one, nested)
            title += f" {key.split('.')[-1]}={_word(value)}"
        yield title, one


def _word(value: Any) -> str:
    while isinstance(value, dict) and value:
        value = next(iter(value.values()))
    return "+".join(map(str, value)) if isinstance(value, list) else str(value)


def _entry(path: Path, name: str, told: Mapping[str, Mapping[str, Any]]) -> Entry:
    """The entry `name` of all that are told."""
    settings, where = dict(told[name]), f"entries.{name}"
    rank = settings.pop("rank", 0)
    if type(rank) is not int:
        raise InputError(path, f"{where}.rank: {rank!r} cannot be read", "give a whole number")
    teachers = _teachers(settings)
    for teacher in teachers:
        if teacher not in told:
            raise InputError(path, f"{where}.teacher: there is no entry '{teacher}'", f"use one of {', '.join(told)}")
        if _teachers(told[teacher]):
            raise InputError(path, f"'{teacher}' has a teacher and is one", "name teachers that learnt from labels")
    if "data" in settings:
        raise InputError(path, f"{where}.data: the datasets are given on the command line", "leave it out")
    given = {key: value for key, value in settings.items() if key != "teacher"}
    first = _entry(path, teachers[0], told).recipe if teachers else None
    try:
        recipe = completed(checked(Recipe, given, in_file(path, f"{where}.")), first)
        if first and (recipe.size, recipe.sampling, recipe.split) != (first.size, first.sampling, first.split):
            what = "size, sampling and split are those of its teacher"
            raise InputError(path, f"{where}: {what}", "leave them out, or give them to the teacher")
        sketch_model(recipe.model, recipe.options, recipe.size, recipe.sampling.steps)
        check_objective(recipe.objective, has_teacher=bool(teachers))
    except ValueError as error:
        raise InputError(path, f"{where}: {error}", "correct the file") from None
    except InputError as error:
        subject, what, todo = error.parts
        raise error if subject == str(path) else InputError(path, f"{where}: {subject}: {what}", todo) from None
    return Entry(name, recipe, teachers, rank)


def _teachers(settings: Mapping[str, Any]) -> tuple[str, ...]:
    teacher = settings.get("teacher") or []
    return tuple(map(str, teacher if isinstance(teacher, list) else [teacher]))


def _check_names(path: Path, names: Sequence[str]) -> None:
    """Raises `InputError` for a name that is none on every file system, or is one that another entry has there."""
    folders: dict[str, str] = {}
    for name in names:
        folder = folder_name(name)
        if not name.isprintable() or folder.strip(".") != folder or not folder.strip("._-=+"):
            raise InputError(path, f"'{name}' is no name for an entry", "use letters and digits")
        if RESERVED.fullmatch(folder):
            raise InputError(path, f"'{name}' is no name for a folder on Windows", "give the entry another name")
        if len(folder.encode()) > LONGEST_NAME:
            what = f"the name of the entry '{name[:40]}...' is longer than {LONGEST_NAME} letters"
            raise InputError(path, what, "give a shorter one, or sweep over less at once")
        other = folders.setdefault(unicodedata.normalize("NFKC", folder).casefold(), name)
        if other != name:  # some file systems do not tell capitals from small letters
            raise InputError(path, f"the entries {other} and {name} would share a folder", "give one another name")


def _check_named(path: Path, plan: Plan) -> None:
    """Raises `InputError` where the plan names an entry or a control that there is none of, or names one twice."""
    names = {entry.name: entry for entry in plan.entries}
    if unknown := [name for pair in plan.compare for name in pair if name not in names]:
        raise InputError(path, f"compare: there is no entry '{unknown[0]}'", f"use one of {', '.join(names)}")
    if unknown := [name for name in plan.controls if name not in CONTROLS]:
        raise InputError(path, f"no such control: {unknown[0]}", f"use {', '.join(CONTROLS)}")
    for key, values in (("compare", plan.compare), ("controls", plan.controls)):
        if len(set(values)) < len(values):
            raise InputError(path, f"{key}: something is named twice", "name it once")


def _listed(path: Path, content: Mapping[Any, Any], key: str, kind: type, default: list[Any]) -> list[Any]:
    values = content.get(key, default)
    if not isinstance(values, list) or any(type(value) is not kind for value in values):
        raise InputError(path, f"{key} is no list of {kind.__name__}", "correct the file")
    return values


def _pair(path: Path, pair: Any) -> tuple[str, str]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise InputError(path, "compare holds something that is no pair", "write `compare: [[apprentice, student]]`")
    return str(pair[0]), str(pair[1])
