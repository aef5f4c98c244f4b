import pytest
import torch
from torch.utils._pytree import tree_map

from eyeprentice.data.clips import Clip, as_images, signed
from eyeprentice.judging.operations import count_size
from eyeprentice.models import REGISTRY, SEEN, Model, build_model, panel
from eyeprentice.models.base import ContrastAndChange, MapReadout, on_off
from eyeprentice.words.errors import InputError

SMALL = {
    "teacher": {"width": 0.125},
    "student": {"width": 0.25},
    "seen": {"width": 0.125, "size": 48},
    "ann": {"width": 0.25},
    "eyemotion": {"width": 0.125, "side": 75, "dropout": 0.0},
    "emo": {"width": 0.5, "side": 32},
    "resnet18_lstm": {"width": 0.125, "side": 48},
    "resnet50_gru": {"width": 0.125, "side": 48},
    "resnet3d": {"width": 0.125, "side": 48},
    "r2plus1d": {"width": 0.125, "side": 48},
    "former_dfer": {"width": 0.125, "side": 48},
}


def random_clip(steps: int = 3, batch: int = 2, size: int = 48) -> Clip:
    torch.manual_seed(0)
    return Clip(torch.rand(steps, batch, 1, size, size), torch.rand(steps, batch, 1, size, size))


def seasoned(name: str, options: dict | None = None) -> Model:
    """An untrained model whose batch norms have seen data, so that its neurons spike when it is evaluated."""
    torch.manual_seed(0)
    model = build_model(name, options or SMALL[name]).train()
    with torch.no_grad():
        if isinstance(model, SEEN):  # whose threshold is high for what an untrained layer gives
            model.hidden.weight *= 5
        for _ in range(30):
            model(random_clip(batch=6))
    return model.eval()


@pytest.mark.parametrize("name", REGISTRY)
def test_every_model_gives_logits_a_step_and_learns(name: str):
    model = build_model(name, SMALL[name])
    logits, _ = model(random_clip())
    assert logits.shape == (3, 2, 7)
    logits.square().sum().backward()
    idle = [key for key, parameter in model.named_parameters() if parameter.grad is None]
    assert idle == []


@pytest.mark.parametrize("name", REGISTRY)
def test_a_sequences_logits_do_not_depend_on_its_batch(name: str):
    model = seasoned(name)
    clip = random_clip(batch=3)
    with torch.no_grad():
        alone, _ = model(Clip(clip.frames[:, 1:2], clip.events[:, 1:2]))
        together, _ = model(clip)
    assert torch.allclose(together[:, 1:2], alone, atol=1e-4)
    assert not torch.allclose(together[:, 0:1], alone, atol=1e-3)


STEPPED = [("student", {}), ("teacher", {}), ("teacher", {"inputs": "frames"}), ("teacher", {"inputs": "events"})]
STEPPED += [("student", more) for more in ({"step_weights": 3}, {"graded": True}, {"step_change": False, "shift": 0.0})]
STEPPED += [("teacher", {"inputs": "frames", "step_change": False, "shift": 0.0})]
STEPPED += [(name, {}) for name in ("ann", "emo", "eyemotion", "resnet18_lstm", "resnet50_gru")]
REMEMBERING = [(name, more) for name, more in STEPPED if name not in ("emo", "eyemotion")]
"""Those whose steps are not read one by one."""


