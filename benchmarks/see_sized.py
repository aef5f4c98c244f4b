"""Trains and tests everything on a simulated dataset of SEE's size, for several seeds, and writes one JSON of results.

    python benchmarks/see_sized.py --folder build/see_sized --out results.json --stages data teachers apprentices

All in one process: libraries are loaded and the dataset is opened once, and reported by themselves. `train_seconds` is
all of a run from there on: the images' way to the device, training, validation after every epoch, checkpoints.
`test_seconds` is the testing protocol with its intervals and figures. Apprentices learn from the teacher of
seed 0. What is finished is not done again, so stages may be given one by one.
"""

import time

STARTED = time.perf_counter()

import argparse  # noqa: E402
import json  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import dataclass, replace  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from lightning_fabric import Fabric  # noqa: E402

from eyeprentice.app.commands.synth import synth  # noqa: E402
from eyeprentice.data.dataset import Dataset, open_dataset  # noqa: E402
from eyeprentice.judging.evaluation import evaluate_run  # noqa: E402
from eyeprentice.learning.devices import open_device  # noqa: E402
from eyeprentice.learning.learn import learn  # noqa: E402
from eyeprentice.models import preset  # noqa: E402
from eyeprentice.words.recipe import Recipe  # noqa: E402
from eyeprentice.words.settings import Objective, Training  # noqa: E402

LOADED = time.perf_counter() - STARTED
ABLATIONS = {"kd": ("kd",), "hckd": ("hckd",), "tckd": ("tckd",)}
STAGES = ("data", "teachers", "students", "apprentices", "ablations", "slow", "seen")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("build/see_sized"))
    parser.add_argument("--out", type=Path, default=Path("build/see_sized/results.json"))
    parser.add_argument("--stages", nargs="*", choices=STAGES, default=STAGES[:4])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=180)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--teacher-batch-size", type=int, default=256)
    parser.add_argument("--teacher-learning-rate", type=float, default=2e-3)
    parser.add_argument("--sequences", type=int, default=2405)
    parser.add_argument("--subjects", type=int, default=111)
    parser.add_argument("--variety", default="see")
    parser.add_argument("--minutes", type=float, default=1e6, help="start no run later than this")
    parser.add_argument("--precision", default="bf16-mixed")
    arguments = parser.parse_args()

    folder, data = arguments.folder, arguments.folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    student = Training(arguments.epochs, arguments.batch_size, learning_rate=arguments.learning_rate)
    teacher = replace(student, batch_size=arguments.teacher_batch_size, learning_rate=arguments.teacher_learning_rate)
    slow = Training(arguments.epochs, 32)  # the recipe of a processor: batch 32, float32

    if "data" in arguments.stages and not data.exists():
        people = {"sequences": arguments.sequences, "subjects": arguments.subjects, "variety": arguments.variety}
        timed(folder, "synth", lambda: synth(data, **people))
        timed(folder, "pack", lambda: open_dataset(data, 90, events=True))
    if not arguments.stages or arguments.stages == ["data"]:
        return
    bench = Bench(
        folder, timed(folder, "open", lambda: open_dataset(data, 90, events=True)), STARTED + 60 * arguments.minutes
    )
    fast, exact = open_device("auto", arguments.precision), open_device("auto")
    plain, precise = Recipe(data, precision=arguments.precision), Recipe(data)
    jobs: dict[str, list[Job]] = {stage: [] for stage in STAGES}
    for seed in range(arguments.seeds):
        mine = replace(plain, training=replace(student, seed=seed))
        taught = replace(plain, model="teacher", training=replace(teacher, seed=seed))
        jobs["teachers"].append(Job(f"teacher-{seed}", taught, fast))
        jobs["students"].append(Job(f"student-{seed}", mine, fast))
        jobs["slow"].append(
            Job(f"slow-{seed}", replace(plain, training=replace(slow, seed=seed), precision="32-true"), exact)
        )
        for name, terms in {"apprentice": ("hckd", "tckd"), **ABLATIONS}.items():
            taught_by = {"objective": Objective(terms), "teacher": (folder / "teacher-0",)}
            job = Job(f"{name}-{seed}", replace(mine, **taught_by), fast)
            jobs["apprentices" if name == "apprentice" else "ablations"].append(job)
    jobs["seen"].append(Job("seen-0", replace(precise, model="seen", training=preset("seen")), exact))
    for stage in arguments.stages:
        for job in jobs[stage]:
            bench.do(job)
    collect(folder, arguments.out)


@dataclass(frozen=True)
class Job:
    name: str
    recipe: Recipe
    fabric: Fabric


@dataclass(frozen=True)
class Bench:
    folder: Path
    dataset: Dataset
    deadline: float

    def do(self, job: Job) -> None:
        """Trains and tests one run, unless it is done or it is too late to start it."""
        out = self.folder / job.name
        if time.perf_counter() > self.deadline:
            print(f"{job.name}: too late to start it")
            return
        if not (out / "weights.safetensors").exists():
            timed(self.folder, job.name, lambda: learn(job.recipe, out, lambda: job.fabric, self.dataset, job.name))
        if not (out / "evaluation" / "metrics.json").exists():
            timed(
                self.folder, f"{job.name}-test", lambda: evaluate_run(out, self.dataset, out / "evaluation", job.fabric)
            )


def timed(folder: Path, name: str, job: Callable[[], Any]) -> Any:
    started = time.perf_counter()
    result = job()
    seconds = time.perf_counter() - started
    (folder / f"{name}.seconds").write_text(f"{seconds:.2f}")
    print(f"{name}: {seconds:.2f} s", flush=True)
    return result


def collect(folder: Path, out: Path) -> None:
    results: dict = {"seconds_to_load_libraries": round(LOADED, 1), "runs": {}}
    for part in ("synth", "pack", "open"):
        if (file := folder / f"{part}.seconds").exists():
            results[f"{part}_seconds"] = float(file.read_text())
    for metrics in sorted(folder.glob("*/evaluation/metrics.json")):
        run = metrics.parent.parent
        seconds = {part: (folder / f"{run.name}{part}.seconds") for part in ("", "-test")}
        results["runs"][run.name] = {
            "metrics": json.loads(metrics.read_text()),
            "config": json.loads((run / "config.json").read_text()),
            "environment": json.loads((run / "environment.json").read_text()),
            "last_epoch": json.loads((run / "history.json").read_text())[-1],
            "train_seconds": float(seconds[""].read_text()),
            "test_seconds": float(seconds["-test"].read_text()),
        }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results, indent=1))
    for name, result in results["runs"].items():
        metrics = result["metrics"]
        scores = f"WAR {metrics['war']:.1f} {metrics['war_ci95']} UAR {metrics['uar']:.1f} ECE {metrics['ece']:.1f}"
        times = f"train {result['train_seconds']:.1f} s test {result['test_seconds']:.2f} s"
        print(f"{name:14} {scores} loss {result['last_epoch']['loss']:.3f} {times}")
    print({key: value for key, value in results.items() if key != "runs"})


if __name__ == "__main__":
    main()
