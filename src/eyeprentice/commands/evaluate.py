from pathlib import Path

from eyeprentice.errors import InputError
from eyeprentice.settings import REPEATS, Precision


def evaluate(
    run: Path,
    data: Path,
    *,
    out: Path,
    repeats: int = REPEATS,
    seed: int = 0,
    sampling: str | None = None,
    accelerator: str = "auto",
    precision: Precision = "32-true",
    devices: int = 1,
    nodes: int = 1,
) -> None:
    """Test a run by the field's protocol: a clip from a random start of every testing sequence, 20 times.

    Prints SEEN's table and writes metrics.json, prediction files in SEEN's format and confusion.png.

    Example: eyeprentice evaluate runs/student data/simulated --out runs/student/evaluation

    Args:
        run: a finished run, or default for the weights that come with the package
        data: a dataset in SEE's layout; what the run learnt from, and other sequences of the same people, are left out
        out: folder for the results
        repeats: clips a sequence
        seed: of the random starts
        sampling: other clips than the run was trained with, written Ex-Sy
        accelerator: cpu, cuda, mps or auto
        precision: of Lightning Fabric
        devices: how many of them share the work
        nodes: machines, each started by torchrun
    """
    if repeats < 1:
        raise InputError("repeats", f"{repeats} clips a sequence", "give 1 or more")
    from eyeprentice import evaluation, tables
    from eyeprentice.data.clips import Sampling
    from eyeprentice.data.dataset import open_dataset
    from eyeprentice.devices import open_device
    from eyeprentice.runs import load_model

    model, config = load_model(run)
    dataset = open_dataset(data, config.size, model.needs_events)
    clips = config.sampling if sampling is None else Sampling.parse(sampling)
    fabric = open_device(accelerator, precision, devices, nodes)
    result = evaluation.evaluate(run, dataset, out, fabric, sampling=clips, repeats=repeats, seed=seed)
    if fabric.is_global_zero:
        tables.print_scores(result.scores, f"{run} ({config.model}) on {data}")
        print(f"tested on: {result.subset}; written to {out}")
