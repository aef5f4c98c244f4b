"""Measures `import` of a video of 1920x1080 pixels and 60 frames a second beside its decoder alone, as JSON.

The video is given, or made: a simulated eye that sways through a noisy room, five seconds long, encoded as H.264 by the
program ffmpeg (as MPEG-4 where that is not installed). In turns: a loop of OpenCV's `VideoCapture.read` over the same
file with as many threads as the reader uses; the reader of this package (`open_frames`); what `import` does, part by
part; and the command `import` with one job, from its start to its end. Told are seconds by the clock and of the
processors (children included), the least of all rounds, and the median ratios to the decoder alone.

With `--other SOURCES` (the folder `src` of another version) the whole of that version is measured in turns, too.

python benchmarks/import_speed.py [VIDEO] [--rounds 5] [--seconds 5] [--other SOURCES]
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

WIDTH, HEIGHT, RATE, EYE = 1920, 1080, 60, 320
BITS = "20M"
"""A second, as telephones record such a video."""


def make_video(folder: Path, seconds: int) -> Path:
    from eyeprentice.synth.stream import simulate_stream

    rng = np.random.default_rng(0)
    eyes = simulate_stream(5, 1, ["neutral", "surprise"], RATE * seconds // 2, EYE).frames
    room = cv2.resize(rng.integers(60, 120, (27, 48)).astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    noise = [rng.integers(0, 12, (HEIGHT, WIDTH, 3)).astype(np.uint8) for _ in range(16)]
    path = folder / "happy.mp4"
    size = f"{WIDTH}x{HEIGHT}"
    if shutil.which("ffmpeg"):
        command = ["ffmpeg", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", size, "-r", str(RATE)]
        command += ["-i", "-", "-c:v", "libx264", "-preset", "veryfast", "-b:v", BITS, "-minrate", BITS]
        command += ["-maxrate", BITS, "-bufsize", BITS, "-pix_fmt", "yuv420p", str(path)]
        encoder = subprocess.Popen(command, stdin=subprocess.PIPE)
        assert encoder.stdin is not None
        write, end = encoder.stdin.write, encoder.communicate
    else:
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), RATE, (WIDTH, HEIGHT))
        write, end = writer.write, writer.release
    for number, eye in enumerate(eyes):
        frame = np.repeat(room[..., None], 3, axis=2)
        left, top = 800 + round(40 * np.sin(number / 40)), 380
        frame[top : top + EYE, left : left + EYE] = eye[..., None]
        frame = cv2.add(np.ascontiguousarray(frame), noise[rng.integers(16)])
        write(frame if not shutil.which("ffmpeg") else frame.tobytes())
    end()
    return path


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of the processors, of this process and of its children that have ended."""

    def busy() -> float:
        kinds = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(kind.ru_utime + kind.ru_stime for kind in kinds)

    clock, before = time.perf_counter(), busy()
    work()
    return time.perf_counter() - clock, busy() - before


def decode(path: Path) -> None:
    threads = min(4, os.cpu_count() or 1)
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, threads])
    while capture.read()[0]:
        pass
    capture.release()


# what follows runs in a process of its own


def parts(path: Path) -> dict[str, tuple[float, float]]:
    """What `import` does of one video, part by part."""
    from eyeprentice.data.importing.kept import Kept
    from eyeprentice.data.layout import SequenceName, write_images
    from eyeprentice.eye.path import find_eye_path
    from eyeprentice.eye.region import Region
    from eyeprentice.files import sandbox
    from eyeprentice.sources.clips import cut_clip
    from eyeprentice.sources.frames import open_frames

    cv2.setNumThreads(1)
    took: dict[str, tuple[float, float]] = {}

    def part(name: str, work: Callable[[], Any]) -> Any:
        result: list[Any] = []

        def all_of_it() -> None:
            result.append(work())
            sandbox._end_all()  # so that its time counts

        took[name] = spent(all_of_it)
        return result[0]

    part("the reader", lambda: sum(1 for _ in open_frames(path)))
    source, kept, rng = open_frames(path), Kept(), np.random.default_rng(0)
    held, moments, _ = part("reading and finding the eye", lambda: find_eye_path(source, Region(), kept.add))
    to_cut = kept.source(source, moments, held.places)
    frames, events = part("cutting and events", lambda: cut_clip(to_cut, moments, held.places, 128, "event-frame", rng))
    name = SequenceName(1, "1", "person", 0, "unknown", "normal", "happiness", len(frames), 0)
    with tempfile.TemporaryDirectory() as folder:
        part("writing", lambda: write_images(Path(folder), "event", name, events))
        took["writing"] = tuple(
            np.add(took["writing"], spent(lambda: write_images(Path(folder), "frame", name, frames)))
        )
    return took


def command(path: Path, sources: Path) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "eyeprentice", "import", str(path), str(Path(folder) / "out")]
        words += ["--emotion", "happiness", "--jobs", "1"]
        environment = os.environ | {"PYTHONPATH": str(sources)}
        return spent(lambda: subprocess.run(words, env=environment, check=True, capture_output=True))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("video", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--other", type=Path)
    parser.add_argument("--parts", action="store_true", help="in this process, for the one that asks")
    given = parser.parse_args()
    if given.parts:
        print(json.dumps(parts(given.video)))
        return
    this = Path(__file__).parents[1] / "src"
    took: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = given.video or make_video(Path(folder), given.seconds)
        for _ in range(given.rounds):
            took.setdefault("the decoder alone", []).append(spent(lambda: decode(path)))
            took.setdefault("import", []).append(command(path, this))
            if given.other:
                took.setdefault("import, the other version", []).append(command(path, given.other))
            asked = [sys.executable, __file__, str(path), "--parts"]
            done = subprocess.run(asked, env=os.environ | {"PYTHONPATH": str(this)}, stdout=subprocess.PIPE, check=True)
            for name, times in json.loads(done.stdout).items():
                took.setdefault(name, []).append(times)
    alone = np.array(took["the decoder alone"])
    for name, times in took.items():
        clock, busy = np.array(times).min(axis=0)
        ratios = np.median(np.array(times) / alone, axis=0).round(2).tolist()
        row = {"s": round(clock, 2), "processors_s": round(busy, 2), "times_the_decoder": ratios}
        print(json.dumps({name: row}))


if __name__ == "__main__":
    main()
