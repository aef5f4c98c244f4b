from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import REPEATS, Precision


def evaluate(
    run: Path,
    data: list[Path],
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

    Of several datasets, it prints a table of each and writes a folder for each, and a metrics.json of all of them. If
    one of them cannot be used, it says so before any is tested, and nothing is written.

    Example: eyeprentice evaluate runs/student data/simulated

    Args:
        run: folder of a finished run; default names the weights in the package
        data: a dataset in SEE's layout, or several; sequences of people in the run's training set are left out
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
    named = distinct_names(data)
    from eyeprentice.data.dataset import open_dataset
    from eyeprentice.judging.evaluation import check_testable, measure_run
    from eyeprentice.judging.scoring import print_scores
    from eyeprentice.judging.units import described
    from eyeprentice.judging.written import write_evaluation, write_evaluations
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
    datasets = {name: open_dataset(path, config.size, model.needs_events) for name, path in named.items()}
    for dataset in datasets.values():
        check_testable(run, model, config, dataset, control)
    fabric = open_device(accelerator, precision, devices, nodes)
    results = {
        name: measure_run(
            run, dataset, fabric, sampling=asked or config.sampling, repeats=repeats, seed=seed, control=control,
            title=f"evaluating on {name}" if len(named) > 1 else "evaluating",
        )
        for name, dataset in datasets.items()
    }  # fmt: skip
    if fabric.is_global_zero:
        if len(named) > 1:
            write_evaluations(place, {name: (named[name], result) for name, result in results.items()})
        else:
            write_evaluation(place, *results.values())
        for name, result in results.items():
            print_scores(result.scores, f"{run} ({config.model}) on {named[name]}")
            if result.units:
                print(described(result.units))
            where = place / name if len(named) > 1 else place
            print(f"tested on: {result.subset}; written to {where}")
        if len(named) > 1:
            print(f"the figures of all {len(named)} datasets: {place / 'metrics.json'}")


def distinct_names(data: Sequence[Path]) -> dict[str, Path]:
    """A short name of each dataset: its folder's, with the folders above it as far as names are alike.

    Raises `InputError` for a dataset that is given twice.
    """
    folders = [path.resolve() for path in data]
    for number, folder in enumerate(folders):
        if folder in folders[:number]:
            raise InputError(data[number], "is given twice", "give each dataset once")
    for count in range(1, max(len(folder.parts) for folder in folders) + 1):
        names = ["-".join(part.strip("/\\:") for part in folder.parts[-count:]) for folder in folders]
        if len(set(names)) == len(names):
            return dict(zip(names, data, strict=True))
    raise InputError(data[0], "cannot be told apart from another one by its name", "rename a folder")
