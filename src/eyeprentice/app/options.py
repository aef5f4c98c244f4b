"""A command's options, from its signature: parsed, read from option files, and explained.

Parameters before the `*` of a command are operands, those after it options, required where they have no default. A
parameter whose default is an `Asked` gives one option for each setting of its dataclass, `--training.epochs`, and the
last part alone is enough where it is clear: `--epochs`. `--batch-size` and `--batch_size` are the same; an option of
several words takes them with spaces, commas or brackets.
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import docstring_parser
from docstring_parser.attrdoc import add_attribute_docstrings

from eyeprentice.files.options import read_options
from eyeprentice.words import schema
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import RECORD
from eyeprentice.words.schema import merged, nearest

CONFIG, EXTEND = "config", "extend"
Command = Callable[..., None]


@dataclass(frozen=True)
class Asked:
    """The settings of a dataclass as far as they were given, nested; what is not given is decided later."""

    kind: type[Any]
    without: frozenset[str] = frozenset()
    """Fields that cannot be given."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """By dotted name, what is told of those that are not given, where it differs from the dataclass."""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Option:
    """One operand or option."""

    name: str  # as in Python or, of a setting, dotted as in a file
    kind: Any
    default: Any  # `inspect.Parameter.empty` where one must be given
    text: str
    operand: bool = False
    group: str = "Options"
    short: str = ""
    """Of a setting, the last part of its name where nothing else is called so."""

    @property
    def shown(self) -> str:
        return self.name.upper() if self.operand else "--" + (self.short or self.name).replace("_", "-")

    @property
    def needed(self) -> bool:
        return self.default is inspect.Parameter.empty

    @property
    def is_flag(self) -> bool:
        return self.default is False

    @property
    def is_several(self) -> bool:
        return get_origin(self.kind) in (tuple, list)


def options_of(command: Command) -> list[Option]:
    """Operands, then options in the order of the signature, then settings in groups."""
    texts = {entry.arg_name: entry.description or "" for entry in docstring_parser.parse(command.__doc__ or "").params}
    found: list[Option] = []
    parameters = inspect.signature(command).parameters
    for name, parameter in parameters.items():
        if isinstance(parameter.default, Asked):
            found += _settings(parameter.default, set(parameters))
        else:
            operand = parameter.kind is not parameter.KEYWORD_ONLY
            found.append(Option(name, parameter.annotation, parameter.default, texts.get(name, ""), operand))
    return sorted(found, key=lambda option: (not option.operand, option.group != "Options"))


def _settings(asked: Asked, taken: set[str]) -> list[Option]:
    found: list[Option] = []
    texts = {kind: _documented(kind) for kind in {asked.kind, *(s.holder for s in schema.settings_of(asked.kind))}}
    for whole in dataclasses.fields(asked.kind):  # a dataclass that can be given in a word
        if hasattr(whole.type, "parse") and whole.name not in asked.without:
            default = asked.defaults.get(whole.name, str(whole.default))
            found.append(Option(whole.name, str, default, texts[asked.kind][whole.name]))
    for setting in schema.settings_of(asked.kind):
        top, last = setting.name.split(".")[0], setting.name.split(".")[-1]
        if top in asked.without or last in getattr(setting.holder, "IN_A_WORD", ()):
            continue
        outer = setting.holder is asked.kind
        group = "Options" if outer else docstring_parser.parse(setting.holder.__doc__ or "").short_description or ""
        default = asked.defaults.get(setting.name, setting.default)
        short = "" if last in taken else last
        text = texts[setting.holder][last]
        found.append(Option(setting.name, setting.kind, default, text, group=group.rstrip("."), short=short))
        taken.add(last)
    return found


def _documented(kind: type[Any]) -> dict[str, str]:
    """The docstrings of a dataclass's fields."""
    documented = docstring_parser.parse(kind.__doc__ or "")
    add_attribute_docstrings(kind, documented)
    return {entry.arg_name: entry.description or "" for entry in documented.params}


@dataclass(frozen=True)
class Given:
    """What was asked for."""

    arguments: dict[str, Any]
    """Of the command."""
    extensions: list[Path]
    """Files to run before it."""
    recorded: list[tuple[Path, dict[str, str]]]
    """Option files of runs, and the extension files that these were trained with."""


