"""Other computers: a Dask cluster whose workers see the same files, as an executor of `concurrent.futures`' kind."""

import sys
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path
from typing import Any, NamedTuple

from eyeprentice import __version__
from eyeprentice.files.whole import read_json
from eyeprentice.words.errors import InputError, install

PATIENCE_S, PATIENCE_WITH_WORKERS_S = 10, 60
"""How long a scheduler, and then its first worker, is waited for."""
LOST = ("KilledWorker", "FutureCancelledError", "CommClosedError")
"""Dask's errors that tell of workers or a scheduler that ended."""


class Cluster(NamedTuple):
    executor: Executor
    slots: int
    """How many tasks it does at once: the threads of its workers."""


def connect(address: str, jobs: int | None = None) -> Cluster:
    """A cluster by the address of its scheduler, or by the file that `dask scheduler --scheduler-file` writes.

    Raises `InputError` if Dask is not installed, nobody answers, nobody works there or a worker has another version of
    this package; also where `jobs` are asked for, which are processes of this computer.
    """
    if jobs is not None:
        raise InputError("jobs", "processes of this computer, beside a cluster", "give --jobs or --cluster")
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise InputError("cluster", "needs Dask", install("cluster")) from None
    try:
        client = Client(address_of(address), timeout=PATIENCE_S)
    except (OSError, ValueError) as error:
        raise InputError(address, f"no Dask cluster answers ({type(error).__name__})", "start one there") from None
    try:
        _check_workers(client, address)
    except BaseException:
        client.close()
        raise
    return Cluster(_Workers(client), sum(client.nthreads().values()))


class _Workers(Executor):
    """A client's executor, with which the connection ends."""

    def __init__(self, client: Any) -> None:
        self._client, self._executor = client, client.get_executor()

    def submit(self, function: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = self._executor.submit(function, *given, **named)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait)
        self._client.close()


def _check_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE_WITH_WORKERS_S)
    except TimeoutError:
        raise InputError(
            address, "no worker has joined this cluster", "start workers, or wait until they run"
        ) from None
    try:
        versions = client.run(version)
    except Exception as error:  # whatever it lacks
        why = " ".join(str(error).split())[:200]
        todo = "install this version of eyeprentice where the workers run"
        raise InputError(address, f"a worker cannot run eyeprentice ({why})", todo) from None
    for worker, found in versions.items():
        if found != __version__:
            what = f"its worker {worker} has version {found} of eyeprentice, this is {__version__}"
            raise InputError(address, what, "install the same version everywhere, and start the workers again")


def version() -> str:
    """That of this package where it is called."""
    return __version__


def is_loss(error: BaseException) -> bool:
    """Whether an error of an executor tells that workers of a cluster, or its scheduler, have ended."""
    return "distributed" in sys.modules and (isinstance(error, CancelledError) or type(error).__name__ in LOST)


def address_of(cluster: str) -> str:
    """The address of a scheduler, given so or by the file that it wrote; raises `InputError` if that names none."""
    if not cluster.endswith(".json"):
        return cluster
    what = "a file that `dask scheduler --scheduler-file` writes"
    told = read_json(Path(cluster), what)
    if not isinstance(told, dict) or not isinstance(told.get("address"), str):
        raise InputError(cluster, "names no scheduler", f"give {what}")
    return str(told["address"])
