"""Trains and tests everything on a simulated dataset of SEE's size, for several seeds, and writes one JSON of results.

    python benchmarks/see_sized.py --folder build/see_sized --out results.json --stages data teachers apprentices

The very functions behind the commands are called one after another in one process, so that libraries are loaded once
(their time is reported by itself). `train_seconds` and `test_seconds` are whole calls: reading the dataset's index,
moving it to the device, training with validation after every epoch, checkpoints. What is finished is not done again, so stages
may be given one by one.
"""

import time

STARTED = time.perf_counter()

import argparse  # noqa: E402
import json  # noqa: E402
from dataclasses import replace  # noqa: E402
from pathlib import Path  # noqa: E402

from eyeprentice.commands.evaluate import evaluate  # noqa: E402
from eyeprentice.commands.learn import distill, train  # noqa: E402
from eyeprentice.commands.synth import synth  # noqa: E402
from eyeprentice.data.dataset import open_dataset  # noqa: E402
from eyeprentice.distill import Objective  # noqa: E402
from eyeprentice.runs import Training  # noqa: E402

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
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--learning-rate", type=float, default=6e-3)
    parser.add_argument("--teacher-learning-rate", type=float, default=2e-3)
    parser.add_argument("--sequences", type=int, default=2405)
    parser.add_argument("--subjects", type=int, default=111)
    parser.add_argument("--variety", default="see")
    parser.add_argument("--precision", default="bf16-mixed")
    arguments = parser.parse_args()

    folder, data = arguments.folder, arguments.folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    student = Training(arguments.epochs, arguments.batch_size, learning_rate=arguments.learning_rate)
    teacher = replace(student, learning_rate=arguments.teacher_learning_rate)
    slow = Training(arguments.epochs, 32)  # the recipe of a processor: batch 32, float32
    fast = {"precision": arguments.precision}
    seeds = range(arguments.seeds)

    if "data" in arguments.stages and not data.exists():
        people = {"sequences": arguments.sequences, "subjects": arguments.subjects, "variety": arguments.variety}
        timed(folder, "synth", lambda: synth(data, **people))
        timed(folder, "pack", lambda: open_dataset(data, 90, events=True))
        timed(folder, "open", lambda: open_dataset(data, 90, events=True))
    if "teachers" in arguments.stages:
        for seed in seeds:
            one(folder, f"teacher-{seed}", train, model="teacher", training=teacher.with_seed(seed), **fast)
    if "students" in arguments.stages:
        for seed in seeds:
            one(folder, f"student-{seed}", train, training=student.with_seed(seed), **fast)
    if "slow" in arguments.stages:
        for seed in seeds:
            one(folder, f"slow-{seed}", train, training=slow.with_seed(seed))
    objectives = {"apprentice": Objective()} if "apprentices" in arguments.stages else {}
    if "ablations" in arguments.stages:
        objectives |= {name: Objective(terms=terms) for name, terms in ABLATIONS.items()}
    for name, objective in objectives.items():
        for seed in seeds:
            taught = {"teacher": folder / f"teacher-{seed}", "objective": objective}
            one(folder, f"{name}-{seed}", distill, training=student.with_seed(seed), **taught, **fast)
    if "seen" in arguments.stages:
        one(folder, "seen-0", train, model="seen", recipe="seen")
    collect(folder, arguments.out)


def one(folder: Path, name: str, command, **options) -> None:
    """Trains and tests one run, unless it is done."""
    out, data = folder / name, folder / "data"
    if not (out / "weights.safetensors").exists():
        timed(folder, name, lambda: command(data, out=out, **options))
    if not (out / "evaluation" / "metrics.json").exists():
        precision = options.get("precision", "32-true")
        timed(folder, f"{name}-test", lambda: evaluate(out, data, out=out / "evaluation", precision=precision))


def timed(folder: Path, name: str, job) -> None:
    started = time.perf_counter()
    job()
    seconds = time.perf_counter() - started
    (folder / f"{name}.seconds").write_text(f"{seconds:.2f}")
    print(f"{name}: {seconds:.1f} s", flush=True)


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
