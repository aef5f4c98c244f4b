"""Milliseconds a decision on one core, ONNX Runtime: a student's step beside SEEN's clip. JSON on stdout.

    taskset -c 0 python benchmarks/latency.py RUN [FILE.onnx ...] [--alone]

In turns of ten, so that what disturbs the machine disturbs all. Of RUN (`default` is the packaged one) 8-bit weights
are timed, and float32; FILEs are others that `export` wrote, of this version or of another one. Beside them stands a
student of the default shape, in float32. SEEN (untrained, as this one is: weights do not change their time) decides
from a clip of 4 frames and event frames at once. `recognizer` is all of `Recognizer().step(frame)` with the packaged
model. With `--alone`, the steps of RUN and of FILEs are timed without the others, in turns of a hundred, and `p20` is
told: what a step takes where nothing else uses the caches.
"""

import argparse
import json
import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
import torch

from eyeprentice.data.clips import Clip
from eyeprentice.deploy.integer import integer_student
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
    return stepping(to_onnx(exported_step(model, size, ready=True)).SerializeToString(), size)


def stepping(content: bytes, size: int) -> Callable[[], object]:
    """Steps of a file that is given ready frames; they look like moving skin, so that neurons fire as usual."""
    opened, rng = session(content), np.random.default_rng(0)
    frames = np.stack([texture(rng, size) for _ in range(50)])[..., None]
    state = {i.name: np.zeros(i.shape, np.float32) for i in opened.get_inputs() if i.name != "frame"}
    before = len(opened.get_outputs()) - len(state)  # logits, and perhaps action units

    def step() -> None:
        nonlocal state
        after = opened.run(None, {"frame": frames[rng.integers(50)], **state})[before:]
        state = dict(zip(state, after, strict=True))

    return step


def texture(rng: np.random.Generator, size: int) -> np.ndarray:
    coarse = rng.integers(60, 190, (12, 12)).astype(np.float32)
    noise = rng.normal(0, 3, (size, size))
    return np.clip(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC) + noise, 0, 255).astype(np.uint8)


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--alone", action="store_true")
    asked = parser.parse_args()
    run, config = load_model(asked.run)
    jobs = {
        "student, a step, 8 bits": student(integer_student(run, config.size), config.size),
        "student, a step, float32": student(run, config.size),
        **{f"{path}, a step": stepping(path.read_bytes(), config.size) for path in asked.files},
    }
    if not asked.alone:
        jobs |= everything_else()
    times: dict[str, list[float]] = {name: [] for name in jobs}
    turn = 100 if asked.alone else 10
    for _ in range((5 if asked.alone else 1) * ROUNDS // turn):
        for name, job in jobs.items():
            for _ in range(turn):
                started = time.perf_counter()
                job()
                times[name].append(1000 * (time.perf_counter() - started))
    told = (20, 50) if asked.alone else (50, 99)
    report = {
        name: {f"p{part}": round(float(np.percentile(t[WARM:], part)), 3) for part in told} for name, t in times.items()
    }
    first = next(iter(report.values()))["p50"]
    ratios = {name: round(of["p50"] / first, 2) for name, of in report.items()}
    print(json.dumps({"ms": report, "times_the_first": ratios, "onnxruntime": ort.__version__}, indent=1))


def everything_else() -> dict[str, Callable[[], object]]:
    return {
        "student of the default shape, a step": student(untrained(), 90),
        "seen, a clip": seen(),
        "recognizer, 90x90": recognizer(90, 90),
        "recognizer, 640x480": recognizer(480, 640),
        "recognizer, 640x480 RGB": recognizer(480, 640, 3),
    }


if __name__ == "__main__":
    main()
