"""A crop that is steady: what is measured trembles, a head that does not move gives a crop that does not move."""

from dataclasses import dataclass

import numpy as np

SLACK, HOLD_S = 0.025, 1.0
"""Of the eye's size: so far the eye may be from where it is held to be; and how fast what is nearer is followed."""
SIZE_SLACK, SIZE_HOLD_S = 0.06, 2.0
"""The same of its size, as a share."""


@dataclass
class Held:
    """Where the eye is held to be: what exceeds the slack is followed at once, the rest slowly (docs/finder.md)."""

    rate_hz: float
    x: float = 0.0
    y: float = 0.0
    size: float = 0.0
    frames: int = 0
    """How many were given."""

    def follow(self, x: float, y: float, size: float) -> None:
        """One more measurement: a centre and a size in pixels."""
        self.frames += 1
        if self.frames == 1:
            self.x, self.y, self.size = x, y, size
            return
        apart = float(np.hypot(x - self.x, y - self.y)) / size
        share = self._share(apart, SLACK, HOLD_S)
        self.x, self.y = self.x + share * (x - self.x), self.y + share * (y - self.y)
        change = float(np.log(size / self.size))
        self.size *= float(np.exp(self._share(abs(change), SIZE_SLACK, SIZE_HOLD_S) * change))

    def _share(self, apart: float, slack: float, hold_s: float) -> float:
        """How much of the way to a measurement is gone: down to the slack, and some of the rest."""
        slow = max(1 / self.frames, 1 - float(np.exp(-1 / (self.rate_hz * hold_s))))
        beyond = max(0.0, apart - slack)
        return (beyond + slow * (apart - beyond)) / max(apart, 1e-9)
