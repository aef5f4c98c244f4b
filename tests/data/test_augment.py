import math
from dataclasses import replace

import pytest
import torch

from eyeprentice.data.augment import (
    Change,
    add_noise,
    augment,
    blur,
    cover,
    draw_change,
    draw_course,
    draw_order,
    light_field,
    reorder_events,
)
from eyeprentice.data.clips import Clip
from eyeprentice.words.settings import STRONG, Augmentation

NONE = Augmentation(shift=0, rotation=0, scale=0, stretch=0, mirror=0, brightness=0)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def changed(clip: Clip, settings: Augmentation) -> Clip:
    steps, batch = clip.frames.shape[:2]
    return augment(clip, draw_change(settings, batch, steps, generator()))


@pytest.fixture
def clip() -> Clip:
    """One bright dot, in the frames and in the events, at the same place in every step."""
    frames, events = torch.zeros(2, 5, 1, 32, 32), torch.zeros(2, 5, 1, 32, 32)
    frames[..., 12:15, 10:13] = 0.5
    events[..., 12:15, 10:13] = 1.0
    return Clip(frames, events)


def place(images: torch.Tensor) -> torch.Tensor:
    """Centre of mass of each image, (T, B, 2)."""
    weight = images.squeeze(2) - images.amin(dim=(2, 3, 4), keepdim=True).squeeze(2)
    at = torch.arange(32.0)
    mass = weight.sum((2, 3))
    return torch.stack([(weight.sum(2) * at).sum(2) / mass, (weight.sum(3) * at).sum(2) / mass], dim=-1)


def test_without_ranges_nothing_changes(clip: Clip):
    same = changed(clip, NONE)
    assert torch.allclose(same.frames, clip.frames, atol=1e-5)
    assert torch.allclose(same.events, clip.events, atol=1e-5)


def test_frames_and_events_of_all_steps_move_alike_and_sequences_do_not(clip: Clip):
    moved = changed(clip, replace(Augmentation(), brightness=0, mirror=0.5))
    where = place(moved.frames)
    assert torch.allclose(where, place(moved.events), atol=0.7)  # events move by whole pixels
    assert (where - place(moved.events)).mean().abs() < 0.2
    assert torch.allclose(where[0], where[1], atol=1e-3)
    assert where[0].std(dim=0).min() > 0.3


def test_a_mirror_mirrors(clip: Clip):
    mirrored = changed(clip, replace(NONE, mirror=1.0))
    assert torch.allclose(mirrored.frames, clip.frames.flip(-1), atol=1e-5)


def test_events_stay_as_strong_as_they_were(clip: Clip):
    moved = changed(clip, Augmentation())
    assert set(moved.events.unique().tolist()) == set(clip.events.unique().tolist())


def test_what_comes_in_from_outside_holds_no_event(clip: Clip):
    moved = changed(clip, replace(NONE, shift=0.4))
    assert moved.events.min() == 0


def test_brightness_is_the_frames_alone(clip: Clip):
    brighter = changed(clip, replace(NONE, brightness=0.5))
    assert torch.allclose(brighter.events, clip.events, atol=1e-5)
    assert brighter.frames.amax((0, 2, 3, 4)).std() > 0.02
    assert brighter.frames.max() <= 1


def test_a_clip_without_events_stays_without(clip: Clip):
    assert changed(Clip(clip.frames, None), Augmentation()).events is None


def test_the_same_generator_draws_the_same(clip: Clip):
    once, again = (changed(clip, Augmentation()).frames for _ in range(2))
    assert torch.equal(once, again)


ALONE = {  # each of the newer ranges by itself
    "gamma": 0.5,
    "contrast": 0.5,
    "saturation": 0.5,
    "light": 0.6,
    "blur": 0.03,
    "noise": 0.1,
    "occlusion": 1.0,
}


@pytest.fixture
def face() -> Clip:
    """Smooth frames of many levels, and events."""
    at = torch.linspace(0, 6, 32)
    frame = 0.45 + 0.2 * at.sin()[:, None] + 0.2 * (2 * at).cos()[None, :]
    events = torch.zeros(3, 8, 1, 32, 32)
    events[..., 8:12, 4:28] = 1.0
    events[..., 20:24, 4:28] = -1.0
    return Clip(frame.expand(3, 8, 1, 32, 32).clone(), events, torch.rand(3, 8, 2))


def test_what_is_switched_off_draws_nothing():
    """So that runs of the usual augmentation are what they were before there was more."""
    plain = draw_change(Augmentation(), 5, 4, generator())
    assert all(drawn is None for drawn in plain[2:])
    both = generator()
    draw_change(Augmentation(), 5, 4, both)
    assert both.get_state().equal(after(draws=7 * 5))


