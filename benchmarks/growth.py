"""How time and memory grow with a dataset and with clips, from the files to the figures of a test. JSON out.

    python benchmarks/growth.py --out build/growth.json
    python benchmarks/growth.py --most 300 --axes sequences --works check --out build/tiny.json

`open` reads the index of a packed dataset, `pack` packs it, `check` checks it, `train` is a run of one epoch from the
index to the weights, and `evaluate` tests that run, with `--repeats` clips of every sequence, and writes its files.

The datasets are written for this and removed again. Their pictures are small blurred noise, alike within a person, and
a sequence has few frames: a folder of 100,000 sequences of 30 frames would have 6 million files. Each measurement is a
process of its own, after a small one of the same kind that is not counted (libraries, first calls):

seconds       of the work, by the clock
processor_s   of the process and its children: what to compare on a machine that does other work too
peak_mb       the most memory that the process held meanwhile, with the pages of files that it has mapped (Linux)
own_mb        the most that it and its children have held together without those, looked at 20 times a second
start_mb      what it held before the work
"""

import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from eyeprentice.data.layout import Annotation, SequenceName, write_annotations
from eyeprentice.data.layout.folders import sequence_folder
from eyeprentice.files.processes import processors
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

OF_PERSON = 10
"""Sequences of one person."""


@dataclass(frozen=True)
class Case:
    """A dataset, and how it is used."""

    sequences: int
    length: int = 2
    """Frames of a sequence."""
    size: int = 32
    steps: int = 2
    """Of a clip, with no frame left out between."""
    processes: int = 1


def cases(axis: str) -> list[Case]:
    match axis:
        case "sequences":
            return [Case(round(10 ** (power / 2))) for power in range(4, 11)]
        case "length":
            return [Case(200, length=length) for length in (2, 4, 8, 16, 32, 64, 128)]
        case "steps":
            return [Case(400, length=32, steps=steps) for steps in (1, 2, 4, 8, 16, 32)]
        case "size":
            return [Case(200, length=4, size=size) for size in (32, 64, 128, 256)]
    counts = sorted({1, *(2**power for power in range(1, 8) if 2**power <= processors()), processors()})
    return [Case(4000, length=4, processes=count) for count in counts]


WORKS = {
    "sequences": ("pack", "open", "check", "train", "evaluate"),
    "length": ("pack", "open", "check"),
    "steps": ("train", "evaluate"),
    "size": ("pack", "check", "train", "evaluate"),
    "processes": ("pack", "check", "train", "evaluate"),
}
"""Axes, and what is measured along each."""
FITTED = {"sequences": 4, "length": 4, "steps": 4, "size": 3}
"""How many of the last points of an axis its slopes are fitted to: before them, what does not grow weighs more."""

SEEN_MB = 4.0
"""Memory above the start that tells something; of less, libraries may have kept it from earlier."""


