"""A run's `config.json`: its recipe, which `--config` takes again, and a record of what the recipe names.

The recipe says where the dataset, the teachers, the first weights and the split file were; the record holds hashes of
them. So a run is the same wherever these lie, and another one when they change.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from eyeprentice import __version__
from eyeprentice.files.whole import read_json, write_json
from eyeprentice.learning.runs.checkpoint import weights_digest
from eyeprentice.learning.runs.paths import CONFIG, find_run
from eyeprentice.words import extensions
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import RECORD, Recipe, flat
from eyeprentice.words.schema import checked, in_file, overlaid

NAMED = ("data", "teacher", "init", "split.file")
"""Settings that name files: what they name is in the record."""


@dataclass(frozen=True)
class Record:
    """Hashes of what a recipe names, and of the code that a user added."""

    content: str
    """Of the dataset's images; with `+` before that of its event frames, where they were opened."""
    events: str | None = None
    """The representation of the event frames, where they were opened."""
    teacher: str | None = None
    """Of the teachers' weights, with `+` between them."""
    init: str | None = None
    """Of the weights that it starts from."""
    split: str | None = None
    """Of what the split file says."""
    extensions: Mapping[str, str] = field(default_factory=dict)
    """Name and hash of each file of the user's own that was loaded."""
    units: tuple[str, ...] = ()
    """Names of the dataset's action units that the model learns, in the order of its outputs; () if it learns none."""
    version: str = __version__


def record_of(recipe: Recipe, content: str, representation: str | None = None, units: tuple[str, ...] = ()) -> Record:
    """The record of a run of `recipe` on images of this `content`, events in this `representation`, action `units`.

    Raises `InputError` if a file is not there.
    """
    return Record(
        content,
        representation,
        "+".join(map(weights_digest, recipe.teacher)) or None,
        None if recipe.init is None else weights_digest(recipe.init),
        read_record(recipe.teacher[0]).split if recipe.teacher else _digest(recipe.split.file),
        extensions.used(),
        units,
    )


def _digest(split: str | None) -> str | None:
    if split is None:
        return None
    listed = read_json(Path(split), "a split file")
    if not isinstance(listed, dict) or not all(isinstance(names, list | dict) for names in listed.values()):
        raise InputError(split, "not a split file", "give one with training, validation and testing")
    parts = [sorted(map(str, listed.get(name, ()))) for name in ("training", "validation", "testing")]
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def write_config(run: Path, recipe: Recipe, record: Record) -> None:
    write_json(run / CONFIG, {**recipe.to_json(), RECORD: asdict(record)})


def read_config(run: Path) -> tuple[Recipe, Record]:
    """A run's recipe and record; raises `InputError` if the folder is no run, or needs a file that is not loaded."""
    path = find_run(run) / CONFIG
    if not path.is_file():
        what = "a file, not a run folder" if run.is_file() else "not a run folder (no config.json)"
        raise InputError(run, what, "give a folder written by train or distill")
    content = read_json(path, "a run's configuration")
    try:
        told = content.pop(RECORD)
        record = _record(told)
        extensions.require(run, record.extensions)
        recipe: Recipe = overlaid(Recipe(), checked(Recipe, content, in_file(path)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            path, f"not a run's configuration ({type(error).__name__}: {error})", "train the run again"
        ) from None
    return recipe, record


def _record(told: Mapping[str, Any]) -> Record:
    """A record, as a file has it; raises `KeyError` and `TypeError` on anything else."""
    given = {f.name: told[f.name] for f in fields(Record)}
    units, files = given.pop("units"), given.pop("extensions")
    if not isinstance(units, list) or not all(isinstance(unit, str) for unit in units):
        raise TypeError("record.units is no list of names")
    if not isinstance(files, dict) or not all(isinstance(digest, str) for digest in files.values()):
        raise TypeError("record.extensions is no table of names and hashes")
    for name, value in given.items():
        if not isinstance(value, str) and not (value is None and name not in ("content", "version")):
            raise TypeError(f"record.{name} is no text")
    return Record(**given, units=tuple(units), extensions=files)


def read_recipe(run: Path) -> Recipe:
    """A run's recipe; raises `InputError`."""
    return read_config(run)[0]


def read_record(run: Path) -> Record:
    """A run's record; raises `InputError`."""
    return read_config(run)[1]


def check_representation(run: Path, representation: str | None) -> None:
    """Raises `InputError` where events are shown to `run` in another representation than it learnt from."""
    learnt = read_record(run).events
    if learnt is not None and representation is not None and learnt != representation:
        what = f"learnt from events as {learnt}, and this dataset has them as {representation}"
        raise InputError(run, what, "give a dataset of the same representation")


def check_units(run: Path, units: tuple[str, ...]) -> None:
    """Raises `InputError` where a dataset tells other action units than `run` learnt; () is none, which fits."""
    learnt = read_record(run).units
    if learnt and units and learnt != units:
        what = f"learnt the action units {','.join(learnt)}, and this dataset has {','.join(units)}"
        raise InputError(run, what, "give a dataset of the same units, or take its folder `unit` out")


def differences(one: Recipe, other: Recipe) -> list[str]:
    """What decides a run and differs, in words; files that are named do not count, for they may have been moved."""
    mine, theirs = (flat(recipe.to_json()) for recipe in (one, other))
    names = [name for name in {**mine, **theirs} if name not in NAMED and mine.get(name) != theirs.get(name)]
    return [f"{name} {theirs.get(name)} and not {mine.get(name)}" for name in names]


def changes(one: Record, other: Record) -> list[str]:
    """What is named and differs, in words."""
    words = {
        "content": "dataset",
        "split": "split file",
        "events": "representation of events",
        "units": "set of action units",
        "init": "weights to start from",
        "extensions": "--extend files",
    }
    names = [f.name for f in fields(Record) if getattr(one, f.name) != getattr(other, f.name)]
    return [f"another {words.get(name, name)}" for name in names]
