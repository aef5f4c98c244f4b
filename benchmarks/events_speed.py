"""Measures the representations on one core (million events a second), and what memory a long recording takes, as JSON.

How fast recordings are read is measured by `reading_speed.py`.

python benchmarks/events_speed.py [RECORDING]
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from eyeprentice.sources.events.packets import PACKET, make_events
from eyeprentice.sources.events.recording import open_recording, summarise
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
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else long_recording(Path(folder), 100)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        summary = summarise(open_recording(path))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    events = make(COUNT)
    packets = [events[first : first + PACKET] for first in range(0, COUNT, PACKET)]
    borders = np.arange(0, SECONDS * 10**6 + 2 * INTERVAL_US, INTERVAL_US)
    print(
        json.dumps(
            {
                "a long recording": {
                    "events": summary.events,
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
