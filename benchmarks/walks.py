"""How five things walk through the rooms of this package, followed while they happen.

python benchmarks/walks.py [--list]

A room is a folder (or a module) directly below the package. A walk begins when a function is called and ends when that
returns; a crossing is a function in one room that calls one in another. Each pair of functions counts once, however
often it happens, so that loops and layers do not count. Followed are the processes and threads of this program alone.
"""

import argparse
import concurrent.futures
import contextlib
import io
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

os.environ["OPENCV_LOG_LEVEL"] = "SILENT"
PACKAGE = "eyeprentice"
SMALL = ["--size", "24", "--sampling", "E2-S3", "--epochs", "1", "--accelerator", "cpu"]
STARTS = {
    "clip to loss": "train_epoch",
    "teacher's logits to loss": "make_step.<locals>.step",
    "frame to reading": "predict",
    "recording to dataset": "import_dataset",
    "plan to table row": "read_plan benchmark _do",
}


class Follower:
    """Notes which rooms call which while a function of one of `names` runs."""

    def __init__(self, names: str) -> None:
        self.names, self.inside = set(names.split()), 0
        self.rooms: set[str] = set()
        self.crossings: list[tuple[str, str]] = []
        self.stacks: dict[int, list[tuple[str, str]]] = {}

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if event not in ("call", "return") or not module.startswith(f"{PACKAGE}."):
            return
        name = frame.f_code.co_qualname
        stack = self.stacks.setdefault(threading.get_ident(), [])
        if event == "call":
            self.inside += name in self.names
            room = module.split(".")[1]
            if self.inside and not name.startswith("<"):
                self.rooms.add(room)
                if stack and stack[-1][0] != room:
                    self.crossings.append((f"{stack[-1][0]}: {stack[-1][1]}", f"{room}: {name}"))
            stack.append((room, name))
        elif stack:
            stack.pop()
            self.inside -= name in self.names


@contextlib.contextmanager
def followed(names: str) -> Iterator[Follower]:
    follower = Follower(names)
    threading.setprofile(follower)
    sys.setprofile(follower)
    try:
        yield follower
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


class InThisProcess(concurrent.futures.Executor):
    """Stands in for several processes."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> "concurrent.futures.Future[Any]":
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        future.set_result(work(*given, **named))
        return future


def walks(folder: Path) -> dict[str, Callable[[], None]]:
    """The commands that make each of them happen, on data that is made first."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    concurrent.futures.ProcessPoolExecutor = InThisProcess  # where it can be followed
    from tests.conftest import write_tiny_dataset

    main = _main()
    data, teacher = folder / "data", folder / "teacher"
    write_tiny_dataset(data)
    main(["train", data, "--model", "teacher", "--options.width", "0.125", "--out", teacher, *SMALL])
    recording = write_recording(folder / "happiness" / "s01.aedat4")
    (folder / "plan.yaml").write_text(
        "size: 24\nsampling: E2-S3\ntraining: {epochs: 1}\ncontrols: [last]\nentries: {student: {}}\n"
    )

    def benchmark() -> None:
        plan = ["--plan", folder / "plan.yaml", "--repeats", "1", "--accelerator", "cpu"]
        with in_this_process():
            main(["benchmark", data, "--out", folder / "table", *plan])

    student = ["--out", folder / "student", *SMALL]
    apprentice = ["--teacher", teacher, "--out", folder / "apprentice", "--epochs", "1", "--accelerator", "cpu"]
    imported = ["import", recording.parent, folder / "imported", "--eye", "full", "--size", "32", "--jobs", "1"]
    return {
        "clip to loss": lambda: main(["train", data, *student]),
        "teacher's logits to loss": lambda: main(["distill", data, *apprentice]),
        "frame to reading": lambda: main(["predict", next((data / "frame").rglob("*.png")).parent, "--eye", "full"]),
        "recording to dataset": lambda: main(imported),
        "plan to table row": benchmark,
    }


def _main() -> Callable[[list[Any]], None]:
    try:
        from eyeprentice.app.cli import main
    except ImportError:  # an older tree
        from eyeprentice.cli import main

    def quiet(words: list[Any]) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            main([str(word) for word in words])

    return quiet


@contextlib.contextmanager
def in_this_process() -> Iterator[None]:
    """The benchmark's jobs one after another, here, where they can be followed."""
    try:
        from eyeprentice.studies.benchmark import run
    except ImportError:
        from eyeprentice.benchmark import run

    class Done:
        fault, seconds = None, 0.0

        def __init__(self, name: str) -> None:
            self.name = name

    def one_after_another(jobs: Any, work: Callable[[Any], None], *_: Any) -> Iterator[Done]:
        for job in jobs:
            work(job)
            yield Done(job.name)

    before, run.do_all = run.do_all, one_after_another
    try:
        yield
    finally:
        run.do_all = before


def write_recording(path: Path) -> Path:
    """A second of a camera that takes grey frames and events, as AEDAT4."""
    import dv_processing as dv
    import numpy as np

    path.parent.mkdir(parents=True)
    rng, start = np.random.default_rng(0), 1_000_000
    writer = dv.io.MonoCameraWriter(str(path), dv.io.MonoCameraWriter.DAVISConfig("walk", (110, 110)))
    for number in range(30):
        image = rng.integers(0, 255, (110, 110), np.uint8)
        writer.writeFrame(dv.Frame(start + number * 33_333, image))
        events = dv.EventStore()
        for step in range(10):
            events.push_back(start + number * 33_333 + step, *rng.integers(0, 110, 2).tolist(), bool(step % 2))
        writer.writeEvents(events)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name every crossing")
    listed = parser.parse_args().list
    with tempfile.TemporaryDirectory() as folder:
        for title, walk in walks(Path(folder)).items():
            with followed(STARTS[title]) as follower:
                walk()
            crossings = list(dict.fromkeys(follower.crossings))
            print(f"{title}: {len(follower.rooms)} rooms, {len(crossings)} crossings")
            if listed:
                print(*(f"    {one} -> {other}" for one, other in crossings), sep="\n")


if __name__ == "__main__":
    main()
