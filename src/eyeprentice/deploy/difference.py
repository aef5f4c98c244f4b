"""How an exported file differs from PyTorch on the same clips."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

SAME = 1e-4
"""Largest difference of logits that count as equal."""


@dataclass(frozen=True)
class Difference:
    """How an exported model differs from PyTorch's on the same clips."""

    clips: int
    largest: float
    """Largest difference of a step's logits."""
    equal: int
    """Clips of which no step's logits differ by more than 1e-4."""
    decisions: int
    """Clips that are called otherwise."""
    war_points: float
    """Change of the accuracy, in points."""
    units: float | None = None
    """Largest difference of an action unit's intensity, of 0..1; None if the file gives none."""


def difference(given: NDArray[np.float32], wanted: NDArray[np.float32], labels: Tensor) -> Difference:
    """Between logits (T, B, 7) of a file and of PyTorch, for clips of emotions `labels` (B,)."""
    said, meant = given.mean(0).argmax(-1), wanted.mean(0).argmax(-1)
    truth = labels.numpy()
    points = 100 * float((said == truth).mean() - (meant == truth).mean())
    apart = np.abs(given - wanted).max(axis=(0, 2))
    return Difference(len(truth), float(apart.max()), int((apart <= SAME).sum()), int((said != meant).sum()), points)
