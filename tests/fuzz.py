"""Feeds mutated files to every parser of ours and counts them; fails on a traceback, crash, hang or 1 GB of memory.

python tests/fuzz.py --minutes 1
python tests/fuzz.py --minutes 10 --parser npz --seed 7
python tests/fuzz.py --replay npz --seed 7 --number 1234

First comes what was ever found (tests/fuzzing/corpus.py), then mutations of intact files that we make ourselves.
Each parser works in a process that is watched from outside and started again when an input ended it.
"""

import argparse
import datetime
import json
import mmap
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "src")]

TURN_SECONDS = 60.0
"""A parser's turn, at most: a worker takes a second or two to start."""


def worker() -> None:
    """What a watched process runs."""
    from tests.fuzzing.worker import work

    name, seed, first, folder, out = sys.argv[1:]
    with (Path(folder) / "count").open("r+b") as file, mmap.mmap(file.fileno(), 8) as count:
        (Path(folder) / "files").mkdir()
        work(name, int(seed), int(first), Path(folder) / "files", count, Path(out))


def main() -> None:
    from tests.fuzzing.corpus import failures as failures_of_corpus
    from tests.fuzzing.parsers import PARSERS
    from tests.fuzzing.watch import Watched
    from tests.fuzzing.worker import Surroundings

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--parser", choices=PARSERS, action="append", help="only this one (may be given several times)")
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="two runs with one seed read the same inputs"
    )
    parser.add_argument("--json", type=Path, help="write the counts into this file")
    parser.add_argument("--replay", choices=PARSERS, help="read one input again, in this process")
    parser.add_argument("--number", type=int, default=0, help="which one")
    options = parser.parse_args()
    if options.replay:
        with tempfile.TemporaryDirectory() as folder:
            surroundings = Surroundings(PARSERS[options.replay], Path(folder))
            which, content = surroundings.make(options.seed, options.number)
            kept = Path(f"input-{options.number}{surroundings.paths[which].suffix}")
            kept.write_bytes(content)
            print(f"{kept}, as {surroundings.paths[which].relative_to(folder)}")
            print(surroundings.read(which, content) or "refused in one line, or read")
        return
    names = options.parser or list(PARSERS)
    again = [said for name in names for said in failures_of_corpus(name)]
    for said in again:
        print(f"found before: {said}")
    with tempfile.TemporaryDirectory() as folder:
        noted = Path(folder) / "failures"
        watched = [Watched(name, options.seed, noted) for name in names]
        rounds = max(1, round(60 * options.minutes / (TURN_SECONDS * len(names))))
        for _ in range(rounds):
            for each in watched:
                each.run(60 * options.minutes / (rounds * len(names)))
                print(f"{each.parser:12} {each.done:>10,} inputs, {each.peak >> 20:>4} MB at most", flush=True)
        failures = [json.loads(line) for line in noted.read_text().splitlines()] if noted.exists() else []
    failures += [
        {"parser": w.parser, "seed": w.seed, "number": number, "said": how} for w in watched for number, how in w.ended
    ]
    report(watched, failures, options.json)
    sys.exit(1 if failures or again else 0)


def report(watched: list, failures: list[dict], out: Path | None) -> None:
    total = sum(w.done for w in watched)
    print(f"{total:,} inputs over {len(watched)} parsers, {len(failures)} failures")
    kinds: dict[tuple[str, str], list[dict]] = {}
    for failure in failures:  # of those that end in the same place, one is shown
        lines = failure["said"].strip().splitlines()
        place = next((line for line in reversed(lines) if line.startswith("  File ")), lines[-1][:40])
        kinds.setdefault((failure["parser"], place), []).append(failure)
    for same in kinds.values():
        first = same[0]
        replay = f"--replay {first['parser']} --seed {first['seed']} --number {first['number']}"
        print(f"\n{len(same)} x {first['parser']} ({replay})\n{first['said'][-1500:]}")
    if out is not None:
        counts = {
            "date": datetime.date.today().isoformat(),
            "seed": watched[0].seed,
            "inputs": {w.parser: w.done for w in watched},
            "total": total,
            "failures": len(failures),
        }
        out.write_text(json.dumps(counts, indent=1) + "\n")


if __name__ == "__main__":
    main()
