import pytest
import torch

from eyeprentice.data.clips import NO_EVENT
from eyeprentice.data.time_augment import draw_order, pace, pace_events
from eyeprentice.words.settings import Augmentation

PLAIN, BACKWARDS, HELD, HELD_BACKWARDS = [0, 1, 2, 3], [3, 2, 1, 0], [0, 1, 1, 3], [3, 2, 2, 2]
ORDER = torch.tensor([PLAIN, BACKWARDS, HELD, HELD_BACKWARDS])


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_frames_come_in_their_order_and_event_frames_backwards_are_those_of_the_next_frame():
    moments = torch.tensor([5, 9, 13, 17])[:, None].expand(4, 4)
    frames, events = pace(moments, torch.tensor([30, 18, 30, 30]), ORDER)
    assert frames.T.tolist() == [[5, 9, 13, 17], [17, 13, 9, 5], [5, 9, 9, 17], [17, 13, 13, 13]]
    assert events.T.tolist() == [[5, 9, 13, 17], [17, 14, 10, 6], [5, 9, 9, 17], [18, 14, 14, 14]]


def test_events_stop_while_time_stands_still_and_change_sign_when_it_runs_backwards():
    """The sequence of the second clip ends with its last step: what would have happened after it is not known."""
    events = torch.tensor([0.0, NO_EVENT, 1.0]).expand(4, 4, 1, 1, 3)
    signs = (pace_events(events, ORDER) - NO_EVENT).sign()[:, :, 0, 0, 2].T
    assert signs.tolist() == [[1, 1, 1, 1], [-1, -1, -1, -1], [1, 1, 0, 1], [-1, -1, 0, 0]]
    still = pace_events(events, ORDER)[..., 1]
    assert torch.equal(still, torch.full_like(still, NO_EVENT))
    assert torch.equal(pace_events(events, ORDER)[:, 0], events[:, 0])
    assert pace_events(events, ORDER)[0, 1, 0, 0].tolist() == pytest.approx([2 * NO_EVENT, NO_EVENT, 0])


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
