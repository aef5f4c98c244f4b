"""What looking for eyes costs on one core, and how soon `predict --eye auto` answers. JSON.

A simulated eye in frames of 640x480 is followed (a step of the tracker, which once a second also searches), and is
searched in textures without an eye (one search a frame): time of the processor, which other work hardly changes. Then
`predict` reads a video of it in a process of its own: seconds to the first line of its answer, and its largest memory.

taskset -c 0 python benchmarks/finder_speed.py > docs/measurements/finder_speed.json
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

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


def times(step: Any, frames: list[np.ndarray]) -> dict[str, float]:
    taken = []
    for frame in frames:
        began = time.process_time()
        step(frame)
        taken.append(1e3 * (time.process_time() - began))
    return {"median_ms": round(float(np.median(taken)), 2), "p99_ms": round(float(np.quantile(taken, 0.99)), 2)}


START = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen([sys.executable, "-m", "eyeprentice", *sys.argv[1:]], stdout=subprocess.PIPE)
process.stdout.readline()
seconds = time.perf_counter() - began
process.communicate()
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
"""
"""In a small process of its own, because a child's peak begins with what its parent holds."""


def started(video: Path, eye: str) -> tuple[float, float]:
    """Seconds to the first line, and MB at most, of a process that reads a video."""
    command = [sys.executable, "-c", START, "predict", str(video), "--eye", eye]
    seconds, megabytes = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return seconds, megabytes


def main() -> None:
    cv2.setNumThreads(1)
    finder, frames = EyeFinder(), frames_with_an_eye(600)
    tracker = Tracker(finder, RATE)
    found = [tracker.step(frame) is not None for frame in frames]
    report: dict[str, Any] = {"bytes": DEFAULT.stat().st_size, "found": sum(found) / len(found)}
    tracker = Tracker(finder, RATE)
    tracker.step(frames[0])
    report["tracking"] = times(tracker.step, frames)
    rng = np.random.default_rng(1)
    walls = [scene(rng) for _ in range(20)]
    finder.search(walls[0])
    report["searching"] = times(finder.search, [walls[number % 20] for number in range(300)])
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "eye.mp4"
        writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"mp4v"), RATE, (WIDTH, HEIGHT))
        for frame in frames:
            writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
        writer.release()
        for eye in ("auto", "full"):
            runs = [started(video, eye) for _ in range(STARTS)]
            report[f"predict --eye {eye}"] = {
                "first_answer_s": round(float(np.median([seconds for seconds, _ in runs])), 2),
                "memory_mb": round(max(megabytes for _, megabytes in runs)),
            }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
