"""Measures how `synth` scales over processes: a line of JSON for each number of them, as soon as it is measured.

Two datasets are written with each number of processes, a small and a large one, each with so many sequences a process.
`a_core` is the frames a second and process that the large one adds to the small one, to which starting belongs, and
`share` is that of one process; `whole` is the same with starting, for the large one. `start_s` is how long processes
take to start, `parent_ms` the processor time of the parent a sequence (planning, handing out, annotations), which no
number of processes shortens, `a_core_working` the same as `a_core` by processor time, which tells on a busy machine
whether more processes have more to do, and `busy` how much of the time the processes computed.

python benchmarks/synth_scaling.py [--people CAST] [--sequences 14] [--jobs 1 2 4 8 16] [--no-events]
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from eyeprentice.files.processes import processors
from eyeprentice.synth.dataset import write_dataset
from eyeprentice.synth.people import DRAWN, open_people
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.variety import SEE


class Spent(NamedTuple):
    frames: int
    wall_s: float
    parent_s: float
    children_s: float


def processor_time(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def write(sequences: int, jobs: int, arguments: argparse.Namespace) -> Spent:
    """Plans and writes a dataset, as the command does."""
    most = open_people(arguments.people, 0, SEE).count or sequences
    representation = None if arguments.no_events else "event-frame"
    whose = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    before, started = [processor_time(each) for each in whose], time.perf_counter()
    plans = plan_sequences(
        sequences, min(most, max(1, sequences // 14)), arguments.size, 0, SEE, people=arguments.people,
        representation=representation,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        write_dataset(Path(folder) / "data", plans, jobs)
        wall = time.perf_counter() - started
        parent, children = (processor_time(each) - was for each, was in zip(whose, before, strict=True))
    return Spent(sum(plan.name.length for plan in plans), wall, parent, children)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", default=DRAWN, help="as of synth --people")
    parser.add_argument("--sequences", type=int, default=14, help="for each process, in the large dataset")
    parser.add_argument("--jobs", type=int, nargs="+", help="by default 1, 2, 4, ... as many as there are processors")
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--no-events", action="store_true")
    parser.add_argument("--folder", type=Path, help="where to write, by default the system's temporary folder")
    arguments = parser.parse_args()
    counts = arguments.jobs or [2**n for n in range(11) if 2**n <= processors()]
    print(json.dumps({"processors": processors(), "people": Path(arguments.people).name}), flush=True)
    alone: dict[str, float] = {}
    for jobs in counts:
        small, large = (write(each * jobs, jobs, arguments) for each in (2, arguments.sequences))
        added = (large.frames - small.frames) / (large.wall_s - small.wall_s) / jobs
        whole = large.frames / large.wall_s / jobs
        alone = alone or {"a_core": added, "whole": whole}
        measured = {
            "jobs": jobs,
            "a_core": round(added, 1),
            "share": round(added / alone["a_core"], 2),
            "whole": round(whole, 1),
            "share_of_whole": round(whole / alone["whole"], 2),
            "start_s": round(max(0.0, small.wall_s - small.frames / added / jobs), 2),
            "parent_ms": round(1000 * (large.parent_s - small.parent_s) / ((arguments.sequences - 2) * jobs), 2),
            "a_core_working": round((large.frames - small.frames) / (large.children_s - small.children_s), 1),
            "busy": round(large.children_s / jobs / large.wall_s, 2),
            "large_wall_s": round(large.wall_s, 1),
        }
        print(json.dumps(measured), flush=True)


if __name__ == "__main__":
    main()
