"""The comparison of docs/results.md in one call: people are simulated, every model is trained and tested.

One tar file holds what came of it: tables and predictions, no weights.

    python benchmarks/comparison.py --folder build/comparison --out $OUT/comparison.tar.xz --minutes 9.5

Called again with the same folder it goes on. `--minutes` is all the time there is, simulating included: what is
finished by then is told.
"""

import argparse
import sys
import tarfile
import time
from pathlib import Path

STARTED = time.monotonic()
KEPT = ("benchmark.*", "pareto.png", "logs/*.txt", "seconds.txt")
OF_A_RUN = ("history.json", "config.json", "size.json", "seconds.json", "environment.json", "tests/*/whole/*.json")
MARGIN_S = 40.0
"""To write the tables and the tar file in."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("build/comparison"))
    parser.add_argument("--out", type=Path, required=True, help="the tar file, .tar.xz")
    parser.add_argument("--plan", type=Path, default=Path(__file__).parent / "plans" / "comparison.yaml")
    parser.add_argument("--models", nargs="*", default=[], help="entries of the plan; by default all")
    parser.add_argument("--minutes", type=float, default=9.5)
    parser.add_argument("--processes", type=int, default=2, help="runs at a time on each GPU")
    parser.add_argument("--sequences", type=int, default=2405)
    parser.add_argument("--subjects", type=int, default=111)
    parser.add_argument("--others", type=int, default=630, help="sequences of people of another kind, 7 a person")
    parser.add_argument("--size", type=int, default=96, help="pixels that are simulated")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--accelerator", default="auto")
    asked = parser.parse_args()
    folder = asked.folder
    folder.mkdir(parents=True, exist_ok=True)

    from eyeprentice.app.commands.synth import synth
    from eyeprentice.words.errors import InputError

    people = {"course": (asked.sequences, asked.subjects, 0), "wild-course": (asked.others, asked.others // 7, 1)}
    for variety, (sequences, subjects, seed) in people.items():
        if not (folder / variety).exists():
            synth(folder / variety, sequences=sequences, subjects=subjects, variety=variety, size=asked.size, seed=seed)
            tell(folder, f"{variety} simulated")

    from eyeprentice.studies.benchmark.plan import read_plan
    from eyeprentice.studies.benchmark.run import RunSettings, run_plan

    plan = read_plan(asked.plan)
    plan = plan.only(asked.models) if asked.models else plan
    minutes = asked.minutes - (time.monotonic() - STARTED + MARGIN_S) / 60
    how = RunSettings(asked.repeats, 5, asked.accelerator, asked.processes, minutes)
    out = folder / "results"
    try:
        faults = run_plan(plan, [folder / variety for variety in people], out, how)
        print((out / "benchmark.md").read_text())
    except InputError as error:
        faults = {"all": str(error)}
    tell(folder, "benchmark ended")
    for name, fault in faults.items():
        print(f"failed: {name}: {fault}", file=sys.stderr)
    pack(folder, asked.out)
    tell(folder, f"{asked.out}: {asked.out.stat().st_size / 2**20:.1f} MiB")


def tell(folder: Path, what: str) -> None:
    line = f"{time.monotonic() - STARTED:.0f} s: {what}"
    print(line, flush=True)
    with (folder / "results.seconds.txt").open("a") as file:
        file.write(line + "\n")


def pack(folder: Path, out: Path) -> None:
    """Everything but weights, states, images and the predictions of the controls."""
    results = folder / "results"
    files = [path for pattern in KEPT for path in results.glob(pattern)]
    files += [path for pattern in OF_A_RUN for path in results.glob(f"runs/*/*/{pattern}")]
    out.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(out, "w:xz", preset=1) as tar:
        for path in [*files, *folder.glob("results.seconds.txt")]:
            tar.add(path, path.relative_to(folder))


if __name__ == "__main__":
    main()
