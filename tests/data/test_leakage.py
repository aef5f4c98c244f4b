"""What a run's split file must say, and how alike fingerprints are; tests/judging/test_evaluation.py has the rest."""

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from eyeprentice.data import leakage
from eyeprentice.data.dataset import Dataset
from eyeprentice.data.layout import SequenceName
from eyeprentice.data.leakage import BITS, BLOCK, fingerprints, learnt_from, least_difference
from eyeprentice.data.splits import Parts, write_split
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"training": ["a"], "testing": []},  # written by hand, without fingerprints
        {"training": ["a"], "testing": [], "fingerprints": {}},
        {"training": ["a"], "testing": [], "fingerprints": {"a": "!"}},
        {"training": ["a"], "testing": [], "fingerprints": []},
    ],
)
def test_a_split_file_that_no_run_wrote_is_refused_in_one_line(tmp_path: Path, content: object):
    (tmp_path / "split.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"split\.json: not the split of a run \(.*\); train it again") as caught:
        learnt_from(tmp_path / "split.json")
    assert "\n" not in str(caught.value)


def test_the_difference_is_the_share_of_bits_in_which_the_most_alike_differs():
    one, others = np.zeros((3, BITS), bool), np.zeros((2, BITS), bool)
    one[1, :10], one[2, 5:] = True, True
    others[0, :4], others[1] = True, True
    one, others = np.packbits(one, axis=1), np.packbits(others, axis=1)
    assert least_difference(one, others) == pytest.approx([4 / BITS, 6 / BITS, 5 / BITS])
    assert least_difference(one, others[:0]).tolist() == [1, 1, 1]


def sequences(count: int, seed: int, first: int = 1) -> Dataset:
    """Noise, of people of ten sequences each."""
    names = tuple(
        SequenceName(first + n, f"{first + n // 10:03d}", "x", 20, "x", "normal", EMOTIONS[n % 7], 1, 0)
        for n in range(count)
    )
    frames = torch.randint(0, 256, (count, 24, 24), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))
    lengths = torch.ones(count, dtype=torch.long)
    return Dataset(names, ("training",) * count, torch.arange(count), lengths, frames, None, f"seed {seed}")


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pairs of fingerprints that were compared, call by call."""
    counts: list[int] = []
    difference = leakage.least_difference

    def counting(one: np.ndarray, others: np.ndarray) -> np.ndarray:
        counts.append(len(one) * len(others))
        return difference(one, others)

    monkeypatch.setattr(leakage, "least_difference", counting)
    return counts


def split_of(dataset: Dataset, tmp_path: Path, tested: int = 20) -> Path:
    numbers = torch.arange(len(dataset.names))
    parts = Parts(numbers[:-tested], numbers[:0], numbers[-tested:])
    write_split(tmp_path / "split.json", dataset.names, parts, fingerprints(dataset))
    return tmp_path / "split.json"


def test_on_its_own_dataset_nothing_is_compared(tmp_path: Path, compared: list[int]):
    """However many sequences there are: what a run has seen is looked up by its fingerprint."""
    dataset = sequences(200, seed=0)
    known = leakage.find_leakage(dataset, split_of(dataset, tmp_path))
    assert known.learnt.tolist() == [True] * 180 + [False] * 20
    assert known.tested.tolist() == [False] * 180 + [True] * 20
    assert not known.met.any()
    assert not compared


def test_of_a_larger_dataset_only_what_is_not_known_is_compared(tmp_path: Path, compared: list[int]):
    dataset, other = sequences(100, seed=0), sequences(30, seed=1, first=900)
    split = split_of(dataset, tmp_path)
    both = replace(
        dataset,
        names=(*other.names, *dataset.names),
        offsets=torch.arange(130),
        lengths=torch.ones(130, dtype=torch.long),
        frames=torch.cat([other.frames, dataset.frames]),
    )
    known = leakage.find_leakage(both, split)
    assert known.learnt.tolist() == [False] * 30 + [True] * 80 + [False] * 20
    assert known.tested.tolist() == [False] * 110 + [True] * 20
    assert compared == [30 * 80]


def test_comparing_holds_no_more_of_many_fingerprints_than_of_few():
    prints = np.random.default_rng(0).integers(0, 256, (8 * BLOCK, BITS // 8), np.uint8)
    peaks, least = [], []
    for count in (2 * BLOCK, 8 * BLOCK):
        tracemalloc.start()
        least.append(least_difference(prints[-2:], prints[:count])[1])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert least == [pytest.approx(0.43, abs=0.02), 0]  # the second time, it is among them
    assert peaks[1] < 1.1 * peaks[0]
