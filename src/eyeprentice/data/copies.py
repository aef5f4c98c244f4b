"""Which sequences show nearly the same, found without comparing each with each and without holding their pictures.

A sequence is known by its thumbnails: a few moments, small, each of mean 0 and length 1. Two sequences are alike if the
product of their thumbnails (their correlation) is above `ALIKE` in every moment. Vectors that are that near each other
are so in whatever few directions they are looked at, so a search tree over a few directions of one moment finds every
pair that can be alike, and the thumbnails of those alone are compared. They lie in a temporary file.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

ALIKE = 0.985
"""Correlation of two sequences' thumbnails above which they are taken for the same.

On simulated people different sequences reach 0.97 and re-encoded copies fall to 0.99; in the dark they fall below, and
a copy may go unnoticed.
"""
SIDE, MOMENTS = 24, 4
LOOKED_AT = 2
"""The moment in which candidates are looked for: after the apex of most sequences."""
DIRECTIONS, SAMPLE = 16, 4096
"""In which thumbnails differ most, and the number of sequences that tell which these are."""
BLOCK = 256
"""Sequences whose thumbnails are held at once (2.4 MB)."""
FIRST_ASKED = 4
"""Candidates of a sequence that are compared first; as long as none is alike and there are more, twice as many."""

Small = NDArray[np.uint8]  # (MOMENTS, SIDE²)
Vectors = NDArray[np.float32]  # (N, MOMENTS, SIDE²)
Numbers = NDArray[np.int64]


def shrink(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An image (H, W) as a thumbnail has it, (SIDE²,)."""
    return np.asarray(cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8).ravel()


class Thumbnails:
    """Moments of sequences, numbered from 0 on as they were added; in a file that vanishes with the block."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="eyeprentice-")  # noqa: SIM115
        self._count = 0

    def __enter__(self) -> "Thumbnails":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, moments: Small) -> int:
        """Keeps the shrunk moments of a sequence; gives its number."""
        self._file.seek(0, 2)
        self._file.write(np.ascontiguousarray(moments, np.uint8).tobytes())
        self._count += 1
        return self._count - 1

    def small(self, numbers: Numbers) -> NDArray[np.uint8]:
        """As they were added, (N, MOMENTS, SIDE²)."""
        width, parts = MOMENTS * SIDE * SIDE, []
        for number in numbers.tolist():
            self._file.seek(number * width)
            parts.append(self._file.read(width))
        return np.frombuffer(b"".join(parts), np.uint8).reshape(-1, MOMENTS, SIDE * SIDE)

    def vectors(self, numbers: Numbers) -> Vectors:
        """Each moment with mean 0 and length 1; of one level alone, it is 0."""
        small = self.small(numbers)
        centred = small.astype(np.float32) - small.mean(2, keepdims=True)
        return (centred / np.maximum(np.linalg.norm(centred, axis=2, keepdims=True), 1e-6)).astype(np.float32)


def find_copies(thumbnails: Thumbnails, ones: Numbers, others: Numbers) -> Iterator[tuple[int, int]]:
    """For each of `others` that shows what some of `ones` shows: the two numbers, its own and that of the most alike.

    Of `ones` that show exactly the same, the first stands for all.
    """
    if not len(ones) or not len(others):
        return
    directions = _directions(thumbnails, np.concatenate([ones, others]))
    ones = ones[_first_of_each(thumbnails, ones)]
    places = _project(thumbnails, ones, directions)
    ones, places = ones[places.any(1)], places[places.any(1)]  # what has one level alone is like nothing
    if not len(ones):
        return
    tree = cKDTree(places, balanced_tree=False)
    for start in range(0, len(others), BLOCK):
        block = others[start : start + BLOCK]
        for number, place in zip(block.tolist(), _project(thumbnails, block, directions), strict=True):
            if place.any() and (found := _most_alike(thumbnails, number, place, ones, tree)) is not None:
                yield number, found


def likeness(one: NDArray[np.float32], others: Vectors) -> NDArray[np.float32]:
    """Least correlation, over the moments, of a sequence (MOMENTS, SIDE²) with each of N, (N,)."""
    least: NDArray[np.float32] = np.einsum("mp,nmp->nm", one, others).min(1)
    return least


def _most_alike(
    thumbnails: Thumbnails, number: int, place: NDArray[np.float32], ones: Numbers, tree: cKDTree
) -> int | None:
    radius = np.sqrt(2 * (1 - ALIKE)) + 1e-4  # of unit vectors, and for rounding
    mine, asked, compared = None, FIRST_ASKED, 0
    while True:
        distances, near = tree.query(place, k=np.arange(compared + 1, asked + 1), distance_upper_bound=radius)
        near = near[np.isfinite(distances)]
        if not len(near):
            return None
        if mine is None:
            mine = thumbnails.vectors(np.array([number]))[0]
        for start in range(0, len(near), BLOCK):
            block = ones[near[start : start + BLOCK]]
            alike = likeness(mine, thumbnails.vectors(block))
            if alike.max() > ALIKE:
                return int(block[alike.argmax()])
        if len(near) < asked - compared:
            return None
        compared, asked = asked, 2 * asked


def _directions(thumbnails: Thumbnails, numbers: Numbers) -> NDArray[np.float32]:
    """Orthogonal and of length 1, (SIDE², DIRECTIONS)."""
    chosen = numbers[np.linspace(0, len(numbers) - 1, min(len(numbers), SAMPLE)).astype(int)]
    moment = np.concatenate([part[:, LOOKED_AT] for part in _blocks(thumbnails, chosen)])
    _, vectors = np.linalg.eigh(np.cov(moment, rowvar=False) if len(moment) > 1 else np.eye(SIDE * SIDE))
    return np.asarray(vectors[:, -DIRECTIONS:], np.float32)


def _project(thumbnails: Thumbnails, numbers: Numbers, directions: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([part[:, LOOKED_AT] @ directions for part in _blocks(thumbnails, numbers)])


def _blocks(thumbnails: Thumbnails, numbers: Numbers) -> Iterator[Vectors]:
    for start in range(0, len(numbers), BLOCK):
        yield thumbnails.vectors(numbers[start : start + BLOCK])


def _first_of_each(thumbnails: Thumbnails, numbers: Numbers) -> Numbers:
    """Places in `numbers` of the first of each that shows exactly the same."""
    first: dict[bytes, int] = {}
    for start in range(0, len(numbers), BLOCK):
        for place, small in enumerate(thumbnails.small(numbers[start : start + BLOCK]), start):
            first.setdefault(hashlib.blake2b(small.tobytes(), digest_size=16).digest(), place)
    return np.fromiter(first.values(), np.int64)
