"""Measures the representations (events a second on one core) and the reader on a long recording, as JSON.

Reading is timed twice in turn: with the decoder in a process of its own, as it is, and in this process. With the
sources of another version (its folder `src`), reading is timed with both in turn, in processor time.

python benchmarks/events_speed.py [RECORDING] [SOURCES]
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from eyeprentice.sources.events.checking import check_packets
from eyeprentice.sources.events.packets import PACKET, make_events
from eyeprentice.sources.events.readers import read_events
from eyeprentice.sources.events.recording import open_recording, recognise, summarise
from eyeprentice.sources.events.representation import INTERVAL_US, counts, event_frames, time_surface, voxel_grid

WIDTH, HEIGHT, COUNT, SECONDS = 640, 480, 4_000_000, 10


def rate(function, count: int, rounds: int = 3) -> float:
    """The best of a few rounds, in million events a second."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return round(count / min(times) / 1e6, 1)


def reading_speeds(path: Path, events: int, rounds: int = 3) -> tuple[float, float]:
    """The best of a few rounds each, in million events a second: decoded in a process of its own, and in this one."""
    kind = recognise(path)
    times = {"apart": [], "here": []}
    for _ in range(rounds):
        recording = open_recording(path)
        for name in times:
            here = (packet for _, packet in read_events(kind, str(path), PACKET) if packet is not None)
            packets = (
                recording.events() if name == "apart" else check_packets(here, recording.width, recording.height, path)
            )
            started = time.perf_counter()
            assert sum(len(packet) for packet in packets) == events
            times[name].append(time.perf_counter() - started)
    return round(events / min(times["apart"]) / 1e6, 2), round(events / min(times["here"]) / 1e6, 2)


READ = """
import sys
from pathlib import Path
from eyeprentice.sources.events.recording import open_recording
recording = open_recording(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    count = sum(len(packet) for packet in recording.events())
print(count)
"""


def compare(path: Path, other: Path, rounds: int = 9, reads: int = 5) -> dict[str, float]:
    """Medians of this version and of another one, and their ratio: million events a second of processor time.

    Counted is the time of both processes, the reader's and the decoder's, without starting them.
    """
    sources = {"this": str(Path(__file__).parents[1] / "src"), "other": str(other)}
    speeds: dict[str, list[float]] = {name: [] for name in sources}

    def spent(folder: str, times: int) -> tuple[float, int]:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-c", READ, str(path), str(times)]
        done = subprocess.run(command, env=os.environ | {"PYTHONPATH": folder}, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, int(done.stdout)

    for _ in range(rounds):
        for name, folder in sources.items():
            (once, count), (often, _) = spent(folder, 1), spent(folder, 1 + reads)
            speeds[name].append(reads * count / (often - once) / 1e6)
    medians = {name: round(float(np.median(values)), 1) for name, values in speeds.items()}
    return medians | {"ratio": round(medians["this"] / medians["other"], 2)}


def make(count: int):
    rng = np.random.default_rng(0)
    t = np.sort(rng.integers(0, SECONDS * 10**6, count))
    x, y = rng.integers(0, WIDTH, count), rng.integers(0, HEIGHT, count)
    return make_events(t, x, y, rng.integers(0, 2, count))


def long_recording(folder: Path, repeats: int) -> Path:
    """The same events, again and again, `repeats` times: 100 times what a usual recording holds."""
    path = folder / "long_640x480.h5"
    events = make(600_000)
    with h5py.File(path, "w") as file:
        group = file.create_group("events")
        for ours, theirs in zip(("t_us", "x", "y", "polarity"), "txyp", strict=True):
            column = group.create_dataset(theirs, (repeats * len(events),), events[ours].dtype, chunks=(1 << 16,))
            for turn in range(repeats):
                shift = turn * SECONDS * 10**6 if theirs == "t" else 0
                column[turn * len(events) : (turn + 1) * len(events)] = events[ours] + shift
    return path


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(compare(Path(sys.argv[1]), Path(sys.argv[2]))))
        sys.exit()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else long_recording(Path(folder), 100)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        summary = summarise(open_recording(path))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        apart, here = reading_speeds(path, summary.events)
    events = make(COUNT)
    packets = [events[first : first + PACKET] for first in range(0, COUNT, PACKET)]
    borders = np.arange(0, SECONDS * 10**6 + 2 * INTERVAL_US, INTERVAL_US)
    print(
        json.dumps(
            {
                "reading": {
                    "events": summary.events,
                    "million_events_a_second": apart,
                    "million_events_a_second_in_this_process": here,
                    "ratio": round(apart / here, 2),
                    "peak_mb_before": round(before),
                    "peak_mb": round(peak),
                },
                "million_events_a_second": {
                    "event frames": rate(lambda: list(event_frames(packets, borders, WIDTH, HEIGHT)), COUNT),
                    "counts": rate(lambda: counts(events, WIDTH, HEIGHT), COUNT),
                    "voxel grid": rate(lambda: voxel_grid(events, (0, SECONDS * 10**6), 5, WIDTH, HEIGHT), COUNT),
                    "time surface": rate(lambda: time_surface(events, 10**7, 5e4, WIDTH, HEIGHT), COUNT),
                },
            },
            indent=1,
        )
    )
