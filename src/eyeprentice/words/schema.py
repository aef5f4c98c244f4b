"""Settings as they are given, in a file or in words, against the dataclass that they are for.

What is given is nested as the dataclasses are. jsonargparse reads the values; what is wrong is told in this project's
words, by a function that knows where the settings came from.
"""

import dataclasses
import difflib
import re
from argparse import ArgumentError
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import yaml
from jsonargparse import ArgumentParser, Namespace, set_loader

from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.plain_yaml import read_plain

KINDS: dict[Any, str] = {int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}
"""What is to be given for a value of a kind."""

PLAIN = "plain"
"""What jsonargparse calls the way in which text is read for a value that is no text."""
set_loader(PLAIN, read_plain, (yaml.YAMLError, ValueError))

Complaint = Callable[[str, str, str], InputError]
"""(dotted name of a setting, what is wrong, what to do) -> the error to raise."""


@dataclass(frozen=True)
class Setting:
    """One value that can be given."""

    name: str  # dotted, as in a file
    kind: Any
    default: Any
    holder: type[Any]  # the dataclass of which it is a field


def settings_of(kind: type[Any], prefix: str = "") -> Iterator[Setting]:
    """The fields of a dataclass, those of the dataclasses that are its fields in their place."""
    hints, made = get_type_hints(kind), kind()
    for field in dataclasses.fields(kind):
        name = f"{prefix}{field.name}"
        if is_group(hints[field.name]):
            yield from settings_of(hints[field.name], f"{name}.")
        else:
            yield Setting(name, hints[field.name], getattr(made, field.name), kind)


def is_group(kind: Any) -> bool:
    """Whether it is a dataclass, whose fields are settings."""
    return isinstance(kind, type) and dataclasses.is_dataclass(kind)


def in_file(file: Path, place: str = "") -> Complaint:
    """Complains of settings in a file, below `place` (`entries.student.`) in it."""
    return lambda name, what, todo: InputError(file, f"{place}{name}: {what}" if name else f"{place} {what}", todo)


def checked(kind: type[Any], given: Mapping[str, Any], complain: Complaint) -> dict[str, Any]:
    """What is `given` for a dataclass, its values read; raises what `complain` makes."""
    parser = ArgumentParser(exit_on_error=False, allow_abbrev=False, add_help=False, parser_mode=PLAIN)
    parser.add_class_arguments(kind, None)
    try:
        read = _as_dict(parser.parse_object(spelt_out(kind, given, complain), defaults=False))
    except ArgumentError as error:
        raise complain(*_misread(str(error), {setting.name: setting.kind for setting in settings_of(kind)})) from None
    for name, value in _values(read):
        if isinstance(value, int) and abs(value) >= 10**limits.DIGITS:
            raise complain(name, f"a whole number of more than {limits.DIGITS} digits", "give a smaller one")
    return read


