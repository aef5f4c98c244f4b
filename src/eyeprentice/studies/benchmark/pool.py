"""Jobs done by several processes at once, each with a device of its own, until all are done or time is up."""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from eyeprentice.files.processors import processors
from eyeprentice.words.errors import InputError

SECONDS_TO_LOOK = 1.0


class Job(Protocol):
    """One piece of work; it and what it needs can be pickled."""

    @property
    def name(self) -> str: ...
    @property
    def needs(self) -> frozenset[str]:
        """Names of the jobs that must have been done before."""


@dataclass(frozen=True)
class Done:
    """What came of a job."""

    name: str
    seconds: float
    fault: str | None = None
    """One line, where it failed."""


def do_all(
    jobs: Sequence[Any],
    work: Callable[[Any], None],
    devices: Sequence[str | None],
    deadline: float | None = None,
    there: Iterable[str] = (),
) -> Iterator[Done]:
    """Does `jobs` by `work`, in their order as far as their needs allow, and gives each when it is done.

    A process for each of `devices`: the CUDA device that it is to see, or None for what there is. Jobs called as one of
    those that are `there` were done before. A job whose needs failed is not done. At the `deadline`, a moment of
    `time.monotonic`, what is running is ended; nothing is lost that was written.
    """
    left, done, failed = list(jobs), set(there), set[str]()
    with _Workers(work, devices) as workers:
        while left or workers.busy:
            for job in [job for job in left if job.needs & failed]:
                left.remove(job)
                failed.add(job.name)
                yield Done(job.name, 0.0, "what it needs failed")
            ready = [job for job in left if job.needs <= done]
            for job in ready[: len(workers.idle)]:
                left.remove(job)
                workers.give(job)
            if not workers.busy:
                return  # what is left waits for what is not there
            for result in workers.listen(SECONDS_TO_LOOK):
                (failed if result.fault else done).add(result.name)
                yield result
            if deadline is not None and time.monotonic() > deadline:
                return


class _Workers:
    """The processes, started when there is something to do."""

    def __init__(self, work: Callable[[Any], None], devices: Sequence[str | None]) -> None:
        self.work = work
        self.devices = list(enumerate(devices))
        self.idle = list(self.devices)
        self.busy: dict[Connection, tuple[tuple[int, str | None], Any, float]] = {}
        self.open: dict[int, tuple[Any, Connection]] = {}

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *_: object) -> None:
        for process, pipe in self.open.values():
            pipe.close()
            process.terminate()
        for process, _pipe in self.open.values():
            process.join()

    def give(self, job: Any) -> None:
        slot = self.idle.pop(0)
        number, device = slot
        if number in self.open and not self.open[number][0].is_alive():
            del self.open[number]  # it was killed while it had nothing to do
        if number not in self.open:
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self.work))
            settings = {"OMP_NUM_THREADS": str(max(1, processors() // len(self.devices)))}
            if device is not None:
                settings["CUDA_VISIBLE_DEVICES"] = device
            with _environment(settings):  # libraries read it when they are loaded, before anything of ours runs
                process.start()
            theirs.close()
            self.open[number] = process, ours
        pipe = self.open[number][1]
        pipe.send(job)
        self.busy[pipe] = slot, job, time.monotonic()

    def listen(self, seconds: float) -> list[Done]:
        results = []
        for pipe in wait(list(self.busy), seconds):
            assert isinstance(pipe, Connection)
            slot, job, started = self.busy.pop(pipe)
            self.idle.append(slot)
            try:
                fault = pipe.recv()
            except (EOFError, OSError):  # the process is gone: killed, or out of memory
                process, _ = self.open.pop(slot[0])
                process.join()
                fault = f"its process ended with code {process.exitcode}"
            results.append(Done(job.name, time.monotonic() - started, fault))
        return results


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """What processes that are started in the block inherit."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _end_with_parent() -> None:
    """Ends this process when the one that started it was killed: the next call must find nobody writing to a run."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _serve(pipe: Connection, work: Callable[[Any], None]) -> None:
    """A process's whole life: jobs in, None or a fault out."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            job = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        fault = None
        try:
            work(job)
        except InputError as error:
            fault = str(error)
        except Exception as error:  # the others go on
            fault = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        try:
            pipe.send(fault)
        except (BrokenPipeError, OSError):
            return
