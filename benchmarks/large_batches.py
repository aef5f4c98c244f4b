"""Batches of 256 against batches of 32: what learning rate, decay, warm-up, averaging and length are worth. Wants GPUs.

    python benchmarks/large_batches.py --folder build/large_batches --out results.json

A dataset of SEE's size is simulated; a quarter of the people who may be learnt from are validation people, and nobody
else is looked at. Each row is a way to train and a seed: accuracy of the validation people over ten clips of each of
their sequences, of the last weights and of their moving average over a twentieth of the run, and the seconds that
training took, beside what else ran on the card (`--workers` at once). At the end `--time` trains in the ways that it is
given, one after another and alone on a card, on all people of the training part, as `eyeprentice train` does.
"""

import argparse
import json
import multiprocessing
import os
import queue
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

REPEATS, VALIDATION, AVERAGED = 10, 0.25, 0.05
STARTED = time.time()


@dataclass(frozen=True)
class Way:
    """How a model is trained; what is not said is as `eyeprentice train` does it."""

    name: str
    model: str = "student"
    batch: int = 32
    rate: float = 3e-3
    decay: float = 0.05
    epochs: float = 1.0
    """Times `--epochs`."""
    warm_up: float = 0.1
    """Part of the run in which the learning rate rises."""
    taught: bool = False
    """Whether it is an apprentice of the first teacher of seed 0 (HCKD and TCKD)."""


def ways() -> list[Way]:
    """First those that others need, then the most telling ones."""
    rows = [Way("teacher", "teacher", 256, 2e-3), Way("32")]
    for rate in (3e-3, 6e-3, 1.2e-2):
        for decay in (0.05, 0.2):
            rows.append(Way(f"256, {rate:g}, decay {decay:g}", batch=256, rate=rate, decay=decay))
    large = Way("", batch=256, rate=6e-3, decay=0.2)
    rows += [
        replace(large, name="256, twice as long", epochs=2),
        replace(large, name="256, thrice as long", epochs=3),
        replace(large, name="256, warm-up 0.3", warm_up=0.3),
        Way("64, 4e-3", batch=64, rate=4e-3),
        Way("128, 5e-3, decay 0.1", batch=128, rate=5e-3, decay=0.1),
    ]
    short = Way("", "teacher", 256, 2e-3, epochs=0.5)
    rows += [replace(short, name=f"teacher, half as long, {rate:g}", rate=rate) for rate in (2e-3, 4e-3)]
    rows += [replace(short, name="teacher, a third as long, 4e-3", rate=4e-3, epochs=1 / 3)]
    rows += [
        Way("apprentice 32", taught=True),
        replace(large, name="apprentice 256, 6e-3, decay 0.05", decay=0.05, taught=True),
        replace(large, name="apprentice 256", taught=True),
        replace(large, name="apprentice 256, twice as long", taught=True, epochs=2),
    ]
    return rows


def recipe_of(way: Way, seed: int, asked: argparse.Namespace, validation: float) -> Any:
    from eyeprentice.words.recipe import Recipe
    from eyeprentice.words.settings import Objective, Split, Training

    epochs = max(1, round(asked.epochs * way.epochs))
    training = Training(epochs, way.batch, learning_rate=way.rate, weight_decay=way.decay, seed=seed)
    return Recipe(
        asked.folder / "data", way.model, training=training, split=Split(validation=validation),
        precision=asked.precision, teacher=(asked.folder / "teacher-0",) if way.taught else (),
        objective=Objective() if way.taught else Objective(terms=()),
    )  # fmt: skip


