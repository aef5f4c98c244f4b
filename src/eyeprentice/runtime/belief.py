"""How evidence becomes a belief, and how it is forgotten: a smoother with two fitted numbers.

Its form is that of a hidden Markov model's filter. Of the belief `p` the share `forgetting` moves, between two frames,
evenly to the other emotions; each frame's evidence `e` (log likelihoods, up to a constant) then multiplies in:

    p <- (1 - forgetting)·p + forgetting/(n - 1)·(1 - p)          forget
    p <- p·exp(sharpness·e), normalised                           learn

Weak evidence has to persist before it wins, strong evidence wins at once: what smooths does not delay. It is a smoother
and not a model of how people change: frames of one video repeat each other's mistakes, so that `sharpness` is far below
1, and to make up for it the belief is forgotten some ten times as fast as emotions really change. Both are fitted to
videos whose emotions are known (docs/deploy.md), which is what makes the belief a calibrated probability there.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Belief = NDArray[np.float64]


def uniform(classes: int) -> Belief:
    return np.full(classes, 1 / classes)


def updated(belief: Belief, evidence: NDArray[np.floating[Any]], sharpness: float, forgetting: float) -> Belief:
    """The belief (n,) after one more frame's evidence (n,)."""
    forgotten = (1 - forgetting) * belief + forgetting / (len(belief) - 1) * (1 - belief)
    weight = np.exp(sharpness * (evidence - evidence.max()).astype(np.float64))
    product = forgotten * weight
    return product / product.sum()


def combined(beliefs: Sequence[Sequence[float]]) -> list[float]:
    """One belief (n,) from those of both eyes: their product, as if each eye were evidence of its own, normalised."""
    product = np.prod(np.maximum(np.array(beliefs, np.float64), 1e-12), axis=0)
    values: list[float] = (product / product.sum()).tolist()
    return values
