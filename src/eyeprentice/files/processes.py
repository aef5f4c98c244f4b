"""One piece of work for each of many things, done by several processes at once, with progress."""

import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from eyeprentice import __version__
from eyeprentice.files.cluster import is_loss
from eyeprentice.words import extensions
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress

THREADS = "OMP_NUM_THREADS"
AGAIN = "start the workers again, all with one version"
Asked = tuple[str, Sequence[Path], Mapping[str, str]]
"""The version of this package, and the user's own files with their hashes, where work is handed out."""
Task = TypeVar("Task")
Result = TypeVar("Result")


def processors() -> int:
    """How many processors this process may use, at least 1: the system may keep it to some of those that there are.

    `os.sched_getaffinity` exists on Linux alone, `os.process_cpu_count` from Python 3.13 on.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def process_count(jobs: int | None) -> int:
    """`jobs`, or one for each processor where it is None; raises `InputError` for less than one."""
    if jobs is not None and jobs < 1:
        raise InputError("jobs", f"{jobs} processes", "give 1 or more")
    return jobs or processors()


def ahead(
    work: Callable[[Task], Result], items: Iterable[Task], count: int, threads: int | None = 1
) -> Iterator[Result]:
    """`map`, in threads (None: as many as Python thinks fit) that are up to `count` results ahead.

    `Executor.map` would take all items at once, and keep them all.
    """
    with ThreadPoolExecutor(threads) as pool:
        left = iter(items)
        waiting = deque(pool.submit(work, item) for item in islice(left, count))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(work, item) for item in islice(left, 1))
            yield result


def in_processes(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    title: str,
    jobs: int | None = None,
    note: Callable[[Result], str] = lambda _: "",
    executor: Executor | None = None,
    set_up: Callable[..., Any] | None = None,
    given: tuple[Any, ...] = (),
    or_here: bool = False,
    together: int = 1,
    slots: int | None = None,
) -> Iterator[Result]:
    """`work(task)` for each task, in the order of `tasks`, by `jobs` processes (one for each processor by default).

    Work and tasks are pickled; the user's own files (`--extend`) are loaded before the work. Each process calls
    `set_up(*given)` once, before its first task. `title` and a `note` of each result are shown as progress. `executor`
    may be another of `concurrent.futures`' kind, on other computers say; it is closed at the end. With `or_here`, one
    process means this one: to start another may take longer than a little work. At most so many tasks in a row as
    `together` says are done by one process, for what it can keep from one to the next, and fewer towards the end, so
    that all end at nearly the same time; `slots` is how many tasks an `executor` does at once. Each process computes
    with one thread, unless `OMP_NUM_THREADS` says otherwise: together they are as many as there are processors.

    Raises `InputError` if a process is killed, and what `work` raises.
    """
    if or_here and process_count(jobs) == 1:
        if set_up is not None:
            set_up(*given)
        with progress(title, len(tasks)) as advance:
            for result in map(work, tasks):
                advance(note(result))
                yield result
        return
    context = multiprocessing.get_context("spawn")  # forking a process that has threads is not safe
    pool = executor or ProcessPoolExecutor(process_count(jobs), context, initializer=set_up, initargs=given)
    with progress(title, len(tasks)) as advance, pool:
        futures: list[Future[list[Result]]] = []
        try:
            with _one_thread_each():  # the processes start as they are given something
                here = __version__, extensions.files(), extensions.used()
                for row in _rows(len(tasks), together, slots or process_count(jobs)):
                    futures.append(pool.submit(_extended, work, here, tasks[row]))
            for future in futures:
                for result in future.result():
                    advance(note(result))
                    yield result
        except BrokenProcessPool:  # whose thread is telling all the others: one that is cancelled meanwhile breaks it
            raise InputError(title, *_why_broken()) from None
        except BaseException as error:
            for future in futures:
                future.cancel()
            if executor is not None and is_loss(error):
                what = f"the cluster lost its scheduler, or workers in the middle of a task ({type(error).__name__})"
                todo = "look at their logs (memory, time limits), and run the command again"
                raise InputError(title, what, todo) from None
            raise


def _rows(tasks: int, together: int, slots: int) -> Iterator[slice]:
    """Tasks in a row: half of what every process has left to do, at most `together` and at least one."""
    first = 0
    while first < tasks:
        count = max(1, min(together, (tasks - first) // (2 * slots)))
        yield slice(first, first + count)
        first += count


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """For the processes that start in the block, whose libraries of linear algebra would start many threads each."""
    if THREADS in os.environ:
        yield
        return
    os.environ[THREADS] = "1"
    try:
        yield
    finally:
        del os.environ[THREADS]


def _why_broken() -> tuple[str, str]:
    """What happened, and what to do. In a process of its own, a user's script is run anew up to `__main__`."""
    begun = sys.modules["__main__"]
    script = Path(getattr(begun, "__file__", None) or "")
    if script.suffix == ".py" and begun.__spec__ is None:
        what = f"one of its processes ended, because it ran {script.name} anew or because the memory was full"
        return what, 'put what the script does behind `if __name__ == "__main__":`, or give fewer jobs'
    what = "one of its processes was killed, perhaps because the memory was full"
    return what, "give fewer --jobs, or free some memory, and run the command again"


def _extended(work: Callable[[Task], Result], asked: Asked, tasks: Sequence[Task]) -> list[Result]:
    """What a process does; a worker of a cluster may have come late, or live on from another command."""
    version, files, used = asked
    if version != __version__:
        raise InputError("a worker", f"has version {__version__} of eyeprentice, not {version}", AGAIN)
    extensions.load(files)
    here = extensions.used()
    if changed := [name for name, digest in used.items() if here.get(name) != digest]:
        raise InputError(changed[0], "a worker has loaded it before it was changed", AGAIN)
    return [work(task) for task in tasks]