def _values(read: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value within tables and lists, with the name of the setting that it is of."""
    if isinstance(read, Mapping):
        for key, value in read.items():
            yield from _values(value, f"{name}.{key}" if name else str(key))
    elif isinstance(read, list | tuple):
        for value in read:
            yield from _values(value, name)
    else:
        yield name, read


def spelt_out(kind: type[Any], given: Mapping[str, Any], complain: Complaint, prefix: str = "") -> dict[str, Any]:
    """`given`, with a word for a whole dataclass (`sampling: E4-S3`) or for a list of one made what it means."""
    hints = get_type_hints(kind)
    spelt: dict[str, Any] = {}
    for key, value in given.items():
        name = str(key).replace("-", "_")
        if name not in hints:
            raise complain(f"{prefix}{key}", "no such setting", _nearest_setting(name, kind))
        if value is None and hints[name] is not Any and NoneType not in parts_of(hints[name]):
            wanted = " or ".join([*choices(hints[name]), *_named(hints[name])])
            raise complain(f"{prefix}{name}", "is empty", f"give {wanted or 'a value'}, or leave it out")
        if is_group(hints[name]):
            if not isinstance(value, Mapping):
                value = _in_a_word(hints[name], value, f"{prefix}{name}", complain)
            value = spelt_out(hints[name], value, complain, f"{prefix}{name}.")
        elif (group := next(filter(is_group, parts_of(hints[name])), None)) is not None:
            value = _table(value, choices(hints[name]), f"{prefix}{name}", complain)
            value = spelt_out(group, value, complain, f"{prefix}{name}.") if isinstance(value, Mapping) else value
        elif get_origin(hints[name]) in (tuple, list) and isinstance(value, str):
            value = [value]
        spelt[name] = _read(hints[name], value, f"{prefix}{name}", complain)
    return spelt


def _read(kind: Any, value: Any, name: str, complain: Complaint) -> Any:
    """Text that is given for a value that is no text, or for parts that are none, as what it says.

    jsonargparse would do so too, with a YAML of its own, which knows references and takes 1:30 for 90.
    """
    if isinstance(value, list | tuple) and get_origin(kind) in (tuple, list):
        return [_read(get_args(kind)[0], part, name, complain) for part in value]
    if isinstance(value, Mapping) and get_origin(kind) is dict:
        return {key: _read(get_args(kind)[1], part, f"{name}.{key}", complain) for key, part in value.items()}
    if not isinstance(value, str) or any(part in (str, Path, Any) or choices(part) for part in parts_of(kind)):
        return value
    try:
        read = read_plain(value)
    except (yaml.YAMLError, ValueError):
        read = value
    if isinstance(read, str):
        wanted = " or ".join(_named(kind))
        raise complain(name, f"{value[:80]!r} cannot be read", f"give {wanted}" if wanted else "see --help")
    return read


def _table(value: Any, words: Sequence[str], name: str, complain: Complaint) -> Any:
    """Text that is none of the `words` as the table that it says."""
    if not isinstance(value, str) or value in words:
        return value
    try:
        read = read_plain(value)
    except (yaml.YAMLError, ValueError):
        read = value
    if isinstance(read, Mapping) or read is None:
        return read
    raise complain(name, f"{value[:80]!r} cannot be read", f"give {', '.join(words)} or a table")


def _in_a_word(kind: type[Any], word: Any, name: str, complain: Complaint) -> dict[str, Any]:
    """A dataclass in one word, as those of its fields that the word is read into."""
    if not isinstance(word, str) or not hasattr(kind, "parse"):
        raise complain(name, "is no table", "write one `name: value` on each line")
    try:
        made = kind.parse(word)
    except ValueError as error:
        raise complain(name, str(error), "see --help") from None
    return {part: getattr(made, part) for part in kind.IN_A_WORD}


def _nearest_setting(name: str, kind: type[Any]) -> str:
    """What to do about a name that is none: the same name elsewhere, or one like it."""
    known: dict[str, str] = {}
    for setting in settings_of(kind):
        top, last = setting.name.split(".")[0], setting.name.split(".")[-1]
        known.setdefault(last, setting.name)
        known[top] = top
    close = difflib.get_close_matches(name, sorted(known), 1, 0.6)
    return f"did you mean {known[close[0]]}?" if close else "see --help"


def nearest(word: str, known: Iterable[str], prefix: str = "") -> str:
    """What to do about a word that is not known."""
    close = difflib.get_close_matches(word, sorted(known), 1, 0.6)
    return f"did you mean {prefix}{close[0].replace('_', '-') if prefix else close[0]}?" if close else "see --help"


def _as_dict(parsed: Namespace) -> dict[str, Any]:
    return {name: _as_dict(value) if isinstance(value, Namespace) else value for name, value in vars(parsed).items()}


def overlaid(base: Any, given: Mapping[str, Any]) -> Any:
    """`base`, a dataclass, with what is given instead; raises `ValueError` where that cannot be."""
    made: dict[str, Any] = {}
    for name, value in given.items():
        before, kind = getattr(base, name), get_type_hints(type(base))[name]
        if isinstance(value, Mapping):
            if dataclasses.is_dataclass(before):
                value = overlaid(before, value)
            elif inner := next(filter(is_group, parts_of(kind)), None):
                value = inner(**value)
        made[name] = value
    return dataclasses.replace(base, **made)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables; where both have one, the table of both, otherwise what is above."""
    both = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], Mapping) and isinstance(above[key], Mapping):
            both[key] = merged(below[key], above[key])
    return both


def _misread(text: str, kinds: Mapping[str, Any]) -> tuple[str, str, str]:
    """What jsonargparse says of a value that it cannot read, in our words: its name, what is wrong, what to do."""
    keys = re.findall(r'Parser key "([^"]+)"', text)
    value = re.search(r"(?:Got value: |, val=|Given value: )(.*)", text)
    name = next((known for known in kinds if keys and f"{keys[0]}.".startswith(f"{known}.")), "")
    if not name or value is None:
        return "options", " ".join(text.split()), "see --help"
    wanted = " or ".join([*choices(kinds[name]), *_named(kinds[name])])
    if len(keys) > 1:  # of a value with parts
        name, wanted = f"{name}.{keys[1]}", "a number"
    return (
        name,
        f"{value[1].strip()[:80] or 'an empty value'!r} cannot be read",
        f"give {wanted}" if wanted else "see --help",
    )


def _named(kind: Any) -> list[str]:
    if get_origin(kind) in (tuple, list):
        return ["a list"]
    return [KINDS[part] for part in parts_of(kind) if part in KINDS]


def parts_of(kind: Any) -> tuple[Any, ...]:
    """The kinds that a value may be of."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def choices(kind: Any) -> list[str]:
    """The words of a `Literal`, also within a union."""
    if len(parts_of(kind)) > 1:
        return [choice for part in parts_of(kind) for choice in choices(part)]
    return [str(value) for value in get_args(kind)] if str(kind).startswith("typing.Literal") else []
