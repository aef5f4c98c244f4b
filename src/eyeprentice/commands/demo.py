import time
from dataclasses import replace
from pathlib import Path

from lightning_fabric import Fabric

from eyeprentice import __version__, tables
from eyeprentice.cost import count_size
from eyeprentice.data.clips import Sampling
from eyeprentice.data.dataset import SMALLEST, Dataset, describe, open_dataset
from eyeprentice.data.splits import Split, divide
from eyeprentice.devices import open_device
from eyeprentice.distill import Objective
from eyeprentice.errors import InputError
from eyeprentice.evaluation import REPEATS, describe_protocol, held_out_sequences, predict_repeats
from eyeprentice.figures import curves_figure, svg
from eyeprentice.files import read_json, write_json
from eyeprentice.models import Model
from eyeprentice.report import Entry, choose_examples, write_report
from eyeprentice.runs import Config, Training, is_finished, load_model, weights_digest
from eyeprentice.scoring import difference, read_predictions, score, write_predictions
from eyeprentice.synth.dataset import write_dataset
from eyeprentice.training import train

TEACHER_WIDTH = 0.25
"""A teacher that two processor cores can train in a few minutes."""
PICTURE_SIZE = 128
"""Pixels that are simulated, and shown in the page."""


def demo(
    *,
    out: Path = Path("demo"),
    subjects: int = 40,
    takes: int = 1,
    epochs: int = 40,
    size: int = 64,
    seed: int = 0,
    accelerator: str = "auto",
) -> None:
    """Do the whole main job, small, and write one page about it.

    Simulates people, trains a teacher, trains a student alone and as the teacher's apprentice, and tests all three on
    people they never saw.

    Killed, it goes on where it was when the same command is given again.

    Example: eyeprentice demo --out demo

    Args:
        out: folder for the dataset, the runs and report.html
        subjects: people to simulate; a fifth of them is tested on
        takes: sequences of each emotion by each of them
        epochs: times that every sequence is learnt from
        size: pixels that the models see
        seed: of the people, the weights and the clips
        accelerator: cpu, cuda, mps or auto
    """
    if subjects < 10 or takes < 1:
        raise InputError("demo", f"{subjects} people with {takes} takes are too few", "give 10 people or more")
    if epochs < 1 or size < SMALLEST:
        raise InputError("demo", f"{epochs} epochs at {size} pixels", f"give an epoch and {SMALLEST} pixels or more")
    started, fresh = time.monotonic(), not out.exists()
    if not (out / "data").exists():
        write_dataset(out / "data", 7 * subjects * takes, subjects, PICTURE_SIZE, seed)
    dataset = open_dataset(out / "data", size, events=True)
    fabric = open_device(accelerator)
    plain = Config(
        "student", {}, dataset.content, size, Sampling(4, 3), Split(folds=5), Training(epochs=epochs, seed=seed)
    )
    taught = replace(plain, model="teacher", options={"width": TEACHER_WIDTH})
    _train(dataset, taught, out / "teacher", fabric, None, "1/3 teacher")
    _train(dataset, plain, out / "student", fabric, None, "2/3 student alone")
    apprenticed = replace(plain, objective=Objective(), teacher=weights_digest(out / "teacher"))
    master = load_model(out / "teacher")[0]
    _train(dataset, apprenticed, out / "apprentice", fabric, master, "3/3 student, apprenticed")

    titles = {
        "teacher": ("teacher", "frames and events"),
        "student": ("student alone", "frames"),
        "apprentice": ("apprenticed student", "frames"),
    }
    entries = [_evaluate(dataset, out / name, title, needs, fabric) for name, (title, needs) in titles.items()]
    chosen, subset = held_out_sequences(dataset, out / "student", plain)
    minutes = (time.monotonic() - started) / 60
    tested = [dataset.names[number] for number in chosen.tolist()]
    histories = {title: read_json(out / name / "history.json", "a run folder") for name, (title, _) in titles.items()}
    write_report(
        out / "report.html",
        entries,
        {
            "minutes": f"{minutes:.1f} minutes" if fresh else "more than one sitting",
            "examples": choose_examples(open_dataset(out / "data", PICTURE_SIZE, events=True), chosen),
            "protocol": describe_protocol(plain.sampling, REPEATS, subset),
            "people": f"Tested on {describe(tested)}",
            "verdict": _compare(out / "student", out / "apprentice"),
            "curves": svg(curves_figure(histories)),
            "data": f"The dataset: {describe(dataset.names)}, {len(dataset.frames):,} frames, seen at {size}x{size}",
            "seed": seed,
            "epochs": epochs,
            "tested": len({name.subject for name in tested}),
            "objective": _formula(apprenticed.objective),
            "version": __version__,
            "command": f"eyeprentice demo --subjects {subjects} --takes {takes} --epochs {epochs} --size {size}"
            f" --seed {seed}",
        },
    )
    print(f"{out / 'report.html'}: written after {minutes:.1f} minutes; open it in a browser")


def _train(dataset: Dataset, config: Config, run: Path, fabric: Fabric, teacher: Model | None, title: str) -> None:
    """Trains a run unless it is there, finished."""
    if not is_finished(run, config):
        parts = divide(dataset.names, dataset.subsets, config.split)
        train(dataset, parts, config, run, fabric, teacher, title)


def _evaluate(dataset: Dataset, run: Path, title: str, needs: str, fabric: Fabric) -> Entry:
    """Tests a run, leaves its results beside it and prints them."""
    model, config = load_model(run)
    chosen, subset = held_out_sequences(dataset, run, config)
    predictions = predict_repeats(model, dataset, chosen, config.sampling, fabric, title=f"testing {title}")
    scores = score(predictions)
    (run / "evaluation").mkdir(exist_ok=True)
    write_predictions(run / "evaluation", config.training.epochs, predictions)
    protocol = describe_protocol(config.sampling, REPEATS, subset)
    write_json(run / "evaluation" / "metrics.json", scores.to_json(protocol))
    tables.print_scores(scores, title)
    return Entry(title, needs, scores, count_size(model, config.sampling.steps, config.size))


def _formula(o: Objective) -> str:
    terms = " + ".join(o.terms).upper()
    return f"(1 - a)·cross-entropy + a·({terms}), a = {o.alpha}, tau = {o.tau}, beta = {o.beta}, gamma = {o.gamma}"


def _compare(alone: Path, apprenticed: Path) -> str:
    """What the two students' predictions say about each other, and no more than that."""
    share = difference(*(read_predictions(run / "evaluation") for run in (alone, apprenticed)))
    how = "better" if share.value > 0 else "worse"
    told = "this run tells" if share.low > 0 or share.high < 0 else "this run does not tell"
    return (
        f"The apprentice is {abs(share.value):.1f} points {how} than the student that learnt alone (paired difference "
        f"{share.value:+.1f}, 95 % from {share.low:+.1f} to {share.high:+.1f}): {told} the two apart."
    )
