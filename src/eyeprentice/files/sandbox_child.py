"""The decoder's process: calls functions of ours, as `sandbox` asks for them, and sends what they yield.

The system ends this process when it takes too much memory, or too much processor time for one message, and it ends by
itself when nobody is there to ask or to listen.
"""

import importlib
import json
import mmap
import os
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

IDLE_SECONDS = 10
"""A process that nobody needs ends after this time."""
SLOTS, SLOT_BYTES = 4, 4 << 20
"""Of the memory: a packet of events fits into one."""
TAKEN = b"."
"""Tells that an array was taken out of its slot."""

try:
    import resource
except ImportError:  # Windows: there the parent's clock is the only limit
    resource = None  # type: ignore[assignment]


class Channel:
    """The requests that come in, and the answers that go out."""

    def __init__(self, memory: int | None = None) -> None:
        self._requests, self._answers = os.fdopen(os.dup(0), "rb"), os.dup(1)
        self._slots = [] if memory is None else slots(mmap.mmap(memory, SLOTS * SLOT_BYTES))
        self._sent = self._taken = 0  # arrays in slots

    def request(self) -> dict[str, Any] | None:
        """The next one, or None when nobody is there any more."""
        line = self._requests.readline().lstrip(TAKEN)  # whoever asks anew has taken all
        self._sent = self._taken = 0
        return json.loads(line) if line else None

    def send(self, kind: str, content: Any = None, array: Any = None) -> None:
        """A line of JSON, and the bytes of the array: in the next slot of the memory, or behind the line."""
        message = {"kind": kind, "content": content}
        inline = memoryview(b"")
        if array is not None:
            array = np.ascontiguousarray(array)
            bytes_ = array.reshape(-1).view(np.uint8)
            in_slot = bool(self._slots) and 0 < len(bytes_) <= SLOT_BYTES
            message["array"] = in_slot, np.lib.format.dtype_to_descr(array.dtype), array.shape
            if in_slot:
                slot = self._free()
                if bytes_.ctypes.data != slot.ctypes.data:  # unless it was made there
                    slot[: len(bytes_)] = bytes_
                self._sent += 1
            else:
                inline = memoryview(bytes_)
        for part in (memoryview(json.dumps(message).encode() + b"\n"), inline):
            while part:
                part = part[os.write(self._answers, part) :]

    def room(self, count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        """Where the next array that is sent is made best: in the next slot, if it fits. Nothing else is sent before."""
        if not self._slots or not 0 < count * dtype.itemsize <= SLOT_BYTES:
            return np.empty(count, dtype)
        return self._free()[: count * dtype.itemsize].view(dtype)

    def _free(self) -> NDArray[np.uint8]:
        """The next slot, when the other side has taken what was in it: it sends a byte for each array."""
        while self._sent - self._taken == len(self._slots):
            if not (taken := self._requests.read1(SLOTS)):
                raise BrokenPipeError
            self._taken += len(taken)
        return self._slots[self._sent % len(self._slots)]


_channel: Channel | None = None


def room(count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """An empty array (N,) for what a decoder yields next: in the decoder's process, where it need not be copied."""
    return np.empty(count, dtype) if _channel is None else _channel.room(count, dtype)


def slots(memory: mmap.mmap) -> list[NDArray[np.uint8]]:
    """The places for arrays in a memory that both processes see."""
    return list(np.frombuffer(memory, np.uint8).reshape(SLOTS, SLOT_BYTES))


def serve(memory: Sequence[str] = ()) -> None:
    """Answers requests until nobody is there any more; `memory` is a file that both processes see, if any."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends this process
    global _channel  # of this process, which serves nothing else
    channel = _channel = Channel(*map(int, memory))
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # whatever the libraries print
        os.dup2(silence, stream)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no file
    try:
        while True:
            _limit_idling(IDLE_SECONDS)
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
        channel.send("ready")
        _limit_time(request["seconds"])
        for content, array in call(**request["arguments"]):
            _limit_time(0)
            channel.send("content", content, array)
            _limit_time(request["seconds"])
        answer: tuple[str, str | None] = "end", None
    except BrokenPipeError:
        raise
    except ModuleNotFoundError as error:
        answer = "missing", error.name or ""
    except MemoryError:
        answer = "error", f"it takes more than {request['bytes'] >> 20} MB to decode"
    except BaseException as error:  # a panic of a Rust library is no Exception
        answer = "error", " ".join(str(error).split())[:120] or type(error).__name__
    _limit_time(0)
    channel.send(*answer)


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
