"""What a file says of its operations gives the spikes and the energy that PyTorch counts."""

from pathlib import Path

import numpy as np
import pytest
import torch

from eyeprentice.data.clips import Clip
from eyeprentice.deploy.operation_notes import operation_notes
from eyeprentice.deploy.step import exported_step
from eyeprentice.judging.operations import PJ_A_MAC, PJ_AN_AC, count_cost
from eyeprentice.models import Model, build_model
from eyeprentice.runtime.activity import Activities
from eyeprentice.runtime.model import open_model
from eyeprentice.snn import LIF


def test_zeros_of_the_membranes_are_the_spikes_and_their_energy_is_that_of_cost(
    student: Model, exported: dict[str, Path], clips: torch.Tensor
):
    model = open_model(exported["ready"])
    activities, state = Activities(model), model.rest()
    found = []
    seen = clips[:, 0].clamp(min=1)  # black pixels of a single frame would not be counted
    for frame in seen.numpy():
        _, state = model.run(frame[..., None], state)
        found.append(activities.of(state))
    fired: list[int] = []
    hooks = [
        layer.register_forward_hook(lambda _layer, _inputs, outputs: fired.append(int(outputs[0].sum())))
        for layer in student.modules()
        if isinstance(layer, LIF)
    ]
    clip = Clip(seen[:, None, None].float() / 255, None)
    cost = count_cost(student, clip)
    for hook in hooks:
        hook.remove()
    assert fired[0] > 0
    assert np.sum([step.spikes for step in found], axis=0).tolist() == fired
    first = count_cost(student, Clip(clip.frames[:1], None))  # whose neurons have nothing to leak
    leaks = (count_cost(student, Clip(clip.frames[:2], None)).macs - 2 * first.macs) * PJ_A_MAC / 1e6
    late = student.shifts[1].channels  # of the last step's spikes, these would be added in a step that does not come
    unpaid = student(Clip(clip.frames, None))[1].before.delayed[1].detach()  # (1, late, H, W)
    reach = activities.layers[0].reach
    assert late == unpaid.shape[1] > 0
    paid_early = float((unpaid[0].sum(0).numpy().ravel() * reach).sum()) * PJ_AN_AC / 1e6
    assert paid_early > 0
    assert sum(step.energy_uj for step in found) == pytest.approx(cost.energy_uj + leaks + paid_early, rel=1e-6)
    assert cost.acs * PJ_AN_AC > 0


def test_a_student_with_graded_spikes_says_nothing():
    assert operation_notes(exported_step(build_model("student", {"channels": (8, 16), "graded": True}), 32, True)) == {}


def test_models_whose_membranes_tell_no_spikes_say_nothing():
    teacher = build_model("teacher", {"inputs": "frames", "width": 0.125})
    assert operation_notes(exported_step(teacher, 32, True)) == {}
