"""Runs a function of ours in a process of its own, and gives what it yields; watches its time from outside.

The process is Python itself, started anew: it shares nothing with this one, so it may be ended at any moment. One that
has answered is kept for a few seconds, because the next request usually comes at once.
"""

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np

from eyeprentice.files.sandbox.memory import SLOT_BYTES, create, pieces, slot
from eyeprentice.words import limits

Message = tuple[Any, Any]
"""What the function yielded: something that JSON can hold, and an array or None."""

KEPT_SECONDS = 5.0
"""How long an idle process is used again: less than it waits before it ends by itself (`child.IDLE_SECONDS`)."""
DRAINED_MESSAGES, DRAINING_SECONDS = 2, 0.1
LONGEST_LINE = 1 << 16

_CODE = "import sys; word, *sys.path[:] = sys.argv[1:]; from eyeprentice.files.sandbox.child import main; main(word)"


class DecoderError(Exception):
    """Why a file could not be decoded, in a few words."""


def run(function: str, arguments: dict[str, Any], libraries: Sequence[str] = ()) -> Iterator[Message]:
    """What `function` (as `module:name`) yields when it is called with `arguments`, in another process.

    Its first argument is a maker of arrays like `np.empty`, whose arrays come here without being copied twice.
    `libraries` are imported before the clock starts. Raises `DecoderError` where the function raises, hangs, crashes
    or takes too much memory, and `ModuleNotFoundError` where a library is not installed.
    """
    process = _take()
    try:
        request = {"function": function, "arguments": arguments, "libraries": list(libraries)}
        yield from process.ask(request | {"seconds": limits.DECODER_CPU_SECONDS, "bytes": limits.DECODER_BYTES})
    finally:
        if process.answered:
            _keep(process)
        else:
            process.end()


class _Process:
    def __init__(self) -> None:
        memory, word, inherited = create()
        self._memory, self._pieces = memoryview(memory), 0
        paths = [path for path in sys.path if path]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _CODE, word, *paths],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=inherited,
            )  # fmt: skip
        finally:
            for descriptor in inherited:
                os.close(descriptor)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests: IO[bytes] = self._process.stdin
        self._answers: IO[bytes] = self._process.stdout
        self._deadline = float("inf")
        self._late = False
        self.answered = True
        """Whether it is ready for a request: the last one was answered to its end, if only by an error."""

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: dict[str, Any]) -> Iterator[Message]:
        """Sends a request and gives what comes back. Only after its end may the next one be sent."""
        self.answered = False
        stop = threading.Event()
        threading.Thread(target=self._watch, args=(stop,), daemon=True).start()
        try:
            self._deadline = time.monotonic() + limits.DECODER_START_SECONDS
            self._send(json.dumps(request).encode() + b"\n")
            while True:
                message, array = self._receive()
                self.answered = message["kind"] not in ("ready", "content")
                if message["kind"] == "content":
                    yield message["content"], array
                elif message["kind"] == "missing":
                    raise ModuleNotFoundError(name=message["module"])
                elif message["kind"] == "error":
                    raise DecoderError(message["reason"])
                elif message["kind"] == "end":
                    return
                self._deadline = time.monotonic() + limits.DECODER_SECONDS
        except GeneratorExit:  # nobody wants the rest; often there is next to none
            self._deadline = time.monotonic() + DRAINING_SECONDS
            with contextlib.suppress(DecoderError):
                for _ in range(DRAINED_MESSAGES):
                    self.answered = self.answered or self._receive()[0]["kind"] != "content"
            raise
        finally:
            stop.set()

    def _receive(self) -> tuple[dict[str, Any], Any]:
        message = json.loads(self._line())
        array = None
        if "shape" in message:
            array = np.empty(message["shape"], np.lib.format.descr_to_dtype(message["dtype"]))
            content = array.reshape(-1).view(np.uint8)
            for first in pieces(len(content)):
                if first:
                    self._line()
                piece = content[first : first + SLOT_BYTES]
                piece[:] = self._memory[slot(self._pieces)][: len(piece)]
                self._pieces += 1
                self._send(b".")
        self._deadline = float("inf")  # what the reader does with it may take as long as it likes
        return message, array

    def _line(self) -> bytes:
        line = self._answers.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise self._died()
        return line

    def _send(self, content: bytes) -> None:
        try:
            self._requests.write(content)
            self._requests.flush()
        except OSError:
            raise self._died() from None

    def _watch(self, stop: threading.Event) -> None:
        while not stop.wait(0.5):
            if time.monotonic() > self._deadline:
                self._late = True
                self._process.kill()
                return

    def _died(self) -> DecoderError:
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:  # it lives, but makes no sense
            self._process.kill()
            code = self._process.wait()
        if self._late or code == -getattr(signal, "SIGPROF", 0):
            return DecoderError("it takes too long to decode")
        return DecoderError(f"its decoder crashed, {_reason(code)}")

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._requests, self._answers):
            with contextlib.suppress(OSError):  # what was not sent yet is not wanted any more
                pipe.close()
        self._process.wait()


def _reason(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"code {code}"


_idle: list[tuple[float, _Process]] = []
_lock = threading.Lock()


def _take() -> _Process:
    with _lock:
        while _idle:
            since, process = _idle.pop()
            if time.monotonic() - since < KEPT_SECONDS and process.alive:
                return process
            process.end()
    return _Process()


def _keep(process: _Process) -> None:
    with _lock:
        _idle.append((time.monotonic(), process))
        stale = _idle.pop(0)[1] if len(_idle) > 2 else None  # frames and events are read side by side
    if stale is not None:
        stale.end()


@atexit.register
def _end_all() -> None:
    while _idle:
        _idle.pop()[1].end()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # they answer to the parent
