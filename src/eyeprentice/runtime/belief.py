"""How evidence becomes a belief, how that is forgotten, and what is read from it: a smoother with two fitted numbers.

Its form is that of a hidden Markov model's filter. Of the belief `p` the share `forgetting` moves, between two frames,
evenly to the other emotions; each frame's evidence `e` (log likelihoods, up to a constant) then multiplies in:

    p <- (1 - forgetting)·p + forgetting/(n - 1)·(1 - p)          forget
    p <- p·exp(sharpness·e), normalised                           learn

Weak evidence has to persist before it wins, strong evidence wins at once: what smooths does not delay. It is a smoother
and not a model of how people change: frames of one video repeat each other's mistakes, so that `sharpness` is far below
1, and to make up for it the belief is forgotten some ten times as fast as emotions really change. Both are fitted to
videos whose emotions are known (docs/deploy.md), which is what makes the belief a calibrated probability there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.runtime.affect import arousal_of, valence_of
from eyeprentice.words.vocabulary import EMOTIONS

Belief = NDArray[np.float64]
NO_UNITS: Mapping[str, float] = MappingProxyType({})


LEAST = 1e-300
"""Of a belief: one of 0 never comes back, and nothing would be left if all of the evidence were for it."""


def uniform(classes: int) -> Belief:
    return np.full(classes, 1 / classes)


def updated(belief: Belief, evidence: NDArray[np.floating[Any]], sharpness: float, forgetting: float) -> Belief:
    """The belief (n,) after one more frame's evidence (n,)."""
    forgotten = (1 - forgetting) * belief + forgetting / (len(belief) - 1) * (1 - belief)
    forgotten = np.maximum(forgotten, LEAST)
    weight = np.exp(sharpness * (evidence - evidence.max()).astype(np.float64))
    product = forgotten * weight
    return product / product.sum()


def combined(beliefs: Sequence[Sequence[float]]) -> list[float]:
    """One belief (n,) from those of both eyes: their geometric mean, normalised.

    Both eyes show one face, so that the second one is hardly new evidence: two that are sure by 0.4 are so together.
    """
    mean = np.maximum(np.array(beliefs, np.float64), 1e-12).prod(axis=0) ** (1 / len(beliefs))
    values: list[float] = (mean / mean.sum()).tolist()
    return values


@dataclass(frozen=True)
class Reading:
    """What is believed after a frame."""

    emotion: str
    """The most probable of the seven."""
    probability: float
    """Its calibrated probability, 0..1."""
    certain: bool
    """Whether that is enough to act on; False is the answer *uncertain*."""
    probabilities: dict[str, float]
    """Of all seven; they add up to 1."""
    frame: int
    """Number of the frame: since the last reset, or of its source if `read` gave it, from 0."""
    time_s: float
    """When that is, in seconds."""
    units: dict[str, float] = field(default_factory=dict)
    """Intensities of action units, 0..1, by the model's names for them; empty if the model estimates none."""
    valence: float = 0.0
    """-1 unpleasant, 1 pleasant; of the probabilities, by the formula in `affect.py`."""
    arousal: float = 0.0
    """-1 calm, 1 excited; of the probabilities and the units, in the same way."""
    box: tuple[float, float, float, float] | None = None
    """What was cut out of the picture: x and y of the upper left corner, width and height, in pixels; None where a
    program cut it out itself. Of two eyes, the right one."""
    mirrored: bool = False
    """Whether it was taken for a left eye."""
    quality: float = 1.0
    """Probability that the picture shows an eye there, 0..1; 1 where the place is fixed."""
    calibration: str = "none"
    """What is known of the person's neutral face: none, collecting, automatic, or done (by the user)."""
    faces: int = 0
    """How many faces the last search of the whole picture saw; of several, the largest is read."""

    def as_dict(self) -> dict[str, Any]:
        """The same as a dictionary of built-in types, which `json.dumps` takes."""
        return asdict(self) | {"box": None if self.box is None else list(self.box)}

    def __str__(self) -> str:
        return f"{self.emotion if self.certain else 'uncertain'} {self.probability:.2f}"


def reading_of(
    belief: Sequence[float], certain: float, frame: int, time_s: float, units: Mapping[str, float] = NO_UNITS
) -> Reading:
    """What probabilities (7,) of the emotions and intensities of action units come to."""
    best = int(np.argmax(belief))
    named = dict(zip(EMOTIONS, belief, strict=True))
    return Reading(
        EMOTIONS[best], belief[best], belief[best] >= certain, named, frame, time_s,
        dict(units), valence_of(named), arousal_of(named, units),
    )  # fmt: skip
