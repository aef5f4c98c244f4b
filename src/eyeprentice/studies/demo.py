"""The whole method once at a small size: simulated people, a teacher, a student with and without it, one page.

There has to be something to teach. So the teacher learns from other people first, and then, as its students do, from a
fifth of those whose sequences are at hand: few people with labels, as whoever records people of their own has them.
"""

import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from eyeprentice import __version__
from eyeprentice.data.dataset import describe, open_dataset
from eyeprentice.files.whole import read_json, write_json
from eyeprentice.judging.evaluation import Evaluation, evaluate_run
from eyeprentice.judging.figures import curves_figure, svg
from eyeprentice.judging.operations import count_size
from eyeprentice.judging.predictions import read_predictions
from eyeprentice.judging.scoring import Share, paired_difference, print_scores
from eyeprentice.learning.devices import open_device
from eyeprentice.learning.learn import learn
from eyeprentice.learning.prepare import settle
from eyeprentice.learning.runs import is_finished
from eyeprentice.studies.report import ReportRow, choose_examples, write_report
from eyeprentice.synth.dataset import write_dataset
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Objective

TEACHER_WIDTH = 0.25
"""A teacher that two processor cores can train in a few minutes."""
ELSEWHERE = 1000
"""Added to the seed: other people."""
FEW = 5
"""One of so many people is learnt from."""
SAMPLING = {"steps": 4, "skip": 3}
"""Half of the usual steps, for the same reason as the teacher's width."""
PICTURE_SIZE = 128
"""Pixels that are simulated, and shown in the page."""
TITLES = {
    "teacher": ("teacher", "frames and events"),
    "student": ("student alone", "frames"),
    "apprentice": ("apprenticed student", "frames"),
}