@pytest.mark.parametrize(("name", "more"), STEPPED, ids=str)
def test_a_clip_is_its_steps_one_by_one(name: str, more: dict):
    """Bit by bit where batches are alike: a clip of one sequence, its steps, and the same cut in the middle."""
    model = seasoned(name, SMALL[name] | more)
    clip = random_clip(steps=5, batch=1)
    with torch.no_grad():
        whole, last = model(clip)
        rows, state = [], None
        for t in range(5):
            row, state = model(Clip(clip.frames[t : t + 1], clip.events[t : t + 1]), state)
            rows.append(row)
        early, middle = model(Clip(clip.frames[:2], clip.events[:2]))
        late, cut = model(Clip(clip.frames[2:], clip.events[2:]), middle)
    assert whole.std() > 0.01
    torch.testing.assert_close(torch.cat(rows), whole, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(torch.cat([early, late]), whole, atol=1e-5, rtol=1e-5)
    for given in (state, cut):
        torch.testing.assert_close(given, last, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("name", "more"), REMEMBERING, ids=str)
def test_a_state_of_zeros_is_rest(name: str, more: dict):
    model = seasoned(name, SMALL[name] | more)
    with torch.no_grad():
        logits, state = model(random_clip(steps=2))
        again, _ = model(random_clip(steps=2), tree_map(torch.zeros_like, state))
        further, _ = model(random_clip(steps=2), state)
    assert torch.equal(again, logits)
    assert not torch.allclose(further, logits, atol=1e-3)


def test_gradient_goes_back_through_the_state():
    model = seasoned("student")
    clip = random_clip(steps=2)
    early = clip.frames[:1].clone().requires_grad_()
    _, state = model(Clip(early, None))
    logits, _ = model(Clip(clip.frames[1:], None), state)
    logits.square().sum().backward()
    assert early.grad is not None
    assert early.grad.abs().sum() > 0


@pytest.mark.parametrize("name", ["seen", "resnet3d", "r2plus1d", "former_dfer"])
def test_models_that_read_a_clip_as_a_whole_refuse_to_be_stepped(name: str):
    model = build_model(name, SMALL[name])
    assert model.needs_whole_clips
    with pytest.raises(ValueError, match="cannot go on from a state"):
        model(random_clip(), ())


@pytest.mark.parametrize(("name", "more"), [("student", {}), ("teacher", {"inputs": "frames"}), ("teacher", {})])
def test_action_units_are_estimated_beside_the_same_logits(name: str, more: dict):
    """The second head costs the logits nothing: not a weight, not a bit."""
    torch.manual_seed(0)
    plain = build_model(name, SMALL[name] | more).eval()
    torch.manual_seed(0)
    model = build_model(name, SMALL[name] | more | {"units": 8}).eval()
    clip = random_clip()
    estimate = model.estimate(clip)
    assert torch.equal(estimate.logits, plain(clip)[0])
    assert torch.equal(estimate.logits, model(clip)[0])
    assert estimate.units.shape == (3, 2, 8)
    assert estimate.features.shape == (3, 2, model.readout.linear.in_features)
    estimate.units.square().sum().backward()
    learning = {key for key, parameter in model.named_parameters() if parameter.grad is not None}
    assert "readout.units.weight" in learning
    assert "readout.linear.weight" not in learning
    assert any(not key.startswith("readout") for key in learning)
    assert plain.estimate(clip).units.shape == (3, 2, 0)


def test_the_student_needs_no_events_and_fits_its_budget():
    student = build_model("student")
    assert not student.needs_events
    assert student(Clip(random_clip(size=90).frames, None))[0].shape == (3, 2, 7)
    cost = count_size(student, steps=4, size=90)
    assert cost.parameters <= 1_000_000
    assert cost.macs <= 0.09e9


def test_seen_is_as_large_and_as_costly_as_published():
    cost = count_size(build_model("seen"), steps=4, size=90)
    assert cost.parameters == 6_078_655
    assert round(cost.macs / 1e9, 3) == 0.907


def test_seens_event_branch_gives_no_gradient_to_the_weights_it_copies():
    seen = build_model("seen", SMALL["seen"]).train()
    clip = random_clip()
    frames = clip.frames[0].repeat(1, 3, 1, 1)
    _, weights = seen.read_frames(frames, frames)
    spikes = seen.read_events(clip.events.repeat(1, 1, 3, 1, 1), weights.detach())
    assert not spikes.requires_grad


@pytest.mark.parametrize(("inputs", "needs"), [("both", True), ("events", True), ("frames", False)])
def test_the_teachers_ablations_see_what_they_are_named_after(inputs: str, needs: bool):
    teacher = seasoned("teacher", {"width": 0.125, "inputs": inputs})
    clip = random_clip()
    other_frames = Clip(clip.frames.flip(-1), clip.events)
    other_events = Clip(clip.frames, clip.events.flip(-1))
    with torch.no_grad():
        logits, _ = teacher(clip)
        assert (not torch.equal(teacher(other_frames)[0], logits)) == (inputs != "events")
        assert (not torch.equal(teacher(other_events)[0], logits)) == (inputs != "frames")
    assert teacher.needs_events == needs


def test_contrast_takes_out_the_lighting():
    eye = ContrastAndChange(floor=1e-4)
    frames = 0.2 + 0.6 * torch.rand(2, 1, 1, 40, 40)
    assert torch.allclose(eye(frames)[0], eye(0.4 * frames)[0], atol=5e-3)


def test_contrast_is_that_worked_out_by_hand_at_the_border():
    eye = ContrastAndChange(window=3, floor=0.5, change=False)
    frame = torch.tensor([[1.0, 2.0], [3.0, 6.0]]).view(1, 1, 1, 2, 2)
    mean, deviation = 3.0, torch.tensor([1.0, 2.0, 3.0, 6.0]).std(correction=0)  # every box holds all four pixels
    assert torch.allclose(eye(frame)[0].flatten(), (frame.flatten() - mean) / (deviation + 0.5), atol=1e-5)


def test_change_is_the_difference_to_the_first_step():
    eye = ContrastAndChange(contrast=False)
    frames = torch.rand(3, 2, 1, 20, 20)
    seen, _ = eye(frames)
    assert torch.equal(seen[:, :, 0], frames[:, :, 0])
    assert torch.equal(seen[0, :, 1], torch.zeros(2, 20, 20))
    assert torch.equal(seen[2, :, 1], (frames[2] - frames[0])[:, 0])


def test_step_change_is_the_difference_to_the_previous_step():
    eye = ContrastAndChange(contrast=False, change=False, step_change=True)
    frames = torch.rand(3, 2, 1, 20, 20)
    seen, state = eye(frames)
    assert torch.equal(seen[0, :, 1], torch.zeros(2, 20, 20))
    assert torch.equal(seen[1:, :, 1], (frames[1:] - frames[:-1])[:, :, 0])
    assert torch.equal(state.previous, frames[2])
    assert state.first == ()


def test_with_weights_of_their_own_the_order_of_the_steps_counts():
    """One linear map for all steps, and no leak, cannot tell two orders apart."""
    torch.manual_seed(0)
    features = torch.rand(3, 1, 4)
    for weights, alike in ((1, True), (2, False)):
        readout = MapReadout(4, 1, leak=0.0, step_weights=weights)
        plain, swapped = (readout(x)[0].mean(0) for x in (features, features[[1, 0, 2]]))
        assert torch.allclose(plain, swapped, atol=1e-6) == alike
    logits, state = readout(features)
    by_hand = [readout.linear.weight[7:] @ features[t, 0] + readout.linear.bias[7:] for t in (1, 2)]  # the last weights
    assert torch.allclose(logits[1:, 0], torch.stack(by_hand), atol=1e-6)
    assert state.steps.item() == 3


def test_what_the_student_remembers_tells_a_clip_from_its_reverse():
    """With the same frames at both ends, so that the change since the first one tells nothing."""
    frames = torch.rand(4, 1, 1, 32, 32)
    frames[3] = frames[0]
    apart = {}
    for name, more in (
        ("shift", {"step_change": False, "shift": 0.5}),
        ("neither", {"step_change": False, "shift": 0.0}),
    ):
        shape = {"channels": (16, 32, 32), "stride": 2, "cells": 2, "leak": 0.0, "readout_leak": 0.0}
        model = seasoned("student", shape | more)
        with torch.no_grad():
            there, back = (model(Clip(x, None))[0].mean(0) for x in (frames, frames.flip(0)))
        apart[name] = float((there - back).abs().max())
    assert apart["neither"] < 1e-5 < 1e-2 < apart["shift"]


def test_a_map_readout_knows_where():
    left = torch.zeros(1, 1, 1, 6, 6)
    left[..., 2:4, 0:2] = 1
    for cells, knows in ((3, True), (1, False)):
        readout = MapReadout(1, cells, leak=0.5)
        logits, mirrored = (readout(readout.pooled(maps))[0] for maps in (left, left.flip(-1)))
        assert torch.allclose(logits, mirrored) != knows


def test_event_frames_are_split_into_brighter_and_darker():
    """Exactly 0 and 1, so that an event is added and not multiplied (`judging/operations.py`)."""
    images = torch.tensor([0, 127, 255], dtype=torch.uint8).view(1, 1, 1, 1, 3)
    split = on_off(signed(images))
    assert split[0, 0, 0, 0].tolist() == [0, 0, 1]
    assert split[0, 0, 1, 0].tolist() == [1, 0, 0]
    assert torch.equal((255 * as_images(signed(images))).round(), images.float())


@pytest.mark.parametrize(
    ("name", "options", "complaint"),
    [
        ("oracle", {}, "no such model"),
        ("student", {"depth": 3}, "has no option 'depth'"),
        ("teacher", {"inputs": "smell"}, "options.inputs: 'smell' cannot be read; give both or frames or events"),
        ("teacher", {"shift": 1.5}, "shift must be within 0..1"),
        ("student", {"shift": -0.1}, "shift must be within 0..1"),
        ("student", {"step_weights": 0}, "step_weights must be within 1"),
        ("student", {"step_weights": 1.5}, "options.step_weights: '1.5' cannot be read; give a whole number"),
        ("student", {"step_change": "nope"}, "options.step_change: 'nope' cannot be read; give true or false"),
        ("student", {"graded": 0.5}, "options.graded"),
        ("student", {"readout_leak": 5}, "readout_leak must be within 0..1"),
        ("student", {"readout_leak": "nan"}, "options.readout_leak|readout_leak must be"),
        ("student", {"channels": "8,wide"}, "options.channels"),
    ],
)
def test_models_and_options_that_do_not_exist_are_refused(name: str, options: dict, complaint: str):
    with pytest.raises(InputError, match=complaint):
        build_model(name, options)


def test_a_panel_is_the_mean_of_its_members():
    members = [seasoned("student"), seasoned("teacher", {"width": 0.125, "inputs": "events"})]
    together, clip = panel(members), random_clip()
    assert together.needs_events
    with torch.no_grad():
        logits, state = together(clip)
        expected = (members[0](clip)[0] + members[1](clip)[0]) / 2
        further, _ = together(clip, state)
    assert torch.allclose(logits, expected, atol=1e-6)
    assert not torch.allclose(further, logits, atol=1e-3)
    assert panel(members[:1]) is members[0]


def test_channels_may_be_listed_with_commas():
    one, other = (build_model("student", {"channels": channels}) for channels in ("8,16", [8, 16]))
    assert [tuple(p.shape) for p in one.parameters()] == [tuple(p.shape) for p in other.parameters()]
