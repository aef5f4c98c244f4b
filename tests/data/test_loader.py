import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from eyeprentice.data.augment import Augmentation
from eyeprentice.data.dataset import Dataset, open_dataset
from eyeprentice.data.loader import feed, plan_epoch
from eyeprentice.files.processes import ahead
from eyeprentice.words.settings import Sampling

SAMPLING = Sampling(3, 2)


@pytest.fixture(scope="module")
def dataset(shared_tiny: Path) -> Dataset:
    return open_dataset(shared_tiny, 24, events=True)


def plan(dataset: Dataset, seed: int = 0):
    generator = torch.Generator().manual_seed(seed)
    return plan_epoch(dataset, torch.arange(5, 35), 8, SAMPLING, Augmentation(), generator)


def test_an_epoch_holds_every_chosen_sequence_once_in_batches_of_like_size(dataset: Dataset):
    batches = plan(dataset)
    assert sorted(torch.cat([batch.sequences for batch in batches]).tolist()) == list(range(5, 35))
    assert [len(batch.sequences) for batch in batches] == [8, 8, 7, 7]
    assert all(0 <= start <= 20 - SAMPLING.span for batch in batches for start in batch.starts.tolist())


def test_the_same_generator_draws_the_same_epoch_and_another_another(dataset: Dataset):
    one, two, other = plan(dataset), plan(dataset), plan(dataset, seed=1)
    assert torch.equal(one[0].sequences, two[0].sequences)
    assert torch.equal(one[0].change.theta, two[0].change.theta)
    assert not torch.equal(one[0].sequences, other[0].sequences)


def test_the_shares_of_all_processes_are_the_batch(dataset: Dataset):
    batches = plan(dataset)[2:3]
    device = torch.device("cpu")
    (whole, labels) = next(feed(dataset, batches, SAMPLING, device))
    shares = [next(feed(dataset, [batches[0].part(rank, 3)], SAMPLING, device)) for rank in range(3)]
    assert [clip.frames.shape[1] for clip, _ in shares] == [3, 2, 2]
    for rank, (clip, own_labels) in enumerate(shares):
        assert torch.equal(clip.frames, whole.frames[:, rank::3])
        assert torch.equal(clip.events, whole.events[:, rank::3])
        assert torch.equal(own_labels, labels[rank::3])


def test_a_thread_works_ahead_but_not_too_far_and_keeps_the_order():
    begun = []

    def work(number: int) -> int:
        begun.append(number)
        return number * number

    results = ahead(work, range(10), 3)
    assert next(results) == 0
    time.sleep(0.2)
    assert len(begun) <= 4
    assert list(results) == [n * n for n in range(1, 10)]


def test_what_fails_in_the_thread_fails_where_it_is_asked_for():
    with pytest.raises(ZeroDivisionError):
        list(ahead(lambda x: 1 / x, [1, 0, 2], 2))


def test_clips_that_run_backwards_show_the_frames_and_units_of_the_plain_ones_in_turn(dataset: Dataset):
    told = replace(dataset, units=torch.arange(len(dataset.frames)).float()[:, None])
    backwards = Augmentation(0, 0, 0, 0, 0, 0, reverse=1.0)
    batches = plan_epoch(told, torch.arange(5, 35), 8, SAMPLING, backwards, torch.Generator().manual_seed(0))
    plain = [replace(batch, change=None) for batch in batches]
    device = torch.device("cpu")
    for (clip, labels), (other, other_labels) in zip(
        feed(told, batches, SAMPLING, device), feed(told, plain, SAMPLING, device), strict=True
    ):
        assert torch.allclose(clip.frames, other.frames.flip(0), atol=1e-4)
        assert torch.equal(clip.units, other.units.flip(0))
        assert torch.equal(labels, other_labels)
