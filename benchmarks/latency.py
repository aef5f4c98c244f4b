"""Milliseconds a decision on one core, ONNX Runtime, float32: a student's step beside SEEN's clip. JSON on stdout.

    taskset -c 0 python benchmarks/latency.py RUN

In turn, so that what disturbs the machine disturbs all. Beside RUN (`default` is the packaged one) stands a student of
the default shape. SEEN (untrained, as this one is: weights do not change their time) decides from a clip of 4 frames
and event frames at once. `recognizer` is all of `Recognizer().step(frame)` with the packaged model.
"""

import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
import torch

from eyeprentice.data.clips import Clip
from eyeprentice.deploy.onnx import to_onnx
from eyeprentice.deploy.step import exported_step
from eyeprentice.learning.runs import load_model
from eyeprentice.models import Model, build_model
from eyeprentice.runtime import Recognizer

ROUNDS, WARM = 400, 40


class OfClip(torch.nn.Module):
    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, frames: torch.Tensor, events: torch.Tensor) -> torch.Tensor:
        return self.model(Clip(frames, events))[0].mean(0)


def session(content: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def seen() -> Callable[[], object]:
    model = OfClip(build_model("seen").eval())
    images = torch.rand(4, 1, 1, 90, 90)
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "seen.onnx"
        torch.onnx.export(model, (images, images), file, dynamo=True, external_data=False, verbose=False)
        opened = session(file.read_bytes())
    feed = {i.name: np.random.default_rng(0).random(images.shape, np.float32) for i in opened.get_inputs()}
    return lambda: opened.run(None, feed)


def student(model: Model, size: int) -> Callable[[], object]:
    opened = session(to_onnx(exported_step(model, size, ready=True)).SerializeToString())
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (50, size, size, 1), dtype=np.uint8)
    state = {i.name: np.zeros(i.shape, np.float32) for i in opened.get_inputs() if i.name != "frame"}

    def step() -> None:
        nonlocal state
        after = opened.run(None, {"frame": frames[rng.integers(50)], **state})[1:]
        state = dict(zip(state, after, strict=True))

    return step


def untrained() -> Model:
    """Its batch norms have seen data, so that it spikes."""
    model = build_model("student").train()
    with torch.no_grad():
        for _ in range(10):
            model(Clip(torch.rand(8, 4, 1, 90, 90), None))
    return model.eval()


def recognizer(*shape: int) -> Callable[[], object]:
    opened, rng = Recognizer(), np.random.default_rng(0)
    frames = rng.integers(0, 256, (20, *shape), dtype=np.uint8)
    return lambda: opened.step(frames[rng.integers(20)])


def main() -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    run, config = load_model(Path(sys.argv[1]))
    jobs = {
        "student, a step": student(run, config.size),
        "student of the default shape, a step": student(untrained(), 90),
        "seen, a clip": seen(),
        "recognizer, 90x90": recognizer(90, 90),
        "recognizer, 640x480": recognizer(480, 640),
        "recognizer, 640x480 RGB": recognizer(480, 640, 3),
    }
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS // 10):
        for name, job in jobs.items():
            for _ in range(10):
                started = time.perf_counter()
                job()
                times[name].append(1000 * (time.perf_counter() - started))
    report = {
        name: dict(zip(("p50", "p99"), np.percentile(t[WARM:], [50, 99]).round(3), strict=True))
        for name, t in times.items()
    }
    given, ours, theirs = (report[name]["p50"] for name in list(report)[:3])
    ratios = {"seen_over_student": round(theirs / given, 1), "default_shape_over_student": round(ours / given, 2)}
    print(json.dumps({"ms": report, **ratios, "onnxruntime": ort.__version__}, indent=1))


if __name__ == "__main__":
    main()
