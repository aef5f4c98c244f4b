"""Measures the simulator: frames a second with 1, 2, ... processes, events and encoding included. JSON on stdout.

`per_core` counts the time that a core worked on it, so that a busy machine changes it little; `wall`, with `--wall`, is
what a user waits for.

python benchmarks/synth_speed.py --sequences 112 [--people CAST] [--wall]
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import cv2

from eyeprentice.files.processes import processors
from eyeprentice.synth.dataset import write_dataset
from eyeprentice.synth.people import DRAWN
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.sequence import simulate_sequence

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=112)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--people", default=DRAWN, help="as of synth --people")
    parser.add_argument("--wall", action="store_true")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    subjects = min(16, arguments.sequences)
    plans = plan_sequences(arguments.sequences, subjects, arguments.size, 0, people=arguments.people)
    frames = sum(p.name.length for p in plans)
    simulate_sequence(plans[0])  # what is made once is made
    started = time.process_time()
    for planned in plans:
        for images in simulate_sequence(planned)[:2]:
            for image in images:
                cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])
    measured: dict[str, object] = {"frames": frames, "size": arguments.size}
    measured["per_core"] = round(frames / (time.process_time() - started), 1)
    rates = {}
    for jobs in range(1, processors() + 1) if arguments.wall else ():
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            write_dataset(Path(folder) / "data", plans, jobs)
            rates[jobs] = round(frames / (time.perf_counter() - started), 1)
    print(json.dumps(measured | ({"wall": rates} if rates else {})))