def train(way: Way, seed: int, asked: argparse.Namespace, dataset: Any, fabric: Any) -> dict[str, Any]:
    """One row."""
    import torch

    from eyeprentice.deploy.temperature import mean_logits
    from eyeprentice.learning import loop
    from eyeprentice.learning.prepare import prepare
    from eyeprentice.learning.runs import save_weights, write_setup

    started = time.perf_counter()
    task = prepare(recipe_of(way, seed, asked, VALIDATION), dataset)
    session = loop.setup(fabric, task)
    loop.WARM_UP = way.warm_up
    steps = task.recipe.training.epochs * -(-len(task.parts.training) // way.batch)
    weights = [parameter.detach() for parameter in session.model.parameters()]
    average, plain, kept = [weight.clone() for weight in weights], session.step, 1 / max(1, AVERAGED * steps)

    def averaged(*given: Any) -> Any:
        answer = plain(*given)
        torch._foreach_lerp_(average, weights, kept)
        return answer

    session.step = averaged
    for epoch in range(task.recipe.training.epochs):
        loop.train_epoch(session, epoch)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    seconds = time.perf_counter() - started
    session.step = plain
    loop.finish(session)

    def accuracy() -> float:
        with torch.no_grad():
            asked_of = (session.model, session.dataset, task.parts.validation, task.recipe.sampling, fabric.device)
            logits, labels = mean_logits(*asked_of, REPEATS, 0)
        return round(100 * (logits.argmax(1) == labels).double().mean().item(), 2)

    last = accuracy()
    if way.model == "teacher" and not (asked.folder / f"{way.name}-{seed}").exists():
        run = asked.folder / f"{way.name}-{seed}"
        write_setup(run, task.recipe, task.record, task.dataset, task.parts)
        save_weights(run, session.model)
    with torch.no_grad():
        torch._foreach_copy_(weights, average)
    row = {**asdict(way), "epochs": task.recipe.training.epochs, "seed": seed, "validation": last}
    return row | {"averaged": accuracy(), "seconds": round(seconds, 1), "steps": steps}


def work(card: int, asked: argparse.Namespace, jobs: Any, rows: Any) -> None:
    """Takes jobs until there are none, on one card."""
    os.environ["CUDA_VISIBLE_DEVICES"] = str(card)
    import torch

    from eyeprentice.data.dataset import open_dataset
    from eyeprentice.learning.devices import open_device

    torch.set_num_threads(2)
    dataset, fabric = open_dataset(asked.folder / "data", 90, events=True), open_device("auto", asked.precision)
    while time.time() - STARTED < 60 * asked.minutes:
        try:
            way, seed = jobs.get(timeout=1)
        except queue.Empty:
            break
        while way.taught and not (asked.folder / "teacher-0" / "weights.safetensors").exists():
            time.sleep(1)
        try:
            rows.put(train(way, seed, asked, dataset, fabric))
        except Exception as error:  # one row less
            rows.put({"name": way.name, "seed": seed, "error": f"{type(error).__name__}: {error}"[:300]})
    rows.put(None)


def time_alone(asked: argparse.Namespace, names: list[str]) -> dict[str, float]:
    """Seconds of `learn`, on all training people."""
    import torch

    from eyeprentice.data.dataset import open_dataset
    from eyeprentice.learning.devices import open_device
    from eyeprentice.learning.learn import learn

    device = "cuda" if torch.cuda.is_available() else "cpu"
    print("card", torch.cuda.get_device_name(0) if device == "cuda" else device, flush=True)
    dataset, fabric = open_dataset(asked.folder / "data", 90, events=True), open_device("auto", asked.precision)
    seconds, teacher = {}, None
    for way in ways():
        if way.name not in names and way.name != "teacher":
            continue
        run = asked.folder / f"timed {way.name}"
        recipe = recipe_of(way, 0, asked, 0.0)
        recipe = replace(recipe, teacher=(teacher,) if way.taught else ())
        started = time.perf_counter()
        learn(recipe, run, lambda: fabric, dataset, way.name)
        seconds[way.name] = round(time.perf_counter() - started, 1)
        print(way.name, seconds[way.name], "s alone", flush=True)
        teacher = teacher or run
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("build/large_batches"))
    parser.add_argument("--out", type=Path, default=Path("build/large_batches/results.json"))
    parser.add_argument("--epochs", type=int, default=180)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sequences", type=int, default=2405)
    parser.add_argument("--subjects", type=int, default=111)
    parser.add_argument("--cards", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="processes on each card")
    parser.add_argument("--precision", default="bf16-mixed")
    parser.add_argument("--minutes", type=float, default=1e6, help="no row is begun later than this")
    parser.add_argument("--only", nargs="*", help="names of ways")
    parser.add_argument("--time", nargs="*", default=[], help="names of ways that are timed alone at the end")
    asked = parser.parse_args()

    from eyeprentice.app.commands.synth import synth
    from eyeprentice.data.dataset import open_dataset

    asked.folder.mkdir(parents=True, exist_ok=True)
    if not (asked.folder / "data").exists():
        synth(asked.folder / "data", sequences=asked.sequences, subjects=asked.subjects, variety="see")
        open_dataset(asked.folder / "data", 90, events=True)
    print(round(time.time() - STARTED), "s: the dataset is packed", flush=True)
    context = multiprocessing.get_context("spawn")
    jobs, rows = context.Queue(), context.Queue()
    chosen = [way for way in ways() if asked.only is None or way.name in asked.only]
    first, *others = [(way, seed) for seed in range(asked.seeds) for way in chosen]
    for job in (first, *others):
        jobs.put(job)
    workers = [
        context.Process(target=work, args=(card, asked, jobs, rows))
        for card in range(asked.cards)
        for _ in range(asked.workers)
    ]
    for worker in workers:
        worker.start()
    told: dict[str, Any] = {"rows": [], "alone": {}}
    while workers:
        row = rows.get()
        if row is None:
            workers.pop()
            continue
        told["rows"].append(row)
        print(round(time.time() - STARTED), json.dumps(row), flush=True)
        asked.out.write_text(json.dumps(told, indent=1))
    if asked.time:
        told["alone"] = time_alone(asked, asked.time)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(told, indent=1))
    for name in dict.fromkeys(row["name"] for row in told["rows"]):
        of = [row for row in told["rows"] if row["name"] == name and "error" not in row]
        if of:
            last, mean, seconds = ([row[key] for row in of] for key in ("validation", "averaged", "seconds"))
            print(f"{name:36} {sum(last) / len(of):6.2f} {last} averaged {sum(mean) / len(of):6.2f} {seconds} s")


if __name__ == "__main__":
    main()
