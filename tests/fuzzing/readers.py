"""Every function of the package that reads a file, or decodes what one holds, by its source; and which of them ran.

What calls something that opens, loads or decodes is a reader: a function of `files/`, a method like `Path.read_bytes`,
or anything of another library that is called so. Nobody keeps a list of them.
"""

import ast
import importlib
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

SOURCE = ROOT / "src" / "eyeprentice"
OURS = ("open_regular", "read_bytes", "read_text", "read_json", "read_options", "read_arrays", "open_sealed")
"""What opens files for others."""
METHODS = ("open", "read_bytes", "read_text")
"""Of whatever object: `Path.open`, say."""
OF_OTHERS = re.compile(
    r"(open|load|read|decompress|parse|imread|imdecode|from_?(file|string))\w*|safe_(open|load)\w*|memmap|genfromtxt"
    r"|\w*(Reader|Decompressor|File|VideoCapture|InferenceSession)|reader|unpack_from|literal_eval"
)
NOT_A_FILE = ("argparse", "docstring_parser", "struct", "webbrowser", "importlib", "tempfile", "triton", "urllib")
"""Libraries whose functions of such names read no files that others made."""


class Calls(ast.NodeVisitor):
    """The functions of one module, by their qualified names, and what they call that reads."""

    def __init__(self, tree: ast.Module) -> None:
        self.found: dict[str, list[str]] = {}
        self._names: dict[str, str] = {"open": "builtins.open"}
        self._scope: list[str] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for a in node.names:
                    self._names[a.asname or a.name.partition(".")[0]] = a.name if a.asname else a.name.partition(".")[0]
            elif isinstance(node, ast.ImportFrom) and node.module:
                self._names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        self.visit(tree)

    def _scoped(self, node: Any, *after: str) -> None:
        self._scope += [node.name, *after]
        self.generic_visit(node)
        del self._scope[-1 - len(after) :]

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scoped(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._scoped(node, "<locals>")

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._scoped(node, "<locals>")

    def visit_Call(self, node: ast.Call) -> None:
        if (name := self._reads(node)) is not None:
            where = ".".join(self._scope).removesuffix(".<locals>") or "<module>"
            self.found.setdefault(where, []).append(name)
        self.generic_visit(node)

    def _reads(self, node: ast.Call) -> str | None:
        called = ast.unparse(node.func)
        first, _, rest = called.partition(".")
        last = called.rpartition(".")[2]
        module = self._names.get(first)
        if last == "open" and _writes(node):
            return None
        if module is None or not re.fullmatch(r"[\w.]+", called):
            return called if rest and last in METHODS else None
        if module.startswith("eyeprentice"):
            return called if last in OURS else None
        name = last if rest else module.rpartition(".")[2]
        return called if OF_OTHERS.fullmatch(name) and module.partition(".")[0] not in NOT_A_FILE else None


def _writes(node: ast.Call) -> bool:
    words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    flags = " ".join(ast.unparse(argument) for argument in node.args)
    return any(re.fullmatch("[wax]b?t?", word) for word in words) or "O_WRONLY" in flags or "os.devnull" in flags


@cache
def readers() -> dict[str, list[str]]:
    """`path/of/module.py:function` -> what it calls that reads."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        calls = Calls(ast.parse(path.read_text("utf-8"))).found
        found |= {f"{path.relative_to(SOURCE).as_posix()}:{where}": names for where, names in calls.items()}
    return found


@contextmanager
def watched() -> Iterator[set[str]]:
    """Which functions of the package run in the block, in this process: what is read in another one is read here."""
    ran: set[tuple[str, str]] = set()
    names: set[str] = set()

    def note(frame: Any, event: str, _: Any) -> None:
        if event == "call":
            ran.add((frame.f_code.co_filename, frame.f_code.co_qualname))

    from eyeprentice.files import sandbox

    kept, sandbox.run_sandboxed = sandbox.run_sandboxed, _run_here
    sys.setprofile(note)
    threading.setprofile(note)
    try:
        yield names
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        sandbox.run_sandboxed = kept
        for file, name in ran:
            if (path := Path(file)).is_relative_to(SOURCE):
                plain = re.sub(r"(\.<locals>)?\.<(genexpr|listcomp|dictcomp|setcomp|lambda)>", "", name)
                names.add(f"{path.relative_to(SOURCE).as_posix()}:{plain}")


def _run_here(function: str, arguments: dict[str, Any], _: Any = ()) -> Iterator[Any]:
    module, name = function.split(":")
    yield from getattr(importlib.import_module(module), name)(**arguments)
