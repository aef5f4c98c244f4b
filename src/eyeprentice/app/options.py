"""A command's options, from its signature: parsed, read from option files, and explained.

Parameters before the `*` of a command are operands, those after it options, required where they have no default. A
parameter whose default is a dataclass gives one option for each of its fields. `--batch-size` and `--batch_size` are
the same; an option of several words takes them with spaces, commas or brackets.
"""

import dataclasses
import difflib
import inspect
import json
import re
import textwrap
from argparse import ArgumentError
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import docstring_parser
import yaml
from docstring_parser.attrdoc import add_attribute_docstrings
from jsonargparse import ArgumentParser

from eyeprentice.files.whole import read_text
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

CONFIG, EXTEND = "config", "extend"
RECORD = "record"
"""What a run's config.json holds beside options."""
WIDTH = 100
KINDS: dict[Any, str] = {int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}
"""What is to be given for an option of a kind."""


@dataclass(frozen=True)
class Option:
    """One operand or option."""

    name: str  # as in Python
    kind: Any
    default: Any  # `inspect.Parameter.empty` where one must be given
    text: str
    operand: bool = False
    group: str = "Options"
    owner: str | None = None
    """The parameter whose dataclass has this field."""

    @property
    def shown(self) -> str:
        return self.name.upper() if self.operand else "--" + self.name.replace("_", "-")

    @property
    def needed(self) -> bool:
        return self.default is inspect.Parameter.empty

    @property
    def is_flag(self) -> bool:
        return self.default is False

    @property
    def is_several(self) -> bool:
        return get_origin(self.kind) in (tuple, list)


def options_of(command: Callable[..., None]) -> list[Option]:
    """Operands, then options in the order of the signature."""
    texts = {entry.arg_name: entry.description or "" for entry in docstring_parser.parse(command.__doc__ or "").params}
    found: list[Option] = []
    for name, parameter in inspect.signature(command).parameters.items():
        kind, default = parameter.annotation, parameter.default
        if dataclasses.is_dataclass(default):
            documented = docstring_parser.parse(type(default).__doc__ or "")
            add_attribute_docstrings(type(default), documented)
            attributes = {entry.arg_name: entry.description or "" for entry in documented.params}
            for field in dataclasses.fields(default):
                value = getattr(default, field.name)
                text, group = attributes.get(field.name, ""), (documented.short_description or name).rstrip(".")
                found.append(Option(field.name, field.type, value, text, group=group, owner=name))
        else:
            found.append(Option(name, kind, default, texts.get(name, ""), parameter.kind is not parameter.KEYWORD_ONLY))
    return sorted(found, key=lambda option: (not option.operand, option.owner is not None))


@dataclass(frozen=True)
class Given:
    """What was asked for."""

    arguments: dict[str, Any]
    """Of the command, its dataclasses made."""
    extensions: list[Path]
    """Files to run before it."""
    recorded: list[tuple[Path, dict[str, str]]]
    """Option files of runs, and the extension files that these were trained with."""


def parse(command: Callable[..., None], words: Sequence[str], extensible: bool = False) -> Given:
    """Reads the words after a command's name; raises `InputError`."""
    options = {option.name: option for option in options_of(command)}
    operands, values, files, extensions = _sort(options, words, extensible)
    recorded = []
    for file in reversed(files):  # of several, the last one counts
        content = _read_options(file, options)
        recorded.append((file, _extensions(content.pop(RECORD, {}))))
        values = [
            f"--{name}={_as_word([value] if options[name].is_several and isinstance(value, str) else value)}"
            for name, value in content.items()
            if not options[name].operand
        ] + values
        for option in options.values():
            if option.operand and option.name in content and len(operands) < _operands_before(options, option) + 1:
                operands.append(str(content[option.name]))
    for option in options.values():
        missing = option.needed and not any(_is_of(word, option.name) for word in values)
        if option.operand:
            missing = option.needed and len(operands) <= _operands_before(options, option)
        if missing:
            raise InputError(option.shown, "is required but missing", "see --help")
    parser = ArgumentParser(exit_on_error=False, allow_abbrev=False, add_help=False)
    for option in options.values():
        _add(parser, option)
    try:
        parsed = parser.instantiate(parser.parse_args([*values, *operands]))
    except ArgumentError as error:
        raise _misread(str(error), options) from None
    except ValueError as error:  # of a dataclass that checks itself
        raise InputError("options", " ".join(str(error).split()), "see --help") from None
    return Given(_gather(command, options, parsed), extensions, recorded)


