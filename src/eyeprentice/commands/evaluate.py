from pathlib import Path

from eyeprentice import tables
from eyeprentice.data.clips import Sampling
from eyeprentice.data.dataset import open_dataset
from eyeprentice.devices import Precision, open_device
from eyeprentice.errors import InputError
from eyeprentice.evaluation import REPEATS, describe_protocol, held_out_sequences, predict_repeats
from eyeprentice.figures import confusion_figure
from eyeprentice.files import new_file, write_json
from eyeprentice.runs import load_model
from eyeprentice.scoring import score, write_predictions


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
        run: a finished run
        data: a dataset in SEE's layout; the run's own is tested on what the run was not trained on, any other on all
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
    model, config = load_model(run)
    dataset = open_dataset(data, config.size, model.needs_events)
    chosen, subset = held_out_sequences(dataset, run, config)
    clips = config.sampling if sampling is None else Sampling.parse(sampling)
    fabric = open_device(accelerator, precision, devices, nodes)
    predictions = predict_repeats(model, dataset, chosen, clips, fabric, repeats, seed)
    if not fabric.is_global_zero:
        return
    scores = score(predictions)
    out.mkdir(parents=True, exist_ok=True)
    write_predictions(out, config.training.epochs, predictions)
    with new_file(out / "confusion.png") as partial:
        confusion_figure(scores, config.model).savefig(partial, format="png", dpi=150)
    write_json(out / "metrics.json", scores.to_json(describe_protocol(clips, repeats, subset)))
    tables.print_scores(scores, f"{run} ({config.model}) on {data}")
    print(f"tested on: {subset}; written to {out}")
