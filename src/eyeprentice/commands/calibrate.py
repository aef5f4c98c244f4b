from pathlib import Path

from eyeprentice.errors import InputError


def calibrate(run: Path, data: Path, *, out: Path, repeats: int = 5, seed: int = 0, accelerator: str = "auto") -> None:
    """Make a run's confidence honest on people of another kind than it learnt from. Its answers stay as they are.

    One number, a temperature, is fitted to clips of DATA and divides the logits; OUT is a run that can be used as any
    other. What it was fitted to says nothing of its calibration: test it on other people. Streams that were tuned to
    the old logits need `export --sharpness` times the temperature.

    Example: eyeprentice calibrate runs/student data/validation --out runs/calibrated

    Args:
        run: a finished run
        data: a dataset of people of the kind that it will meet; whom the run learnt from is left out
        out: folder of the calibrated run
        repeats: clips a sequence
        seed: of the random starts
        accelerator: cpu, cuda, mps or auto
    """
    if repeats < 1:
        raise InputError("repeats", f"{repeats} clips a sequence", "give 1 or more")
    from eyeprentice.data.dataset import open_dataset
    from eyeprentice.deploy.temperature import divide_logits, fit_temperature, mean_logits, write_calibrated
    from eyeprentice.devices import open_device
    from eyeprentice.evaluation import held_out_sequences
    from eyeprentice.runs import load_model

    model, config = load_model(run)
    dataset = open_dataset(data, config.size, model.needs_events)
    chosen, subset = held_out_sequences(dataset, run, config)
    device = open_device(accelerator).device
    fitted = fit_temperature(*mean_logits(model, dataset, chosen, config.sampling, device, repeats, seed))
    divide_logits(model.cpu(), fitted.temperature)
    write_calibrated(run, out, model, fitted, str(data))
    print(
        f"{out}: logits divided by {fitted.temperature:.2f}; calibration error on {fitted.clips} clips of {data} "
        f"{fitted.ece_before:.1f} % before, {fitted.ece_after:.1f} % after; fitted to: {subset}"
    )
