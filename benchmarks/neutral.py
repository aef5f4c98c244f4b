"""What a neutral face that change is measured against is worth on simulated strangers. JSON out.

    python benchmarks/neutral.py --people 12 --out build/neutral.json [--model FILE.onnx]
    python benchmarks/neutral.py --choose --fit 14    # tries constants of runtime/usual.py on other people

People of seeds that no model was trained on are read in four ways, on the same frames: without a calibration, with one
that is learnt from the stream (`automatic`), calibrated on 3 s of the person, and calibrated on *another* person (the
next one in turn), once with what does not fit being forgotten, and once without. The streams:

    calm_first        4 s neutral, then five emotions of 4 s; the first 4 s are not judged
    changes           six emotions of 4 s, neutral or not, as in stream_changes.py
    held              3 s neutral, then three times an expression of 2 to 10 s and 2 s neutral
    expression_first  8 s of an expression, 3 s neutral, then three emotions of 4 s
    held_for_long     5 s neutral, 40 s of one expression, 3 s neutral, 4 s of another
    drift             as held, while the crop goes 3 % of its width aside and 5 % closer and back, every 12 s
    other_person      12 s of one person and 12 s of another: neutral and two emotions each; the second is judged

`held_frames_right` is of frames 2 s and more after the onset, neutral ones left out.
"""

import argparse
import itertools
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from eyeprentice.runtime import Recognizer
from eyeprentice.runtime.model import StepModel, open_model
from eyeprentice.runtime.usual import HABITS, Habits
from eyeprentice.synth.stream import Stream, random_emotions, simulate_stream
from eyeprentice.words.vocabulary import EMOTIONS

FIT_SEED, TEST_SEED, SIZE, SECOND = 90, 191, 96, 30
HELD = 2 * SECOND
EXPRESSIONS = [emotion for emotion in EMOTIONS if emotion != "neutral"]
DRIFT_S, SHIFT, ZOOM = 12, 0.03, 0.05


@dataclass(frozen=True)
class Case:
    """A stream, the person's neutral face, and from which frame on it is judged."""

    stream: Stream
    neutral: np.ndarray  # (T, S, S)
    judged_from: int = 0


def calm_first(seed: int, person: int, rng: np.random.Generator) -> Case:
    stream = simulate_stream(seed, person, ["neutral", *random_emotions(5, rng)], 4 * SECOND, SIZE)
    return Case(stream, stream.frames[15:105], 4 * SECOND)


def changes(seed: int, person: int, rng: np.random.Generator) -> Case:
    stream = simulate_stream(seed, person, random_emotions(6, rng), 4 * SECOND, SIZE)
    return Case(stream, simulate_stream(seed, person, ["neutral"], 3 * SECOND, SIZE).frames)


def held(seed: int, person: int, rng: np.random.Generator) -> Case:
    shown = [str(emotion) for emotion in rng.choice(EXPRESSIONS, 3, replace=False)]
    emotions = ["neutral", *itertools.chain.from_iterable((emotion, "neutral") for emotion in shown)]
    lengths = [3 * SECOND, *itertools.chain.from_iterable((int(rng.integers(60, 301)), HELD) for _ in shown)]
    stream = simulate_stream(seed, person, emotions, lengths, SIZE)
    return Case(stream, stream.frames[15:90])


def expression_first(seed: int, person: int, rng: np.random.Generator) -> Case:
    shown = [str(emotion) for emotion in rng.choice(EXPRESSIONS, 4, replace=False)]
    stream = simulate_stream(seed, person, [shown[0], "neutral", *shown[1:]], [240, 90, 120, 120, 120], SIZE)
    return Case(stream, stream.frames[255:330])


def held_for_long(seed: int, person: int, rng: np.random.Generator) -> Case:
    first, second = (str(emotion) for emotion in rng.choice(EXPRESSIONS, 2, replace=False))
    stream = simulate_stream(seed, person, ["neutral", first, "neutral", second], [150, 1200, 90, 120], SIZE)
    return Case(stream, stream.frames[15:105])


def drift(seed: int, person: int, rng: np.random.Generator) -> Case:
    case = held(seed, person, rng)
    frames = np.stack([_moved(frame, number) for number, frame in enumerate(case.stream.frames)])
    return Case(replace(case.stream, frames=frames), frames[15:90])


def _moved(frame: np.ndarray, number: int) -> np.ndarray:
    course = math.sin(math.pi * number / (DRIFT_S * SECOND)) ** 2
    zoom, aside = 1 + ZOOM * course, SHIFT * course * SIZE
    matrix = np.array([[zoom, 0, (1 - zoom) * SIZE / 2 + aside], [0, zoom, (1 - zoom) * SIZE / 2]])
    return cv2.warpAffine(frame, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT)


def other_person(seed: int, person: int, rng: np.random.Generator) -> Case:
    parts = []
    for subject in (person, person + 100):
        emotions = ["neutral", *(str(emotion) for emotion in rng.choice(EXPRESSIONS, 2, replace=False))]
        parts.append(simulate_stream(seed, subject, emotions, 4 * SECOND, SIZE))
    one, two = parts
    stream = Stream(np.concatenate([one.frames, two.frames]), one.emotions + two.emotions, (120, 240, 360, 480, 600))
    return Case(stream, one.frames[15:105], len(one.frames))


