"""Jobs done by several processes at once, each with a device of its own, until all are done or time is up."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_end
from typing import Any, Protocol

from eyeprentice.files.processes import processors
from eyeprentice.words.errors import InputError

KILLED = "its process ended in the middle of it: killed, out of memory or crashed"


class Job(Protocol):
    """One piece of work, which can be pickled."""

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
    jobs: Iterable[Job],
    work: Callable[[Any], None],
    devices: Sequence[str | None],
    deadline: float | None = None,
    there: Iterable[str] = (),
) -> Iterator[Done]:
    """Does `jobs` by `work`, in their order as far as their needs allow, and gives each when it is done.

    A process for each of `devices`: the CUDA device that it is to see, or None for what there is. Jobs called as one of
    those that are `there` were done before. A job whose needs failed is not done. At the `deadline`, a moment of
    `time.monotonic`, what is running is ended; nothing is lost that was written.

    Each process has an executor of its own: what kills a process breaks its executor, and the others go on. Executors
    wait for what is running. So that it can be ended, every process watches a pipe, which closes when this is over, and
    also when this process is killed: the next call must find nobody writing to a run.
    """
    context = multiprocessing.get_context("spawn")
    watched, held = context.Pipe(duplex=False)
    threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, processors() // len(devices)))

    def executor(number: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, context, _begin, (watched, threads, devices[number]))

    executors = [executor(number) for number in range(len(devices))]
    idle, running = list(range(len(devices))), dict[Future[str | None], tuple[int, Job, float]]()
    left, done, failed = list(jobs), set(there), set[str]()
    try:
        while True:
            for job in [job for job in left if job.needs & failed]:
                left.remove(job)
                failed.add(job.name)
                yield Done(job.name, 0.0, "what it needs failed")
            for job in [job for job in left if job.needs <= done][: len(idle)]:
                left.remove(job)
                number = idle.pop(0)
                try:
                    future = executors[number].submit(_fault_of, work, job)
                except BrokenProcessPool:  # killed in the job before, or since
                    executors[number] = executor(number)
                    future = executors[number].submit(_fault_of, work, job)
                running[future] = number, job, time.monotonic()
            seconds = None if deadline is None else deadline - time.monotonic()
            if not running or (seconds is not None and seconds < 0):
                return  # what is left waits for what is not there, or for another call
            for future in wait(running, seconds, FIRST_COMPLETED).done:
                number, job, started = running.pop(future)
                idle.append(number)
                fault = KILLED if isinstance(future.exception(), BrokenProcessPool) else future.result()
                (failed if fault else done).add(job.name)
                yield Done(job.name, time.monotonic() - started, fault)
    finally:
        held.close()
        for each in executors:
            each.shutdown(cancel_futures=True)
        watched.close()


def _begin(watched: Connection, threads: str, device: str | None) -> None:
    """The first thing in a new process: the libraries that read these variables are not loaded yet."""
    os.environ["OMP_NUM_THREADS"] = threads
    if device is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = device
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    threading.Thread(target=_end_with, args=(watched,), daemon=True).start()


def _end_with(watched: Connection) -> None:
    wait_for_end([watched])
    os._exit(1)


def _fault_of(work: Callable[[Any], None], job: Any) -> str | None:
    """What went wrong, in one line; an exception itself might not come through to the other process."""
    try:
        work(job)
    except InputError as error:
        return str(error)
    except BaseException as error:  # whatever it is, the others go on
        return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    return None
