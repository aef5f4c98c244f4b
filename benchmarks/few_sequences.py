"""What 20, 60 and 240 labelled sequences of one's own are worth, on simulated strangers of another kind: docs/few.md.

    python benchmarks/few_sequences.py --folder build/few [--init RUN] [--teacher RUN] [--sequences 20 60 240]

The strangers are drawn people in front of an infrared camera that cuts off the brow. Each person who is learnt from
shows each emotion about once; thirty others are tested, always the same ones. A student comes about in four ways:

    as packaged   the weights of --init, unchanged
    nothing       trained from random weights, in the shape of --init
    packaged      trained from the weights of --init
    taught        the same with MSKD's terms; its teacher is --teacher, trained further on the same sequences

All students are trained for the same number of epochs. If the script is interrupted, run it again: it resumes. It
runs on one processor core or on one CUDA GPU. Results: FOLDER/few_sequences.json; the same as a table is printed.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from in_memory import open_simulated, simulate

from eyeprentice.data.dataset import Dataset
from eyeprentice.files.whole import read_json, write_json
from eyeprentice.judging.evaluation import evaluate_run
from eyeprentice.judging.predictions import Predictions, read_predictions
from eyeprentice.judging.scoring import paired_difference, score_predictions
from eyeprentice.learning.devices import open_device
from eyeprentice.learning.learn import learn
from eyeprentice.learning.prepare import settle
from eyeprentice.learning.runs import is_finished, read_recipe, weights_digest
from eyeprentice.synth.plan import SequencePlan, plan_sequences
from eyeprentice.synth.variety import SEE
from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Split

STRANGERS = replace(SEE, infrared=1.0, without_brow=1.0, pose=0.6, low_resolution=0.5, compressed=0.5, breadth=0.6)
SIZE, EMOTIONS_EACH = 90, 7
TEST_SEQUENCES, TEST_PEOPLE = 210, 30
TEST_SEED, LEARN_SEED = 9_000, 9_100
"""Of the people who are tested, and of the first draw of those who are learnt from."""
AS_PACKAGED, NOTHING, PACKAGED, TEACHER, TAUGHT = "as packaged", "nothing", "packaged", "teacher", "taught"
LEARNING_RATE = {NOTHING: 3e-3, PACKAGED: 1e-3, TEACHER: 5e-4, TAUGHT: 1e-3}
TEACHER_SHARE = 1 / 3
"""Of the students' epochs: an epoch of a teacher takes many times as long."""
DIFFERENCES = ((PACKAGED, AS_PACKAGED), (PACKAGED, NOTHING), (TAUGHT, PACKAGED))
HEADS = (
    "| sequences | way | WAR (95 %) | UAR | calibration error | WAR of each seed |",
    "| --- | --- | --- | --- | --- | --- |",
)


def people_for(sequences: int) -> int:
    """As many as show each emotion about once."""
    return math.ceil(sequences / EMOTIONS_EACH)


def epochs_for(sequences: int) -> int:
    """100, 60 and 30 for 20, 60 and 240: fewer sequences are shown oftener, but get fewer steps in all."""
    return max(10, 10 * round(45 / math.sqrt(sequences)))


def strangers(sequences: int, people: int, seed: int) -> list[SequencePlan]:
    return plan_sequences(sequences, people, SIZE, seed, STRANGERS, representation=None)


def recipe_given(way: str, epochs: int, seed: int, init: Path, teacher: Path | None = None) -> dict[str, Any]:
    """What `settle` makes the recipe of a run from.

    `teacher` is the run that a student learns from, or whose weights the teacher starts from.
    """
    training = {"epochs": epochs, "seed": seed, "learning_rate": LEARNING_RATE[way], "augmentation": "strong"}
    given = {"training": training, "split": Split("official", validation=0.0)}
    match way:
        case "nothing":
            like = read_recipe(init)
            options = {name: value for name, value in like.options.items() if name != "units"}
            return given | {"model": like.model, "options": options, "size": like.size, "sampling": like.sampling}
        case "teacher":
            return given | {"model": "teacher", "init": teacher}
        case "taught":
            return given | {"init": init, "teacher": (teacher,)}
        case _:
            return given | {"init": init}


