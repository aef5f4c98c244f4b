"""Looks for eyes: in a whole picture, or in a window around a known one (docs/finder.md)."""

from functools import cached_property
from typing import Protocol

import cv2
import numpy as np

from eyeprentice.eye.contract import Grey, Rules
from eyeprentice.eye.decoding import Eye, decode, paired, suppressed
from eyeprentice.eye.network import EyeNetwork, open_network


class Finder(Protocol):
    """Whatever finds eyes in grey pictures (H, W). Both calls give pairs first, the right eye before the left one."""

    @property
    def rules(self) -> Rules:
        """By which what it finds is chosen and followed."""

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

    @property
    def rules(self) -> Rules:
        return self.network.rules

    def search(self, frame: Grey) -> list[Eye]:
        return self._searched(frame, self.rules.levels_px)

    def look_around(self, frame: Grey, x: float, y: float, size: float) -> list[Eye]:
        """In a window around the known eye, or in the whole picture if that one is large in it."""
        rules = self.rules
        if size >= rules.whole * max(frame.shape):
            return self._searched(frame, rules.levels_px[-1:])
        side = round(max(rules.window_px * size / rules.followed_px, rules.least_window_px))
        left, top = round(x - side / 2), round(y - side / 2)
        x0, y0 = max(left, 0), max(top, 0)
        part = frame[y0 : max(top + side, 0), x0 : max(left + side, 0)]
        if not part.size:
            return []
        if part.shape != (side, side):
            square = np.zeros((side, side), np.uint8)
            square[y0 - top : y0 - top + part.shape[0], x0 - left : x0 - left + part.shape[1]] = part
            part = square
        window = np.ascontiguousarray(_resized(part, rules.window_px, rules.window_px))
        scale = rules.window_px / side
        return paired([eye.moved(left, top, scale, scale) for eye in decode(self.network.run(window), rules)], rules)

    def _searched(self, frame: Grey, levels: tuple[int, ...]) -> list[Eye]:
        rules = self.rules
        eyes: list[Eye] = []
        shown = frame
        for level in levels if max(frame.shape) > rules.levels_px[-1] else rules.levels_px[-1:]:
            scale = min(1.0, level / max(frame.shape))
            height, width = (max(1, round(scale * side)) for side in frame.shape)
            shown = _resized(shown, width, height)  # the second from the first, which is nearly the same and faster
            across, down = width / frame.shape[1], height / frame.shape[0]
            found = decode(self.network.run(_padded(shown, rules)), rules)
            eyes += [eye.moved(0, 0, across, down) for eye in found]
        return paired(suppressed(eyes, rules), rules)


class SharedFinder:
    """For two trackers of one frame: what one has searched, the other need not search."""

    def __init__(self, finder: Finder) -> None:
        self.finder, self.look_around = finder, finder.look_around
        self._found: list[Eye] | None = None

    @property
    def rules(self) -> Rules:
        return self.finder.rules

    def next_frame(self) -> None:
        """To be called before each frame."""
        self._found = None

    def search(self, frame: Grey) -> list[Eye]:
        if self._found is None:
            self._found = self.finder.search(frame)
        return self._found


def _resized(frame: Grey, width: int, height: int) -> Grey:
    """Means over areas; bilinear where it is enlarged."""
    if frame.shape == (height, width):
        return frame
    smaller = width <= frame.shape[1] and height <= frame.shape[0]
    kind = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(frame, (width, height), interpolation=kind).astype(np.uint8, copy=False)


def _padded(frame: Grey, rules: Rules) -> Grey:
    """Black at the right and below, up to sides that the network takes."""
    height, width = (max(rules.least_px, -(-side // rules.multiple_px) * rules.multiple_px) for side in frame.shape)
    if frame.shape == (height, width):
        return np.ascontiguousarray(frame)
    padded = np.zeros((height, width), np.uint8)
    padded[: frame.shape[0], : frame.shape[1]] = frame
    return padded
