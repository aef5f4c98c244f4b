"""Copies are found as comparing each with each would find them, and without doing so: comparisons are counted."""

import tracemalloc
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from eyeprentice.data import copies
from eyeprentice.data.copies import ALIKE, MOMENTS, SIDE, Thumbnails, find_copies


@pytest.fixture
def thumbnails() -> Iterator[Thumbnails]:
    with Thumbnails() as kept:
        yield kept


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many sequences each call of `likeness` compared with one."""
    counts: list[int] = []
    likeness = copies.likeness

    def counting(one: np.ndarray, others: np.ndarray) -> np.ndarray:
        counts.append(len(others))
        return likeness(one, others)

    monkeypatch.setattr(copies, "likeness", counting)
    return counts


def look(seed: int) -> np.ndarray:
    """Moments of a sequence: blurred noise, the same for a seed, and a little of its own in each moment."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(0, 1, (5, 5)) + 0.3 * rng.normal(0, 1, (MOMENTS, 5, 5))
    pictures = [cv2.resize(128 + 40 * moment, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for moment in coarse]
    return np.stack(pictures).clip(0, 255).astype(np.uint8).reshape(MOMENTS, -1)


def copy_of(seed: int) -> np.ndarray:
    """The same, brighter and as JPEG."""
    images = (look(seed).reshape(MOMENTS, SIDE, SIDE) * 0.8 + 20).astype(np.uint8)
    coded = [cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1] for image in images]
    return np.stack([cv2.imdecode(image, 0) for image in coded]).reshape(MOMENTS, -1)


def add(thumbnails: Thumbnails, looks: list[np.ndarray]) -> np.ndarray:
    return np.array([thumbnails.add(moments) for moments in looks], int)


def each_with_each(thumbnails: Thumbnails, ones: np.ndarray, others: np.ndarray) -> dict[int, set[int]]:
    least = np.einsum("amp,bmp->bam", thumbnails.vectors(ones), thumbnails.vectors(others)).min(2)
    return {int(others[b]): set(ones[row > ALIKE].tolist()) for b, row in enumerate(least) if (row > ALIKE).any()}


def test_it_finds_what_comparing_each_with_each_finds(thumbnails: Thumbnails):
    ones = add(thumbnails, [look(seed) for seed in range(150)])
    others = add(thumbnails, [look(seed) for seed in range(200, 260)] + [copy_of(seed) for seed in range(0, 150, 5)])
    found = dict(find_copies(thumbnails, ones, others))
    assert found == {int(others[60 + place]): 5 * place for place in range(30)}
    wanted = each_with_each(thumbnails, ones, others)
    assert found.keys() == wanted.keys()
    assert all(one in wanted[other] for other, one in found.items())


def test_one_that_differs_in_a_single_moment_is_no_copy(thumbnails: Thumbnails):
    changed = look(3)
    changed[0] = look(77)[0]
    ones, others = add(thumbnails, [look(3)]), add(thumbnails, [changed, look(3)])
    assert list(find_copies(thumbnails, ones, others)) == [(2, 0)]


def test_a_copy_is_found_behind_many_that_differ_in_another_moment(thumbnails: Thumbnails):
    """They are as near in the moment in which candidates are looked for."""
    decoys = []
    for seed in range(100, 140):
        decoys.append(look(3))
        decoys[-1][3] = look(seed)[3]
    ones, others = add(thumbnails, [*decoys, copy_of(3)]), add(thumbnails, [look(3)])
    assert list(find_copies(thumbnails, ones, others)) == [(41, 40)]


def test_twice_as_many_sequences_take_twice_as_many_comparisons(thumbnails: Thumbnails, compared: list[int]):
    every = add(thumbnails, [look(seed) for seed in range(800)] + [copy_of(seed) for seed in range(0, 800, 2)])
    counts = []
    for many in (200, 400, 800):
        compared.clear()
        assert len(dict(find_copies(thumbnails, every[:many], every[800 : 800 + many // 2]))) == many // 2
        counts.append(sum(compared))
    assert counts[0] >= 100  # every copy is compared at least once
    assert counts[2] <= 2.2 * counts[1] <= 2.2 * 2.2 * counts[0]
    assert counts[2] < 0.01 * 800 * 400


def test_many_of_the_same_content_are_compared_once_each(thumbnails: Thumbnails, compared: list[int]):
    """A dataset of links to a few files, or of a camera that saw nothing."""
    ones, others = add(thumbnails, [look(1)] * 300), add(thumbnails, [look(1)] * 100)
    assert list(find_copies(thumbnails, ones, others)) == [(other, 0) for other in others.tolist()]
    assert sum(compared) == 100


def test_pictures_of_one_level_are_copies_of_nothing_and_are_not_compared(thumbnails: Thumbnails, compared: list[int]):
    dark = [np.full((MOMENTS, SIDE * SIDE), level, np.uint8) for level in range(100)]
    assert list(find_copies(thumbnails, add(thumbnails, dark), add(thumbnails, dark))) == []
    assert not compared


@pytest.mark.parametrize(("ones", "others"), [(0, 3), (3, 0), (1, 1)])
def test_few_or_none_are_no_trouble(thumbnails: Thumbnails, ones: int, others: int):
    first, second = (add(thumbnails, [look(seed) for seed in range(count)]) for count in (ones, others))
    assert len(list(find_copies(thumbnails, first, second))) == min(ones, others)


def test_thumbnails_are_not_held_in_memory(thumbnails: Thumbnails, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(copies, "SAMPLE", 64)
    every = add(thumbnails, [look(seed) for seed in range(1200)])
    peaks = []
    for many in (500, 1000):
        tracemalloc.start()
        list(find_copies(thumbnails, every[:many], every[many : many + 200]))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 500 * MOMENTS * SIDE * SIDE * 4 / 5
