"""What the losses and predictions of a finished comparison say of causes (docs/results.md).

    python benchmarks/comparison_causes.py build/comparison/results

For each entry, means of its seeds: the parts of the loss and the accuracies in the last epoch; how often its
predictions are the teacher's; and, of emotions that share an apex, how often the pair is right, and the emotion where
the pair is.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from eyeprentice.judging.predictions import read_predictions
from eyeprentice.synth.expressions import APEXES
from eyeprentice.words.vocabulary import EMOTIONS

PAIR = {emotion: " or ".join(pair) for pair in APEXES for emotion in pair}


def main(results: Path) -> None:
    for entry in sorted((results / "runs").iterdir()):
        seeds = [run for run in sorted(entry.iterdir()) if (run / "seconds.json").is_file()]  # finished
        if not seeds:
            continue
        last = [json.loads((run / "history.json").read_text())[-1] for run in seeds]
        parts = {key: float(np.mean([row[key] for row in last])) for key in last[0] if key != "learning_rate"}
        print(f"{entry.name}, {len(seeds)} seeds: " + ", ".join(f"{key} {value:.2f}" for key, value in parts.items()))
        for data in ("course", "wild-course"):
            told = [agreement(run, results / "runs" / "teacher" / run.name, data) for run in seeds]
            print(
                f"  {data}: as the teacher %.1f %%; the same mistake where it is wrong %.1f %%"
                % tuple(np.mean(told, 0))
            )
        print("  course: " + ", ".join(pairs(seeds)))


def agreement(run: Path, teacher: Path, data: str) -> tuple[float, float]:
    """Percent of predictions that are the teacher's: of all, and of those where the teacher is wrong."""
    ours, its = (read_predictions(one / "tests" / data / "whole") for one in (run, teacher))
    alike = ours.labels == its.labels
    return float(100 * alike.mean()), float(100 * alike[~its.hits].mean())


def pairs(seeds: list[Path]) -> list[str]:
    count: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for run in seeds:
        said = read_predictions(run / "tests" / "course" / "whole")
        for row in said.labels:
            for name, label in zip(said.names, (EMOTIONS[number] for number in row), strict=True):
                if pair := PAIR.get(truth := name.emotion):
                    for place, is_so in enumerate((True, PAIR.get(label) == pair, label == truth)):
                        count[pair][place] += is_so
    _, right, _ = (sum(column) for column in zip(*count.values(), strict=True))
    told = [f"the pair {100 * right / sum(one[0] for one in count.values()):.1f} %"]
    return told + [f"{pair} {100 * one[2] / one[1]:.1f} %" for pair, one in count.items()]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
