"""What a face usually looks like, learnt from a stream: a small bank of pictures that looked neutral, and their median.

A few times a second a picture of the stream is *judged*: the network is given it as a clip, as long as those it learnt
from, in which nothing changes, and its probability of neutral is how neutral the picture looks. That judgement knows no
reference, so that a wrong reference cannot confirm itself. The bank keeps the pictures that looked most neutral; what a
picture is worth is its log probability less its age. So an expression that is held is not learnt while a calmer picture
is remembered, calm is forgotten over minutes, and a face that never looks calm to the network becomes usual in the end.

    worth      log P(neutral | picture alone) - age/forget_s
    bank       the `kept` best of those worth at least `least_neutral`, which ages too
    reference  the median, pixel by pixel, of those worth at most `margin` less than the best

A picture also tells whether the reference still fits: coarse local contrast of one eye correlates with itself whatever
it expresses, and much less with another's. `docs/live.md` says how the numbers were chosen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.words.vocabulary import EMOTIONS

Picture = NDArray[np.uint8]  # (S, S)


@dataclass(frozen=True)
class Habits:
    """How a reference is learnt and lost: all the constants there are (`GET /api/model` tells them too)."""

    sample_hz: float = 3.0
    """So many pictures a second are judged."""
    kept: int = 9
    """Pictures in the bank at most: those that the reference is made of."""
    least_neutral: float = math.log(0.4)
    """Log probability from which on a picture is taken for neutral at first."""
    margin: float = 0.3
    """A picture that is worth so much less than the best one is not used."""
    forget_s: float = 300.0
    """After so long, a picture is worth 1 less."""
    least_fit: float = 0.64
    """Correlation below which a picture does not fit the reference."""
    lost_s: float = 1.2
    """A reference that has not fitted for so long is lost."""
    sharpness: float = 0.6
    """Of the model's, while there is a reference: frames that are all compared with one picture repeat each other's
    mistakes even more."""


HABITS = Habits()
NEUTRAL = EMOTIONS.index("neutral")


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture that was judged."""

    image: Picture
    worth: float
    """Its log probability of neutral, as if it had been seen at 0 s: later ones are worth more by their time."""


@dataclass(frozen=True)
class Usual:
    """What was learnt so far; `Usual()` is nothing."""

    bank: tuple[Seen, ...] = ()
    """The best first."""


def log_neutral(logits: NDArray[np.floating[Any]]) -> float:
    """The log probability of neutral that logits (7,) give."""
    above = logits.astype(np.float64) - float(logits.max())
    return float(above[NEUTRAL] - math.log(np.exp(above).sum()))


def learnt(usual: Usual, image: Picture, judged: float, time_s: float, habits: Habits = HABITS) -> Usual:
    """With one more picture whose log probability of neutral is `judged`, `time_s` after the stream began."""
    seen = Seen(image, judged + time_s / habits.forget_s)
    if seen.worth < habits.least_neutral or (usual.bank and seen.worth < usual.bank[0].worth - habits.margin):
        return usual
    if len(usual.bank) == habits.kept and seen.worth <= usual.bank[-1].worth:
        return usual
    bank = sorted((*usual.bank, seen), key=lambda each: -each.worth)[: habits.kept]
    return Usual(tuple(bank))


def reference(usual: Usual, habits: Habits = HABITS) -> Picture | None:
    """What change is to be measured against; None where nothing looked neutral."""
    used = [each.image for each in usual.bank if each.worth >= usual.bank[0].worth - habits.margin]
    return median(used) if used else None


def median(images: Sequence[Picture]) -> Picture:
    """Pixel by pixel; between two middle values, their mean."""
    return np.median(np.stack(images), axis=0).round().astype(np.uint8)


CELLS, AROUND = 10, 4
"""A picture is compared as so many cells a side at most, each with what is within so many cells of it."""


def fit(image: Picture, other: Picture) -> float:
    """How well two pictures show the same eye: the correlation of their coarse local contrast, -1..1."""
    a, b = _coarse_contrast(image), _coarse_contrast(other)
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(math.sqrt((a * a).sum() * (b * b).sum()), 1e-12))


def _coarse_contrast(image: Picture) -> NDArray[np.float64]:
    """(C, C): the mean of each cell, less the mean around it, divided by the deviation there."""
    cells = min(CELLS, len(image))
    edges = np.arange(cells + 1) * len(image) // cells
    sums = np.add.reduceat(np.add.reduceat(image.astype(np.int64), edges[:-1], 0), edges[:-1], 1)
    x = sums / np.outer(np.diff(edges), np.diff(edges)) / 255
    box = (2 * AROUND + 1, 2 * AROUND + 1)
    count, total, squares = (
        cv2.boxFilter(y, -1, box, normalize=False, borderType=cv2.BORDER_CONSTANT) for y in (np.ones_like(x), x, x * x)
    )
    mean = total / count
    return (x - mean) / (np.sqrt(np.maximum(squares / count - mean * mean, 1e-6)) + 0.02)