CASES: dict[str, Callable[[int, int, np.random.Generator], Case]] = {
    case.__name__: case for case in (calm_first, changes, held, expression_first, held_for_long, drift, other_person)
}


def cases(name: str, seed: int, people: int) -> list[Case]:
    rng = np.random.default_rng([seed, *name.encode()])
    return [CASES[name](seed, person, rng) for person in range(people)]


class Remembering(Recognizer):
    """Judges a picture once, however often a stream is read."""

    def __init__(self, model: StepModel, judged: dict[bytes, float], habits: Habits, **settings) -> None:
        self.habits, self._remembered = habits, judged
        super().__init__(model, **settings)

    def _judged(self, image: np.ndarray) -> float:
        key = image.tobytes()
        if key not in self._remembered:
            self._remembered[key] = super()._judged(image)
        return self._remembered[key]


def judge(recognizers: list[Recognizer], these: list[Case]) -> dict[str, float]:
    right, certain, truth, late, given = [], [], [], [], []
    for recognizer, case in zip(recognizers, these, strict=True):
        readings = [recognizer.step(frame) for frame in case.stream.frames]
        begun = 0
        for number, (reading, emotion) in enumerate(zip(readings, case.stream.emotions, strict=True)):
            begun = number if number in case.stream.changes else begun
            if number >= case.judged_from:
                right.append(reading.emotion == emotion)
                certain.append(reading.certain)
                truth.append(emotion)
                given.append(reading.probabilities[emotion])
                late.append(number - begun >= HELD and emotion != "neutral")
    hits, sure, shown = np.array(right), np.array(certain), np.array(truth)
    return {
        "frames_right": float(hits.mean()),
        "held_frames_right": float(hits[np.array(late)].mean()),
        "mean_recall": float(np.mean([hits[shown == emotion].mean() for emotion in EMOTIONS if emotion in shown])),
        "certain": float(sure.mean()),
        "right_where_certain": float(hits[sure].mean()) if sure.any() else float("nan"),
        "nll": float(-np.log(np.clip(given, 1e-9, 1)).mean()),
        "references_lost": sum(recognizer.lost for recognizer in recognizers),
    }


def compare(model: StepModel, people: int, names: list[str]) -> dict[str, dict[str, dict[str, float]]]:
    report: dict[str, dict[str, dict[str, float]]] = {}
    never = replace(HABITS, lost_s=math.inf)
    for name in names:
        these = cases(name, TEST_SEED, people)
        others = [these[(number + 1) % people].neutral for number in range(people)]
        make = partial(Remembering, model, {})
        ways = {
            "without": [make(HABITS) for _ in these],
            "automatic": [make(HABITS, neutral="auto") for _ in these],
            "calibrated": [make(HABITS, neutral=case.neutral) for case in these],
            "by_another_person": [make(HABITS, neutral=other) for other in others],
            "by_another_person_kept": [make(never, neutral=other) for other in others],
        }
        report[name] = {
            way: {key: round(value, 4) for key, value in judge(recognizers, these).items()}
            for way, recognizers in ways.items()
        }
        for way, figures in report[name].items():
            print(f"{name:17s} {way:23s} {figures}", flush=True)
    return report


def choose(model: StepModel, people: int, names: list[str]) -> list[dict[str, float]]:
    """Tries constants on people of another seed. Of those within half a point of the most frames right, averaged over
    the streams, the first has the least negative log likelihood."""
    these = [case for name in names for case in cases(name, FIT_SEED, people)]
    judged: dict[bytes, float] = {}
    tried = []
    for least, margin, kept, sharpness in itertools.product((0.3, 0.4, 0.5), (0.05, 0.3, 0.6), (5, 9), (0.5, 0.7)):
        habits = replace(HABITS, least_neutral=math.log(least), margin=margin, kept=kept, sharpness=sharpness)
        recognizers: list[Recognizer] = [Remembering(model, judged, habits, neutral="auto") for _ in these]
        tried.append({"least_neutral_exp": least, **asdict(habits), **judge(recognizers, these)})
        print({key: round(value, 4) for key, value in tried[-1].items()}, flush=True)
    most = max(row["frames_right"] for row in tried)
    return sorted(tried, key=lambda row: (row["frames_right"] < most - 0.005, row["nll"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--choose", action="store_true", help="try constants of runtime/usual.py")
    parser.add_argument("--fit", type=int, default=14, help="people on whom they are tried")
    parser.add_argument("--out", type=Path, default=Path("build/neutral.json"))
    arguments = parser.parse_args()
    model = open_model(arguments.model)
    report: dict[str, Any] = {"people": arguments.people, "habits": asdict(HABITS)}
    if arguments.choose:
        report["tried"] = choose(model, arguments.fit, arguments.cases)
        print("chosen", report["tried"][0])
    else:
        report |= compare(model, arguments.people, arguments.cases)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