class Trial:
    """Runs and their tests in one folder."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked, self.folder = asked, Path(asked.folder)
        self.device = partial(open_device, asked.accelerator)

    def simulate_all(self) -> None:
        """All sequences, before any device is opened."""
        simulate(self.folder / "data", "test", [strangers(self.asked.test, self.asked.test_people, TEST_SEED)])
        for sequences in self.asked.sequences:
            for seed in range(self.asked.seeds):
                plans = strangers(sequences, people_for(sequences), LEARN_SEED + seed)
                simulate(self.folder / "data", f"learn-{sequences}-{seed}", [plans])

    def dataset(self, learnt: str | None = None) -> Dataset:
        """Test sequences come first, so that they keep their names. There are no units, as with videos of one's own."""
        parts = [("test", "testing"), *([(learnt, "training")] if learnt else [])]
        return replace(open_simulated(self.folder / "data", parts), units=None, unit_names=())

    def tested(self, run: Path, dataset: Dataset, out: Path) -> Predictions:
        if not (out / "metrics.json").is_file():
            evaluate_run(run, dataset, out, self.device(), repeats=self.asked.repeats, title=f"testing {out.name}")
        return read_predictions(out)

    def trained(self, way: str, sequences: int, seed: int) -> Predictions:
        """One run of one way, and what it says of the test sequences."""
        dataset = self.dataset(f"learn-{sequences}-{seed}")
        place = self.folder / f"{sequences}-{seed}"
        teacher = self.asked.teacher
        epochs = max(1, round(self.asked.share * epochs_for(sequences) * (TEACHER_SHARE if way == TEACHER else 1)))
        if way == TAUGHT:
            self.trained(TEACHER, sequences, seed)
            teacher = place / TEACHER
        recipe = settle(recipe_given(way, epochs, seed, self.asked.init, teacher))
        run, begun = place / way, time.monotonic()
        if not is_finished(run, recipe):
            learn(recipe, run, self.device, dataset, f"{sequences} sequences, seed {seed}: {way}")
            write_json(place / f"{way}.json", {"seconds": round(time.monotonic() - begun, 1)})
        return self.tested(run, dataset, place / f"{way}-test")

    def all(self) -> dict[str, dict[str, list[Predictions]]]:
        """Number of sequences -> way -> predictions of each seed."""
        ways = [way for way in self.asked.ways if way != TAUGHT or self.asked.teacher]
        packaged = self.tested(self.asked.init, self.dataset(), self.folder / "as-packaged-test")
        said: dict[str, dict[str, list[Predictions]]] = {}
        for sequences in self.asked.sequences:
            runs = {way: [self.trained(way, sequences, seed) for seed in range(self.asked.seeds)] for way in ways}
            if TAUGHT in runs:
                runs[TEACHER] = [self.trained(TEACHER, sequences, seed) for seed in range(self.asked.seeds)]
            said[str(sequences)] = {AS_PACKAGED: [packaged] * self.asked.seeds, **runs}
        return said


def told(said: Mapping[str, Mapping[str, Sequence[Predictions]]]) -> dict[str, Any]:
    """What the JSON file says of predictions (number of sequences -> way -> seeds), in percent and in points."""
    results: dict[str, Any] = {}
    for sequences, ways in said.items():
        rows = {}
        for way, runs in ways.items():
            scores = score_predictions(*runs)
            figures = {"war": scores.war.rounded(1), "uar": scores.uar.rounded(1), "ece": round(scores.ece, 1)}
            rows[way] = {**figures, "war_of_seeds": [round(war, 1) for war in scores.war_of_seeds]}
        pairs = [pair for pair in DIFFERENCES if all(way in ways for way in pair)]
        less = {f"{one} less {other}": paired_difference(ways[one], ways[other]).rounded(1) for one, other in pairs}
        results[sequences] = {"ways": rows, "differences": less}
    return results


def table(results: Mapping[str, Any]) -> str:
    """The same in Markdown."""
    lines = [*HEADS]
    for sequences, result in results.items():
        for way, row in result["ways"].items():
            value, low, high = row["war"]
            seeds = ", ".join(str(war) for war in row["war_of_seeds"])
            lines.append(
                f"| {sequences} | {way} | {value} ({low} to {high}) | {row['uar'][0]} | {row['ece']} | {seeds} |"
            )
    lines += ["", "| sequences | difference | points of WAR (95 %) |", "| --- | --- | --- |"]
    for sequences, result in results.items():
        for pair, (value, low, high) in result["differences"].items():
            lines.append(f"| {sequences} | {pair} | {value:+} ({low:+} to {high:+}) |")
    return "\n".join(lines)


def agree(folder: Path, settings: Mapping[str, Any]) -> None:
    """Notes the settings in `folder`; raises `InputError` where another trial was begun in it."""
    file = folder / "settings.json"
    if file.is_file() and (noted := read_json(file, "the settings of a trial")) != settings:
        name = next(name for name in settings if noted.get(name) != settings[name])
        raise InputError(
            folder, f"was begun with {name} {noted.get(name)}", "choose another folder, or remove this one"
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_json(file, dict(settings))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where everything is written")
    parser.add_argument("--init", type=Path, default=Path("default"), help="a finished run of a student")
    parser.add_argument("--teacher", type=Path, help="a finished run of a teacher; without it `taught` is left out")
    parser.add_argument("--sequences", type=int, nargs="+", default=[20, 60, 240], help="that are learnt from")
    parser.add_argument("--seeds", type=int, default=2, help="draws of the people who are learnt from")
    parser.add_argument("--ways", nargs="+", default=[NOTHING, PACKAGED, TAUGHT], choices=[NOTHING, PACKAGED, TAUGHT])
    parser.add_argument("--test", type=int, default=TEST_SEQUENCES, help="sequences that are tested")
    parser.add_argument("--test-people", type=int, default=TEST_PEOPLE, help="people who show them")
    parser.add_argument("--share", type=float, default=1.0, help="of the epochs; less to try the script")
    parser.add_argument("--repeats", type=int, default=10, help="clips of each tested sequence")
    parser.add_argument("--accelerator", default="auto", help="cpu, cuda or auto")
    asked = parser.parse_args()
    try:
        agree(asked.folder, {
            "init": weights_digest(asked.init), "teacher": weights_digest(asked.teacher) if asked.teacher else None,
            "test": asked.test, "test_people": asked.test_people, "share": asked.share, "repeats": asked.repeats,
        })  # fmt: skip
        trial = Trial(asked)
        trial.simulate_all()
        results = told(trial.all())
    except InputError as error:
        print("error:", error, file=sys.stderr)
        sys.exit(2)
    write_json(asked.folder / "few_sequences.json", results)
    print(json.dumps(results, indent=1))
    print(table(results))


if __name__ == "__main__":
    main()