def after(draws: int) -> torch.Tensor:
    state = generator()
    for _ in range(draws // 5):
        torch.rand(5, generator=state)
    return state.get_state()


@pytest.mark.parametrize("name", ALONE)
def test_what_light_and_camera_do_is_the_frames_alone_and_differs_from_clip_to_clip(face: Clip, name: str):
    seen = changed(face, replace(NONE, **{name: ALONE[name]}))
    assert torch.allclose(seen.events, face.events, atol=1e-6)
    assert seen.units is face.units
    assert 0 <= seen.frames.min() <= seen.frames.max() <= 1
    apart = (seen.frames - face.frames).abs().mean((0, 2, 3, 4))  # (B,)
    assert apart.max() > 0.003
    assert apart.std() > 0.1 * apart.mean()
    steps_apart = (seen.frames[0] - seen.frames[1]).abs().mean()
    assert steps_apart > 0.01 if name == "noise" else steps_apart == 0


def test_gamma_contrast_and_white_are_the_curves_they_are_named_after(face: Clip):
    theta, one = torch.eye(2, 3).expand(8, 2, 3), torch.ones(8)
    frames = face.frames
    seen = augment(face, Change(theta, one, gamma=2 * one)).frames
    assert torch.allclose(seen, frames**2, atol=1e-4)
    seen = augment(face, Change(theta, one, contrast=0.5 * one)).frames
    assert torch.allclose(seen, frames.mean() + (frames - frames.mean()) / 2, atol=1e-4)
    seen = augment(face, Change(theta, one, white=0.5 * one)).frames
    assert torch.allclose(seen, (2 * frames).clamp(max=1), atol=1e-4)


def test_light_grows_as_its_slope_says_and_a_spot_is_brightest_in_its_middle():
    slope = light_field(torch.tensor([[0.5, 0, 0, 0.5, 0.5, 0.2]]), (32, 32))[0, 0]
    assert torch.allclose(slope[:, 0].log(), torch.full((32,), 0.5 * (2 * 0.5 / 32 - 1)), atol=1e-6)
    assert torch.equal(slope[0], slope[31])
    spot = light_field(torch.tensor([[0, 0, 0.7, 0.25, 0.75, 0.1]]), (32, 32))[0, 0]
    assert divmod(int(spot.argmax()), 32) in [(23, 7), (23, 8), (24, 7), (24, 8)]
    assert spot.max().log() == pytest.approx(0.7, abs=0.02)


def test_a_blur_along_a_direction_smears_a_dot_along_it_and_keeps_its_light():
    frames = torch.zeros(1, 2, 1, 33, 33)
    frames[..., 16, 16] = 1
    spread = torch.tensor([[0.06, 0.0, 0.0], [0.06, 0.0, math.pi / 2]])
    seen = blur(frames, spread, 0.06)[0, :, 0]
    assert torch.allclose(seen.sum((1, 2)), torch.ones(2), atol=1e-4)
    assert seen[0, 16].sum() > 0.99  # along x: it stays in its row
    assert torch.allclose(seen[1], seen[0].T, atol=1e-4)
    at = torch.arange(33) - 16.0
    assert (seen[0, 16] * at**2).sum().sqrt() == pytest.approx(0.06 * 33, rel=0.1)  # its tails are cut off


def test_without_spread_a_blur_leaves_a_picture_sharp(face: Clip):
    assert torch.allclose(blur(face.frames, torch.zeros(8, 3), 0.03), face.frames, atol=1e-3)


def test_a_box_covers_what_lies_in_it_and_nothing_else(face: Clip):
    boxes = torch.zeros(8, 2, 5)
    boxes[3, 0] = torch.tensor([0.5, 0.25, 0.5, 0.25, 0.8])
    seen = cover(face.frames, boxes)
    assert (seen[:, 3, 0, 4:12, 8:24] == torch.tensor(0.8)).all()
    assert int((seen != face.frames).sum()) == 3 * 8 * 16


def test_noise_has_its_deviation_and_is_the_same_in_any_batch():
    frames, deviation = torch.full((2, 4, 1, 64, 64), 0.5), torch.tensor([0.0, 0.02, 0.05, 0.1])
    pattern = torch.rand(2, 4, generator=generator())
    seen = add_noise(frames, deviation, pattern)
    assert torch.allclose(seen.std((2, 3, 4)), deviation.expand(2, 4), rtol=0.05)
    assert torch.equal(add_noise(frames[:, 1::2], deviation[1::2], pattern[:, 1::2]), seen[:, 1::2])


def test_a_brow_is_cut_off_and_what_lay_below_it_moves_up(clip: Clip):
    moved = changed(clip, replace(NONE, brow=0.3))
    up = place(clip.events)[..., 1] - place(moved.events)[..., 1]
    assert 0 <= up.min() <= up.max() <= 0.3 * 32 + 0.5
    assert up.max() > 2
    assert torch.allclose(place(clip.events)[..., 0], place(moved.events)[..., 0])


def test_the_strong_preset_changes_everything_at_once_and_stays_in_range(face: Clip):
    everything = replace(STRONG, reference=0.3, drift=0.08, relit=0.3)
    change = draw_change(everything, 8, 3, generator())
    assert all(drawn is not None for drawn in change)
    seen = augment(face, change)
    assert seen.frames.shape == seen.events.shape == face.frames.shape
    assert 0 <= seen.frames.min() <= seen.frames.max() <= 1
    assert set(seen.events.unique().tolist()) <= {-1, 0, 1}
    assert torch.equal(augment(face, change).frames, seen.frames)


def test_the_shares_of_all_processes_are_changed_as_the_batch_is(face: Clip):
    change = draw_change(replace(STRONG, drift=0.08, relit=0.3), 8, 3, generator())
    whole = augment(face, change)
    for rank in range(3):
        mine = slice(rank, None, 3)
        share = augment(Clip(face.frames[:, mine], face.events[:, mine]), change.part(mine))
        assert torch.allclose(share.frames, whole.frames[:, mine], atol=1e-5)
        assert torch.equal(share.events, whole.events[:, mine])


def test_an_unsteady_crop_moves_from_step_to_step_in_half_of_the_clips():
    frames, events = torch.zeros(4, 64, 1, 32, 32), torch.zeros(4, 64, 1, 32, 32)
    frames[..., 14:18, 14:18] = 1.0
    events[..., 14:18, 14:18] = 1.0
    moved = changed(Clip(frames, events), replace(NONE, unsteady=0.03))
    where = place(moved.frames)  # (T, B, 2), in pixels
    apart = (where - where[0]).abs().amax((0, 2))  # (B,)
    assert 20 < (apart < 0.01).sum() < 44
    still = (where - 15.5).abs().amax((0, 2)) < 0.01
    assert 0.7 < (where[:, ~still] - 15.5).std() / (0.03 * 32) < 1.3
    assert (where - place(moved.events)).abs().max() < 0.8  # events go with the frames, by whole pixels


def test_a_steps_own_movement_comes_before_that_of_the_clip(face: Clip):
    """A turn by a quarter of all steps, and a shift of the second one by 4 of 32 pixels: the shift is turned too."""
    theta, one = torch.tensor([[0.0, -1, 0], [1, 0, 0]]).expand(8, 2, 3), torch.ones(8)
    jitter = torch.eye(2, 3).expand(8, 3, 2, 3).clone()
    jitter[:, 1, 0, 2] = 0.25
    turned = augment(Clip(face.frames.clone(), None), Change(theta, one)).frames
    seen = augment(Clip(face.frames.clone(), None), Change(theta, one, jitter=jitter)).frames
    assert torch.allclose(seen[0], turned[0], atol=1e-5)
    assert torch.allclose(seen[1, ..., :28], turned[1, ..., 4:], atol=1e-4)


def test_a_share_of_the_clips_is_blurred_and_two_boxes_are_there_each_by_itself():
    change = draw_change(replace(NONE, blur=0.02, blurred=0.4, occlusion=0.3), 2000, 2, generator())
    assert (change.spread[:, 0] > 0).float().mean() == pytest.approx(0.4, abs=0.04)
    there = change.boxes[:, :, 2] > 0
    assert torch.allclose(there.float().mean(0), torch.tensor([0.3, 0.3]), atol=0.04)
    assert there.all(1).float().mean() == pytest.approx(0.09, abs=0.025)


@pytest.mark.parametrize(
    ("name", "value"), [("unsteady", 0.2), ("blurred", 2), ("mirror", 1.2), ("saturation", 1.0), ("hold", -0.1)]
)
def test_ranges_that_cannot_be_are_refused(name: str, value: float):
    with pytest.raises(ValueError, match=f"{name} must be within"):
        Augmentation(**{name: value})


PLAIN, BACKWARDS, HELD, HELD_BACKWARDS = [0, 1, 2, 3], [3, 2, 1, 0], [0, 1, 1, 3], [3, 2, 2, 2]
ORDER = torch.tensor([PLAIN, BACKWARDS, HELD, HELD_BACKWARDS])


def test_events_stop_while_time_stands_still_and_change_sign_when_it_runs_backwards():
    """The sequence of the second clip ends with its last step: what would have happened after it is not known."""
    events = torch.tensor([-1.0, 0, 1]).expand(4, 4, 1, 1, 3)
    signs = reorder_events(events, ORDER)[:, :, 0, 0, 2].T
    assert signs.tolist() == [[1, 1, 1, 1], [-1, -1, -1, -1], [1, 1, 0, 1], [-1, -1, 0, 0]]
    still = reorder_events(events, ORDER)[..., 1]
    assert torch.equal(still, torch.zeros_like(still))
    assert torch.equal(reorder_events(events, ORDER)[:, 0], events[:, 0])
    assert reorder_events(events, ORDER)[0, 1, 0, 0].tolist() == [1, 0, -1]


def test_about_the_share_of_clips_that_is_asked_for_is_held_runs_backwards_or_stands_still():
    order = draw_order(Augmentation(hold=0.2), 4000, 4, generator())
    assert (order != torch.arange(4)).any(dim=1).float().mean() == pytest.approx(0.2, abs=0.02)
    assert (order.diff(dim=1) >= 0).all()
    order = draw_order(Augmentation(reverse=0.3), 4000, 4, generator())
    assert (order == torch.tensor(BACKWARDS)).all(dim=1).float().mean() == pytest.approx(0.3, abs=0.02)
    order = draw_order(Augmentation(hold=1.0), 4000, 4, generator())
    assert {tuple(row) for row in order.tolist()} == {
        (0, 0, 2, 3), (0, 0, 0, 3), (0, 0, 0, 0), (0, 1, 1, 3), (0, 1, 1, 1), (0, 1, 2, 2)
    }  # fmt: skip
    order = draw_order(Augmentation(still=0.4), 4000, 4, generator())
    still = (order == order[:, :1]).all(dim=1)
    assert still.float().mean() == pytest.approx(0.4, abs=0.03)
    assert set(order[still][:, 0].tolist()) == {0, 1, 2, 3}  # any moment of the clip may be the one
    assert (order[~still] == torch.arange(4)).all()


def test_a_clip_of_one_step_stays_as_it_is():
    assert (draw_order(Augmentation(hold=1.0, reverse=1.0, still=1.0), 50, 1, generator()) == 0).all()


def test_a_reference_is_the_first_step_of_its_share_and_never_of_a_clip_that_runs_backwards():
    order = draw_order(Augmentation(reference=0.3), 4000, 4, generator())
    known = order[:, 0] == -1
    assert known.float().mean() == pytest.approx(0.3, abs=0.02)
    assert (order[:, 1:] == torch.arange(1, 4)).all()
    order = draw_order(Augmentation(reference=1.0, reverse=0.5, still=0.5), 500, 4, generator())
    backwards = order[:, 1] > order[:, 3]
    assert (order[backwards, 0] == 3).all()
    assert (order[~backwards, 0] == -1).all()


def test_a_drift_begins_where_the_first_step_is_and_goes_as_far_as_it_may():
    course = draw_course(2000, 8, generator())
    assert not course[:, 0].any()
    assert 0.9 < course.abs().max() <= 1
    assert (course == 0).all(dim=(1, 2)).float().mean() == pytest.approx(0.25, abs=0.03)
    early = course[:, 1].abs().amax(1) > 0.5 * course.abs().amax((1, 2)).clamp(min=1e-6)
    assert 0.1 < early.float().mean() < 0.5  # some come away at once, others slowly


def test_a_drift_changes_size_place_and_slant_against_the_first_step():
    frames = torch.zeros(8, 200, 1, 32, 32)
    frames[..., 4:28, 4:28] = 1.0
    moved = changed(Clip(frames, None), replace(NONE, drift=0.08))
    assert torch.allclose(moved.frames[0], frames[0], atol=1e-5)
    extent = moved.frames.sum((2, 3, 4)).sqrt()  # (T, B) pixels a side
    change = extent[-1] / extent[0] - 1
    assert change.min() < -0.04
    assert 0.04 < change.max() < 0.12
    where = place(moved.frames) - place(moved.frames)[:1]
    assert 0.5 < where.abs().max() < 0.05 * 32 + 1
    halves = moved.frames[-1, :, 0, :, 16:].sum((1, 2)) / moved.frames[-1, :, 0, :, :16].sum((1, 2))
    assert halves.min() < 0.97 < 1.03 < halves.max()


def test_events_drift_with_their_frames():
    frames, events = torch.zeros(8, 100, 1, 32, 32), torch.zeros(8, 100, 1, 32, 32)
    for images in (frames, events):
        images[..., 12:20, 8:16] = 1.0
    moved = changed(Clip(frames, events), replace(NONE, drift=0.1))
    assert (place(moved.frames) - place(moved.events)).abs().max() < 0.6
    assert set(moved.events.unique().tolist()) == {0, 1}


def test_the_first_step_is_seen_in_another_light_in_its_share():
    frames = torch.full((3, 400, 1, 8, 8), 0.4)
    seen = changed(Clip(frames, None), replace(NONE, brightness=0.5, relit=0.5)).frames
    assert torch.equal(seen[1], seen[2])
    other = (seen[0] != seen[1]).flatten(1).any(1)
    assert other.float().mean() == pytest.approx(0.5, abs=0.08)
    assert (seen[0] / seen[1])[other].max() > 1.3
