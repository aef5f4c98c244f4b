"""The newest of what comes: who is slow misses some, and is never late."""

import threading
from collections.abc import Generator, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Iterating gives the newest thing that came since the last one; a thread takes what comes.

    Ends where `things` end, after the last of them, and raises what they raise.
    """

    def __init__(self, things: Generator[T, None, None]) -> None:
        self._changed = threading.Condition()
        self._waiting: list[T] = []
        self._error: BaseException | None = None
        self._ended = self._stopped = False
        threading.Thread(target=self._take, args=(things,), daemon=True).start()

    def __iter__(self) -> Iterator[T]:
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._ended)
                    waiting, self._waiting = self._waiting, []
                if not waiting:
                    break
                yield waiting[-1]
        finally:
            self._stopped = True
        if self._error is not None:
            raise self._error

    def _take(self, things: Generator[T, None, None]) -> None:
        try:
            for thing in things:
                with self._changed:
                    self._waiting = [thing]
                    self._changed.notify()
                if self._stopped:
                    break
        except BaseException as error:
            self._error = error
        things.close()
        with self._changed:
            self._ended = True
            self._changed.notify()
