"""How training grows: with sequences, with steps and with devices. JSON out.

    python benchmarks/scaling.py --devices 1 2 --models student teacher --batch 1024 256 --out scaling.json

`--batch` is that of one device, for each model; several devices take as many times more together, and as many batches.
Images are random and lie on the device: the clock sees gathering, augmentation and learning, as in a run. Epochs'
medians. `losses` are those of the first epochs of one small run (the same 256 clips a step, however many devices).
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from lightning_fabric import Fabric

from eyeprentice.data.dataset import Dataset
from eyeprentice.data.layout import SequenceName
from eyeprentice.data.splits import Parts
from eyeprentice.learning.devices import open_device
from eyeprentice.learning.loop import Session, finish, setup, train_epoch
from eyeprentice.learning.prepare import Prepared
from eyeprentice.learning.runs import Record
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.settings import Sampling, Training
from eyeprentice.words.vocabulary import EMOTIONS

LENGTH = 54


KEPT = 2048
"""Sequences whose images lie on the device: further ones show the same."""


def random_dataset(sequences: int, device: torch.device) -> Dataset:
    names = tuple(
        SequenceName(n + 1, f"{n // 7 + 1:03d}", "woman", 20, "x", "normal", EMOTIONS[n % 7], LENGTH, 0)
        for n in range(sequences)
    )
    shape = (min(sequences, KEPT) * LENGTH, 90, 90)
    random = torch.Generator(device).manual_seed(0)  # the same in all processes
    frames, events = (
        torch.randint(0, 256, shape, dtype=torch.uint8, device=device, generator=random) for _ in range(2)
    )
    starts = torch.arange(sequences) % KEPT * LENGTH
    lengths = torch.full((sequences,), LENGTH)
    return Dataset(names, ("training",) * sequences, starts, lengths, frames, events, "random")


def session_of(
    fabric: Fabric, model: str, dataset: Dataset, sequences: int, sampling: Sampling, training: Training
) -> Session:
    recipe = Recipe(model=model, sampling=sampling, training=training)
    parts = Parts(torch.arange(sequences), torch.arange(0), torch.arange(0))
    return setup(fabric, Prepared(recipe, Record(dataset.content), dataset, parts))


def losses(fabric: Fabric, model: str, training: Training) -> list[float]:
    """Of each epoch."""
    sequences = 4 * training.batch_size
    session = session_of(fabric, model, random_dataset(sequences, fabric.device), sequences, Sampling(), training)
    told = [round(train_epoch(session, epoch)["loss"], 5) for epoch in range(6)]
    finish(session)
    return told


def clips_a_second(
    fabric: Fabric, model: str, dataset: Dataset, sequences: int, sampling: Sampling, training: Training
) -> float:
    session = session_of(fabric, model, dataset, sequences, sampling, training)
    seconds, epochs = [], training.epochs
    for epoch in range(epochs):
        fabric.barrier()
        started = time.perf_counter()
        train_epoch(session, epoch)
        seconds.append(time.perf_counter() - started)
    finish(session)
    return sequences / statistics.median(seconds[epochs // 2 :])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, nargs="+", default=[1])
    parser.add_argument("--models", nargs="+", default=["student", "teacher"])
    parser.add_argument("--batch", type=int, nargs="+", default=[1024, 256])
    parser.add_argument("--batches", type=int, default=16, help="in an epoch")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--loss-batch", type=int, default=256, help="of all devices together, for the losses")
    parser.add_argument(
        "--lines", action="store_true", help="also with sequences and with steps: one device, first model"
    )
    parser.add_argument("--accelerator", default="auto")
    parser.add_argument("--precision", default="bf16-mixed")
    parser.add_argument("--batch-norm", choices=["shared", "own"], default="shared")
    parser.add_argument("--out", type=Path, default=Path("build/scaling.json"))
    parser.add_argument("--part", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part is None:
        orchestrate(arguments)
        return
    (count,) = arguments.devices
    fabric = open_device(arguments.accelerator, arguments.precision, count)
    rows = []
    for model, batch in zip(arguments.models, arguments.batch, strict=True):
        sequences = arguments.batches * batch * count
        settings = Training(arguments.epochs, batch * count, batch_norm=arguments.batch_norm)
        dataset = random_dataset(sequences, fabric.device)
        if arguments.lines and model == arguments.models[0]:
            cuts = [(part * sequences // 4, Sampling()) for part in (1, 2, 3, 4)]
            cuts += [(sequences, Sampling(steps, 2)) for steps in (1, 2, 4, 8, 16)]
        else:
            cuts = [(sequences, Sampling())]
        told = losses(fabric, model, Training(6, arguments.loss_batch, batch_norm=arguments.batch_norm))
        for cut, sampling in cuts:
            speed = clips_a_second(fabric, model, dataset, cut, sampling, settings)
            row = {
                "model": model,
                "devices": count,
                "batch_a_device": batch,
                "sequences": cut,
                "sampling": str(sampling),
            }
            rows.append(
                row
                | {
                    "batch_norm": arguments.batch_norm,
                    "clips_s": round(speed),
                    "epoch_ms": round(1000 * cut / speed, 2),
                    "losses": told,
                }
            )
    if fabric.is_global_zero:
        arguments.part.write_text(json.dumps(rows))


def orchestrate(arguments: argparse.Namespace) -> None:
    """A process for each number of devices, for a process joins one group only."""
    rows: list[dict] = []
    runs = [(count, False) for count in arguments.devices] + ([(1, True)] if arguments.lines else [])
    for count, lines in runs:
        with tempfile.TemporaryDirectory() as folder:
            part = Path(folder) / "rows.json"
            given = [*sys.argv[1:], "--devices", str(count), "--part", str(part)]
            given = [word for word in given if word != "--lines"] + ["--lines"] * lines
            subprocess.run([sys.executable, __file__, *given], check=True)
            new = json.loads(part.read_text())
            rows += new
            print(*new, sep="\n", flush=True)
    for row in rows:
        alone = next(r for r in rows if r["model"] == row["model"] and r["devices"] == 1)
        row["times_one_device"] = round(row["clips_s"] / alone["clips_s"], 2)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "processor"
    arguments.out.write_text(json.dumps({"device": device, "torch": torch.__version__, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
