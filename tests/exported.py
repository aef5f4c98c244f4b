"""A small student and its exported files, for all tests of devices."""

from pathlib import Path

import pytest
import torch

from eyeprentice.data.clips import Clip
from eyeprentice.models import Model, build_model
from eyeprentice.synth.dataset import UNIT_COLUMNS
from eyeprentice.words.recipe import Recipe
from eyeprentice.words.settings import Sampling
from tests.conftest import Once

SIZE = 32


@pytest.fixture(scope="session")
def student() -> Model:
    """Small and untrained, but its batch norms have seen data, so that it spikes."""
    torch.manual_seed(0)
    model = build_model("student", {"channels": (8, 16), "stride": 2, "kernel": 5, "cells": 2}).train()
    with torch.no_grad():
        for _ in range(30):
            model(Clip(torch.rand(4, 8, 1, SIZE, SIZE), None))
        for parameter in model.readout.parameters():
            parameter *= 5
    return model.eval()


@pytest.fixture(scope="session")
def taught(student: Model) -> Model:
    """The same student with outputs for action units, some of which leave 0..1."""
    torch.manual_seed(1)
    options = {"channels": (8, 16), "stride": 2, "kernel": 5, "cells": 2, "units": len(UNIT_COLUMNS)}
    model = build_model("student", options)
    model.load_state_dict(student.state_dict(), strict=False)
    with torch.no_grad():
        model.readout.units.weight *= 8
        model.readout.units.bias += 0.3
    return model.eval()


@pytest.fixture(scope="session")
def config() -> Recipe:
    return Recipe(size=SIZE, sampling=Sampling(4, 3))


@pytest.fixture(scope="session")
def clips() -> torch.Tensor:
    """Clips (T, B, H, W), uint8."""
    return torch.randint(0, 256, (4, 12, SIZE, SIZE), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="session")
def exported(student: Model, config: Recipe, once: Once) -> dict[str, Path]:
    """The student as ONNX files, of either kind of input."""
    from eyeprentice.deploy.onnx import to_onnx, write_onnx
    from eyeprentice.deploy.step import exported_step

    def export(folder: Path) -> None:
        for name in ("any", "ready"):
            step = exported_step(student, config.size, name == "ready")
            more = {"sharpness": "0.3", "forgetting_hz": "1", "training_data": "0123"}
            write_onnx(to_onnx(step), step, config, folder / f"{name}.onnx", more)

    folder = once("exported", export)
    return {name: folder / f"{name}.onnx" for name in ("any", "ready")}


@pytest.fixture(scope="session")
def exported_units(taught: Model, config: Recipe, once: Once) -> Path:
    """The student with action units as an ONNX file, input ready."""
    from eyeprentice.deploy.onnx import to_onnx, write_onnx
    from eyeprentice.deploy.step import exported_step

    def export(folder: Path) -> None:
        step = exported_step(taught, config.size, True, UNIT_COLUMNS)
        write_onnx(to_onnx(step), step, config, folder / "units.onnx", {"sharpness": "0.3", "forgetting_hz": "1"})

    return once("exported-units", export) / "units.onnx"