def _misread(text: str, options: dict[str, Option]) -> InputError:
    """What the parser says of a value that it cannot read, in our words."""
    key, value = re.search(r'Parser key "([^"]+)"', text), re.search(r"(?:Got value: |, val=|Given value: )(.*)", text)
    option = options.get(key[1].split(".")[0]) if key is not None else None
    if option is None or value is None:
        return InputError("options", " ".join(text.split()), "see --help")
    inner = re.search(r"key=\'(\w+)\'", text)  # of a value with parts
    shown = f"{option.shown}.{inner[1]}" if inner else option.shown
    given = value[1].strip(" ')") or "an empty value"
    kinds = [] if inner else [KINDS[kind] for kind in _parts(option.kind) if kind in KINDS]
    wanted = " or ".join([*_choices(option.kind), *kinds]) if not inner else "a number"
    return InputError(shown, f"{given!r} cannot be read", f"give {wanted}" if wanted else "see --help")


def _sort(
    options: dict[str, Option], words: Sequence[str], extensible: bool
) -> tuple[list[str], list[str], list[Path], list[Path]]:
    """Operands, options as `--name=value`, option files and extension files."""
    operands: list[str] = []
    values: list[str] = []
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
        top = name.split(".")[0]
        known = [*options, CONFIG, *([EXTEND] if extensible else [])]
        if top not in known or (top in options and options[top].operand):
            raise InputError(word, "no such option", nearest(top, known, "--"))
        several = top == EXTEND or (top in options and options[top].is_several)
        if top in options and options[top].is_flag:
            values.append(f"--{name}={value or 'true'}")
            continue
        given = [value] if equals else []
        while left and not left[0].startswith("--") and (several or not given):
            given.append(left.pop(0))
        if not given:
            raise InputError(word, "needs a value", "see --help")
        if top == CONFIG:
            files.append(Path(given[0]))
        elif top == EXTEND:
            extensions += [Path(file) for file in given]
        elif several:
            values.append(f"--{name}={json.dumps(_listed(given))}")
        else:
            values.append(f"--{name}={given[0]}")
    return operands, values, files, extensions


def _listed(given: list[str]) -> list[str]:
    """`a b`, `a,b` and `[a,b]` as a list."""
    text = ",".join(given).strip().removeprefix("[").removesuffix("]")
    return [part.strip(" \"'") for part in text.split(",") if part.strip()]


def _read_options(file: Path, options: dict[str, Option]) -> dict[str, Any]:
    """The options in a YAML or JSON file."""
    text = read_text(file, "a file of options", limits.OPTIONS_BYTES)
    try:
        _refuse_knots(text)
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a date of the 99th of a month is a ValueError
        reason = " ".join(str(error).split())
        raise InputError(file, f"neither YAML nor JSON ({reason})", "give a file of options") from None
    if not isinstance(content, dict):
        raise InputError(file, "contains no options", "write one `name: value` on each line")
    content = {str(name).replace("-", "_"): value for name, value in content.items()}
    for name in content:
        if name == EXTEND:
            raise InputError(
                file, "names code to run (extend)", "give --extend on the command line, where you can see it"
            )
        if name != RECORD and name not in options:
            raise InputError(file, f"'{name}' is not an option of this command", nearest(name, options, ""))
    return content


def _refuse_knots(text: str) -> None:
    """Raises `ValueError` for lists within lists without end, and for references, which may multiply."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > limits.OPTIONS_DEPTH:
            raise ValueError("it is nested too deeply")
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("it holds a reference (*), which is not supported")


def _as_word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _extensions(record: Any) -> dict[str, str]:
    """The files that a run's record names, and their hashes."""
    found = record.get("extensions") if isinstance(record, dict) else None
    return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else {}


def _is_of(word: str, name: str) -> bool:
    return word.startswith((f"--{name}=", f"--{name}."))


