from pathlib import Path
from typing import Literal

from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import REPEATS, Precision


def evaluate(
    run: Path,
    data: Path,
    *,
    out: Path | None = None,
    repeats: int = REPEATS,
    seed: int = 0,
    sampling: str | None = None,
    control: Literal["last", "reversed", "shuffled", "no-change", "no-events"] | None = None,
    accelerator: str = "auto",
    precision: Precision = "32-true",
    devices: int = 1,
    nodes: int = 1,
) -> None:
    """Test a run by the field's protocol: a clip from a random start of every testing sequence, 20 times.

    Prints SEEN's table and writes metrics.json, prediction files in SEEN's format and confusion.png. If the run has
    learnt action units and DATA tells the same ones, their correlation and mean absolute error are added.

    Example: eyeprentice evaluate runs/student data/simulated

    Args:
        run: folder of a finished run; default names the weights in the package
        data: a dataset in SEE's layout; sequences of people in the run's training set are left out
        out: folder to write the results into; by default `evaluation` in the run's folder, in place of an earlier one
            (the packaged run `default` has no folder, so it must be given)
        repeats: number of clips from each sequence
        seed: random seed of the clips' first frames
        sampling: clips of x frames with y frames skipped between two, written Ex-Sy; by default as in training
        control: take something from every clip, to see what the predictions depend on: last shows the last frame in
            every step, reversed and shuffled change the order of the steps, no-change takes away the change since the
            first frame, no-events the events
        accelerator: device to compute on: cpu, cuda, mps or auto
        precision: number format of the computation, as Lightning Fabric names it
        devices: number of devices that share the work
        nodes: number of machines; start the command on each with torchrun
    """
    if repeats < 1:
        raise InputError("repeats", f"{repeats} clips a sequence", "give 1 or more")
    from eyeprentice.data.dataset import open_dataset
    from eyeprentice.judging.evaluation import evaluate_run
    from eyeprentice.judging.scoring import print_scores
    from eyeprentice.judging.units import described
    from eyeprentice.learning.devices import open_device
    from eyeprentice.learning.runs import load_model, place_for
    from eyeprentice.words.settings import Sampling

    place = place_for(run, "evaluation", out)
    if place is None:
        raise InputError(run, "the packaged weights have no folder for results", "give one: --out FOLDER")
    try:
        asked = None if sampling is None else Sampling.parse(sampling)
    except ValueError as error:
        raise InputError("--sampling", str(error), "see --help") from None
    model, config = load_model(run)
    dataset = open_dataset(data, config.size, model.needs_events)
    fabric = open_device(accelerator, precision, devices, nodes)
    result = evaluate_run(
        run, dataset, place, fabric, sampling=asked or config.sampling, repeats=repeats, seed=seed, control=control
    )
    if fabric.is_global_zero:
        print_scores(result.scores, f"{run} ({config.model}) on {data}")
        if result.units:
            print(described(result.units))
        print(f"tested on: {result.subset}; written to {place}")
