"""How a stream is read: time to the right answer after the emotion changes, flicker, calibration. JSON out.

    python benchmarks/stream_changes.py --fit 12 --test 24 --out stream.json [--model FILE.onnx] [--neutral none]

Simulated people whom no model was trained on show emotions of 4 s one after another, without a pause. `sharpness` and
`forgetting_hz` are chosen on the streams of `--fit` people: of the pairs whose median time to the right answer is at
most 0.5 s, and whose negative log likelihood is within 1 % of the least, that with the least flicker. Everything
reported is of other people (`--test`).

The answer is the most probable emotion; a change is found at the first frame from which on the answer stays right for
0.2 s, counted from the onset's first frame; never found counts as the whole 4 s. Flicker is how often the answer
changes beyond the true changes, times a minute. `right_held` is of frames 2 s and more after a change. What the face
usually looks like is learnt from each stream, as `predict` does, unless `--neutral none` is given; while it is known,
`sharpness` counts as often as `runtime/usual.py` says.
"""

import argparse
import itertools
import json
from pathlib import Path

import numpy as np

from eyeprentice.runtime import Recognizer
from eyeprentice.runtime.belief import uniform, updated
from eyeprentice.synth.stream import Stream, random_emotions, simulate_stream
from eyeprentice.words.vocabulary import EMOTIONS, FRAME_RATE_HZ

FRAMES_EACH, EMOTIONS_EACH, HOLD = 120, 6, 6
FIT_SEED, TEST_SEED = 77, 178


class Listener(Recognizer):
    """Keeps the evidence of every frame, so that many settings can be tried on one run."""

    def evidence_of(self, stream: Stream) -> np.ndarray:
        self.calibrate([])  # and what was learnt of the person before is forgotten
        self.heard: list[np.ndarray] = []
        for frame in stream.frames:
            self.step(frame)
        return np.array(self.heard)

    def _evidence(self, image, ticks):
        evidence = super()._evidence(image, ticks)
        self.heard.append(evidence * (1 if self.neutral is None else self.habits.sharpness))
        return evidence


def beliefs(evidence: np.ndarray, sharpness: float, forgetting_hz: float) -> np.ndarray:
    belief, rows = uniform(len(EMOTIONS)), []
    for row in evidence:
        belief = updated(belief, row, sharpness, forgetting_hz / FRAME_RATE_HZ)
        rows.append(belief)
    return np.array(rows)


def times_to_right(stream: Stream, answers: np.ndarray) -> list[float]:
    found = []
    for change in stream.changes:
        right = answers[change : change + FRAMES_EACH] == EMOTIONS.index(stream.emotions[change])
        held = next((n for n in range(len(right) - HOLD + 1) if right[n : n + HOLD].all()), len(right))
        found.append((held + 1) / FRAME_RATE_HZ)
    return found


def judge(
    streams: list[Stream], evidences: list[np.ndarray], sharpness: float, forgetting_hz: float
) -> dict[str, float]:
    times, flicker, nll, right, confidence = [], 0, [], [], []
    for stream, evidence in zip(streams, evidences, strict=True):
        belief = beliefs(evidence, sharpness, forgetting_hz)
        truth, answers = np.array([EMOTIONS.index(e) for e in stream.emotions]), belief.argmax(1)
        times += times_to_right(stream, answers)
        flicker += int((np.diff(answers) != 0).sum()) - len(stream.changes)
        nll.append(-np.log(belief[np.arange(len(truth)), truth].clip(1e-9)))
        right.append(answers == truth)
        confidence.append(belief.max(1))
    held = np.concatenate([np.arange(len(row)) % FRAMES_EACH >= FRAMES_EACH // 2 for row in right])
    hits, sure, minutes = np.concatenate(right), np.concatenate(confidence), sum(map(len, right)) / FRAME_RATE_HZ / 60
    bins = np.minimum((sure * 10).astype(int), 9)
    ece = sum(abs(hits[bins == b].mean() - sure[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist()))
    certain = sure >= 0.6
    return {
        "median_s": round(float(np.median(times)), 3),
        "p90_s": round(float(np.percentile(times, 90)), 3),
        "never_found": round(float(np.mean(np.array(times) >= FRAMES_EACH / FRAME_RATE_HZ)), 3),
        "flicker_a_minute": round(flicker / minutes, 2),
        "right_frames": round(float(hits.mean()), 4),
        "right_held": round(float(hits[held].mean()), 4),
        "nll": round(float(np.concatenate(nll).mean()), 4),
        "ece": round(100 * float(ece), 2),
        "certain_frames": round(float(certain.mean()), 4),
        "right_where_certain": round(float(hits[certain].mean()), 4),
        "changes": len(times),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--fit", type=int, default=12)
    parser.add_argument("--test", type=int, default=24)
    parser.add_argument("--neutral", choices=("auto", "none"), default="auto")
    parser.add_argument("--out", type=Path, default=Path("build/stream_changes.json"))
    arguments = parser.parse_args()
    listener = Listener(arguments.model, neutral="auto" if arguments.neutral == "auto" else None)
    sets = {}
    for name, seed, people in (("fit", FIT_SEED, arguments.fit), ("test", TEST_SEED, arguments.test)):
        rng = np.random.default_rng(seed)
        streams = [
            simulate_stream(seed, person, random_emotions(EMOTIONS_EACH, rng), FRAMES_EACH, 96)
            for person in range(people)
        ]
        sets[name] = (streams, [listener.evidence_of(stream) for stream in streams])
    grid = itertools.product((0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0), (0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 8.0))
    tried = [{"sharpness": s, "forgetting_hz": h, **judge(*sets["fit"], s, h)} for s, h in grid]
    fast = [row for row in tried if row["median_s"] <= 0.5] or tried
    least = min(row["nll"] for row in fast)
    best = min((row for row in fast if row["nll"] <= 1.01 * least), key=lambda row: row["flicker_a_minute"])
    tested = judge(*sets["test"], best["sharpness"], best["forgetting_hz"])
    packaged = judge(*sets["test"], listener.model.sharpness, listener.model.forgetting_hz)
    # without a filter: every frame's own answer
    raw = judge(*sets["test"], 1.0, FRAME_RATE_HZ * 6 / 7)
    report = {
        "chosen": best,
        "test": tested,
        "test_as_in_the_file": packaged,
        "test_without_filter": raw,
        "tried": tried,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=1))
    for row in sorted(tried, key=lambda row: row["nll"])[:8]:
        print(row)
    print("chosen", best["sharpness"], best["forgetting_hz"], "\ntest", tested, "\nfile", packaged, "\nraw ", raw)


if __name__ == "__main__":
    main()
