"""The help of a command: example, description, operands, options in the order of the signature."""

import dataclasses
import inspect
import textwrap

from eyeprentice.app.options import Command, Option, options_of
from eyeprentice.words import schema

WIDTH = 100


def explain(command: Command, extensible: bool) -> str:
    """The text of `COMMAND --help`."""
    text, _, example = (inspect.getdoc(command) or "").partition("\n\nArgs:")[0].partition("Example: ")
    lines = ["Example:", f"  {example.strip()}", "", text.strip(), ""]
    groups: dict[str, list[Option]] = {}
    for option in options_of(command):
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
    notes = []
    if choices := schema.choices(option.kind):
        notes.append(f"one of {', '.join(choices)}")
    if option.needed and not option.operand:
        notes.append("required")
    elif dataclasses.is_dataclass(option.default):
        notes = [f"each as {option.shown}.NAME: {', '.join(f.name for f in dataclasses.fields(option.default))}"]
    elif not option.needed and not option.is_flag and option.default not in (None, [], (), {}, ""):
        value = option.default
        notes.append("default " + (" ".join(map(str, value)) if isinstance(value, tuple) else str(value)))
    title = option.shown + ("" if option.operand or option.is_flag else " ...")
    return _entry(title, " ".join(option.text.split()).removesuffix(".") + (f" ({'; '.join(notes)})" if notes else ""))


def _entry(title: str, text: str) -> list[str]:
    indent = " " * 24
    lines = textwrap.wrap(text, WIDTH - len(indent)) or [""]
    first = f"  {title:<21} {lines[0]}" if len(title) <= 21 else f"  {title}\n{indent}{lines[0]}"
    return [first.rstrip(), *(indent + line for line in lines[1:])]
