"""What an apprenticeship is worth, by the number of people whose labels are there: docs/results.md.

People of one kind are simulated twice. From the first ones a teacher of frames learns; of the second ones ten, twenty,
forty or all are learnt from, by the same teacher and by students with and without it, and others are tested.

    python benchmarks/apprenticeship.py --kind course --folder build/apprenticeship --out apprenticeship.tar.xz

Called again with the same folder it goes on. `--minutes` is all the time there is, simulating included.
"""

import argparse
import sys
import time
from pathlib import Path

STARTED = time.monotonic()
PLAN = Path(__file__).parent / "plans" / "apprenticeship.yaml"
MARGIN_S = 30.0
"""To write the tables and the tar file in."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", default="course", help="variety of the people")
    parser.add_argument("--folder", type=Path, default=Path("build/apprenticeship"))
    parser.add_argument("--out", type=Path, required=True, help="the tar file, .tar.xz")
    parser.add_argument("--minutes", type=float, default=9.5)
    parser.add_argument("--processes", type=int, default=4, help="runs at a time on each GPU")
    parser.add_argument("--people", type=int, default=111)
    parser.add_argument("--elsewhere", type=int, default=65, help="people whom the teacher learns from first")
    parser.add_argument("--epochs", type=int, default=50, help="for which it does")
    parser.add_argument("--models", nargs="*", default=[], help="entries of the plan; by default all")
    parser.add_argument("--accelerator", default="auto")
    asked = parser.parse_args()
    home = asked.folder / asked.kind
    home.mkdir(parents=True, exist_ok=True)

    from eyeprentice.app.cli import main as eyeprentice
    from eyeprentice.studies.benchmark.plan import read_plan
    from eyeprentice.studies.benchmark.run import RunSettings, run_plan

    for name, people, seed in (("elsewhere", asked.elsewhere, 9), ("people", asked.people, 0)):
        if not (home / name).exists():
            sequences = str(round(2405 / 111 * people))
            words = ["--variety", asked.kind, "--sequences", sequences, "--subjects", str(people), "--seed", str(seed)]
            eyeprentice(["synth", str(home / name), *words, "--size", "90", "--events", "false"])
            tell(f"{home / name} simulated")
    first = home / "first-teacher"
    if not (first / "weights.safetensors").exists():
        words = ["--model", "teacher", "--options.inputs", "frames", "--sampling", "E8-S1", "--precision", "bf16-mixed"]
        words += ["--epochs", str(asked.epochs), "--batch-size", "128", "--learning-rate", "0.002"]
        eyeprentice(["train", str(home / "elsewhere"), "--out", str(first), *words, "--accelerator", asked.accelerator])
        tell("the teacher has learnt from other people")
    (home / "plan.yaml").write_text(PLAN.read_text().replace("INIT", str(first)))
    plan = read_plan(home / "plan.yaml")
    plan = plan.only(asked.models) if asked.models else plan
    minutes = asked.minutes - (time.monotonic() - STARTED + MARGIN_S) / 60
    faults = run_plan(
        plan, [home / "people"], home / "results", RunSettings(10, 1, asked.accelerator, asked.processes, minutes)
    )
    print((home / "results" / "benchmark.md").read_text())
    for name, fault in faults.items():
        print(f"failed: {name}: {fault}", file=sys.stderr)
    pack(home, asked.out)
    tell("ended")


def tell(what: str) -> None:
    print(f"{time.monotonic() - STARTED:.0f} s: {what}", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from comparison import pack

    main()
