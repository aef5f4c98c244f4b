"""What looking for eyes costs on one core, beside Haar cascades, and how soon `predict --eye auto` answers. JSON.

A simulated eye in frames of 640x480 is followed (a step of the tracker, which once a second also searches), and is
searched in textures without an eye (one search a frame); `haar` searches the same frames. It is time of the processor,
which other work on the machine changes less than the clock's. Then `predict` reads five seconds of it in a process of
its own, with each --eye in turn: seconds to the first line of its answer by the clock, processor time up to there, and
its largest memory.

python benchmarks/finder_speed.py > docs/measurements/finder_speed.json
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from haar import Haar, available

from eyeprentice.eye.looking import EyeFinder
from eyeprentice.eye.network import DEFAULT
from eyeprentice.eye.tracking import Tracker
from eyeprentice.finder.textures import clouds
from eyeprentice.synth.stream import simulate_stream

HEIGHT, WIDTH, EYE, RATE = 480, 640, 160, 30
STARTS = 5


def scene(rng: np.random.Generator) -> np.ndarray:
    wall = clouds(rng, WIDTH)[:HEIGHT]
    return (60 + 40 * (wall - wall.min()) / np.ptp(wall)).astype(np.uint8)


def frames_with_an_eye(count: int) -> list[np.ndarray]:
    eyes = simulate_stream(5, 1, ["neutral", "surprise"], count // 2, EYE).frames
    wall = scene(np.random.default_rng(0))
    frames = []
    for eye in eyes:
        frame = wall.copy()
        frame[150 : 150 + EYE, 240 : 240 + EYE] = eye
        frames.append(frame)
    return frames


def times(ways: dict[str, tuple[Callable[[np.ndarray], Any], list[np.ndarray]]]) -> dict[str, dict[str, float]]:
    """Of each way's calls with its frames; all ways take turns, so that other work disturbs them alike."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(max(len(frames) for _, frames in ways.values())):
        for name, (step, frames) in ways.items():
            if number < len(frames):
                began = time.process_time()
                step(frames[number])
                taken[name].append(1e3 * (time.process_time() - began))
    return {
        name: {
            "median_ms": round(float(np.median(each)), 2),
            "p10_ms": round(float(np.quantile(each, 0.1)), 2),
            "p99_ms": round(float(np.quantile(each, 0.99)), 2),
        }
        for name, each in taken.items()
    }


START = """
import json, os, resource, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen([sys.executable, "-m", "eyeprentice", *sys.argv[1:]], stdout=subprocess.PIPE)
process.stdout.readline()
seconds = time.perf_counter() - began
ticks = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()[11:13]
busy = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
process.communicate()
print(json.dumps([seconds, busy, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
"""
"""In a small process of its own, because a child's peak begins with what its parent holds."""


def started(video: Path, eye: str) -> tuple[float, float, float]:
    """Seconds to the first line by the clock and of the processor, and MB at most, of a process that reads a video."""
    command = [sys.executable, "-c", START, "predict", str(video), "--eye", eye]
    seconds, busy, megabytes = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return seconds, busy, megabytes


def main() -> None:
    cv2.setNumThreads(1)
    finder, frames = EyeFinder(), frames_with_an_eye(600)
    tracker = Tracker(finder, RATE)
    found = [tracker.step(frame) is not None for frame in frames]
    report: dict[str, Any] = {"bytes": DEFAULT.stat().st_size, "found": sum(found) / len(found)}
    tracker = Tracker(finder, RATE)
    tracker.step(frames[0])
    rng = np.random.default_rng(1)
    walls = [scene(rng) for _ in range(20)]
    finder.search(walls[0])
    ways: dict[str, Any] = {"tracking": (tracker.step, frames), "searching": (finder.search, 15 * walls)}
    if available():
        haar = Haar()
        haar.find(walls[0])
        ways |= {"haar with an eye": (haar.find, frames[::10]), "haar without": (haar.find, 3 * walls)}
    report |= times(ways)
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "eye.mp4"
        writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"mp4v"), RATE, (WIDTH, HEIGHT))
        for frame in frames[: 5 * RATE]:
            writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
        writer.release()
        runs: dict[str, list[tuple[float, float, float]]] = {"auto": [], "full": []}
        for _ in range(STARTS):
            for eye, measured in runs.items():
                measured.append(started(video, eye))
        for eye, measured in runs.items():
            seconds, busy, megabytes = np.array(measured).T
            report[f"predict --eye {eye}"] = {
                "first_answer_s": round(float(np.median(seconds)), 2),
                "of_the_processor_s": round(float(np.median(busy)), 2),
                "memory_mb": round(float(megabytes.max())),
            }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
