"""What a neutral calibration is worth on simulated strangers: with and without, on the same frames. JSON out.

    python benchmarks/neutral.py --people 12 --out build/neutral.json [--model FILE.onnx]

People of a seed that no model was trained on show a neutral face for 4 s, then emotions of 4 s one after another. The
calibration is the 3 s from 0.5 s on. Frames after the neutral face are judged: `held` are those of the last 2 s of each
emotion, when what has changed since a phase began no longer tells it. Beside that, the calibration of *another* person
(of the next one in turn), which shows what a wrong one costs.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from eyeprentice.runtime import Recognizer
from eyeprentice.synth.stream import random_emotions, simulate_stream
from eyeprentice.words.vocabulary import EMOTIONS

SEED, FRAMES_EACH, EMOTIONS_EACH, SIZE = 91, 120, 5, 96
NEUTRAL = slice(15, 105)


def judge(readings: list, truth: list[str]) -> dict[str, float]:
    right = np.array([reading.emotion == emotion for reading, emotion in zip(readings, truth, strict=True)])
    certain = np.array([reading.certain for reading in readings])
    held = np.arange(len(truth)) % FRAMES_EACH >= FRAMES_EACH // 2
    recalls = [right[np.array(truth) == emotion].mean() for emotion in EMOTIONS if emotion in truth]
    return {
        "frames_right": float(right.mean()),
        "held_frames_right": float(right[held].mean()),
        "mean_recall": float(np.mean(recalls)),
        "certain": float(certain.mean()),
        "right_where_certain": float(right[certain].mean()) if certain.any() else float("nan"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--out", type=Path, default=Path("build/neutral.json"))
    arguments = parser.parse_args()
    rng = np.random.default_rng(SEED)
    streams = [
        simulate_stream(SEED, person, ["neutral", *random_emotions(EMOTIONS_EACH, rng)], FRAMES_EACH, SIZE)
        for person in range(arguments.people)
    ]
    ways = {"without": lambda n: None, "calibrated": lambda n: n, "by_another_person": lambda n: (n + 1) % len(streams)}
    report = {"people": len(streams), "emotions": EMOTIONS_EACH * len(streams)}
    for name, whose in ways.items():
        readings, truth = [], []
        for number, stream in enumerate(streams):
            other = whose(number)
            recognizer = Recognizer(arguments.model, neutral=None if other is None else streams[other].frames[NEUTRAL])
            readings += [recognizer.step(frame) for frame in stream.frames[FRAMES_EACH:]]
            truth += stream.emotions[FRAMES_EACH:]
        report[name] = {key: round(value, 4) for key, value in judge(readings, truth).items()}
        print(name, report[name], flush=True)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
