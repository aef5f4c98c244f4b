"""A crop that is steady: what is measured trembles, a head that does not move gives a crop that does not move."""

from dataclasses import dataclass

import numpy as np

SLACK, SIZE_SLACK = 0.035, 0.06
"""So far the eye may be from where it is held to be, as a share of its size; and the same of its size itself."""
SETTLE_S, HOLD_S = 0.5, 4.0
"""So long the mean of what was measured counts; after that, how slowly what is within the slack is followed: a raised
brow or a closed lid changes what is measured by one or two hundredths, and must not move the crop."""


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
        share = self._share(apart, SLACK)
        self.x, self.y = self.x + share * (x - self.x), self.y + share * (y - self.y)
        change = float(np.log(size / self.size))
        self.size *= float(np.exp(self._share(abs(change), SIZE_SLACK) * change))

    def _share(self, apart: float, slack: float) -> float:
        """How much of the way to a measurement is gone: down to the slack, and some of the rest."""
        slow = 1 - float(np.exp(-1 / (self.rate_hz * HOLD_S)))
        if self.frames <= SETTLE_S * self.rate_hz:
            slow = max(slow, 1 / self.frames)
        beyond = max(0.0, apart - slack)
        return (beyond + slow * (apart - beyond)) / max(apart, 1e-9)
