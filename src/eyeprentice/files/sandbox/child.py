"""The decoder's process: calls functions of ours, as they are asked for, and hands over what they yield.

A request is a line of JSON on standard input. An answer is a sequence of messages on standard output, a line of JSON
each. Arrays that they announce are put into shared memory, piece by piece. The system ends this process when it takes
too much memory or processor time for one message, and it ends by itself when nobody is there to ask or to listen.
"""

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from eyeprentice.files.sandbox.memory import SLOT_BYTES, SLOTS, attach, pieces, slot

IDLE_SECONDS = 10
"""A process that nobody needs ends after this time."""

try:
    import resource
except ImportError:  # Windows: there the parent's clock is the only limit
    resource = None  # type: ignore[assignment]


class Channel:
    """The requests that come in, and the answers that go out."""

    def __init__(self, word: str) -> None:
        self._memory = memoryview(attach(word))
        self._requests, self._answers = os.dup(0), os.dup(1)
        self._sent = self._taken = 0  # pieces of arrays

    def request(self) -> dict[str, Any] | None:
        """The next one, or None when nobody is there any more."""
        while self._taken < self._sent:
            self._wait()
        _limit_idling(IDLE_SECONDS)
        line = b""
        while not line.endswith(b"\n"):
            if not (part := os.read(self._requests, 1 << 16)):
                return None
            line += part
        return json.loads(line)

    def send(self, message: dict[str, Any], array: Any = None) -> None:
        content = np.empty(0, np.uint8)
        if array is not None:
            array = np.ascontiguousarray(array)
            message |= {"dtype": np.lib.format.dtype_to_descr(array.dtype), "shape": array.shape}
            content = array.reshape(-1).view(np.uint8)
        line = json.dumps(message).encode() + b"\n"
        for first in pieces(len(content)):
            self._wait_for_slot()
            piece = content[first : first + SLOT_BYTES]
            target = np.frombuffer(self._memory[slot(self._sent)], np.uint8, len(piece))
            if target.ctypes.data != piece.ctypes.data:  # it was made elsewhere
                target[:] = piece
            self._sent += 1
            self._write(b"\n" if first else line)
        if not len(content):
            self._write(line)

    def empty(self, count: int, dtype: np.dtype[Any]) -> Any:
        """An array to be sent next, in the memory from which it will be taken, if it fits there."""
        size = count * dtype.itemsize
        if size > SLOT_BYTES:
            return np.empty(count, dtype)
        self._wait_for_slot()
        return np.frombuffer(self._memory[slot(self._sent)][:size], dtype)

    def _wait_for_slot(self) -> None:
        while self._sent - self._taken == SLOTS:
            self._wait()

    def _wait(self) -> None:
        """Until the other side has taken a piece: it sends a byte for each."""
        if not (taken := os.read(self._requests, self._sent - self._taken)):
            raise BrokenPipeError
        self._taken += len(taken)

    def _write(self, content: bytes) -> None:
        while content:
            content = content[os.write(self._answers, content) :]


def main(word: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends this process
    channel = Channel(word)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # whatever the libraries print
        os.dup2(silence, stream)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no file
    try:
        while True:
            if (request := channel.request()) is None:
                return
            _limit_idling(0)
            _serve(request, channel)
    except BrokenPipeError:
        return


def _serve(request: dict[str, Any], channel: Channel) -> None:
    try:
        module, function = request["function"].split(":")
        call: Callable[..., Iterable[tuple[Any, Any]]] = getattr(importlib.import_module(module), function)
        for library in request["libraries"]:
            importlib.import_module(library)
        _limit_memory(request["bytes"])
        channel.send({"kind": "ready"})
        _limit_time(request["seconds"])
        for content, array in call(channel.empty, **request["arguments"]):
            _limit_time(0)
            channel.send({"kind": "content", "content": content}, array)
            _limit_time(request["seconds"])
        answer = {"kind": "end"}
    except BrokenPipeError:
        raise
    except ModuleNotFoundError as error:
        answer = {"kind": "missing", "module": error.name or ""}
    except MemoryError:
        answer = {"kind": "error", "reason": f"it takes more than {request['bytes'] >> 20} MB to decode"}
    except BaseException as error:  # a panic of a Rust library is no Exception
        answer = {"kind": "error", "reason": " ".join(str(error).split())[:120] or type(error).__name__}
    _limit_time(0)
    channel.send(answer)


def _limit_time(seconds: float) -> None:
    """From now on, in time of the processor; 0 for no limit."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_idling(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit_memory(more: int) -> None:
    """To so much more than is taken now, libraries included."""
    if resource is not None and sys.platform == "linux":
        with open("/proc/self/statm") as statm:  # noqa: PTH123 (a decoder need not import pathlib)
            taken = int(statm.read().split()[5]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        soft = taken + more
        resource.setrlimit(resource.RLIMIT_DATA, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
