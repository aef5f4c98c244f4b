"""Measures the simulator: frames a second with 1, 2, ... processes. JSON on stdout.

python benchmarks/synth_speed.py --sequences 112
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from eyeprentice.processors import processors
from eyeprentice.synth.dataset import write_dataset
from eyeprentice.synth.plan import plan

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=112)
    parser.add_argument("--size", type=int, default=128)
    arguments = parser.parse_args()
    frames = sum(p.name.length for p in plan(arguments.sequences, 16, arguments.size, 0))
    rates = {}
    for jobs in range(1, processors() + 1):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            write_dataset(Path(folder) / "data", arguments.sequences, 16, arguments.size, seed=0, jobs=jobs)
            rates[jobs] = round(frames / (time.perf_counter() - started), 1)
    print(json.dumps({"frames": frames, "size": arguments.size, "frames_per_second": rates}))
