"""How well it is told which way up pictures are, of people who gave nothing to the training. JSON.

Every source (`upright_pictures.py`) is shown upright and turned by one of the other three ways, drawn by chance; the
answer is that of five frames. Pictures of one eye are looked at whole (`full`), and all pictures are searched for an
eye (`auto`). `--people validation` is for choosing the threshold: the packaged `SURE` is the least of `THRESHOLDS` at
which at most 0.5 % of upright sources, and 1 % of those without an eye, are called turned. `--see FOLDER` adds single
real frames of a headset: eleven figures of SEE's authors.

python benchmarks/which_way_up.py ../shared/portraits --cast data/london > docs/measurements/which_way_up.json
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from upright_pictures import Source, sources

from eyeprentice import __version__
from eyeprentice.eye.contract import Grey
from eyeprentice.eye.looking import EyeFinder
from eyeprentice.eye.region import Region
from eyeprentice.eye.upright import DEGREES, SURE, UprightNetwork, turn, turned
from eyeprentice.sources.pictures import read_picture

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
FULL, AUTO = Region("full"), Region("auto")
DRAWS = 2000


class Answer(NamedTuple):
    person: str
    wanted: int
    probabilities: tuple[float, ...]


Answers = dict[str, list[Answer]]


def answered(found: list[Source], finder: EyeFinder, network: UprightNetwork, seed: int) -> tuple[Answers, list[float]]:
    """By kind and region; and the milliseconds of the processor for a source, `full` and `auto`."""
    rng = np.random.default_rng(seed)
    answers: Answers = defaultdict(list)
    took: dict[str, list[float]] = {"full": [], "auto": []}
    for kind, person, frames in found:
        for degrees in (0, int(rng.choice(DEGREES[1:]))):
            shown: list[Grey] = [turn(frame, (360 - degrees) % 360) for frame in frames]
            for region in (AUTO,) if kind.startswith("face") else (FULL, AUTO):
                began = time.process_time()
                told = turned(shown, finder, region, network)
                took[region.kind].append(1000 * (time.process_time() - began))
                answers[f"{kind}, {region.kind}"].append(Answer(person, degrees, told.probabilities))
    return answers, [float(np.median(values)) if values else 0.0 for values in took.values()]


def scored(answers: list[Answer], sure: float) -> dict[str, Any]:
    """Shares in percent, with intervals of 95 % over people."""
    upright = [(a.person, float(_called(a, sure) != 0)) for a in answers if a.wanted == 0]
    away = [(a.person, float(_called(a, sure) != 0)) for a in answers if a.wanted != 0]
    exact = [(a.person, float(_called(a, sure) == a.wanted)) for a in answers if a.wanted != 0]
    likeliest = [(a.person, float(DEGREES[int(np.argmax(a.probabilities))] == a.wanted)) for a in answers]
    return {
        "sources": len(upright), "people": len({a.person for a in answers}),
        "likeliest_right": _share(likeliest), "upright_called_turned": _share(upright),
        "turned_noticed": _share(away), "turned_rightly": _share(exact),
    }  # fmt: skip


def _called(answer: Answer, sure: float) -> int:
    return DEGREES[int(np.argmax(answer.probabilities))] if max(answer.probabilities) >= sure else 0


def _share(rows: list[tuple[str, float]]) -> list[float]:
    """Percent, and its interval: by drawing people again, or, where all are alike, of so many people who were alike."""
    by_person: dict[str, list[float]] = defaultdict(list)
    for person, value in rows:
        by_person[person].append(value)
    sums = np.array([(sum(values), len(values)) for values in by_person.values()])
    mean, least = float(sums[:, 0].sum() / sums[:, 1].sum()), 0.025 ** (1 / len(sums))
    drawn = sums[np.random.default_rng(0).integers(0, len(sums), (DRAWS, len(sums)))].sum(1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975]).tolist()
    if mean in (0.0, 1.0):
        low, high = (0.0, 1 - least) if mean == 0 else (least, 1.0)
    return [round(100 * value, 2) for value in (mean, low, high)]


def joined(answers: Answers, *starts: str, region: str) -> list[Answer]:
    names = [name for name in answers if name.startswith(starts) and name.endswith(region)]
    return [answer for name in names for answer in answers[name]]


def see_frames(folder: Path, finder: EyeFinder, network: UprightNetwork) -> dict[str, Any]:
    """Of single frames: probability of upright, whole and searched."""
    paths = sorted(folder.glob("*frame.png"))
    told = {path.stem: [turned([read_picture(path)], finder, way, network) for way in (FULL, AUTO)] for path in paths}
    return {
        name: {
            way.kind: [round(p, 3) for p in given.probabilities] for way, given in zip((FULL, AUTO), pair, strict=True)
        }
        for name, pair in told.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portraits", type=Path)
    parser.add_argument("--cast", type=Path, help="a cast that has these people")
    parser.add_argument("--people", choices=("test", "validation"), default="test")
    parser.add_argument("--drawn", type=int, default=40, help="drawn people")
    parser.add_argument("--see", type=Path, help="folder of single frames")
    parser.add_argument("--network", type=Path, help="another file than the one in the package")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    finder, network = EyeFinder(), UprightNetwork(options.network)
    first, seed = (5000, 2) if options.people == "validation" else (6000, 3)  # numbers of drawn people
    drawn = range(first, first + options.drawn)
    found = list(sources(options.portraits, options.people, options.cast, drawn, seed))
    answers, took = answered(found, finder, network, seed)
    eyes = [name.removesuffix(", full") for name in answers if name.endswith("full") and not name.startswith("no eye")]
    groups = {
        "eyes, full": joined(answers, *eyes, region="full"), "eyes, auto": joined(answers, *eyes, region="auto"),
        "faces, auto": joined(answers, "face", region="auto"),
    }  # fmt: skip
    every = [answer for group in groups.values() for answer in group]
    report = {
        "version": __version__, "people": options.people, "sure": SURE,
        "ms_of_five_frames": dict(zip(("full", "auto"), (round(ms, 1) for ms in took), strict=True)),
        "false_and_noticed_by_threshold": {
            str(sure): [scored(every, sure)[what][0] for what in ("upright_called_turned", "turned_noticed")]
            for sure in THRESHOLDS
        },
        "groups": {name: scored(group, SURE) for name, group in groups.items()},
        "kinds": {name: scored(kind, SURE) for name, kind in answers.items()},
    }  # fmt: skip
    if options.see is not None:
        report["see"] = see_frames(options.see, finder, network)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
