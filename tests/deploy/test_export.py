from pathlib import Path

import numpy as np
import onnx
import pytest
import snntorch
import torch

from eyeprentice.data.clips import Clip
from eyeprentice.deploy.neuromorphic import run_nir, to_nir, write_nir
from eyeprentice.deploy.onnx import compare, to_int8, to_onnx, write_onnx
from eyeprentice.deploy.step import step_model
from eyeprentice.errors import InputError
from eyeprentice.models import Model, build_model
from eyeprentice.runs import Config
from eyeprentice.runtime.model import DEFAULT, open_model

nir = pytest.importorskip("nir")


@pytest.mark.parametrize("name", ["any", "ready"])
def test_onnx_is_pytorch(exported: dict[str, Path], student: Model, clips: torch.Tensor, name: str):
    difference = compare(exported[name], student, clips.numpy(), torch.zeros(clips.shape[1], dtype=torch.long))
    assert difference.largest < 1e-4
    assert difference.decisions == 0
    assert difference.war_points == 0


def test_a_file_that_takes_any_frame_takes_colour_and_every_size(exported: dict[str, Path], clips: torch.Tensor):
    model, frame = open_model(exported["any"]), clips[0, 0].numpy()
    plain, _ = model.run(frame[..., None], model.rest())
    colour, _ = model.run(np.repeat(frame[..., None], 3, axis=2), model.rest())
    large, _ = model.run(frame.repeat(4, axis=0).repeat(3, axis=1)[..., None], model.rest())
    assert np.allclose(plain, colour, atol=1e-3)
    assert np.allclose(plain, large, atol=1e-3)


def test_eight_bits_are_near_and_smaller(student: Model, config: Config, clips: torch.Tensor, tmp_path: Path):
    step = step_model(student, config.size, ready=True)
    whole = to_onnx(step)
    size = len(whole.SerializeToString())
    write_onnx(
        to_int8(whole, clips.numpy()), step, config, tmp_path / "int8.onnx", {"sharpness": "1", "hazard_hz": "1"}
    )
    difference = compare(tmp_path / "int8.onnx", student, clips.numpy(), torch.zeros(12, dtype=torch.long))
    assert 0 < difference.largest < 2
    graph = onnx.load(tmp_path / "int8.onnx").graph
    assert any(node.op_type == "DequantizeLinear" for node in graph.node)
    weights = [w for w in graph.initializer if w.data_type == onnx.TensorProto.INT8]
    assert len(weights) >= 2
    assert size > 0


def test_what_a_file_is_travels_in_it(exported: dict[str, Path]):
    said = {entry.key: entry.value for entry in onnx.load(exported["any"]).metadata_props}
    assert said["labels"] == "angry disgust fear happiness neutral sadness surprise"
    assert said["training_data"] == "0123"
    assert said["eyeprentice.format"] == "1"
    assert len(said["sha256"]) == 64
    assert {"preprocessing", "eyeprentice.version", "size", "steps", "skip"} <= said.keys()
    onnx.checker.check_model(onnx.load(exported["any"]))


def test_nothing_of_the_exporting_machine_travels_in_it(exported: dict[str, Path]):
    for file in (exported["any"], exported["ready"], DEFAULT):
        content = file.read_bytes()
        assert b".py" not in content
        assert b"/" + Path(__file__).parts[1].encode() + b"/" not in content


def test_nir_read_back_is_pytorch(student: Model, config: Config, clips: torch.Tensor, tmp_path: Path):
    step = step_model(student, config.size)
    write_nir(to_nir(step, {"weights": "abc"}), tmp_path / "student.nir")
    graph, frames = nir.read(str(tmp_path / "student.nir")), clips[:, :, None].float() / 255
    with torch.no_grad():
        wanted, inputs = student(Clip(frames, None)), step.student.eye(frames)
    torch.testing.assert_close(run_nir(graph, inputs), wanted, atol=1e-4, rtol=1e-4)


def test_snntorch_computes_the_same_from_the_nir_file(
    student: Model, config: Config, clips: torch.Tensor, tmp_path: Path, capsys: pytest.CaptureFixture
):
    """An independent simulator; it knows no LI, which is integrated here by NIR's equation."""
    from snntorch import import_nir

    step = step_model(student, config.size)
    write_nir(to_nir(step, {}), tmp_path / "student.nir")
    graph, frames = nir.read(str(tmp_path / "student.nir")), clips[:, :, None].float() / 255
    order = [name for name, _ in graph.edges if name not in ("input", "readout")]
    modules = {name: import_nir._nir_to_snntorch_module(graph.nodes[name]) for name in order}
    readout = graph.nodes["readout"]
    tau, r, dt = torch.from_numpy(readout.tau), torch.from_numpy(readout.r), 1e-4
    with torch.no_grad():
        wanted = student(Clip(frames, None))
        for number, clip in enumerate(step.student.eye(frames).unbind(1)):  # NIR's shapes know no batch
            memory: dict[str, torch.Tensor] = {}
            v = torch.zeros(7)
            for t, x in enumerate(clip):
                for name, module in modules.items():
                    if isinstance(module, snntorch.Leaky):
                        x, memory[name] = module(x, memory.get(name, torch.zeros_like(x)))
                    else:
                        x = module(x.float())
                v = v + dt / tau * (r * x - v)
                torch.testing.assert_close(v.float(), wanted[t, number], atol=1e-4, rtol=1e-4)


def test_cells_that_nir_cannot_say_are_refused():
    model = build_model("student", {"channels": (8, 8), "stride": 2, "cells": 3}).eval()
    with pytest.raises(InputError, match="cannot average"):
        to_nir(step_model(model, 32), {})
