"""Runs a decoder in a process of its own and gives what it yields, so that a hostile file cannot harm this process.

The process is Python itself, started anew (`sandbox_child`): it shares nothing with this one, so it may be ended at any
moment. One that has answered is kept for a few seconds, because the next request usually comes at once. Requests and
answers go through its standard input and output: lines of JSON, each followed by the bytes of an array if it announces
one. Arrays that fit go through memory that both see instead, which is up to a quarter faster. Nothing is unpickled, and
what is announced is checked here before memory is asked for.
"""

import atexit
import contextlib
import json
import math
import mmap
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.sandbox_child import SLOT_BYTES, SLOTS, TAKEN, slots
from eyeprentice.words import limits

Yielded = tuple[Any, NDArray[Any] | None]
"""What the decoder yielded: something that JSON can hold, and an array or None."""

KEPT_SECONDS = 5.0
"""How long an idle process is used again: less than it waits until it ends by itself (`IDLE_SECONDS`)."""
MOST_IDLE = 2
"""Frames and events are read side by side."""
DRAINED_MESSAGES, DRAINING_SECONDS = 2, 0.1
LONGEST_LINE = 1 << 16

_CODE = (
    "import sys; memory, *sys.path[:] = sys.argv[1:]; "
    "from eyeprentice.files.sandbox_child import serve; serve(memory.split())"
)


_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 27), "MALLOC_TRIM_THRESHOLD_": str(1 << 27)}
"""For glibc: what an array gave back is not given back to the system, which would have to clear it for the next one. A
decoder makes arrays of the same few sizes again and again: this is a fifth of its time."""


class DecoderError(Exception):
    """Why a file could not be decoded, in a few words."""


def run_sandboxed(function: str, arguments: dict[str, Any], libraries: Sequence[str] = ()) -> Iterator[Yielded]:
    """What `function` (as `module:name`) yields when it is called with `arguments`, in another process.

    `libraries` are imported before the clock starts. Raises `DecoderError` where the function raises, hangs, crashes,
    takes too much memory or answers what makes no sense, and `ModuleNotFoundError` where a library is not installed.
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
        memory = _shared_memory()
        self._slots = [] if memory is None else slots(mmap.mmap(memory, SLOTS * SLOT_BYTES))
        self._taken = 0  # arrays out of slots
        inherited = () if memory is None else (memory,)
        command = [sys.executable, "-P", "-c", _CODE, " ".join(map(str, inherited)), *filter(None, sys.path)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=inherited,
                env=os.environ | _KEEP_MEMORY,
            )
        finally:
            for descriptor in inherited:
                os.close(descriptor)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests: IO[bytes] = self._process.stdin
        self._answers: Any = self._process.stdout
        self._deadline = math.inf
        self._late = False
        self.answered = True
        """Whether it is ready for a request: the last one was answered to its end, if only by an error."""

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: dict[str, Any]) -> Iterator[Yielded]:
        """Sends a request and gives what comes back. Only after its end may the next one be sent."""
        self.answered, self._taken = False, 0
        stop = threading.Event()
        threading.Thread(target=self._watch, args=(stop,), daemon=True).start()
        try:
            self._deadline = time.monotonic() + limits.DECODER_START_SECONDS
            self._send(json.dumps(request).encode() + b"\n")
            while True:
                kind, content, array = self._receive()
                if kind == "content":
                    yield content, array
                elif kind == "missing":
                    raise ModuleNotFoundError(name=content)
                elif kind == "error":
                    raise DecoderError(content)
                elif kind == "end":
                    return
                self._deadline = time.monotonic() + limits.DECODER_SECONDS
        except GeneratorExit:  # nobody wants the rest; often there is next to none
            self._deadline = time.monotonic() + DRAINING_SECONDS
            with contextlib.suppress(DecoderError):
                for _ in range(DRAINED_MESSAGES):
                    if not self.answered:
                        self._receive()
            raise
        finally:
            stop.set()

    def _receive(self) -> tuple[str, Any, NDArray[Any] | None]:
        """The next message: its kind, content and array."""
        line = self._answers.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise self._died()
        try:
            message = json.loads(line)
            kind, content = str(message["kind"]), message["content"]
            in_slot, *announced = message.get("array", (False,))
            array = _room(*announced) if announced else None
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            raise DecoderError("its decoder makes no sense") from None
        if array is not None and array.nbytes:
            self._fill(array.reshape(-1).view(np.uint8), bool(in_slot))
        self._deadline = math.inf  # what the reader does with it may take as long as it likes
        self.answered = kind in ("missing", "error", "end")
        return kind, content, array

    def _fill(self, wanted: NDArray[np.uint8], in_slot: bool) -> None:
        if in_slot and self._slots and len(wanted) <= SLOT_BYTES:
            wanted[:] = self._slots[self._taken % SLOTS][: len(wanted)]
            self._taken += 1
            self._send(TAKEN)
        elif self._answers.readinto(wanted) < len(wanted):
            raise self._died()

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


def _room(dtype: Any, shape: list[int]) -> NDArray[Any]:
    """An empty array as it is announced; raises `ValueError` or `TypeError` for one that no decoder of ours sends."""
    kind = np.lib.format.descr_to_dtype(dtype)
    if kind.hasobject or min(shape, default=0) < 0 or math.prod(shape) * kind.itemsize > limits.DECODER_BYTES:
        raise ValueError("not an array of numbers that fits into the memory")
    return np.empty(shape, kind)


def _shared_memory() -> int | None:
    """A file without a name for slots, to be inherited; None on Windows, where arrays go through the pipe."""
    if os.name == "nt":
        return None
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("eyeprentice")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, SLOTS * SLOT_BYTES)
    return descriptor


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
        stale = _idle.pop(0)[1] if len(_idle) > MOST_IDLE else None
    if stale is not None:
        stale.end()


@atexit.register
def _end_all() -> None:
    while _idle:
        _idle.pop()[1].end()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # they answer to the parent
