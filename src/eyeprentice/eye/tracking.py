"""The eye in a stream of pictures: found, followed, lost and found again, one frame at a time (docs/finder.md)."""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.decoding import FIND, KEEP, Eye, Side, chosen
from eyeprentice.eye.looking import Finder
from eyeprentice.eye.region import Place, crop_around, whole
from eyeprentice.eye.smoothing import Held

Grey = NDArray[np.uint8]
Manner = Literal["followed", "full", "box"]
"""How the eye is cut out: at its place in the picture, as the whole picture, or as a fixed part of it."""

SEARCH_S = 0.1
"""From one search to the next, while there is no eye."""
GATE = 0.5
"""Of its size: what is seen farther from the eye than this is another thing."""
GATE_SIZE = 1.5
"""By which factor its size may differ from what it was in the frame before."""
LOST_S = 0.3
"""So long an eye may not be seen; after that it is lost."""
CHECK_S = 1.0
"""From one search to the next for a better eye than the one that is followed."""
SIDE_S = 0.5
"""Over which the side is averaged."""
LEFT_AT, LEFT_SURE = 0.5, 0.25
"""Average from which on an eye is a left one, and how far beyond this it must be for a change of mind."""
FULL_SHAPE, FULL_SIZE, FULL_LEAST = 1.25, 0.75, 0.5
"""A picture is an eye if its longer side is at most so many times the shorter one, and the eye's size at least this
share of the longer side; while it is taken for one, the size is at least the third."""
MEDIAN = 3
"""Frames of which the median is taken."""


@dataclass(frozen=True)
class Sight:
    """What a frame shows of the eye that is followed."""

    place: Place
    """What is cut out: held steady."""
    manner: Manner
    quality: float
    """Probability that the frame shows an eye there, 0..1; 0 in a frame in which it was not seen and is waited for."""
    eye: Eye | None
    """As measured in this frame alone."""


@dataclass
class _Followed:
    """The eye that is followed, and what is remembered of it."""

    last: Eye
    """As measured last."""
    manner: Manner
    mirrored: bool
    """Whether it is taken for a left eye."""
    left: float
    """How probable that is, averaged over the last frames."""
    held: Held
    recent: deque[tuple[float, float, float]] = field(default_factory=lambda: deque(maxlen=MEDIAN))
    unseen: int = 0
    """Frames since it was measured."""

    def follow(self, seen: Eye, rate_hz: float) -> None:
        """One more measurement of it."""
        self.last, self.unseen = seen, 0
        self.left += (1 - float(np.exp(-1 / (SIDE_S * rate_hz)))) * (seen.left - self.left)
        self.recent.append((seen.x, seen.y, seen.size))
        x, y, size = np.median(np.array(self.recent), axis=0).tolist()
        self.held.follow(x, y, size)

    def is_other(self, frame: Grey) -> bool:
        """Whether it is of the other side than it was taken for, or no longer fills the picture that it did."""
        beyond = LEFT_AT - self.left if self.mirrored else self.left - LEFT_AT
        return beyond > LEFT_SURE or (self.manner == "full" and self.last.size < FULL_LEAST * max(frame.shape))

    def sight(self, frame: Grey, eye: Eye | None) -> Sight:
        if self.manner == "full":
            place = whole(frame.shape, self.mirrored)
        else:
            place = crop_around(self.held.x, self.held.y, self.held.size, self.mirrored)
        return Sight(place, self.manner, 0.0 if eye is None else eye.probability, eye)


class Tracker:
    """Follows one eye through frame after frame of a source.

    Args:
        finder: what looks for eyes
        rate_hz: frames a second
        side: which eye of a face; `auto` is the right one, or the only one
    """

    def __init__(self, finder: Finder, rate_hz: float, side: Side = "auto") -> None:
        self.finder, self.rate_hz, self.side = finder, rate_hz, side
        self._since_search = self._frames(SEARCH_S)
        self._eye: _Followed | None = None
        self._elsewhere = False
        """Whether the last search chose the eye of another face."""

    def step(self, frame: Grey) -> Sight | None:
        """A grey frame (H, W) -> the eye in it; None where there is none."""
        self._since_search += 1
        eye = self._eye
        if eye is None:
            return self._search(frame)
        seen = self._measured(frame, eye.last)
        if seen is None:
            eye.unseen += 1
            return eye.sight(frame, None) if eye.unseen <= self._frames(LOST_S) else self._search_anew(frame)
        eye.follow(seen, self.rate_hz)
        if eye.is_other(frame):
            return self._search_anew(frame)
        if self._since_search >= self._frames(CHECK_S) and (better := self._better(frame, seen)) is not None:
            return better
        return eye.sight(frame, seen)

    def look_back(self, frames: list[Grey]) -> list[Sight | None]:
        """The eye that was just found in the frames before, as far back as it is seen without a gap."""
        sights: list[Sight | None] = [None] * len(frames)
        if self._eye is not None:
            at: Eye | None = self._eye.last
            for number in reversed(range(len(frames))):
                if at is None or (at := self._measured(frames[number], at)) is None:
                    break
                sights[number] = self._eye.sight(frames[number], at)
        return sights

    def _search_anew(self, frame: Grey) -> Sight | None:
        self._eye, self._elsewhere = None, False
        return self._search(frame)

    def _search(self, frame: Grey) -> Sight | None:
        """Looks for an eye, if it is time to."""
        if self._since_search < self._frames(SEARCH_S):
            return None
        self._since_search = 0
        found = chosen(self.finder.search(frame), self.side)
        return None if found is None else self._settle(frame, found)

    def _settle(self, frame: Grey, found: Eye) -> Sight | None:
        """Follows an eye from now on, if a second look shows it too."""
        seen = self._measured(frame, found)
        if seen is None or seen.probability < FIND:
            return None
        longer, shorter = max(frame.shape), min(frame.shape)
        fills = not seen.paired and longer <= FULL_SHAPE * shorter and seen.size >= FULL_SIZE * longer
        left = seen.left
        self._eye = _Followed(seen, "full" if fills else "followed", left >= LEFT_AT, left, Held(self.rate_hz))
        self._eye.follow(seen, self.rate_hz)
        self._elsewhere = False
        return self._eye.sight(frame, seen)

    def _measured(self, frame: Grey, near: Eye) -> Eye | None:
        """The eye of a frame that is nearest to a known one."""
        eyes = self.finder.look_around(frame, near.x, near.y, near.size)
        return min((eye for eye in eyes if _may_be(near, eye)), key=near.apart, default=None)

    def _better(self, frame: Grey, seen: Eye) -> Sight | None:
        """Changes to the eye of a face, if two searches in succession choose it and the followed one has no partner."""
        self._since_search = 0
        found = chosen(self.finder.search(frame), self.side)
        before, self._elsewhere = self._elsewhere, False
        if found is None or not found.paired or seen.paired or found.apart(seen) < GATE * found.size:
            return None
        if before:
            return self._settle(frame, found)
        self._elsewhere = True
        return None

    def _frames(self, seconds: float) -> int:
        return max(1, round(seconds * self.rate_hz))


def _may_be(known: Eye, seen: Eye) -> bool:
    """Whether what is seen can be the known eye, one frame later."""
    sizes = max(known.size, seen.size) / max(min(known.size, seen.size), 1e-6)
    return seen.probability >= KEEP and seen.apart(known) < GATE * known.size and sizes < GATE_SIZE
