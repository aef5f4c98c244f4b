"""Makes the packaged weights again, from two public downloads to the ONNX file. Wants CUDA GPUs and many processors.

    python benchmarks/default_weights.py FACE_MODEL PORTRAITS VALIDATION WORK

FACE_MODEL: ICT-FaceKit's folder FaceXModel, or an .npz file of it. PORTRAITS and VALIDATION: folders with neutral
pictures of people to learn from and of others to choose and to calibrate on, each picture with its WebMorph template
beside it; those of the people that benchmarks/real_smiles.py and moved_faces.py are to be run on are in neither. WORK:
a folder to work in; about 15 GB.

A step whose result is in WORK already is not done again, and a run that was cut off goes on where it was. Runs that do
not wait for each other share the GPUs that there are. --share 0.002 tries all of it with as large a part of the work.
docs/weights.md says what came of it, and how long each step took.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

TEACHER, ALONE, AGAIN, APPRENTICE = "teacher", "alone", "again", "apprentice"
"""Runs: the teacher, a student without it, another one of the next seed, and, if it is asked for, the apprentice."""
STEPS = {TEACHER: 4_000, ALONE: 12_000, AGAIN: 12_000, APPRENTICE: 12_000}
STILL, MOVED = 0.90, 0.85
"""Shares of real neutral faces that are still to be called neutral: where nothing moves, and where the camera does."""
SIZE, BATCH = 90, 256
LEARN, CHOOSE = "learn", ("broad", "another_day", "corpus", "wild")
"""Datasets: to learn from, and of people to choose and to calibrate on."""


def say(text: str) -> None:
    print(time.strftime("%T"), text, flush=True)


def part(asked: argparse.Namespace, count: int, least: int) -> int:
    return max(least, round(asked.share * count))


def make_casts(asked: argparse.Namespace) -> None:
    from eyeprentice.files.processes import processors
    from eyeprentice.synth.cast.make import find_portraits, make_cast

    for name, portraits in (("cast", asked.portraits), ("others", asked.validation)):
        if not (asked.work / name).exists():
            say(f"people from {portraits}")
            make_cast(find_portraits([portraits]), {}, asked.face_model, asked.work / name, processors())


def simulate_all(asked: argparse.Namespace) -> None:
    """Sequences to learn from, of re-enacted and of drawn people, and those of validation people, by kind."""
    from in_memory import simulate

    from eyeprentice.synth.cast.folder import open_cast
    from eyeprentice.synth.people import DRAWN
    from eyeprentice.synth.plan import SequencePlan, plan_sequences
    from eyeprentice.synth.variety import VARIETIES

    casts = {name: str(asked.work / name) for name in ("cast", "others")}
    people = {name: len(open_cast(Path(folder)).members) for name, folder in casts.items()} | {DRAWN: None}

    def plans(variety: str, who: str, subjects: int, sequences: int, seed: int, **axes: float) -> list[SequencePlan]:
        subjects = part(asked, subjects, 7) if who == DRAWN else min(subjects, people[who])
        count = part(asked, sequences, subjects)
        variety_of = replace(VARIETIES[variety], **axes)
        return plan_sequences(count, subjects, SIZE, seed, variety_of, people=casts.get(who, who), representation=None)

    say("sequences to learn from")
    seed = 1000 * asked.seed
    everybody = 10_000
    simulate(asked.work, LEARN, [
        plans("broad", "cast", everybody, 12_000, seed + 1),
        plans("wild-broad", "cast", everybody, 5_000, seed + 2),
        plans("broad", DRAWN, 200, 2_000, seed + 3),
        plans("wild-broad", DRAWN, 200, 2_000, seed + 4),
        plans("see", DRAWN, 100, 1_200, seed + 5, breadth=0.3, resting=0.5),
    ])  # fmt: skip
    say("sequences of validation people")
    wide = {"breadth": 1.0, "measured": 0.0, "retaken": 0.0}
    for name, groups in {
        "broad": [plans("broad", "others", everybody, 728, 70, **wide)],
        "another_day": [plans("broad", "others", everybody, 728, 71, **wide | {"retaken": 1.0})],
        "corpus": [plans("corpus", "others", everybody, 364, 72), plans("see", DRAWN, 40, 280, 73)],
        "wild": [plans("wild-broad", "others", everybody, 364, 74, **wide), plans("wild", DRAWN, 40, 560, 75)],
    }.items():
        simulate(asked.work, name, groups)


def train(asked: argparse.Namespace, name: str) -> None:
    """One run, on the one GPU that this process sees."""
    import torch
    from in_memory import open_simulated

    from eyeprentice.learning.devices import open_device
    from eyeprentice.learning.learn import learn
    from eyeprentice.words.recipe import Recipe
    from eyeprentice.words.settings import Objective, Split, Training

    dataset = open_simulated(asked.work, [(LEARN, "training"), ("broad", "testing")])
    steps_an_epoch = -(-sum(subset == "training" for subset in dataset.subsets) // BATCH)
    training = Training(
        epochs=max(1, round(asked.share * STEPS[name] / steps_an_epoch)), batch_size=BATCH,
        seed=asked.seed + (name == AGAIN),
        learning_rate=2e-3 if name == TEACHER else 2.5e-3, augmentation="strong", moment_labels=0.25, units_weight=2.0,
    )  # fmt: skip
    recipe = Recipe(
        model="teacher" if name == TEACHER else "student",
        options={"registration": 3} | ({"inputs": "frames"} if name == TEACHER else {}),
        teacher=(asked.work / TEACHER,) if name == APPRENTICE else (),
        objective=Objective(terms=("kd",) if name == APPRENTICE else ()),
        size=SIZE, training=training, split=Split("official", validation=0.0),
        precision="bf16-mixed" if torch.cuda.is_available() else "32-true",
    )  # fmt: skip
    learn(recipe, asked.work / name, lambda: open_device(precision=recipe.precision), dataset)


def train_all(asked: argparse.Namespace) -> None:
    """Each run in a process of its own; with two GPUs the teacher and its apprentice have one for themselves."""
    import torch

    from eyeprentice.learning.runs.paths import WEIGHTS

    last = str(max(0, torch.cuda.device_count() - 1))

    def run(gpu: str, *names: str) -> None:
        for name in names:
            if (asked.work / name / WEIGHTS).is_file():
                continue
            say(f"{name}: begins")
            command = [sys.executable, *sys.argv, "--only", name]
            subprocess.run(command, env={**os.environ, "CUDA_VISIBLE_DEVICES": gpu}, check=True)
            say(f"{name}: finished")

    with ThreadPoolExecutor(3) as pool:
        first = (TEACHER, APPRENTICE) if asked.apprentice else (TEACHER,)
        for each in [pool.submit(run, *way) for way in (("0", *first), (last, ALONE), (last, AGAIN))]:
            each.result()


def choose(asked: argparse.Namespace) -> None:
    """The best student on validation people, as a run whose answers are balanced and whose probabilities are honest."""
    import torch
    from in_memory import open_simulated
    from neutral_faces import called_neutral

    from eyeprentice.deploy.integer import round_weights
    from eyeprentice.deploy.temperature import (
        divide_logits,
        fit_temperature,
        mean_logits,
        shift_logit,
        write_calibrated,
    )
    from eyeprentice.learning.devices import open_device
    from eyeprentice.learning.runs import load_model

    kinds = {kind: open_simulated(asked.work, [(kind, "testing")]) for kind in CHOOSE}
    device = open_device().device

    def answers(model, recipe) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        return {
            kind: mean_logits(model, data, torch.arange(len(data.names)), recipe.sampling, device, 3, 0)
            for kind, data in kinds.items()
        }

    told: dict[str, object] = {}
    students = (ALONE, AGAIN, APPRENTICE) if asked.apprentice else (ALONE, AGAIN)
    for name in students:
        given = answers(*load_model(asked.work / name))
        right = {kind: 100 * (at.argmax(1) == labels).double().mean().item() for kind, (at, labels) in given.items()}
        told[name] = {**right, "mean": sum(right.values()) / len(right)}
        say(f"{name}: {told[name]}")
    best = max(students, key=lambda name: told[name]["mean"])
    model, recipe = load_model(asked.work / best)
    round_weights(model)  # to those of 8 bits, which the packaged file has
    faces = [asked.portraits, asked.validation]
    lowered = 0.0
    while lowered < 2.0:
        shift_logit(model.cpu(), "neutral", -0.1, recipe.sampling.steps)
        still, moved = called_neutral(model, faces, recipe.size, recipe.sampling.steps)
        say(f"neutral lowered by {lowered + 0.1:.1f}: called neutral {still:.3f}, {moved:.3f} where the camera moves")
        if still < STILL or moved < MOVED:
            shift_logit(model, "neutral", 0.1, recipe.sampling.steps)
            break
        lowered += 0.1
    given = answers(model, recipe)
    fitted = {kind: fit_temperature(*of_kind) for kind, of_kind in given.items()}
    hottest = max(fitted, key=lambda kind: fitted[kind].temperature)  # strangers are at least as hard to read
    model = model.cpu()
    divide_logits(model, fitted[hottest].temperature)
    if not (asked.work / "default").exists():
        write_calibrated(asked.work / best, asked.work / "default", model, fitted[hottest], hottest)
    told |= {"chosen": best, "neutral": -lowered, "temperatures": {k: each.temperature for k, each in fitted.items()}}
    print(json.dumps(told, indent=1), flush=True)
    (asked.work / "chosen.json").write_text(json.dumps(told, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("face_model", "portraits", "validation", "work"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument(
        "--apprentice", action="store_true", help="train an apprentice of the teacher, and choose of three"
    )
    parser.add_argument("--only", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    if asked.only:
        train(asked, asked.only)
        return
    make_casts(asked)
    simulate_all(asked)
    train_all(asked)
    say("the better student, calibrated")
    choose(asked)
    if not (asked.work / "default.onnx").exists():
        from eyeprentice.app.commands.export import export

        export(asked.work / "default", out=asked.work / "default.onnx", format="onnx-int8", input="ready")
    say("done")


if __name__ == "__main__":
    main()
