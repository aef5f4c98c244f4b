"""SEE's event frames: the events of 33 ms as one grey image."""

import numpy as np
from numpy.typing import NDArray

INTERVAL_US = 33_333
"""Time that one event frame accumulates, in µs: one frame at 30 fps."""
NONE, ON, OFF = 127, 255, 0


def event_frame(on: NDArray[np.int32], off: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Counts of ON and OFF events (H, W) -> 255 where it got brighter, 0 where darker, 127 where neither prevailed."""
    image = np.full(on.shape, NONE, np.uint8)
    image[on > off] = ON
    image[off > on] = OFF
    return image
