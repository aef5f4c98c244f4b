"""The command line: a table of commands. A command is a typed function with a docstring, imported when it is called.

Parameters before the `*` of a command are positional, those after it options, required where they have no default.
A parameter whose default is a dataclass gives one option for each of its fields.
"""

import argparse
import dataclasses
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, get_origin

import docstring_parser
from jsonargparse import ActionConfigFile, ArgumentParser, Namespace, set_parsing_settings

from eyeprentice import __version__
from eyeprentice.errors import InputError

COMMANDS = {
    "demo": ("eyeprentice.commands.demo:demo", "the main job, small: simulate, teach, apprentice, evaluate, report"),
    "synth": ("eyeprentice.commands.synth:synth", "write a simulated dataset in SEE's layout"),
    "cast": ("eyeprentice.commands.cast:cast", "portraits on a 3-D face model -> people for synth"),
    "import": ("eyeprentice.commands.import_dataset:import_dataset", "videos, pictures, recordings -> a dataset"),
    "check": ("eyeprentice.commands.check:check", "say everything that is wrong with a dataset, file by file"),
    "inspect": ("eyeprentice.commands.inspect:inspect", "what an event recording or a video holds"),
    "train": ("eyeprentice.commands.learn:train", "train a teacher, a student without a teacher, or a peer"),
    "distill": ("eyeprentice.commands.learn:distill", "train a student as a teacher's apprentice"),
    "evaluate": ("eyeprentice.commands.evaluate:evaluate", "test a run by the field's protocol"),
    "export": ("eyeprentice.commands.export:export", "the student for a device: ONNX, int8 or NIR"),
    "predict": ("eyeprentice.commands.predict:predict", "the emotion in a video, pictures, a camera, frame by frame"),
    "live": ("eyeprentice.commands.live:live", "the same in the terminal, as it happens"),
    "cost": ("eyeprentice.commands.cost:cost", "what a model costs: operations, energy, latency, memory"),
    "score": ("eyeprentice.commands.score:score", "the same table, from saved prediction files alone"),
}
"""Name -> where it is, and what it does in one line."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; exits with 2 and one line on stderr where the input is bad."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(overview())
        return
    if arguments[0] == "--version":
        print(f"eyeprentice {__version__}")
        return
    name, *rest = arguments
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # what is wrong with a file, we say ourselves, in one line
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    try:
        if name not in COMMANDS:
            raise InputError(name, "no such command", f"use one of {', '.join(COMMANDS)}")
        command = load(name)
        parser = build_parser(name, command)
        call(command, parser.instantiate(parser.parse_args(rest)))
    except (InputError, argparse.ArgumentError) as error:
        fail(str(error))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("eyeprentice"):
            raise
        extra = "train,export" if name in ("export", "cost") else "train"
        fail(f"{name}: needs {error.name}, which is not installed; pip install 'eyeprentice[{extra}]'")
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # whoever read us, `head` say, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


def fail(message: str) -> NoReturn:
    if os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) == "0":  # of many processes one complains
        print("error:", " ".join(message.split()), file=sys.stderr)
    sys.exit(2)


def overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {summary}" for name, (_, summary) in COMMANDS.items()]
    return "\n".join(
        [
            "Emotion from the grey video of one eye, by a spiking network that was apprenticed to an event camera.",
            "",
            "Example:",
            "  eyeprentice demo --out demo",
            "",
            "Commands:",
            *lines,
            "",
            "eyeprentice COMMAND --help says more; --config FILE.yaml gives any option.",
        ]
    )


def load(name: str) -> Callable[..., None]:
    module, function = COMMANDS[name][0].split(":")
    command: Callable[..., None] = getattr(importlib.import_module(module), function)
    return command


class Parser(ArgumentParser):
    """A parser whose help begins with an example."""

    example = ""

    def format_help(self, formatter: argparse.HelpFormatter | None = None) -> str:
        return f"Example:\n  {self.example}\n\n{super().format_help(formatter)}"


def build_parser(name: str, command: Callable[..., None]) -> Parser:
    """The options of a command, from its signature and docstring."""
    text, _, example = (inspect.getdoc(command) or "").partition("\n\nArgs:")[0].partition("Example: ")
    set_parsing_settings(docstring_parse_attribute_docstrings=True)
    parser = Parser(prog=f"eyeprentice {name}", description=text.strip(), exit_on_error=False, allow_abbrev=False)
    parser.example = example.strip()
    parser.add_argument("--config", action=ActionConfigFile, help="a YAML file of options")
    parameters = inspect.signature(command).parameters.values()
    grouped = {p.name for p in parameters if dataclasses.is_dataclass(p.default)}
    required = {p.name: p for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty}
    flags = {p.name for p in parameters if p.default is False}
    documented = {entry.arg_name: entry.description for entry in docstring_parser.parse(command.__doc__ or "").params}
    several = {p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and get_origin(p.annotation) is list}
    for operand in several:  # one or more, before the positional ones that follow
        parser.add_argument(operand, nargs="+", type=Path, help=documented[operand])
    for option, parameter in required.items():
        parser.add_argument(f"--{option}", type=parameter.annotation, required=True, help=documented[option])
    for flag in flags:
        parser.add_argument(f"--{flag}", action="store_true", help=documented[flag])
    parser.add_function_arguments(command, None, as_positional=True, skip={*grouped, *flags, *required, *several})
    for parameter in parameters:
        if parameter.name in grouped:
            parser.add_class_arguments(type(parameter.default))
    return parser


def call(command: Callable[..., None], options: Namespace) -> None:
    """Calls a command with parsed options, gathering the fields of its dataclasses."""
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(command).parameters.items():
        if dataclasses.is_dataclass(parameter.default):
            kind: Any = type(parameter.default)
            try:
                given[name] = kind(**{field.name: options[field.name] for field in dataclasses.fields(kind)})
            except ValueError as error:
                raise InputError("options", str(error), "see --help") from None
        else:
            given[name] = options[name]
    command(**given)
