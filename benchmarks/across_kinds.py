"""Tests runs on people of other kinds than they learnt from, and says how far apart they are. A table, and JSON.

    python benchmarks/across_kinds.py --data see=data/drawn wild=data/wild --out build/across_kinds \\
        --runs alone=runs/student-0,runs/student-1 apprentice=runs/apprentice-0,runs/apprentice-1 \\
        --less apprentice-alone

Every run is tested on every dataset by the protocol; what it learnt from, and whom it learnt from, is left out. Of each
group of runs, which differ in nothing but their seed, the mean is told, and of each pair `ONE-OTHER` the WAR of ONE
less that of OTHER, in points: seed by seed, and over all seeds, with 95 % intervals of a paired bootstrap over people.
"""

import argparse
import json
import sys
from functools import cache
from pathlib import Path

import numpy as np

from eyeprentice.data.dataset import Dataset, open_dataset
from eyeprentice.files.whole import write_json
from eyeprentice.judging.evaluation import evaluate_run
from eyeprentice.judging.predictions import Predictions, read_predictions
from eyeprentice.judging.scoring import paired_difference
from eyeprentice.learning.devices import open_device
from eyeprentice.learning.runs import load_model
from eyeprentice.words.errors import InputError

FIGURES = ("war", "uar", "ece")
opened = cache(open_dataset)


def named(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE")
    return name, value


def test(run: Path, data: Path, out: Path, accelerator: str, repeats: int) -> dict[str, object]:
    """What `evaluate` writes of a run, and the run's name."""
    model, config = load_model(run)
    dataset: Dataset = opened(data, config.size, model.needs_events)
    evaluate_run(run, dataset, out, open_device(accelerator), repeats=repeats, title=f"{run} on {data}")
    return {"run": str(run), **json.loads((out / "metrics.json").read_text())}


def pooled(runs: list[Predictions]) -> Predictions:
    """As if all were repeats of one run: then an interval is over people alone."""
    labels, confidence = (np.concatenate([getattr(run, part) for run in runs]) for part in ("labels", "confidence"))
    return Predictions(runs[0].names, labels, confidence)


def apart(one: list[Predictions], other: list[Predictions]) -> dict[str, object]:
    """WAR of `one` less that of `other`: predictions of each seed."""

    def told(mine: Predictions, theirs: Predictions) -> dict[str, object]:
        share = paired_difference([mine], [theirs])
        return {"points": round(share.value, 2), "ci95": [round(share.low, 2), round(share.high, 2)]}

    seeds = [told(mine, theirs) for mine, theirs in zip(one, other, strict=True)]
    return {**told(pooled(one), pooled(other)), "seeds": seeds}


def compare(
    data: dict[str, str],
    runs: dict[str, list[str]],
    pairs: list[tuple[str, str]],
    out: Path,
    accelerator: str = "auto",
    repeats: int = 20,
) -> dict[str, dict[str, object]]:
    """Dataset -> `runs`, group by group and seed by seed, and `differences`."""
    results: dict[str, dict[str, object]] = {}
    for kind, folder in data.items():
        metrics, predictions = {}, {}
        for group, members in runs.items():
            places = [out / kind / f"{group}-{number}" for number in range(len(members))]
            metrics[group] = [
                test(Path(run), Path(folder), place, accelerator, repeats)
                for run, place in zip(members, places, strict=True)
            ]
            predictions[group] = [read_predictions(place) for place in places]
        differences = {f"{one}-{other}": apart(predictions[one], predictions[other]) for one, other in pairs}
        results[kind] = {"runs": metrics, "differences": differences}
    return results


def show(results: dict[str, dict[str, object]]) -> None:
    for kind, told in results.items():
        print(f"\n{kind:24} " + " ".join(f"{name.upper():>6}" for name in FIGURES) + "   WAR of each seed")
        for group, metrics in told["runs"].items():
            means = " ".join(f"{np.mean([each[name] for each in metrics]):6.1f}" for name in FIGURES)
            print(f"  {group:22} {means}   " + " ".join(f"{each['war']:.1f}" for each in metrics))
        for pair, gap in told["differences"].items():
            seeds = " ".join(f"{seed['points']:+.1f}" for seed in gap["seeds"])
            print(f"  {pair:22} {gap['points']:+6.1f} [{gap['ci95'][0]:+.1f}, {gap['ci95'][1]:+.1f}]   {seeds}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", type=named, required=True, metavar="NAME=DATA")
    parser.add_argument("--runs", nargs="+", type=named, required=True, metavar="GROUP=RUN,RUN")
    parser.add_argument("--less", nargs="*", default=[], metavar="ONE-OTHER", help="groups that are compared")
    parser.add_argument("--out", type=Path, required=True, help="folder of the predictions and of across_kinds.json")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--accelerator", default="auto")
    asked = parser.parse_args()
    runs = {group: members.split(",") for group, members in asked.runs}
    pairs = []
    for text in asked.less:
        one, _, other = text.partition("-")
        if one not in runs or other not in runs or len(runs[one]) != len(runs[other]):
            parser.error(f"--less {text}: give two groups of as many runs, as {'-'.join(list(runs)[:2])}")
        pairs.append((one, other))
    try:
        results = compare(dict(asked.data), runs, pairs, asked.out, asked.accelerator, asked.repeats)
    except (InputError, ValueError) as error:
        print("error:", error, file=sys.stderr)
        sys.exit(2)
    write_json(asked.out / "across_kinds.json", results)
    show(results)


if __name__ == "__main__":
    main()
