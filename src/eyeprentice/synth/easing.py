"""How anything that moves begins and ends."""

import numpy as np

from eyeprentice.synth.face import Floats


def smooth(x: Floats) -> Floats:
    """From 0 to 1 while x does, without a jerk at either end."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)
