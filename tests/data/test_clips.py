import pytest
import torch

from eyeprentice.data.clips import Clip, clip_indices, label_moment, random_starts, reorder
from eyeprentice.words.settings import Sampling
from eyeprentice.words.vocabulary import EMOTIONS


@pytest.mark.parametrize(("text", "span"), [("E4-S0", 4), ("E4-S3", 13), ("E13-S0", 13), ("E1-S5", 1), ("E7-S2", 19)])
def test_a_sampling_spans_its_steps_and_what_it_skips(text: str, span: int):
    assert Sampling.parse(text).span == span
    assert str(Sampling.parse(text)) == text


@pytest.mark.parametrize("text", ["E0-S1", "4-3", "E4S3", "E4-S-1", ""])
def test_a_wrong_sampling_is_refused(text: str):
    with pytest.raises(ValueError, match="not a sampling"):
        Sampling.parse(text)


def test_a_clip_takes_every_fourth_frame_of_e4_s3():
    indices = clip_indices(torch.tensor([2, 0]), torch.tensor([18, 13]), Sampling(4, 3))
    assert indices.T.tolist() == [[2, 6, 10, 14], [0, 4, 8, 12]]


def test_a_sequence_shorter_than_the_window_starts_over():
    indices = clip_indices(torch.tensor([0]), torch.tensor([5]), Sampling(7, 0))
    assert indices[:, 0].tolist() == [0, 1, 2, 3, 4, 0, 1]


def test_starts_reach_every_place_at_which_the_window_fits_and_no_other():
    lengths = torch.full((4000,), 18)
    starts = random_starts(lengths, Sampling(13, 0), torch.Generator().manual_seed(0))
    assert sorted(set(starts.tolist())) == [0, 1, 2, 3, 4, 5]
    counts = torch.bincount(starts)
    assert counts.min() > 550  # of 667 each


def test_a_short_sequence_starts_at_its_first_frame():
    starts = random_starts(torch.full((50,), 9), Sampling(13, 0), torch.Generator().manual_seed(0))
    assert starts.max() == 0


def test_frames_come_in_their_order_and_event_frames_backwards_are_those_of_the_next_frame():
    order = torch.tensor([[0, 1, 2, 3], [3, 2, 1, 0], [0, 1, 1, 3], [3, 2, 2, 2]])
    numbers = torch.tensor([5, 9, 13, 17])[:, None].expand(4, 4)
    frames, events = reorder(numbers, torch.tensor([30, 18, 30, 30]), order)
    assert frames.T.tolist() == [[5, 9, 13, 17], [17, 13, 9, 5], [5, 9, 9, 17], [17, 13, 13, 13]]
    assert events.T.tolist() == [[5, 9, 13, 17], [17, 14, 10, 6], [5, 9, 9, 17], [18, 14, 14, 14]]


UNIT_NAMES = ("AU1", "AU6", "blink")
ANGRY, HAPPY, NEUTRAL = (EMOTIONS.index(name) for name in ("angry", "happiness", "neutral"))


def clip_of(*units: list[list[float]]) -> Clip:
    """(T, B, U) from one table (T, U) for each clip."""
    told = torch.tensor(units).transpose(0, 1)
    return Clip(torch.zeros(*told.shape[:2], 1, 4, 4), None, told)


def test_a_clip_in_which_nothing_is_to_be_seen_yet_is_labelled_neutral():
    clip = clip_of(
        [[0.00, 0.00, 0.0], [0.03, 0.11, 0.0]],  # relaxed
        [[0.00, 0.00, 0.0], [0.00, 0.12, 0.0]],  # reaches the threshold in its last step
        [[0.02, 0.00, 0.9], [0.00, 0.05, 1.0]],  # only blinks
        [[0.90, 0.00, 0.0], [0.00, 0.00, 0.0]],  # was to be seen in its first step
        [[0.20, 0.30, 0.0], [0.20, 0.30, 0.0]],  # neutral stays neutral, whatever moves
    )
    labels = torch.tensor([ANGRY, HAPPY, HAPPY, ANGRY, NEUTRAL])
    seen = label_moment(clip, labels, UNIT_NAMES, 0.12)
    assert seen.tolist() == [NEUTRAL, HAPPY, NEUTRAL, ANGRY, NEUTRAL]
    assert labels.tolist() == [ANGRY, HAPPY, HAPPY, ANGRY, NEUTRAL]


def test_without_units_or_a_threshold_labels_stay():
    labels = torch.tensor([ANGRY])
    relaxed = clip_of([[0.0, 0.0, 0.0]])
    assert label_moment(relaxed, labels, UNIT_NAMES, 0.0).tolist() == [ANGRY]
    assert label_moment(relaxed._replace(units=None), labels, (), 0.12).tolist() == [ANGRY]


def test_an_order_of_minus_one_is_the_first_frame_of_the_sequence():
    numbers, lengths = torch.tensor([[4, 7], [6, 9]]), torch.tensor([12, 12])
    frames, events = reorder(numbers, lengths, torch.tensor([[-1, 1], [0, 1]]))
    assert frames.T.tolist() == events.T.tolist() == [[0, 6], [7, 9]]
