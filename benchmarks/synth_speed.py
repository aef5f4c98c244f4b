"""Measures the simulator on one core: frames a second, drawn and re-enacted, with events and without. JSON on stdout.

Frames, event frames and action units are encoded and written, and people are made, as `synth` does it; what is counted
is processor time. `parts` says where it goes, in ms a frame. With the sources of another version (`--other`, its folder
`src`), both are timed in turn, each round in a process of its own: the median and the best of each, the median of their
ratios and the ratio of the best, and whether both simulated the same bits.

python benchmarks/synth_speed.py [--people CAST] [--other SOURCES] [--rounds 9] [--variety see]
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import cv2

PARTS = {
    "rendering": ("face.render",),
    "camera": ("look", "photograph", "degrade", "another_day"),
    "events": ("rest", "advance", "event frames"),
    "encoding": ("encoding",),
    "writing": ("writing",),
}
"""What is timed, inside `simulate_sequence` and after it; people and motion are the rest."""


class Clock:
    """Processor time by name; what is timed inside something that is timed counts for itself alone."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._within = [0.0]

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            started = time.process_time()
            self._within.append(0.0)
            try:
                return function(*given, **named)
            finally:
                took = time.process_time() - started
                self.spent[name] += took - self._within.pop()
                self._within[-1] += took

        return run


def watch(clock: Clock) -> None:
    """Times the parts of the simulator in this process."""
    from eyeprentice.data.layout import folders
    from eyeprentice.synth import sequence

    for name in ("look", "photograph", "degrade", "another_day", "rest", "advance"):
        setattr(sequence, name, clock.timed(name, getattr(sequence, name)))
    for name, represent in sequence.REPRESENTATIONS.items():
        sequence.REPRESENTATIONS[name] = clock.timed("event frames", lambda *given, f=represent: list(f(*given)))
    opened = sequence.open_people

    def people(*given: Any) -> Any:
        crowd = opened(*given)

        def person(number: int) -> Any:
            who = crowd.person(number)

            def face(size: int) -> Any:
                made = who.face(size)
                if "render" not in vars(made):
                    made.render = clock.timed("face.render", made.render)
                return made

            return replace(who, face=face)

        return replace(crowd, person=person)

    sequence.open_people = people
    coded = cv2.imencode
    folders.cv2 = type("Watched", (), {**vars(cv2), "imencode": staticmethod(clock.timed("encoding", coded))})


def measure(people: str, variety: str, size: int, sequences: int, events: bool, parts: bool) -> dict[str, Any]:
    """One round in this process: frames a second, or the parts, and a hash of all that was simulated."""
    from eyeprentice.synth import dataset
    from eyeprentice.synth.people import open_people
    from eyeprentice.synth.plan import plan_sequences
    from eyeprentice.synth.variety import VARIETIES

    cv2.setNumThreads(1)
    kind = VARIETIES[variety]
    subjects = min(sequences // 7, open_people(people, 0, kind).count or sequences)
    representation = "event-frame" if events else None
    plans = plan_sequences(sequences, subjects, size, 0, kind, people=people, representation=representation)
    frames, bits = sum(plan.name.length for plan in plans), hashlib.blake2b(digest_size=8)
    dataset.simulate_sequence(plans[-1])  # what is loaded once is loaded
    clock = Clock()
    if parts:
        watch(clock)
        dataset.write_images = clock.timed("writing", dataset.write_images)
    simulated = dataset.simulate_sequence

    def simulate(plan: Any) -> Any:
        made = simulated(plan)
        if not parts:
            for array in made:
                bits.update(b"" if array is None else array.tobytes())
        return made

    dataset.simulate_sequence = simulate
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        for plan in plans:
            dataset._write(plan, folder=Path(folder))
        took = time.process_time() - started
    if not parts:
        return {"frames_a_second": round(frames / took, 1), "bits": bits.hexdigest()}
    told = {part: sum(clock.spent[name] for name in names) for part, names in PARTS.items()}
    told["people, motion and the rest"] = took - sum(told.values())
    return {part: round(1000 * spent / frames, 3) for part, spent in told.items()}


def in_a_process(sources: Path, *words: object) -> dict[str, Any]:
    command = [sys.executable, __file__, "--round", *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(sources), "OMP_NUM_THREADS": "1"}
    return dict(json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout))


def compare(sources: dict[str, Path], rounds: int, *words: object) -> dict[str, Any]:
    """Frames a second of every version, in turns; ratios are of this one to the other one."""
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in sources}
    for _ in range(rounds):
        for name, folder in sources.items():
            told[name].append(in_a_process(folder, *words, ""))
    speeds = {name: [each["frames_a_second"] for each in times] for name, times in told.items()}
    measured: dict[str, Any] = {name: {"median": median(each), "best": max(each)} for name, each in speeds.items()}
    if len(sources) > 1:
        this, other = speeds["this"], speeds["other"]
        measured["ratio"] = round(median(a / b for a, b in zip(this, other, strict=True)), 2)
        measured["ratio_of_best"] = round(max(this) / max(other), 2)
        measured["same_bits"] = len({each["bits"] for times in told.values() for each in times}) == 1
    measured["parts"] = {name: in_a_process(folder, *words, "parts") for name, folder in sources.items()}
    return measured


if __name__ == "__main__":
    if "--round" in sys.argv:
        people, variety, size, sequences, events, parts = sys.argv[2:]
        print(json.dumps(measure(people, variety, int(size), int(sequences), bool(events), bool(parts))))
        sys.exit()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", help="a cast, whose people are measured beside the drawn ones")
    parser.add_argument("--other", type=Path, help="sources of another version")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sequences", type=int, default=14)
    parser.add_argument("--variety", default="see")
    parser.add_argument("--size", type=int, default=96)
    arguments = parser.parse_args()
    sources = {"this": Path(__file__).parents[1] / "src"} | ({"other": arguments.other} if arguments.other else {})
    for people in ("drawn", arguments.people):
        for events in ("events", "") if people else ():
            words = people, arguments.variety, arguments.size, arguments.sequences, events
            name = f"{'drawn' if people == 'drawn' else 're-enacted'}, {'with' if events else 'without'} events"
            print(json.dumps({name: compare(sources, arguments.rounds, *words)}), flush=True)