@dataclass(frozen=True)
class Demonstration:
    """What decides the result."""

    subjects: int
    takes: int
    epochs: int
    size: int
    seed: int

    @property
    def few(self) -> int:
        """People whose labels the students learn from."""
        return max(2, self.subjects // FEW)

    @property
    def command(self) -> str:
        return " ".join(["eyeprentice demo", *(f"--{name} {value}" for name, value in asdict(self).items())])


def demonstrate(out: Path, asked: Demonstration, accelerator: str) -> None:
    """Does what `asked` says in the folder `out`, going on where it was interrupted.

    Raises `InputError` if `out` holds anything else, for the page would describe what did not happen.
    """
    started, fresh = time.monotonic(), not _begin(out, asked)
    for name, seed in (("others", asked.seed + ELSEWHERE), ("data", asked.seed)):
        if not (out / name).exists():
            count = 7 * asked.subjects * asked.takes
            write_dataset(out / name, plan_sequences(count, asked.subjects, PICTURE_SIZE, seed))
    fabric = open_device(accelerator)
    for name, title, given in _recipes(out, asked):
        recipe = settle(given)
        if not is_finished(out / name, recipe):
            learn(recipe, out / name, lambda: fabric, title=title)
    dataset = open_dataset(out / "data", asked.size, events=True)

    results: dict[str, Evaluation] = {}
    for name, (title, _) in TITLES.items():
        run = out / name
        results[name] = evaluate_run(run, dataset, run / "evaluation", fabric, title=f"testing {title}")
        print_scores(results[name].scores, title)
    minutes = (time.monotonic() - started) / 60
    tested = results["apprentice"].tested
    names = [dataset.names[number] for number in tested.tolist()]
    histories = {title: read_json(out / name / "history.json", "a run folder") for name, (title, _) in TITLES.items()}
    write_report(
        out / "report.html",
        [_entry(results[name], title, needs) for name, (title, needs) in TITLES.items()],
        {
            "minutes": f"{minutes:.1f} minutes" if fresh else "more than one sitting",
            "examples": choose_examples(open_dataset(out / "data", PICTURE_SIZE, events=True), tested),
            "protocol": results["apprentice"].protocol,
            "people": f"Tested on {describe(names)}",
            "verdict": _compare(out / "student", out / "apprentice"),
            "curves": svg(curves_figure(histories)),
            "data": f"The dataset: {describe(dataset.names)}, {len(dataset.frames):,} frames,"
            f" seen at {asked.size}x{asked.size}",
            "seed": asked.seed,
            "epochs": results["apprentice"].config.training.epochs,
            "tested": len({name.subject for name in names}),
            "few": asked.few,
            "others": asked.subjects,
            "objective": _formula(results["apprentice"].config.objective),
            "version": __version__,
            "computed": f"PyTorch {torch.__version__}, {platform.system()} {platform.machine()}, {fabric.device.type}",
            "command": asked.command,
        },
    )
    print(f"{out / 'report.html'}: written after {minutes:.1f} minutes; open it in a browser")


def _recipes(out: Path, asked: Demonstration) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(folder, title, what is given) of each run, in the order in which they learn.

    A student sees a few people often: three times as many epochs of a quarter of the clips.
    """
    shared = {"size": asked.size, "sampling": SAMPLING}
    teacher = shared | {"model": "teacher", "options": {"width": TEACHER_WIDTH}}
    few = {"data": out / "data", "split": {"people": asked.few}}

    def training(epochs: float, **more: Any) -> dict[str, Any]:
        return {"training": {"epochs": max(1, round(epochs)), "seed": asked.seed, **more}}

    yield "first", "1/4 teacher, other people", teacher | {"data": out / "others"} | training(asked.epochs)
    again = training(asked.epochs / 2, learning_rate=5e-4)
    yield "teacher", "2/4 teacher", teacher | few | again | {"init": out / "first"}
    student = training(3 * asked.epochs)
    yield "student", "3/4 student alone", shared | few | student
    yield "apprentice", "4/4 student, apprenticed", {"data": out / "data", "teacher": (out / "teacher",)} | student


def _begin(out: Path, asked: Demonstration) -> bool:
    """Whether `out` holds this very demonstration, begun; otherwise notes in `out` what is about to be done."""
    note = out / "demo.json"
    if note.is_file():
        begun = read_json(note, "the note of a demonstration")
        if other := [name for name, value in asdict(asked).items() if begun.get(name) != value]:
            given = ", ".join(f"{name} {begun.get(name)} and not {getattr(asked, name)}" for name in other)
            raise InputError(out, f"contains a demonstration with {given}", "give the same options, or another --out")
        return True
    if out.exists() and not (out.is_dir() and {path.name for path in out.iterdir()} <= {f"{note.name}.partial"}):
        raise InputError(out, "not empty, and not a demonstration (no demo.json)", "choose another folder")
    write_json(note, asdict(asked))
    return False


def _entry(result: Evaluation, title: str, needs: str) -> ReportRow:
    recipe = result.config
    return ReportRow(title, needs, result.scores, count_size(result.model, recipe.sampling.steps, recipe.size))


def _formula(o: Objective) -> str:
    terms = " + ".join(o.terms).upper()
    mean = f"({terms}) / {len(o.terms)}" if o.reduction == "mean" else f"({terms})"
    return f"(1 - a)·cross-entropy + a·{mean}, a = {o.alpha}, tau = {o.tau}"


def _compare(alone: Path, apprenticed: Path) -> str:
    """What the two students' predictions say about each other, and no more than that."""
    with_teacher, without = (read_predictions(run / "evaluation") for run in (apprenticed, alone))
    one, other = (100 * float(told.hits.mean()) for told in (with_teacher, without))
    return tell_difference(one, other, paired_difference([with_teacher], [without]))


def tell_difference(apprentice: float, alone: float, difference: Share) -> str:
    """In words, with WAR of both as the table has it; says it where rounding makes the three figures disagree."""
    one, other, points = (f"{value:.1f}" for value in (apprentice, alone, abs(difference.value)))
    rounded = "" if f"{abs(float(one) - float(other)):.1f}" == points else ", computed before rounding"
    interval = f"95 % from {difference.low:+.1f} to {difference.high:+.1f}, the same people drawn for both{rounded}"
    if float(points) == 0:
        told = f"the apprentice and the student alone have the same WAR ({interval})"
    else:
        way = "above" if difference.value > 0 else "below"
        told = f"the apprentice's WAR, {one}, is {points} points {way} that of the student alone, {other} ({interval})"
    if difference.low > 0 or difference.high < 0:
        return f"{told[0].upper()}{told[1:]}: this run shows a difference."
    return f"{told[0].upper()}{told[1:]}. The interval includes 0: this run does not show that either is better."
