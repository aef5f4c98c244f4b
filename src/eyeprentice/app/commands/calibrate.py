from pathlib import Path

from eyeprentice.words.errors import InputError

LARGEST = 100
"""Of what may be added to a logit."""


def calibrate(
    run: Path, data: Path, *, out: Path, neutral: float = 0.0, repeats: int = 5, seed: int = 0,
    accelerator: str = "auto",
) -> None:  # fmt: skip
    """Correct the probabilities of a run for people who differ from its training set.

    One number, a temperature, is fitted to clips of DATA; the logits are divided by it, which changes no decision (only
    --neutral does). OUT is a run like any other.
    Test its calibration on people who are not in DATA. For streams, multiply `export --sharpness` by the temperature.

    Example: eyeprentice calibrate runs/student data/validation --out runs/calibrated

    Args:
        run: folder of a finished run
        data: a dataset of people like those in use; people of the run's training set are left out
        out: folder to write the calibrated run into
        neutral: what is added to the logit of neutral first: below 0, fewer faces are called neutral
        repeats: number of clips from each sequence
        seed: random seed of the clips' first frames
        accelerator: device to compute on: cpu, cuda, mps or auto
    """
    if not abs(neutral) < LARGEST:
        raise InputError("neutral", f"{neutral} is added to a logit", f"give a number within -{LARGEST}..{LARGEST}")
    if repeats < 1:
        raise InputError("repeats", f"{repeats} clips a sequence", "give 1 or more")
    from eyeprentice.data.dataset import open_dataset
    from eyeprentice.deploy.temperature import (
        divide_logits,
        fit_temperature,
        mean_logits,
        shift_logit,
        write_calibrated,
    )
    from eyeprentice.judging.evaluation import held_out_sequences
    from eyeprentice.learning.devices import open_device
    from eyeprentice.learning.runs import load_model

    model, config = load_model(run)
    dataset = open_dataset(data, config.size, model.needs_events)
    chosen, subset = held_out_sequences(dataset, run, config)
    device = open_device(accelerator).device
    if neutral:
        shift_logit(model, "neutral", neutral, config.sampling.steps)
    fitted = fit_temperature(*mean_logits(model, dataset, chosen, config.sampling, device, repeats, seed))
    divide_logits(model.cpu(), fitted.temperature)
    write_calibrated(run, out, model, fitted, str(data))
    shifted = f"{neutral:+g} for neutral, " if neutral else ""
    print(
        f"{out}: {shifted}logits divided by {fitted.temperature:.2f}; calibration error on {fitted.clips} clips of "
        f"{data} {fitted.ece_before:.1f} % before, {fitted.ece_after:.1f} % after; fitted to: {subset}"
    )
