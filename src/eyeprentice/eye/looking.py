"""Looks for eyes: in a whole picture, or in a window around a known one (docs/finder.md)."""

from functools import cached_property
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.contract import FOLLOWED_SIZE, WINDOW
from eyeprentice.eye.decoding import Eye, decode, joined, paired
from eyeprentice.eye.network import EyeNetwork, open_network

Grey = NDArray[np.uint8]

LEVELS = (256, 64)
"""Pixels of the longer side of a picture that is searched."""
MULTIPLE, LEAST = 16, 32
"""Of the sides of what the network is given, in pixels."""
LEAST_WINDOW = 4
"""Pixels of its side."""
WHOLE = 0.5
"""Of the longer side of a picture: around an eye of this size a window would show mostly black, in which the network
takes pictures of other things for eyes. The whole picture is looked at instead."""


class Finder(Protocol):
    """Whatever finds eyes in grey pictures (H, W). Both calls give pairs first, the right eye before the left one."""

    def search(self, frame: Grey) -> list[Eye]:
        """All eyes in a picture."""

    def look_around(self, frame: Grey, x: float, y: float, size: float) -> list[Eye]:
        """The eyes near a known one, more exactly."""


class EyeFinder:
    """The network: by default that of the package, opened when it is first needed."""

    def __init__(self, network: EyeNetwork | None = None) -> None:
        self._given = network

    @cached_property
    def network(self) -> EyeNetwork:
        return self._given or open_network()

    def search(self, frame: Grey) -> list[Eye]:
        return search(self.network, frame)

    def look_around(self, frame: Grey, x: float, y: float, size: float) -> list[Eye]:
        return look_around(self.network, frame, x, y, size)


class SharedFinder:
    """For two trackers of one frame: what one has searched, the other need not search."""

    def __init__(self, finder: Finder) -> None:
        self.finder = finder
        self._found: list[Eye] | None = None

    def next_frame(self) -> None:
        """To be called before each frame."""
        self._found = None

    def search(self, frame: Grey) -> list[Eye]:
        if self._found is None:
            self._found = self.finder.search(frame)
        return self._found

    def look_around(self, frame: Grey, x: float, y: float, size: float) -> list[Eye]:
        return self.finder.look_around(frame, x, y, size)


def search(network: EyeNetwork, frame: Grey, levels: tuple[int, ...] = LEVELS) -> list[Eye]:
    """All eyes in a picture (H, W), pairs first."""
    eyes: list[Eye] = []
    shown = frame
    for level in levels if max(frame.shape) > LEVELS[-1] else LEVELS[-1:]:
        scale = min(1.0, level / max(frame.shape))
        height, width = (max(1, round(scale * side)) for side in frame.shape)
        shown = _resized(shown, width, height)  # the second level from the first, which is nearly the same and faster
        across, down = width / frame.shape[1], height / frame.shape[0]
        eyes += [eye.moved(0, 0, across, down) for eye in decode(network.run(_padded(shown)))]
    return paired(joined(eyes))


def look_around(network: EyeNetwork, frame: Grey, x: float, y: float, size: float) -> list[Eye]:
    """The eyes in a window around a known one, or in the whole picture if that one is large in it; pairs first."""
    if size >= WHOLE * max(frame.shape):
        return search(network, frame, LEVELS[-1:])
    side = round(max(WINDOW * size / FOLLOWED_SIZE, LEAST_WINDOW))
    left, top = round(x - side / 2), round(y - side / 2)
    x0, y0 = max(left, 0), max(top, 0)
    part = frame[y0 : max(top + side, 0), x0 : max(left + side, 0)]
    if not part.size:
        return []
    if part.shape != (side, side):
        square = np.zeros((side, side), np.uint8)
        square[y0 - top : y0 - top + part.shape[0], x0 - left : x0 - left + part.shape[1]] = part
        part = square
    window = np.ascontiguousarray(_resized(part, WINDOW, WINDOW))
    scale = WINDOW / side
    return paired([eye.moved(left, top, scale, scale) for eye in decode(network.run(window))])


def _resized(frame: Grey, width: int, height: int) -> Grey:
    """Means over areas; bilinear where it is enlarged."""
    if frame.shape == (height, width):
        return frame
    smaller = width <= frame.shape[1] and height <= frame.shape[0]
    kind = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(frame, (width, height), interpolation=kind).astype(np.uint8, copy=False)


def _padded(frame: Grey) -> Grey:
    """Black at the right and below, up to sides that the network takes."""
    height, width = (max(LEAST, -(-side // MULTIPLE) * MULTIPLE) for side in frame.shape)
    if frame.shape == (height, width):
        return np.ascontiguousarray(frame)
    padded = np.zeros((height, width), np.uint8)
    padded[: frame.shape[0], : frame.shape[1]] = frame
    return padded
