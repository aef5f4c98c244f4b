from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from eyeprentice.data.clips import Clip
from eyeprentice.deploy.onnx import compare, to_onnx, write_onnx
from eyeprentice.deploy.step import exported_step
from eyeprentice.models import Model, build_model
from eyeprentice.runtime import Recognizer
from eyeprentice.runtime.model import DEFAULT, FORMAT, open_model
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import Recipe


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


def test_batch_norms_are_folded_away(exported: dict[str, Path]):
    kinds = [node.op_type for node in onnx.load(exported["ready"]).graph.node]
    assert kinds.count("Conv") == 2
    assert "BatchNormalization" not in kinds


def test_action_units_are_those_of_pytorch(
    taught: Model, exported_units: Path, exported: dict[str, Path], clips: torch.Tensor
):
    opened = open_model(exported_units)
    assert opened.units == ("AU1", "AU2", "AU4", "AU5", "AU6", "AU7", "AU9", "AU43", "blink")
    assert [output.name for output in opened.session.get_outputs()][:2] == ["logits", "units"]
    logits, units, _ = opened.estimate(clips[0, 0].numpy()[..., None], opened.rest())
    wanted = taught.estimate(Clip(clips[:1, :1, None].float() / 255, None)).units[0, 0]
    assert units == pytest.approx(wanted.detach().clamp(0, 1).numpy(), abs=1e-4)
    plain = open_model(exported["ready"])
    again, _ = plain.run(clips[0, 0].numpy()[..., None], plain.rest())
    assert logits == pytest.approx(again, abs=1e-4)
    difference = compare(exported_units, taught, clips.numpy(), torch.zeros(clips.shape[1], dtype=torch.long))
    assert difference.equal >= clips.shape[1] - 1
    assert difference.units is not None
    assert compare(exported["ready"], taught, clips.numpy(), torch.zeros(12, dtype=torch.long)).units is None


def test_names_for_other_action_units_than_the_model_has_are_refused(student: Model, taught: Model):
    for model, names in ((student, ("AU1",)), (taught, ("AU1",)), (build_model("seen"), ("AU1",))):
        with pytest.raises(InputError, match="model: "):
            exported_step(model, 32, True, names)


def test_units_and_their_weights_stay_at_home(student: Model, config: Recipe, exported: dict[str, Path]):
    """Action units that no run names are left out: the same graph, the same bytes of it."""
    taught = build_model("student", {"channels": (8, 16), "stride": 2, "kernel": 5, "cells": 2, "units": 8})
    taught.load_state_dict(student.state_dict(), strict=False)
    graph = to_onnx(exported_step(taught, config.size, ready=True)).graph
    assert graph.SerializeToString() == onnx.load(exported["ready"]).graph.SerializeToString()


class Own(Model):
    """A user's own model: it is no student, and has a batch norm to fold and a recurrent layer."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Sequential(nn.Conv2d(1, 4, 3, 2), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())
        self.memory, self.last = nn.GRUCell(4 * 15 * 15, 16), nn.Linear(16, 7)

    def forward(self, clip: Clip, state=None):
        state = clip.frames.new_zeros(clip.frames.shape[1], 16) if state is None else state
        rows = []
        for frame in clip.frames:
            state = self.memory(self.look(frame), state)
            rows.append(self.last(state))
        return torch.stack(rows), state


def test_a_model_of_ones_own_is_exported_and_read(config: Recipe, clips: torch.Tensor, tmp_path: Path):
    torch.manual_seed(0)
    model = Own().train()
    model(Clip(torch.rand(4, 8, 1, 32, 32), None))
    step = exported_step(model, config.size)
    write_onnx(to_onnx(step), step, config, tmp_path / "own.onnx", {"sharpness": "0.3", "forgetting_hz": "1"})
    difference = compare(tmp_path / "own.onnx", model, clips.numpy(), torch.zeros(12, dtype=torch.long))
    assert difference.equal == 12
    assert Recognizer(tmp_path / "own.onnx").step(clips[0, 0].numpy()).frame == 0


def test_what_a_file_is_travels_in_it(exported: dict[str, Path]):
    said = {entry.key: entry.value for entry in onnx.load(exported["any"]).metadata_props}
    assert said["labels"] == "angry disgust fear happiness neutral sadness surprise"
    assert said["training_data"] == "0123"
    assert said["eyeprentice.format"] == FORMAT
    assert len(said["sha256"]) == 64
    assert {"preprocessing", "eyeprentice.version", "size", "steps", "skip"} <= said.keys()
    onnx.checker.check_model(onnx.load(exported["any"]))


def test_nothing_of_the_exporting_machine_travels_in_it(exported: dict[str, Path]):
    for file in (exported["any"], exported["ready"], DEFAULT):
        content = file.read_bytes()
        assert b".py" not in content
        assert b"/" + Path(__file__).parts[1].encode() + b"/" not in content


@pytest.mark.parametrize(
    "memory",
    [
        {},
        {"step_change": False, "shift": 0.0},
        {"change": False, "shift": 0.5, "last_leak": 0.5},
        {"step_weights": 3, "leak": 0.0},
        {"graded": True, "contrast": False},
    ],
    ids=str,
)
def test_every_memory_of_a_student_goes_into_its_onnx_file(
    config: Recipe, clips: torch.Tensor, tmp_path: Path, memory: dict
):
    torch.manual_seed(0)
    model = build_model("student", {"channels": (8, 16, 16), "stride": 2, "cells": 2, **memory}).train()
    with torch.no_grad():
        for _ in range(20):
            model(Clip(torch.rand(4, 8, 1, 32, 32), None))
    step = exported_step(model, config.size, ready=True)
    write_onnx(to_onnx(step), step, config, tmp_path / "student.onnx", {"sharpness": "0.3", "forgetting_hz": "1"})
    assert compare(tmp_path / "student.onnx", model, clips.numpy(), torch.zeros(12, dtype=torch.long)).equal == 12
