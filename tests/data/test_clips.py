import pytest
import torch

from eyeprentice.data.clips import clip_indices, random_starts
from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Sampling


@pytest.mark.parametrize(("text", "span"), [("E4-S0", 4), ("E4-S3", 13), ("E13-S0", 13), ("E1-S5", 1), ("E7-S2", 19)])
def test_a_sampling_spans_its_steps_and_what_it_skips(text: str, span: int):
    assert Sampling.parse(text).span == span
    assert str(Sampling.parse(text)) == text


@pytest.mark.parametrize("text", ["E0-S1", "4-3", "E4S3", "E4-S-1", ""])
def test_a_wrong_sampling_is_refused(text: str):
    with pytest.raises(InputError, match="not a sampling"):
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
