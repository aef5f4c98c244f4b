"""The command line: a table of commands. A command is a typed function with a docstring, imported when it is called.

Words are understood before anything heavy is imported, so that a typo is answered at once.
"""

import importlib
import io
import os
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from eyeprentice import __version__
from eyeprentice.files.scratch import keep_to_ourselves
from eyeprentice.files.whole import check_writable
from eyeprentice.words import extensions
from eyeprentice.words.errors import InputError, install, printable
from eyeprentice.words.notes import speaks

COMMANDS = {
    "demo": ("commands.demo:demo", "run the whole method once at a small size, and write a report"),
    "synth": ("commands.synth:synth", "write a simulated dataset in SEE's layout"),
    "cast": ("commands.cast:cast", "make people for synth from portraits and a 3-D face model"),
    "import": ("commands.import_dataset:import_dataset", "make a dataset from videos and recordings"),
    "finder": ("commands.finder:finder", "train the network that finds eyes in pictures"),
    "merge": ("commands.merge:merge", "make one dataset from several"),
    "check": ("commands.check:check", "list everything that is wrong with a dataset"),
    "inspect": ("commands.inspect:inspect", "show what is in a recording, a video or pictures"),
    "train": ("commands.learn:train", "train a teacher, a student without a teacher, or a peer"),
    "distill": ("commands.learn:distill", "train a student with a trained teacher"),
    "evaluate": (
        "commands.evaluate:evaluate",
        "test a run by the standard protocol of the SEE dataset",
    ),
    "benchmark": ("commands.benchmark:benchmark", "train and test many models, and write one table"),
    "calibrate": ("commands.calibrate:calibrate", "correct the probabilities of a run on other data"),
    "export": ("commands.export:export", "write a student for a device, as ONNX, int8 ONNX or NIR"),
    "predict": ("commands.predict:predict", "recognise the emotion in a video, pictures or a camera"),
    "live": ("commands.live:live", "open a page that reads an eye from a camera or a video"),
    "cost": ("commands.cost:cost", "count a model's operations, energy, latency and memory"),
    "score": ("commands.score:score", "compute the table of evaluate from saved predictions"),
    "env": ("commands.env:env", "show versions and hardware, to be put into a bug report"),
    "completion": ("commands.completion:completion", "print a script that completes words in bash, zsh or fish"),
}
"""Name -> where it is, and what it does in one line."""
EXTENSIBLE = ("synth", "import", "train", "distill", "evaluate", "benchmark", "calibrate", "export", "cost")
"""Commands that build models, losses or event representations: files of the user's own may add to these."""
OUTPUTS = ("out", "save")
"""Options that name a file or a folder to write: it is tried before the work, not after it."""


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
    keep_to_ourselves()
    try:
        run_command(name, rest)
        if sys.stdout is not None:
            sys.stdout.flush()
    except InputError as error:
        fail(str(error))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("eyeprentice"):
            raise
        extra = "train,export" if name in ("export", "cost") else "train"
        fail(str(InputError(name, f"needs {error.name}, which is not installed", install(extra))))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # whoever read us, `head` say, has gone
        _close_output()
        sys.exit(141)
    except OSError as error:  # of whatever was written
        where = error.filename or ("standard output" if _output_is_broken() else f"a file of {name}")
        what = f"cannot be written or read ({error.strerror or error})"
        fail(str(InputError(where, what, "free some space, or choose another place")))


def console() -> None:
    """`main` as the program `eyeprentice`: what libraries print by themselves on stderr is not shown."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:  # whichever of the standard ones was closed
        pass
    if sys.stderr is not None:
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")
        os.dup2(descriptor, 2)
    os.close(descriptor)
    main()


def _output_is_broken() -> bool:
    """Whether it is standard output that cannot be written; what is still to be printed then goes nowhere.

    Where Python keeps what it could not print, it fails again. Otherwise it is whether output is a place that can be
    full: terminals and pipes cannot.
    """
    if sys.stdout is None:
        return False
    try:
        sys.stdout.flush()
        kind = os.fstat(sys.stdout.fileno()).st_mode
        broken = stat.S_ISREG(kind) or (stat.S_ISCHR(kind) and not sys.stdout.isatty())
    except (OSError, ValueError) as error:  # io.UnsupportedOperation, of an output that is no file, is both
        broken = not isinstance(error, io.UnsupportedOperation)
    if broken:
        _close_output()
    return broken


def _close_output() -> None:
    """What is still to be printed goes nowhere."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run_command(name: str, words: Sequence[str]) -> None:
    """Runs the command `name` with the words that follow it; raises `InputError`."""
    from eyeprentice.app import help, options  # what parses takes longer to import than the table of commands

    if name not in COMMANDS:
        from eyeprentice.words.schema import nearest

        raise InputError(name, "no such command", nearest(name, COMMANDS, ""))
    command, extensible = load_command(name), name in EXTENSIBLE
    if "-h" in words or "--help" in words:
        print(help.explain(command, extensible))
        return
    given = options.parse(command, words, extensible)
    for option in OUTPUTS:
        if isinstance(path := given.arguments.get(option), Path):
            check_writable(path)
    extensions.load(given.extensions)
    for file, needed in given.recorded:
        extensions.require(file, needed)
    command(**given.arguments)


def fail(message: str) -> NoReturn:
    if speaks():
        print("error:", printable(" ".join(message.split())), file=sys.stderr)
    sys.exit(2)


def overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {summary}" for name, (_, summary) in COMMANDS.items()]
    return "\n".join(
        [
            "Recognises seven emotions in the grey video of one eye with a small spiking neural network.",
            "",
            "Example:",
            "  eyeprentice demo --out demo",
            "",
            "Commands:",
            *lines,
            "",
            "eyeprentice COMMAND --help explains a command; --config FILE.yaml sets any of its options.",
        ]
    )


def load_command(name: str) -> Callable[..., None]:
    module, function = COMMANDS[name][0].split(":")
    command: Callable[..., None] = getattr(importlib.import_module(f"eyeprentice.app.{module}"), function)
    return command