def write_dataset(root: Path, case: Case) -> None:
    people = range(-(-case.sequences // OF_PERSON))
    annotations: dict[str, Annotation] = {}
    with ProcessPoolExecutor(processors()) as pool:
        for names in pool.map(_write_person, [(root, case, person) for person in people], chunksize=8):
            for name in names:
                subset = "testing" if int(name.subject) % 5 == 0 else "training"
                annotations[str(name)] = Annotation(subset, name.emotion, (0, case.length - 1))
    write_annotations(root, annotations)


def _write_person(task: tuple[Path, Case, int]) -> list[SequenceName]:
    """Frames of a look of the person's own, which changes with every sequence and a little with every frame."""
    root, case, person = task
    rng = np.random.default_rng(person)
    look, names = rng.normal(0, 1, (6, 6)), []
    for number in range(person * OF_PERSON, min((person + 1) * OF_PERSON, case.sequences)):
        emotion, lighting = EMOTIONS[number % 7], LIGHTINGS[number % 4]
        names.append(SequenceName(number + 1, f"{person + 1:03d}", "woman", 20, "x", lighting, emotion, case.length, 0))
        own = look + 0.5 * rng.normal(0, 1, look.shape)
        folders = [sequence_folder(root, modality, names[-1]) for modality in ("frame", "event")]
        for folder in folders:
            folder.mkdir(parents=True)
        for moment in range(case.length):
            coarse = 128 + 35 * (own + 0.2 * rng.normal(0, 1, look.shape))
            frame = cv2.resize(coarse, (case.size, case.size), interpolation=cv2.INTER_CUBIC).clip(0, 255)
            events = rng.choice(np.array([127, 255, 0], np.uint8), (case.size, case.size), p=(0.94, 0.03, 0.03))
            for folder, ending, image in zip(folders, (".jpg", ".png"), (frame.astype(np.uint8), events), strict=True):
                (folder / f"{moment:05d}{ending}").write_bytes(cv2.imencode(ending, image)[1].tobytes())
    return names


def work_of(name: str, root: Path, run: Path, case: Case, repeats: int) -> Callable[[], Any]:
    """What is measured. It imports no more than it needs: libraries take memory."""
    if name == "check":
        from eyeprentice.data.check import check_dataset

        return lambda: check_dataset(root)
    from eyeprentice.data.dataset import open_dataset

    if name in ("pack", "open"):
        return lambda: open_dataset(root, case.size, events=True)
    from eyeprentice.judging.evaluation import evaluate_run
    from eyeprentice.learning.devices import open_device
    from eyeprentice.learning.learn import learn
    from eyeprentice.words.recipe import Recipe
    from eyeprentice.words.settings import Sampling, Training

    training = Training(1, 64, moment_labels=0)
    recipe = Recipe(data=root, model="student", size=case.size, sampling=Sampling(case.steps, 0), training=training)

    def device() -> Any:
        return open_device("cpu", devices=case.processes)

    if name == "train":
        return lambda: learn(recipe, run, device)
    return lambda: evaluate_run(
        run, open_dataset(root, case.size, events=False), run / "test", device(), repeats=repeats
    )


def measure_here(arguments: argparse.Namespace) -> None:
    """In a process of its own: prints what one work took."""
    case = Case(**json.loads(arguments.case))
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: case.processes])
    alone = replace(case, processes=1)
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(sys.stderr):
        small = replace(alone, sequences=10 * OF_PERSON, length=max(2, case.steps))
        write_dataset(Path(folder) / "data", small)
        for name in ("train", "evaluate") if arguments.work == "evaluate" else (arguments.work,):
            if case.processes == 1:  # processes that are started would do all of this again
                work_of(name, Path(folder) / "data", Path(folder) / "run", small, 1)()
    work = work_of(arguments.work, arguments.data, arguments.run, case, arguments.repeats)
    Path("/proc/self/clear_refs").write_text("5")  # the most memory is counted from here on
    started, used, start_mb = time.perf_counter(), _processor_s(), _memory_mb("self", "VmRSS")
    with redirect_stdout(sys.stderr):
        work()
    row = {"seconds": round(time.perf_counter() - started, 4), "processor_s": round(_processor_s() - used, 4)}
    row |= {"peak_mb": round(_memory_mb("self", "VmHWM"), 1), "start_mb": round(start_mb, 1)}
    if int(os.environ.get("LOCAL_RANK", 0)) == 0:
        print(json.dumps(row), flush=True)


def _processor_s() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def _memory_mb(pid: int | str, of: str) -> float:
    """What Linux tells of a process's memory: VmRSS now, VmHWM at the most, RssAnon without mapped files."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{of}:")) / 1024


def measure(work: str, case: Case, data: Path, run: Path, repeats: int) -> dict[str, Any]:
    """The same from outside, with the memory of all processes."""
    if work == "pack":
        shutil.rmtree(data / ".eyeprentice", ignore_errors=True)
    if work == "train":
        shutil.rmtree(run, ignore_errors=True)
    told = ["--work", work, "--case", json.dumps(asdict(case)), "--data", str(data), "--run", str(run)]
    command = [sys.executable, __file__, *told, "--repeats", str(repeats)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        most, ended = [0.0], threading.Event()
        watch = threading.Thread(target=_watch, args=(process.pid, most, ended))
        watch.start()
        said, complaints = process.communicate()
        ended.set()
        watch.join()
    if process.returncode:
        sys.exit(complaints)
    return json.loads(said.splitlines()[-1]) | {"own_mb": round(most[0], 1)}


def _watch(session: int, most: list[float], ended: threading.Event) -> None:
    while not ended.wait(0.05):
        most[0] = max(most[0], sum(_memory_mb(pid, "RssAnon") for pid in _in_session(session)))


def _in_session(session: int) -> Iterator[int]:
    """Processes that the first of a session has started, and itself."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                yield int(stat.parent.name)


