from dataclasses import replace

import pytest
import torch

from eyeprentice.data.augment import Augmentation, augment, draw_change
from eyeprentice.data.clips import NO_EVENT, Clip

NONE = Augmentation(shift=0, rotation=0, scale=0, stretch=0, mirror=0, brightness=0)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def changed(clip: Clip, settings: Augmentation) -> Clip:
    return augment(clip, draw_change(settings, clip.frames.shape[1], generator()))


@pytest.fixture
def clip() -> Clip:
    """One bright dot, in the frames and in the events, at the same place in every step."""
    frames, events = torch.zeros(2, 5, 1, 32, 32), torch.full((2, 5, 1, 32, 32), NO_EVENT)
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
    assert moved.events.min() == pytest.approx(NO_EVENT, abs=1e-6)


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
