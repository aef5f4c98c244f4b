from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eyeprentice import __version__
from eyeprentice.data.clips import Clip
from eyeprentice.data.dataset import open_dataset
from eyeprentice.deploy.clips import UNSEEN, dataset_clips, simulated_clips
from eyeprentice.deploy.step import StepModel, step_model
from eyeprentice.errors import InputError
from eyeprentice.evaluation import held_out_sequences
from eyeprentice.models import Model
from eyeprentice.runs import Config, load_model, weights_digest

SAME = 1e-4
SHARPNESS, HAZARD_HZ = 0.2, 3.0
"""Fitted to simulated streams (benchmarks/stream_changes.py)."""


def export(
    run: Path,
    *,
    out: Path,
    format: Literal["onnx", "onnx-int8", "nir"] = "onnx",
    data: Path | None = None,
    clips: int = 500,
    input: Literal["any", "ready"] = "any",
    sharpness: float = SHARPNESS,
    hazard_hz: float = HAZARD_HZ,
) -> None:
    """Write a student as a step model for a device, and hold it to PyTorch on clips.

    Example: eyeprentice export runs/student --format onnx --data data/simulated --out student.onnx

    Args:
        run: a finished run of a student
        out: file to write
        format: onnx; onnx-int8, calibrated on training people, input ready; or nir, whose input is what the first layer
            is given
        data: clips to compare with, of what the run was not trained on; without it, 21 clips of people simulated anew
        clips: how many
        input: any takes 8-bit grey or RGB frames of every size; ready, which is faster, grey ones of the model's size
        sharpness: of the evidence in a stream (docs/deploy.md)
        hazard_hz: how often an emotion changes, times a second
    """
    if out.is_dir():
        raise InputError(out, "is a folder", "name a file")
    if clips < 1 or not sharpness > 0 or not hazard_hz > 0:
        raise InputError("export", "clips, sharpness and hazard must be above 0", "see --help")
    model, config = load_model(run)
    tested, calibrating = _clips(run, config, data, clips)
    facts = {"weights": weights_digest(run), "eyeprentice.version": __version__, "sampling": str(config.sampling)}
    if format == "nir":
        _nir(step_model(model, config.size), model, tested[0], out, facts)
        return
    from eyeprentice.deploy.onnx import compare, to_int8, to_onnx, write_onnx

    step = step_model(model, config.size, input == "ready" or format == "onnx-int8")
    graph = to_onnx(step) if format == "onnx" else to_int8(to_onnx(step), calibrating)
    extra = {"weights": facts["weights"], "sharpness": str(sharpness), "hazard_hz": str(hazard_hz), "kind": format}
    write_onnx(graph, step, config, out, extra)
    difference = compare(out, model, *tested)
    print(
        f"{out}: {out.stat().st_size:,} bytes; logits are PyTorch's (to 1e-4) on {difference.equal} of "
        f"{difference.clips} clips, the largest difference is {difference.largest:.2g}; "
        f"{difference.decisions} decisions differ, WAR changes by {difference.war_points:+.2f} points"
    )


Clips = tuple[NDArray[np.uint8], Tensor]


def _clips(run: Path, config: Config, data: Path | None, count: int) -> tuple[Clips, NDArray[np.uint8]]:
    """Clips to test with, their labels, and others to calibrate on."""
    if data is None:
        others, _ = simulated_clips(config.sampling, config.size, seed=UNSEEN + 1)
        return simulated_clips(config.sampling, config.size), others
    dataset = open_dataset(data, config.size, events=False)
    chosen, _ = held_out_sequences(dataset, run, config)
    rest = torch.tensor([n for n in range(len(dataset.names)) if n not in set(chosen.tolist())] or chosen.tolist())
    return dataset_clips(dataset, chosen, config.sampling, count), dataset_clips(
        dataset, rest, config.sampling, min(100, count)
    )[0]


def _nir(step: StepModel, model: Model, clips: NDArray[np.uint8], out: Path, facts: dict[str, str]) -> None:
    import nir

    from eyeprentice.deploy.neuromorphic import run_nir, to_nir, write_nir

    frames = torch.from_numpy(clips)[:, :, None].float() / 255
    write_nir(to_nir(step, facts), out)
    with torch.no_grad():
        wanted = model(Clip(frames, None))
        given = run_nir(nir.read(str(out)), step.student.eye(frames))
    apart = (given - wanted).abs().amax(dim=(0, 2))
    print(
        f"{out}: {out.stat().st_size:,} bytes; logits are PyTorch's (to {SAME}) on {int((apart <= SAME).sum())} of "
        f"{len(apart)} clips, the largest difference is {apart.max():.2g}"
    )
