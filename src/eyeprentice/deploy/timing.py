"""How long a model takes for a frame on this machine, and how much memory, as ONNX in a process without torch."""

import subprocess
import sys
import tempfile
from json import loads
from pathlib import Path
from typing import Any

from eyeprentice.deploy.onnx import to_onnx, write_onnx
from eyeprentice.deploy.step import exported_step
from eyeprentice.files.scratch import scratch_prefix
from eyeprentice.models import Model
from eyeprentice.words.recipe import Recipe

MEASURE = """
import json, pathlib, re, resource, sys, time
started = time.perf_counter()
from eyeprentice.runtime import Recognizer
import numpy as np
recognizer = Recognizer(sys.argv[1], threads=int(sys.argv[2]))
frames = np.random.default_rng(0).integers(0, 256, (50, recognizer.model.size, recognizer.model.size), dtype=np.uint8)
recognizer.step(frames[0])
first = time.perf_counter() - started
times = []
for number in range(1500):
    began = time.perf_counter()
    recognizer.step(frames[number % 50])
    times.append(time.perf_counter() - began)
if sys.platform == "linux":  # where ru_maxrss also remembers the process that started this one
    peak = int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
p50, p99 = np.percentile(np.array(times[200:]) * 1000, [50, 99])
print(json.dumps({"p50": round(p50, 3), "p99": round(p99, 3), "cold_start_s": round(first, 2), "peak": round(peak)}))
"""


def time_on_device(model: Model, config: Recipe) -> dict[str, Any]:
    """Latency a frame at one and two threads, cold start, peak memory and bytes of the file.

    `model` must be one that can be exported (`exported_step`).
    """
    with tempfile.TemporaryDirectory(prefix=scratch_prefix()) as folder:
        file = Path(folder) / "model.onnx"
        step = exported_step(model, config.size, ready=True)
        write_onnx(to_onnx(step), step, config, file, {"sharpness": "0.2", "forgetting_hz": "3"})
        rows = {}
        for threads in (1, 2):
            command = [sys.executable, "-c", MEASURE, str(file), str(threads)]
            rows[threads] = loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        size = file.stat().st_size
    return {
        "latency_ms": {str(threads): {"p50": row["p50"], "p99": row["p99"]} for threads, row in rows.items()},
        "cold_start_s": rows[1]["cold_start_s"],
        "peak_memory_mb": rows[1]["peak"],
        "onnx_bytes": size,
    }
