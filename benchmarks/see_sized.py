"""Trains and tests everything on a simulated dataset of SEE's size, for several seeds, and writes one JSON of results.

    python benchmarks/see_sized.py --folder build/see_sized --out results.json --stages data teachers apprentices seen

Runs go side by side on the one device (`--parallel`), each its own process and the very commands a user would give.
What is finished already is not done again, so stages may be given one by one.
"""

import argparse
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

OBJECTIVES = {"apprentice": "[hckd,tckd]", "kd": "[kd]", "hckd": "[hckd]", "tckd": "[tckd]"}
STAGES = ("data", "teachers", "apprentices", "ablations", "seen")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("build/see_sized"))
    parser.add_argument("--out", type=Path, default=Path("build/see_sized/results.json"))
    parser.add_argument("--stages", nargs="*", choices=STAGES, default=STAGES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--teacher-epochs", type=int, default=40)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--sequences", type=int, default=2405)
    parser.add_argument("--subjects", type=int, default=111)
    parser.add_argument("--parallel", type=int, default=6)
    parser.add_argument("--precision", default="bf16-mixed")
    arguments = parser.parse_args()

    folder, data = arguments.folder, arguments.folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    common = ["--precision", arguments.precision, "--batch_size", str(arguments.batch_size)]
    longer, seeds = [*common, "--epochs", str(arguments.epochs)], range(arguments.seeds)
    if "data" in arguments.stages and not data.exists():
        size = ["--sequences", str(arguments.sequences), "--subjects", str(arguments.subjects)]
        command(folder, "data", ["synth", str(data), *size])
        tiny = ["--model", "teacher", "--options.width", "0.125", "--epochs", "1"]
        command(folder, "packing", ["train", str(data), *tiny, "--out", str(folder / "packing")])

    teaching = ["--model", "teacher", "--learning_rate", "1e-3", *common, "--epochs", str(arguments.teacher_epochs)]
    teachers = [("teacher-0", ["train", str(data), *teaching])]
    students = [(f"student-{seed}", ["train", str(data), *longer, "--seed", str(seed)]) for seed in seeds]
    distilling = ["distill", str(data), "--teacher", str(folder / "teacher-0"), *longer]
    apprentices = {
        name: [(f"{name}-{seed}", [*distilling, "--terms", terms, "--seed", str(seed)]) for seed in seeds]
        for name, terms in OBJECTIVES.items()
    }
    seen = [("seen-0", ["train", str(data), "--model", "seen", "--recipe", "seen"])]
    jobs = {
        "teachers": teachers + students,
        "apprentices": apprentices.pop("apprentice"),
        "ablations": [job for group in apprentices.values() for job in group],
        "seen": seen,
    }
    for stage, group in jobs.items():
        if stage in arguments.stages:
            with ThreadPoolExecutor(arguments.parallel) as pool:
                list(pool.map(lambda job: run(folder, data, *job), group))
    collect(folder, arguments.out)


def run(folder: Path, data: Path, name: str, given: list[str]) -> None:
    """Trains and tests one run, unless it is done."""
    out = folder / name
    if not (out / "weights.safetensors").exists():
        command(folder, name, [*given, "--out", str(out)])
    if not (out / "evaluation" / "metrics.json").exists():
        command(folder, f"{name}-test", ["evaluate", str(out), str(data), "--out", str(out / "evaluation")])


def command(folder: Path, name: str, given: list[str]) -> None:
    started = time.monotonic()
    log = folder / f"{name}.log"
    with log.open("w") as file:
        code = subprocess.run([sys.executable, "-m", "eyeprentice", *given], stdout=file, stderr=file).returncode
    seconds = time.monotonic() - started
    (folder / f"{name}.seconds").write_text(f"{seconds:.1f}")
    print(f"{name}: {seconds:.1f} s, exit {code}", flush=True)
    if code:
        sys.stdout.write(log.read_text()[-2000:])


def collect(folder: Path, out: Path) -> None:
    results = {}
    for metrics in sorted(folder.glob("*/evaluation/metrics.json")):
        run = metrics.parent.parent
        seconds = {part: (folder / f"{run.name}{part}.seconds") for part in ("", "-test")}
        results[run.name] = {
            "metrics": json.loads(metrics.read_text()),
            "config": json.loads((run / "config.json").read_text()),
            "environment": json.loads((run / "environment.json").read_text()),
            "last_epoch": json.loads((run / "history.json").read_text())[-1],
            "train_seconds": float(seconds[""].read_text()),
            "test_seconds": float(seconds["-test"].read_text()),
        }
    out.write_text(json.dumps(results, indent=1))
    for name, result in results.items():
        metrics = result["metrics"]
        scores = f"WAR {metrics['war']:.1f} {metrics['war_ci95']} UAR {metrics['uar']:.1f} ECE {metrics['ece']:.1f}"
        times = f"train {result['train_seconds']:.0f} s test {result['test_seconds']:.0f} s"
        print(f"{name:14} {scores} loss {result['last_epoch']['loss']:.3f} {times}")


if __name__ == "__main__":
    main()