def slopes(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Exponents: slopes of straight lines through the last points of each axis, both sides as logarithms.

    Of memory, what the process held before the work is taken off first; None where it hardly grew. Of a size, the
    pixels of an image count.
    """
    for axis, count in FITTED.items():
        for work in WORKS[axis]:
            mine = [row for row in rows if (row["axis"], row["work"]) == (axis, work)][-count:]
            if len(mine) < 2:
                continue
            along = [row[axis] ** 2 if axis == "size" else row[axis] for row in mine]
            yield {
                **{"axis": axis, "work": work, "from": along[0], "to": along[-1]},
                "processor_s": _slope(along, [row["processor_s"] for row in mine], 0),
                "memory": _slope(along, [row["peak_mb"] - row["start_mb"] for row in mine], SEEN_MB),
            }


def _slope(along: list[float], values: list[float], least: float) -> float | None:
    """Of the points that are above `least`; None of fewer than two."""
    seen = [(math.log(x), math.log(y)) for x, y in zip(along, values, strict=True) if y > least]
    return round(float(np.polyfit(*zip(*seen, strict=True), 1)[0]), 2) if len(seen) > 1 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--axes", nargs="+", default=list(WORKS), choices=list(WORKS))
    parser.add_argument("--works", nargs="+", default=["pack", "open", "check", "train", "evaluate"])
    parser.add_argument("--most", type=int, default=10**5, help="sequences")
    parser.add_argument("--least", type=int, default=100, help="sequences, along their axis")
    parser.add_argument("--most-train", type=int, default=10**5, help="sequences for train and evaluate")
    parser.add_argument("--repeats", type=int, default=2, help="clips of every sequence in evaluate")
    parser.add_argument("--out", type=Path, default=Path("build/growth.json"))
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work is not None:
        measure_here(arguments)
        return
    rows: list[dict[str, Any]] = []
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    for axis in arguments.axes:
        every = [replace(case, sequences=min(case.sequences, arguments.most)) for case in cases(axis)]
        with tempfile.TemporaryDirectory(prefix="growth-") as folder:
            data, run, written = Path(folder) / "data", Path(folder) / "run", None
            for case in dict.fromkeys(every):
                if axis == "sequences" and case.sequences < arguments.least:
                    continue
                if written != (written := (case.sequences, case.length, case.size)):
                    shutil.rmtree(data, ignore_errors=True)
                    write_dataset(data, case)
                for work in WORKS[axis]:
                    learns = work in ("train", "evaluate")
                    if work not in arguments.works or (learns and case.sequences > arguments.most_train):
                        continue
                    row = measure(work, case, data, run, arguments.repeats)
                    rows.append({"axis": axis, "work": work, **asdict(case), **row})
                    print(rows[-1], flush=True)
                    told = {"processors": processors(), "rows": rows, "slopes": list(slopes(rows))}
                    arguments.out.write_text(_lines(told))


def _lines(told: dict[str, Any]) -> str:
    """JSON with a line for each row."""
    rows = {key: ",\n".join(f"  {json.dumps(row)}" for row in told[key]) for key in ("rows", "slopes")}
    parts = ",\n".join(f' "{key}": [\n{lines}\n ]' for key, lines in rows.items())
    return f'{{\n "processors": {told["processors"]},\n{parts}\n}}\n'


if __name__ == "__main__":
    main()