def _operands_before(options: dict[str, Option], option: Option) -> int:
    names = [other.name for other in options.values() if other.operand]
    return names.index(option.name)


def _add(parser: ArgumentParser, option: Option) -> None:
    if option.operand and option.is_several:
        parser.add_argument(option.name, nargs="+", type=get_args(option.kind)[0])
    elif option.operand:
        optional: dict[str, Any] = {} if option.needed else {"nargs": "?", "default": option.default}
        parser.add_argument(option.name, type=option.kind, **optional)
    elif option.needed:
        parser.add_argument(f"--{option.name}", type=option.kind, required=True)
    else:
        parser.add_argument(f"--{option.name}", type=option.kind, default=option.default)


def _gather(command: Callable[..., None], options: dict[str, Option], parsed: Any) -> dict[str, Any]:
    """The arguments of a command, its dataclasses made of their fields."""
    arguments: dict[str, Any] = {}
    for name, parameter in inspect.signature(command).parameters.items():
        if dataclasses.is_dataclass(parameter.default):
            kind: Any = type(parameter.default)
            try:
                arguments[name] = kind(**{field.name: parsed[field.name] for field in dataclasses.fields(kind)})
            except ValueError as error:
                raise InputError("options", str(error), "see --help") from None
        else:
            arguments[name] = parsed[name]
    return arguments


def nearest(word: str, known: Iterable[str], prefix: str) -> str:
    """What to do about a word that is not known."""
    known = list(known)
    close = difflib.get_close_matches(word, known, 1, 0.6)
    return f"did you mean {prefix}{close[0].replace('_', '-') if prefix else close[0]}?" if close else "see --help"


def explain(name: str, command: Callable[..., None], extensible: bool) -> str:
    """The help of a command: example, description, operands, options in the order of the signature."""
    text, _, example = (inspect.getdoc(command) or "").partition("\n\nArgs:")[0].partition("Example: ")
    options = options_of(command)
    lines = ["Example:", f"  {example.strip()}", "", text.strip(), ""]
    groups: dict[str, list[Option]] = {}
    for option in options:
        groups.setdefault("Operands" if option.operand else option.group, []).append(option)
    for group, members in groups.items():
        lines += [f"{group}:", *(line for option in members for line in _explained(option)), ""]
    lines += [
        "Every command:",
        *_entry("--config FILE", "read options from a YAML or JSON file, as config.json of a run"),
    ]
    if extensible:
        lines += _entry("--extend FILE...", "load Python files of your own first (docs/extend.md)")
    return "\n".join([*lines, *_entry("--help", "show this text")])


def _explained(option: Option) -> list[str]:
    kind = option.kind
    notes = []
    if choices := _choices(kind):
        notes.append(f"one of {', '.join(choices)}")
    if option.needed and not option.operand:
        notes.append("required")
    elif not option.needed and not option.is_flag and option.default not in (None, [], (), {}, ""):
        value = option.default
        notes.append("default " + (" ".join(map(str, value)) if isinstance(value, tuple) else str(value)))
    title = option.shown + ("" if option.operand or option.is_flag else " ...")
    if dataclasses.is_dataclass(option.default):
        notes[-1:] = [f"each as {option.shown}.NAME: {', '.join(f.name for f in dataclasses.fields(option.default))}"]
    return _entry(title, " ".join(option.text.split()).removesuffix(".") + (f" ({'; '.join(notes)})" if notes else ""))


def _parts(kind: Any) -> tuple[Any, ...]:
    """The kinds that an option may be of."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _choices(kind: Any) -> list[str]:
    if len(_parts(kind)) > 1:
        return [choice for part in _parts(kind) for choice in _choices(part)]
    return [str(value) for value in get_args(kind)] if str(kind).startswith("typing.Literal") else []


def _entry(title: str, text: str) -> list[str]:
    indent = " " * 24
    lines = textwrap.wrap(text, WIDTH - len(indent)) or [""]
    first = f"  {title:<21} {lines[0]}" if len(title) <= 21 else f"  {title}\n{indent}{lines[0]}"
    return [first.rstrip(), *(indent + line for line in lines[1:])]
