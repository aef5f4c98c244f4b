"""Students with weights of 8 bits say what the same weights say in float32; what is not made of spikes is refused."""

import copy
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from eyeprentice.data.clips import Clip
from eyeprentice.deploy.integer import IntegerConvolution, integer_student, round_weights, rounded, spikes_times
from eyeprentice.deploy.onnx import compare, to_onnx, write_onnx
from eyeprentice.deploy.step import exported_step
from eyeprentice.models import Model, build_model
from eyeprentice.runtime.activity import Activities
from eyeprentice.runtime.model import open_model
from eyeprentice.snn import Neuron, SpikingConvolution
from eyeprentice.synth.dataset import UNIT_COLUMNS
from eyeprentice.words.errors import InputError
from eyeprentice.words.recipe import Recipe

FITTED = {"sharpness": "1", "forgetting_hz": "1"}
SMALL = {"channels": (8, 16, 24), "stride": 2, "kernel": 5, "cells": 2}


def spiking(**options: object) -> Model:
    """Untrained, with batch norms that have seen data and turn some outputs around."""
    torch.manual_seed(0)
    model = build_model("student", {**SMALL, **options}).train()
    with torch.no_grad():
        for _ in range(20):
            model(Clip(torch.rand(4, 8, 1, 32, 32), None))
        for layer in model.layers:
            layer.norm.weight[::3] *= -1.5
    return model.eval()


def rounded_copy(model: Model) -> Model:
    other = copy.deepcopy(model)
    round_weights(other)
    return other


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"registration": 3},
        {"shift": 0.0, "step_change": False},
        {"step_weights": 3, "last_leak": 0.5},
        {"cells": 1, "leak": 0.25},
    ],
    ids=str,
)
@torch.no_grad()
def test_it_says_what_the_rounded_weights_say(options: dict):
    model = spiking(**options)
    clips = torch.rand(6, 5, 1, 32, 32)
    whole, single = rounded_copy(model), integer_student(model, 32)
    wanted = whole(Clip(clips, None))[0]
    given = torch.cat([single(Clip(clips[:, n : n + 1], None))[0] for n in range(5)], dim=1)
    assert not torch.allclose(model(Clip(clips, None))[0], wanted, atol=1e-3)  # rounding changes something
    same = (given - wanted).abs().amax((0, 2)) < 1e-4
    assert same.sum() >= 4  # a sum that is rounded elsewhere may turn one spike


@torch.no_grad()
def test_of_each_output_the_largest_weight_is_127():
    weights = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(0))
    weights[2] = 0
    whole, scale = rounded(weights)
    assert torch.equal(whole, whole.round())
    assert whole.abs().amax((1, 2, 3)).tolist() == [127, 127, 0, 127, 127, 127]
    error = (whole * scale[:, None, None, None] - weights).abs().amax((1, 2, 3))
    assert (error <= scale / 2 + 1e-7).all()
    again, _ = rounded(whole * scale[:, None, None, None])
    assert torch.equal(again, whole)  # weights that are rounded once stay


@pytest.mark.parametrize(("kernel", "stride", "side"), [(3, 2, 9), (3, 2, 12), (3, 1, 7), (5, 3, 11), (1, 2, 6)])
@torch.no_grad()
def test_a_layer_of_any_shape_adds_what_its_convolution_adds(kernel: int, stride: int, side: int):
    torch.manual_seed(0)
    layer = SpikingConvolution(8, 12, kernel, stride, Neuron()).eval()
    layer.norm.running_mean.uniform_(-1, 1)
    layer.norm.running_var.uniform_(0.05, 0.2)
    spikes = (torch.rand(8, side, side) < 0.3).float()
    ours, membrane = IntegerConvolution(layer, side)(spikes.flatten(1).T.to(torch.uint8), None)
    whole, scale = rounded(layer.convolution.weight)
    layer.convolution.weight.copy_(whole * scale[:, None, None, None])
    wanted, wanted_membrane = layer(spikes[None, None], None)
    assert torch.equal(ours.T.reshape(wanted.shape), wanted)
    assert torch.allclose(membrane.T.reshape(wanted_membrane.shape), wanted_membrane, atol=1e-5)


def test_sums_of_many_spikes_are_exact():
    spikes, weights = torch.ones(2, 20_000, dtype=torch.uint8), torch.full((20_000, 3), 127, dtype=torch.int8)
    weights[:, 1] = -127
    assert spikes_times(spikes, weights).tolist() == [[2_540_000, -2_540_000, 2_540_000]] * 2


@pytest.mark.parametrize("ready", [True, False], ids=["ready", "any"])
def test_a_file_adds_whole_numbers(taught: Model, config: Recipe, clips: torch.Tensor, tmp_path: Path, ready: bool):
    """`taught` is given weights of 8 bits first, so that file and PyTorch are to say the same."""
    model = rounded_copy(taught)
    sizes = []
    for name, written in (("float", model), ("int8", integer_student(model, config.size))):
        step = exported_step(written, config.size, ready, UNIT_COLUMNS)
        write_onnx(to_onnx(step), step, config, tmp_path / f"{name}.onnx", FITTED)
        difference = compare(tmp_path / f"{name}.onnx", model, clips.numpy(), torch.zeros(12, dtype=torch.long))
        assert difference.equal >= 11
        assert difference.decisions == 0
        assert difference.units < 1e-4
        sizes.append((tmp_path / f"{name}.onnx").stat().st_size)
    graph = onnx.load(tmp_path / "int8.onnx").graph
    kinds = [node.op_type for node in graph.node]
    assert (kinds.count("Conv"), kinds.count("MatMulInteger")) == (1, 1)
    weights = [tuple(w.dims) for w in graph.initializer if w.data_type == onnx.TensorProto.INT8]
    assert weights == [(3 * 3 * 8, 16)]
    assert not {"com.microsoft", "com.microsoft.nchwc"} & {each.domain for each in graph.node}
    onnx.checker.check_model(onnx.load(tmp_path / "int8.onnx"))


def test_its_file_tells_the_same_spikes_and_energy(config: Recipe, clips: torch.Tensor, tmp_path: Path):
    model = rounded_copy(spiking())
    told = []
    for name, written in (("float", model), ("int8", integer_student(model, config.size))):
        step = exported_step(written, config.size, True)
        write_onnx(to_onnx(step), step, config, tmp_path / f"{name}.onnx", FITTED)
        opened = open_model(tmp_path / f"{name}.onnx")
        activities, state = Activities(opened), opened.rest()
        for frame in clips[:, 0].numpy():
            _, state = opened.run(frame[..., None], state)
        told.append(activities.of(state))
    assert np.min(told[0].spikes) > 0
    assert told[1].spikes == told[0].spikes
    assert told[1].energy_uj == pytest.approx(told[0].energy_uj, rel=1e-9)


def test_it_reads_one_clip_at_a_time():
    with pytest.raises(ValueError, match="one clip at a time"):
        integer_student(spiking(), 32)(Clip(torch.rand(2, 2, 1, 32, 32), None))


@pytest.mark.parametrize(
    ("name", "options"), [("ann", {}), ("student", {"graded": True}), ("seen", {}), ("teacher", {"width": 0.125})]
)
def test_what_is_not_made_of_spikes_is_refused(name: str, options: dict):
    with pytest.raises(InputError, match="nothing but spikes is added in whole numbers; export it as onnx"):
        integer_student(build_model(name, options), 32)
