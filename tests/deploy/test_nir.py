"""A student as a NIR file: its graph, worked out by hand; the file read back, and run by an independent simulator."""

from pathlib import Path

import numpy as np
import pytest
import torch

from eyeprentice.data.clips import Clip
from eyeprentice.models import Model, build_model
from eyeprentice.words.errors import InputError
from tests.exported import SIZE

nir = pytest.importorskip("nir")

from eyeprentice.deploy.neuromorphic import DT, to_nir, write_nir  # noqa: E402
from eyeprentice.deploy.nir_check import compare_nir, run_nir, write_pairs  # noqa: E402


def spiking(**options: object) -> Model:
    """A student whose batch norms have seen data, so that it spikes."""
    torch.manual_seed(0)
    model = build_model("student", {"channels": (8, 16, 16), "stride": 2, "cells": 2, **options}).train()
    with torch.no_grad():
        for _ in range(20):
            model(Clip(torch.rand(4, 8, 1, SIZE, SIZE), None))
        for parameter in model.readout.parameters():
            parameter *= 5
    return model.eval()


@torch.no_grad()
def stepwise(net: torch.nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    rows, state = [], None
    for x in inputs:
        y, state = net(x, state)
        rows.append(y)
    return torch.stack(rows)


def test_the_graph_is_of_nodes_that_three_importers_know(student: Model):
    graph = to_nir(student, SIZE, {"weights": "abc"})
    kinds = {type(node).__name__ for node in graph.nodes.values()}
    assert kinds == {"Input", "Output", "Conv2d", "LIF", "SumPool2d", "Flatten", "Affine"}
    assert graph.metadata["weights"] == "abc"
    assert graph.metadata["seconds_a_step"] == "0.0001"
    assert graph.metadata["input"].startswith("local contrast; its change since the first step; ")


def test_parameters_are_those_of_one_euler_step(student: Model):
    """Leak 0.5: v <- 0.5·v + 0.5·x crosses half of the threshold 1 where v <- 0.5·v + x crosses the whole of it."""
    lif = to_nir(student, SIZE, {}).nodes["lif0"]
    assert lif.tau.shape == (8 + 2, 16, 16)  # a quarter of 8 channels comes late, by 2 relays
    assert np.unique(lif.tau) == 2 * DT
    assert np.unique(lif.v_threshold) == 0.5
    assert np.unique(lif.r) == 1
    assert not lif.v_leak.any()
    assert not lif.v_reset.any()


def test_a_relay_says_one_step_later_what_its_channel_said():
    """One neuron of 4, driven by hand: it fires in the steps 1 and 2, its relay in 2 and 3."""
    shift = spiking(channels=(8, 8), shift=0.125)
    graph = to_nir(shift, SIZE, {})
    lif, relay, first = (graph.nodes[name] for name in ("lif0", "relay0", "convolution0"))
    shape = tuple(lif.tau.shape)
    assert shape[0] == 9
    assert relay.weight[8, 0, 0, 0] == 2
    assert np.count_nonzero(relay.weight) == 1
    assert not first.weight[8:].any()
    assert not first.bias[8:].any()
    alone = nir.NIRGraph(
        {"input": nir.Input(np.array(shape)), "lif0": lif, "relay0": relay, "output": nir.Output(np.array(shape))},
        [("input", "lif0"), ("lif0", "relay0"), ("relay0", "lif0"), ("lif0", "output")],
    )
    x = torch.zeros(5, 1, *shape)
    x[1:3, 0, 0] = 1.5
    said = run_nir(alone, x)
    assert said[:, 0, 0].amax(dim=(1, 2)).tolist() == [0, 1, 1, 0, 0]
    assert said[:, 0, 8].amin(dim=(1, 2)).tolist() == [0, 0, 1, 1, 0]
    assert said[:, 0, 1:8].sum() == 0


def test_the_readout_leaks_by_a_loop(student: Model):
    """Currents 1, 0, 0 are 1, 0.5, 0.25."""
    graph = to_nir(student, SIZE, {})
    alone = nir.NIRGraph(
        {"input": nir.Input(np.array([7])), "readout": graph.nodes["readout"], "output": nir.Output(np.array([7]))},
        [("input", "readout"), ("readout", "readout"), ("readout", "output")],
    )
    current = torch.tensor([1.0, 0, 0])[:, None, None].expand(3, 1, 7) / student.readout.leak
    assert run_nir(alone, current)[:, 0, 3].tolist() == [1, 0.5, 0.25]


def test_nir_read_back_is_pytorch(student: Model, clips: torch.Tensor, tmp_path: Path):
    write_nir(to_nir(student, SIZE, {"weights": "abc"}), tmp_path / "student.nir")
    same = compare_nir(tmp_path / "student.nir", student, clips.numpy(), torch.zeros(12, dtype=torch.long))
    assert (same.clips, same.equal, same.decisions) == (12, 12, 0)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"shift": 0.0},
        {"shift": 1.0},
        {"leak": 0.25, "last_leak": 0.5},
        {"leak": 0.0, "shift": 0.5},
        {"readout_leak": 0.0},
        {"readout_leak": 0.9, "cells": 1},
        {"cells": 4, "change": False, "contrast": False},
        {"registration": 2},
    ],
    ids=str,
)
def test_snntorch_computes_the_same_from_the_nir_file(options: dict, clips: torch.Tensor, tmp_path: Path):
    """By its public function, from the file; whatever the student remembers."""
    from snntorch.import_nir import import_from_nir

    student = spiking(**options)
    frames = clips[:, :, None].float() / 255
    with torch.no_grad():
        (wanted, _), (inputs, _) = student(Clip(frames, None)), student.eye(frames)
    assert wanted.std() > 0.1
    write_nir(to_nir(student, SIZE, {}), tmp_path / "student.nir")
    graph = nir.read(str(tmp_path / "student.nir"))
    torch.testing.assert_close(run_nir(graph, inputs), wanted, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(stepwise(import_from_nir(graph), inputs), wanted, atol=1e-4, rtol=1e-4)


def test_ten_pairs_lie_beside_the_file(student: Model, clips: torch.Tensor, tmp_path: Path):
    path, pairs = tmp_path / "student.nir", tmp_path / "student-pairs.nir"
    write_nir(to_nir(student, SIZE, {}), path)
    assert write_pairs(path, pairs, student, clips.numpy()) == 10
    nodes = nir.read_data(str(pairs)).nodes
    given, said = nodes["input"].observables["values"], nodes["output"].observables["logits"]
    assert (given.shape, said.shape, given.dt, said.dt) == ((10, 4, 3 * SIZE * SIZE), (10, 4, 7), DT, DT)
    with torch.no_grad():
        wanted, _ = student(Clip(clips[:, 3:4, None].float() / 255, None))
        contrast = student.eye.local_contrast(clips[2, 3:4].float() / 255)
    np.testing.assert_allclose(said.data[3], wanted[:, 0], atol=1e-4)
    np.testing.assert_allclose(given.data[3, 2, : SIZE * SIZE], contrast.flatten(), atol=1e-5)


def test_a_pair_that_is_a_matter_of_rounding_is_left_out(student: Model, clips: torch.Tensor, tmp_path: Path):
    """A file of other weights than the student's: where it says something else, there is no pair."""
    path, pairs = tmp_path / "student.nir", tmp_path / "student-pairs.nir"
    graph = to_nir(student, SIZE, {})
    graph.nodes["linear"].bias += 1
    write_nir(graph, path)
    assert write_pairs(path, pairs, student, clips.numpy()) == 0


def test_only_a_student_is_written_as_nir():
    with pytest.raises(InputError, match="only a student"):
        to_nir(build_model("ann", {}), SIZE, {})


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"cells": 3}, "cannot average"),
        ({"cells": 3, "channels": (8, 8, 8, 8, 8)}, "cannot average 1 places into 3 cells"),
        ({"cells": 2, "last_leak": 1.0}, "whose leak is 1"),
        ({"cells": 2, "readout_leak": 1.0}, "whose leak is 1"),
        ({"cells": 2, "step_weights": 4}, "has no weights that change from step to step"),
        ({"cells": 2, "graded": True}, "has no graded spikes"),
    ],
)
def test_what_nir_cannot_say_is_refused(options: dict, complaint: str):
    model = build_model("student", {"channels": (8, 8), "stride": 2, "kernel": 3, **options}).eval()
    with pytest.raises(InputError, match=complaint):
        to_nir(model, 32, {})
