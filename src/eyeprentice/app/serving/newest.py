"""A place for one frame between who sends and who reads: a newer frame replaces one that was not read yet."""

import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """`put` never waits; iterating waits for what is there, newest only, until `close`."""

    def __init__(self) -> None:
        self._there = threading.Condition()
        self._value: T | None = None
        self._closed = False
        self.put_count = 0
        """How many were put."""

    def put(self, value: T) -> None:
        with self._there:
            self._value = value
            self.put_count += 1
            self._there.notify()

    def close(self) -> None:
        with self._there:
            self._closed = True
            self._there.notify()

    def __iter__(self) -> Iterator[tuple[int, T]]:
        """Number of the value among all that were put, from 0, and the value."""
        while True:
            with self._there:
                while self._value is None and not self._closed:
                    self._there.wait()
                if self._closed or self._value is None:
                    return
                number, value = self.put_count - 1, self._value
                self._value = None
            yield number, value