def parse(command: Command, words: Sequence[str], extensible: bool = False) -> Given:
    """Reads the words after a command's name; raises `InputError`."""
    options, asked = options_of(command), _asked(command)
    kind = _schema(command)
    shown = {option.name: option.shown for option in options}

    def complain(name: str, what: str, todo: str) -> InputError:
        known = next((known for known in shown if f"{name}.".startswith(f"{known}.")), None)
        return InputError(shown[known] + name.removeprefix(known) if known else f"--{name}", what, todo)

    words_given, files, extensions = _sort(options, words, extensible)
    spelt: dict[str, Any] = {}
    for name, value in words_given:
        spelt = merged(spelt, schema.spelt_out(kind, _nested(name, value), complain))
    read = schema.checked(kind, spelt, complain)
    recorded = []
    for file in reversed(files):  # of several, the last one counts
        content = read_options(file)
        recorded.append((file, _extensions(content.pop(RECORD, {}))))
        if EXTEND in content:
            raise InputError(
                file, "names code to run (extend)", "give --extend on the command line, where you can see it"
            )
        for name in set(asked.without if asked else ()) - set(shown):
            if not content.get(name):  # of another command, and empty
                content.pop(name, None)
        read = merged(schema.checked(kind, content, schema.in_file(file)), read)
    for option in options:
        if option.needed and option.name not in read:
            raise InputError(option.shown, "is required but missing", "see --help")
    return Given(_arguments(command, read), extensions, recorded)


def _asked(command: Command) -> Asked | None:
    defaults = [parameter.default for parameter in inspect.signature(command).parameters.values()]
    return next((default for default in defaults if isinstance(default, Asked)), None)


def _schema(command: Command) -> type[Any]:
    """Everything that a command can be given, as one dataclass."""
    rows: list[tuple[str, Any, Any]] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if isinstance(asked := parameter.default, Asked):
            hints = get_type_hints(asked.kind)
            kept = [(n, k) for n, k in hints.items() if n not in asked.without]
            rows += [(n, k, dataclasses.field(default_factory=k) if schema.is_group(k) else None) for n, k in kept]
        else:
            rows.append((name, parameter.annotation, None))
    return dataclasses.make_dataclass("Options", rows)


def _arguments(command: Command, read: Mapping[str, Any]) -> dict[str, Any]:
    """Of the command: what was read, and the defaults of the rest."""
    parameters = inspect.signature(command).parameters
    settings = {name: value for name, value in read.items() if name not in parameters}
    return {
        name: dataclasses.replace(parameter.default, values=settings)
        if isinstance(parameter.default, Asked)
        else read.get(name, parameter.default)
        for name, parameter in parameters.items()
    }


def _nested(name: str, value: Any) -> dict[str, Any]:
    for part in reversed(name.split(".")):
        value = {part: value}
    return dict(value)


def _sort(
    options: Sequence[Option], words: Sequence[str], extensible: bool
) -> tuple[list[tuple[str, Any]], list[Path], list[Path]]:
    """What was given by name, operands too; option files and extension files."""
    names = {option.name: option for option in options}
    short = {option.short: option.name for option in options if option.short}
    groups = {name.split(".")[0] for name in names}
    operands: list[str] = []
    values: list[tuple[str, Any]] = []
    files: list[Path] = []
    extensions: list[Path] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("--") or word == "--":
            operands.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        name = name.replace("-", "_")
        top, _, rest = name.partition(".")
        if top not in groups and top in short:
            name = f"{short[top]}.{rest}" if rest else short[top]
        special = name == CONFIG or (name == EXTEND and extensible)
        option = names.get(name)
        if option is not None and option.operand:
            raise InputError(word, "is given by its place, without a name", f"give {option.shown} alone; see --help")
        if option is None and not special and name.split(".")[0] not in groups:
            known = [*groups, *short, CONFIG, *([EXTEND] if extensible else [])]
            raise InputError(word, "no such option", nearest(top, known, "--"))
        if option is not None and option.is_flag:
            values.append((name, value or "true"))
            continue
        several = name == EXTEND or (option is not None and option.is_several)
        given = [value] if equals else []
        while left and not left[0].startswith("--") and (several or not given):
            given.append(left.pop(0))
        if not given:
            raise InputError(word, "needs a value", "see --help")
        if name == CONFIG:
            files.append(Path(given[0]))
        elif name == EXTEND:
            extensions += [Path(file) for file in given]
        else:
            values.append((name, _listed(given) if several else given[0]))
    return _placed([option for option in options if option.operand], operands) + values, files, extensions


def _placed(places: list[Option], operands: list[str]) -> list[tuple[str, Any]]:
    """Operands by name; one that takes several leaves the others theirs."""
    placed: list[tuple[str, Any]] = []
    for number, place in enumerate(places):
        if operands:
            after = sum(other.needed for other in places[number + 1 :])
            count = max(1, len(operands) - after) if place.is_several else 1
            placed.append((place.name, operands[:count] if place.is_several else operands[0]))
            del operands[:count]
    if operands:
        raise InputError(operands[0], "is one operand too many", "see --help")
    return placed


def _listed(given: list[str]) -> list[str]:
    """`a b`, `a,b` and `[a,b]` as a list."""
    text = ",".join(given).strip().removeprefix("[").removesuffix("]")
    return [part.strip(" \"'") for part in text.split(",") if part.strip()]


def _extensions(record: Any) -> dict[str, str]:
    """The files that a run's record names, and their hashes."""
    found = record.get("extensions") if isinstance(record, dict) else None
    return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else {}
