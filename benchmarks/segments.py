"""How well the segments of a stream are those that were shown: onsets, offsets, what is missed and what is made up.

    python benchmarks/segments.py --fit 14 --test 14 --out segments.json [--model FILE.onnx] [--certain 0.6]

Simulated people whom no model was trained on show emotions of 1 to 4 s, with a neutral face before and after each. The
habits of `runtime/segmenting.py` are chosen on the streams of the `--fit` people: those with which most of the time is
told right, less what is told wrong and two points for each segment too many or too few of each shown one. All that is
reported is of the `--test` people, with 95 % intervals over people.

A shown emotion is found if segments of it overlap it by a third of its time; its onset error is the beginning of the
first one less the true onset (when the face begins to move, which takes 0.2 to 0.5 s), its offset error the end of the
last one less the true end. A segment of an emotion that was not shown at any time within it is made up.
"""

import argparse
import itertools
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from eyeprentice.runtime import Recognizer
from eyeprentice.runtime.segmenting import UNCERTAIN, Habits, Segment, Segmenter
from eyeprentice.synth.stream import Stream, simulate_stream
from eyeprentice.words.vocabulary import EMOTIONS, FRAME_RATE_HZ

FIT_SEED, TEST_SEED, SIZE, SHOWN = 9101, 9202, 90, 4
Read = tuple[tuple[str, ...], list[dict[str, float]]]
"""What was shown at each frame, and what was believed."""


def streams(seed: int, people: int) -> Iterator[Stream]:
    rng = np.random.default_rng(seed)
    for person in range(1, people + 1):
        others = [emotion for emotion in EMOTIONS if emotion != "neutral"]
        rng.shuffle(others)
        emotions, frames = ["neutral"], [90]
        for emotion in others[:SHOWN]:
            emotions += [emotion, "neutral"]
            frames += [int(rng.integers(30, 120)), int(rng.integers(45, 105))]
        yield simulate_stream(seed, person, emotions, frames, SIZE)


def read(stream: Stream, model: Path | None) -> Read:
    recognizer = Recognizer(model, neutral="auto")
    return stream.emotions, [recognizer.step(frame).probabilities for frame in stream.frames]


def told(reads: list[dict[str, float]], certain: float, habits: Habits) -> list[Segment]:
    segmenter = Segmenter(certain, FRAME_RATE_HZ, habits)
    for number, probabilities in enumerate(reads):
        segmenter.add(number / FRAME_RATE_HZ, probabilities)
    return segmenter.segments()


def episodes(shown: tuple[str, ...]) -> list[tuple[str, float, float]]:
    borders = [0, *(n for n in range(1, len(shown)) if shown[n] != shown[n - 1]), len(shown)]
    return [(shown[a], a / FRAME_RATE_HZ, b / FRAME_RATE_HZ) for a, b in itertools.pairwise(borders)]


def overlap(segment: Segment, start_s: float, end_s: float) -> float:
    return max(0.0, min(segment.end_s, end_s) - max(segment.start_s, start_s))


def judged(shown: tuple[str, ...], found: list[Segment]) -> dict[str, Any]:
    true = episodes(shown)
    right = sum(overlap(s, start, end) for s in found for emotion, start, end in true if s.emotion == emotion)
    named = sum(segment.seconds for segment in found if segment.is_named)
    onsets, offsets, hits = [], [], 0
    for number, (emotion, start, end) in enumerate(true):
        of_it = [s for s in found if s.emotion == emotion and overlap(s, start, end) > 0]
        if sum(overlap(s, start, end) for s in of_it) < (end - start) / 3:
            continue
        hits += 1
        onsets += [of_it[0].start_s - start] if number else []
        offsets += [of_it[-1].end_s - end] if number < len(true) - 1 else []
    invented = sum(
        s.is_named and not any(s.emotion == e and overlap(s, start, end) > 0 for e, start, end in true) for s in found
    )
    uncertain = sum(segment.seconds for segment in found if segment.emotion == UNCERTAIN)
    return {
        "shown": len(true), "found": hits, "segments": sum(s.is_named for s in found), "made_up": invented,
        "onset_s": onsets, "offset_s": offsets,
        "right": right, "wrong": named - right, "uncertain": uncertain, "seconds": true[-1][2],
    }  # fmt: skip


def summed(rows: list[dict[str, Any]]) -> dict[str, float]:
    def total(name: str) -> float:
        return float(sum(row[name] for row in rows))

    onsets, offsets = (np.concatenate([row[name] for row in rows]) for name in ("onset_s", "offset_s"))
    return {
        "found_percent": 100 * total("found") / total("shown"),
        "made_up_a_minute": 60 * total("made_up") / total("seconds"),
        "segments_for_each_shown": total("segments") / total("shown"),
        "onset_median_s": float(np.median(onsets)),
        "onset_median_apart_s": float(np.median(np.abs(onsets))),
        "offset_median_s": float(np.median(offsets)),
        "offset_median_apart_s": float(np.median(np.abs(offsets))),
        **{f"{name}_percent": 100 * total(name) / total("seconds") for name in ("right", "wrong", "uncertain")},
    }


def with_intervals(rows: list[dict[str, Any]], draws: int = 1000) -> dict[str, list[float]]:
    rng = np.random.default_rng(0)
    drawn = [summed([rows[n] for n in rng.integers(0, len(rows), len(rows))]) for _ in range(draws)]
    said = summed(rows)
    return {
        name: [round(value, 3), *(round(float(np.percentile([d[name] for d in drawn], at)), 3) for at in (2.5, 97.5))]
        for name, value in said.items()
    }


def fitted(reads: list[Read], certain: float) -> tuple[Habits, list[dict[str, Any]]]:
    """The best habits, and a table of all."""
    table = []
    for kept, least, bridged in itertools.product(
        (0.4, 0.5, 0.6, 0.75, 1.0), (0.0, 0.2, 0.3, 0.4), (0.0, 0.3, 0.5, 0.8)
    ):
        habits = Habits(kept, least, bridged)
        table.append({**asdict(habits), **summed([judged(s, told(p, certain, habits)) for s, p in reads])})

    def worth(row: dict[str, Any]) -> float:
        return float(row["right_percent"] - row["wrong_percent"] - 2 * abs(row["segments_for_each_shown"] - 1))

    table.sort(key=worth, reverse=True)
    best = table[0]
    return Habits(best["kept"], best["least_s"], best["bridged_s"]), table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", type=int, default=14)
    parser.add_argument("--test", type=int, default=14)
    parser.add_argument("--certain", type=float, default=0.6)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    habits, table = fitted([read(s, asked.model) for s in streams(FIT_SEED, asked.fit)], asked.certain)
    tested = [read(stream, asked.model) for stream in streams(TEST_SEED, asked.test)]
    report = {"people": {"fit": asked.fit, "test": asked.test}, "certain": asked.certain, "chosen": asdict(habits)}
    for name, those in (("chosen", habits), ("package", Habits()), ("none", Habits(1.0, 0.0, 0.0))):
        report[f"test_{name}"] = with_intervals([judged(s, told(p, asked.certain, those)) for s, p in tested])
    report["fit_table"] = table[:20]
    asked.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps({name: report[name] for name in report if name != "fit_table"}, indent=1))


if __name__ == "__main__":
    main()
