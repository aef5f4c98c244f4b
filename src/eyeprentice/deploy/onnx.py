"""The step model as ONNX, held to PyTorch on real clips when it is written."""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor

from eyeprentice import __version__
from eyeprentice.data.clips import Clip
from eyeprentice.deploy.branching import branch_on_first_step
from eyeprentice.deploy.difference import Difference, difference
from eyeprentice.deploy.integer import translations
from eyeprentice.deploy.operation_notes import operation_notes
from eyeprentice.deploy.step import ExportedStep
from eyeprentice.files.seal import sealed
from eyeprentice.files.whole import new_file
from eyeprentice.learning.runs import read_recipe, read_record, weights_digest
from eyeprentice.models import Model
from eyeprentice.models.base import MapModel, check_answers
from eyeprentice.runtime.model import FORMAT, open_model
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.vocabulary import EMOTIONS, FORGETTING_HZ, SHARPNESS


def to_onnx(step: ExportedStep) -> onnx.ModelProto:
    """The graph, without metadata."""
    names, rest = step.names, step.rest()
    outputs = ["logits", *(["units"] if step.units else []), *(f"{name}_after" for name in names)]
    frame = torch.zeros(step.size, step.size, 1) if step.ready else torch.zeros(2 * step.size, 3 * step.size, 3)
    free = torch.export.Dim.DYNAMIC
    shapes = (None if step.ready else {0: free, 1: free, 2: free}, tuple(None for _ in rest))
    with _silence():
        program = torch.onnx.export(
            step, (frame.to(torch.uint8), *rest), dynamo=True, external_data=False, verbose=False,
            input_names=["frame", *names], output_names=outputs,
            dynamic_shapes=shapes, custom_translation_table=translations(),
        )  # fmt: skip
    assert program is not None
    model = program.model_proto
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output, model.graph):
        del part.metadata_props[:]  # stack traces, with the exporting machine's paths
        part.doc_string = ""
    branch_on_first_step(model.graph)
    return model


def write_onnx(model: onnx.ModelProto, step: ExportedStep, config: Recipe, path: Path, extra: dict[str, str]) -> None:
    """Writes the graph with what a runtime and a reader need to know, sealed with its SHA-256."""
    metadata = {
        "eyeprentice.format": FORMAT,
        "eyeprentice.version": __version__,
        "labels": " ".join(EMOTIONS),
        "size": str(step.size),
        "input": "ready" if step.ready else "any",
        "preprocessing": "uint8 grey, mean over the area of each pixel (INTER_AREA), /255; the rest is in the graph",
        "steps": str(config.sampling.steps),
        "skip": str(config.sampling.skip),
        "training": str(config.training),
        "objective": str(config.objective),
        **({"units": " ".join(step.units)} if step.units else {}),
        **operation_notes(step),
        **extra,
    }
    del model.metadata_props[:]
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    with new_file(path) as partial:
        partial.write_bytes(sealed(model.SerializeToString()))


def facts_of(
    run: Path, sharpness: float = SHARPNESS, forgetting_hz: float = FORGETTING_HZ, kind: str = "onnx"
) -> dict[str, str]:
    """What a file tells of the run that it comes from, and of how a stream is read with it."""
    record, recipe = read_record(run), read_recipe(run)
    return {
        "weights": weights_digest(run),
        "training_data": record.content,
        **({} if recipe.data is None else {"data": recipe.data.name}),
        "sharpness": str(sharpness),
        "forgetting_hz": str(forgetting_hz),
        "kind": kind,
    }


@torch.no_grad()
def compare(path: Path, model: Model, clips: NDArray[np.uint8], labels: Tensor) -> Difference:
    """Runs clips (T, B, H, W) through a written file, frame by frame, and whole through PyTorch.

    Action units are compared where the file gives them.
    """
    opened = open_model(path)
    frames = torch.from_numpy(clips)[:, :, None].float() / 255
    parts = [_asked(model, Clip(part, None), bool(opened.units)) for part in frames.split(64, dim=1)]
    wanted, wanted_units = (torch.cat(part, dim=1).numpy() for part in zip(*parts, strict=True))
    check_answers(torch.from_numpy(wanted), torch.from_numpy(wanted_units))
    given, given_units = np.empty_like(wanted), np.empty_like(wanted_units)
    for number in range(clips.shape[1]):
        state = opened.rest()
        for step, frame in enumerate(clips[:, number]):
            given[step, number], given_units[step, number], state = opened.estimate(frame[..., None], state)
    found = difference(given, wanted, labels)
    return replace(found, units=float(np.abs(given_units - wanted_units).max())) if opened.units else found


def _asked(model: Model, clip: Clip, units: bool) -> tuple[Tensor, Tensor]:
    """Logits (T, B, 7) and action units (T, B, U), 0..1; U is 0 unless they are wanted."""
    if not units:
        logits = model(clip)[0]
        return logits, logits[..., :0]
    assert isinstance(model, MapModel)
    estimate = model.estimate(clip)
    return estimate.logits, estimate.units.clamp(0, 1)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """The exporters tell much that no user can do anything about."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
