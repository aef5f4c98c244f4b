"""YAML as people write settings: tables, lists, text, numbers, true, false and null. Nothing that means something else.

Words are read as JSON and YAML 1.2 read them. In YAML 1.1, which libraries read, `2026-01-01` is a date, `1:30` is 90,
`010` is 8 and `no` is false; here they are text, or 10. Refused are references, which multiply; tags, which name other
kinds; a name that comes twice; lists within lists without end; and numbers and text that nothing can hold.
"""

import re
from typing import Any, ClassVar

import yaml
from yaml.constructor import ConstructorError

from eyeprentice.words import limits

CORE = "tag:yaml.org,2002:"
FLOAT = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
RESOLVED = (
    ("bool", "true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", "null|Null|NULL|~|", ["n", "N", "~", ""]),
    ("int", "[-+]?[0-9]+", "-+0123456789"),
    ("float", FLOAT, "-+0123456789."),
)
"""Kinds of words without quotes, as YAML 1.2's core schema has them, and how these begin."""


class _Plain(yaml.SafeLoader):
    """What YAML's own kinds are read as; there are no others."""

    yaml_implicit_resolvers: ClassVar[dict[Any, Any]] = {}  # type: ignore[misc]
    yaml_constructors: ClassVar[dict[Any, Any]] = {}


def read_plain(text: str) -> Any:
    """What the text says; raises `yaml.YAMLError` where it is not plain YAML within limits."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > limits.OPTIONS_DEPTH:
            raise yaml.YAMLError("it is nested too deeply")
        if getattr(event, "anchor", None) is not None:
            raise yaml.YAMLError("it holds a reference (& or *), which is not supported")
        if (tag := getattr(event, "tag", None)) is not None:
            raise yaml.YAMLError(f"it holds a tag ({tag}), which is not supported")
    return yaml.load(text, _Plain)


def _table(loader: _Plain, node: yaml.MappingNode) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise _wrong(f"a name that is no text ({key}): write it in quotes", key_node)
        if key in table:
            raise _wrong(f"'{key}' comes twice in one table", key_node)
        table[key] = loader.construct_object(value_node, deep=True)
    return table


def _list(loader: _Plain, node: yaml.SequenceNode) -> list[Any]:
    return loader.construct_sequence(node, deep=True)


def _text(_: _Plain, node: yaml.ScalarNode) -> str:
    text = str(node.value)
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text):
        raise _wrong("text that no file can hold (a zero, or half a letter)", node)
    return text


def _whole(_: _Plain, node: yaml.ScalarNode) -> int:
    if len(node.value) > limits.DIGITS:
        raise _wrong(f"a whole number of more than {limits.DIGITS} digits", node)
    return int(node.value)


def _number(_: _Plain, node: yaml.ScalarNode) -> float:
    return float(re.sub(r"\.(inf|nan)", r"\1", node.value.lower()))


def _truth(_: _Plain, node: yaml.ScalarNode) -> bool:
    return bool(node.value.lower() == "true")


def _nothing(_: _Plain, node: yaml.ScalarNode) -> None:
    return None


def _wrong(what: str, node: yaml.Node) -> ConstructorError:
    return ConstructorError(None, None, what, node.start_mark)


for kind, words, begins in RESOLVED:
    _Plain.add_implicit_resolver(CORE + kind, re.compile(f"(?:{words})$"), list(begins))
for kind, construct in (
    ("map", _table), ("seq", _list), ("str", _text), ("int", _whole), ("float", _number), ("bool", _truth),
    ("null", _nothing),
):  # fmt: skip
    _Plain.add_constructor(CORE + kind, construct)
