"""How evidence becomes a belief, and how it is forgotten: a hidden Markov model with the emotion as its state.

Between two frames the emotion changes with probability `hazard`, to any other alike; each frame's evidence `e` (log
likelihoods, up to a constant) then multiplies in:

    p <- (1 - hazard)·p + hazard/(n - 1)·(1 - p)          forget
    p <- p·exp(sharpness·e), normalised                   learn

Weak evidence has to persist before it wins, strong evidence wins at once: what smooths does not delay. Frames of one
video repeat each other's mistakes, so that `sharpness` is far below 1; it and the hazard are fitted to videos whose
emotions are known (docs/deploy.md), which is what makes the belief a calibrated probability.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Belief = NDArray[np.float64]


def uniform(classes: int) -> Belief:
    return np.full(classes, 1 / classes)


def updated(belief: Belief, evidence: NDArray[np.floating[Any]], sharpness: float, hazard: float) -> Belief:
    """The belief (n,) after one more frame's evidence (n,)."""
    forgotten = (1 - hazard) * belief + hazard / (len(belief) - 1) * (1 - belief)
    weight = np.exp(sharpness * (evidence - evidence.max()).astype(np.float64))
    product = forgotten * weight
    return product / product.sum()
