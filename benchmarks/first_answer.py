"""How soon `predict` gives its first answer, and how much memory it takes for a minute of video. JSON on stdout.

    python benchmarks/first_answer.py [SOURCES]

With the sources of another version (its folder `src`) both are started in turns. `first_answer_s` counts from the start
of the process to the first line of `--json`; `peak_mb` is its largest resident set (Linux).
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from eyeprentice.synth.stream import simulate_stream
from eyeprentice.words.vocabulary import EMOTIONS

ROUNDS, SECONDS, RATE = 7, 60, 30


def video(folder: Path) -> Path:
    frames = simulate_stream(0, 0, EMOTIONS, RATE * SECONDS // len(EMOTIONS), 120).frames
    path = folder / "eye.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), RATE, frames.shape[:0:-1])
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
    return path


START = """
import os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
process.stdout.readline()
first = time.perf_counter() - started
process.stdout.read()
_, status, usage = os.wait4(process.pid, 0)
print(first, usage.ru_maxrss / 1024, status)
"""
"""Run by a small process: a process that is started counts the memory of the one that starts it as its own peak."""


def measured(path: Path, sources: str, eye: str) -> tuple[float, float]:
    """Seconds to the first line, and peak memory in MB."""
    command = [sys.executable, "-m", "eyeprentice", "predict", str(path), "--eye", eye, "--json"]
    environment = os.environ | {"PYTHONPATH": sources}
    said = subprocess.run(
        [sys.executable, "-S", "-c", START, *command], env=environment, capture_output=True, text=True
    )
    first, memory, status = map(float, said.stdout.split())
    assert status == 0, command
    return first, memory


def main() -> None:
    versions = {"this": str(Path(__file__).parents[1] / "src"), **({"other": sys.argv[1]} if sys.argv[1:] else {})}
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = video(Path(folder))
        for _ in range(ROUNDS):
            for eye in ("full", "auto"):
                for name, sources in versions.items():
                    found.setdefault(f"{name}, {eye}", []).append(measured(path, sources, eye))
    report = {}
    for name, rounds in found.items():
        seconds, memory = np.median(rounds, axis=0)
        report[name] = {"first_answer_s": round(float(seconds), 2), "peak_mb": round(float(memory), 1)}
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
