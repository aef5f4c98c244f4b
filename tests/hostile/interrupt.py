"""Kills a process of ours at a chosen write: before it, in the middle of it, or after it. Linux and macOS only."""

import builtins
import contextlib
import io
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CALLS = ("replace", "rename", "mkdir", "rmdir", "unlink", "remove", "truncate")


class Writer:
    """A file that was opened to be written, and tells of every write."""

    def __init__(self, file: Any, path: str, count: Callable[[str, str, Callable, Callable | None], Any]) -> None:
        self._file, self._path, self._count = file, path, count

    def write(self, content: Any) -> Any:
        def half() -> None:
            self._file.write(content[: len(content) // 2])
            self._file.flush()

        return self._count("write", self._path, lambda: self._file.write(content), half)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class Interrupter:
    """Counts the writes under a folder, and kills the process at number `at`; `when` is before, half or after."""

    def __init__(self, root: Path, at: int | None = None, when: str = "before") -> None:
        self.root, self.at, self.when = str(root), at, when
        self.writes: list[str] = []

    def install(self) -> None:
        for name in CALLS:
            setattr(os, name, self._counted(name, getattr(os, name)))
        real_open, real_os_open = builtins.open, os.open

        def open_(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
            path = str(file)
            if not path.startswith(self.root) or not set(mode) & set("wax+"):
                return real_open(file, mode, *arguments, **options)
            opened = self._count("open", path, lambda: real_open(file, mode, *arguments, **options))
            return Writer(opened, path, self._count)

        def os_open(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
            if not flags & os.O_CREAT or not str(path).startswith(self.root):
                return real_os_open(path, flags, *arguments, **options)
            return self._count("open", str(path), lambda: real_os_open(path, flags, *arguments, **options))

        builtins.open = io.open = open_
        os.open = os_open

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(path: Any, *arguments: Any, **options: Any) -> Any:
            if "dir_fd" not in options and not str(path).startswith(self.root):
                return call(path, *arguments, **options)
            return self._count(name, str(path), lambda: call(path, *arguments, **options))

        return counted

    def _count(self, kind: str, path: str, do: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        is_it = len(self.writes) == self.at
        self.writes.append(f"{kind} {path.removeprefix(self.root)}")
        if is_it and self.when == "before":
            die()
        if is_it and self.when == "half":
            if half is not None:
                half()
            die()
        done = do()
        if is_it:
            if hasattr(done, "flush"):
                done.flush()
            die()
        return done


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def attempt(action: Callable[[], None], interrupter: Interrupter | None, log: Path) -> int:
    """Does it in a fork of this process; gives its exit status, negative for a signal. `log` gets the writes."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        status = 1
        with log.with_suffix(".err").open("w") as said:
            try:
                with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                    if interrupter is not None:
                        interrupter.install()
                    action()
                if interrupter is not None:
                    log.write_text("\n".join(interrupter.writes))
                status = 0
            except BaseException:
                import traceback

                traceback.print_exc(file=said)
            finally:
                said.flush()
                os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def chosen(writes: list[str]) -> list[int]:
    """Numbers of the writes that differ: of those alike but for digits (frame after frame), the first and the last."""
    groups: dict[str, list[int]] = {}
    for number, write in enumerate(writes):
        groups.setdefault(re.sub(r"[0-9a-f]{16}|\d+", "#", write), []).append(number)
    return sorted({number for group in groups.values() for number in (group[0], group[-1])})


def content(root: Path) -> dict[str, bytes | None]:
    """All files below a folder, but those that tell of the time when they were written."""
    found: dict[str, bytes | None] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_file() and "tensorboard" not in path.parts:
            found[name] = None if path.name == "report.html" else path.read_bytes()
    return found
