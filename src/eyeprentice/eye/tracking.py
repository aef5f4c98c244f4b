"""The eye in a stream of pictures: found, followed, lost and found again, one frame at a time (docs/finder.md)."""

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eyeprentice.eye.contract import Grey, Rules
from eyeprentice.eye.decoding import Eye, Side, chosen, pairs_in
from eyeprentice.eye.looking import Finder
from eyeprentice.eye.region import Place, crop_around, whole
from eyeprentice.sources.pace import Pace

Manner = Literal["followed", "full", "box"]
"""How the eye is cut out: at its place in the picture, as the whole picture, or as a fixed part of it."""


@dataclass(frozen=True)
class Sight:
    """What a frame shows of the eye that is followed."""

    place: Place
    """What is cut out: held steady."""
    manner: Manner
    quality: float
    """Probability that the frame shows an eye there, 0..1; 0 in a frame in which it was not seen and is waited for; in
    one that was not looked at, that of the frame before."""
    eye: Eye | None
    """As measured in this frame alone; None where it was not."""


@dataclass
class Held:
    """Where the eye is held to be: what exceeds the slack is followed at once, the rest slowly (docs/finder.md).

    What is measured trembles; a head that does not move gives a crop that does not move.
    """

    rate_hz: float
    """Ticks a second (`sources/pace.py`)."""
    rules: Rules = Rules()
    x: float = 0.0
    y: float = 0.0
    size: float = 0.0
    frames: int = 0
    """How many were given."""
    age: int = 0
    """Ticks for which they were given."""

    def follow(self, x: float, y: float, size: float, ticks: int = 1) -> None:
        """One more measurement, `ticks` after the one before: a centre and a size in pixels."""
        self.frames += 1
        self.age += ticks
        if self.frames == 1:
            self.x, self.y, self.size, self.age = x, y, size, 1
            return
        apart = float(np.hypot(x - self.x, y - self.y)) / size
        share = self._share(apart, self.rules.slack_sizes, ticks)
        self.x, self.y = self.x + share * (x - self.x), self.y + share * (y - self.y)
        change = float(np.log(size / self.size))
        self.size *= float(np.exp(self._share(abs(change), self.rules.slack_log_size, ticks) * change))

    def is_near(self, x: float, y: float, size: float) -> bool:
        """Whether a measurement lies within half the slack, after it has settled."""
        near = float(np.hypot(x - self.x, y - self.y)) < 0.5 * self.rules.slack_sizes * self.size
        alike = abs(float(np.log(size / self.size))) < 0.5 * self.rules.slack_log_size
        return near and alike and self.age > self.rules.settle_s * self.rate_hz

    def _share(self, apart: float, slack: float, ticks: int) -> float:
        """How much of the way to a measurement is gone: down to the slack, and some of the rest."""
        slow = 1 - float(np.exp(-ticks / (self.rate_hz * self.rules.hold_s)))
        if self.age <= self.rules.settle_s * self.rate_hz:
            slow = max(slow, 1 / self.frames)
        beyond = max(0.0, apart - slack)
        return (beyond + slow * (apart - beyond)) / max(apart, 1e-9)


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
    recent: deque[tuple[float, float, float]]
    unseen: int = 0
    """Ticks in which it was looked for in vain."""
    rested: int = 0
    """Ticks in which it was not looked at."""

    def may_rest(self, ticks: int) -> bool:
        """Whether a frame need not be looked at: it comes in time, and in the one before, the eye was seen still."""
        x, y, size = self.last.x, self.last.y, self.last.size
        return ticks == 1 and not self.unseen and not self.rested and self.held.is_near(x, y, size)

    def follow(self, seen: Eye, ticks: int) -> None:
        """One more measurement of it."""
        ticks, self.rested = ticks + self.rested, 0
        self.last, self.unseen = seen, 0
        newer = 1 - float(np.exp(-ticks / (self.held.rules.side_s * self.held.rate_hz)))
        self.left += newer * (seen.left - self.left)
        self.recent.append((seen.x, seen.y, seen.size))
        x, y, size = np.median(np.array(self.recent), axis=0).tolist()
        self.held.follow(x, y, size, ticks)

    def is_other(self, frame: Grey) -> bool:
        """Whether it is of the other side than it was taken for, or no longer fills the picture that it did."""
        rules = self.held.rules
        beyond = rules.left_at - self.left if self.mirrored else self.left - rules.left_at
        shrunk = self.manner == "full" and self.last.size < rules.full_kept * max(frame.shape)
        return beyond > rules.left_sure or shrunk

    def sight(self, frame: Grey, eye: Eye | None, quality: float | None = None) -> Sight:
        """`quality` is that of the eye, if it is not given."""
        if self.manner == "full":
            place = whole(frame.shape, self.mirrored)
        else:
            place = crop_around(self.held.x, self.held.y, self.held.size, self.mirrored)
        return Sight(place, self.manner, (eye.probability if eye else 0.0) if quality is None else quality, eye)


class Tracker:
    """Follows one eye through frame after frame of a source.

    Args:
        finder: what looks for eyes
        rate_hz: usual frames a second
        side: which eye of a face; `auto` is the right one, or the only one
        rests: whether only every second frame is looked at while the eye is still, which halves the work
    """

    def __init__(self, finder: Finder, rate_hz: float, side: Side = "auto", rests: bool = False) -> None:
        self.finder, self.side, self.rests, self.rules = finder, side, rests, finder.rules
        self.rate_hz = Pace(rate_hz).rate_hz
        self._since_search = self._ticks(self.rules.search_s)
        self._eye: _Followed | None = None
        self._elsewhere = False
        """Whether the last search chose the eye of another face."""
        self.faces = 0
        """How many faces the last search of a whole picture saw."""

    def step(self, frame: Grey, ticks: int = 1) -> Sight | None:
        """A grey frame (H, W), `ticks` after the one before (`Pace`) -> the eye in it; None where there is none."""
        self._since_search += ticks
        eye = self._eye
        if eye is None:
            return self._search(frame)
        if self.rests and eye.may_rest(ticks):
            eye.rested = ticks
            return eye.sight(frame, None, eye.last.probability)
        seen = self._measured(frame, eye.last)
        if seen is None:
            eye.unseen += ticks
            return eye.sight(frame, None) if eye.unseen <= self._ticks(self.rules.lost_s) else self._search_anew(frame)
        eye.follow(seen, ticks)
        if eye.is_other(frame):
            return self._search_anew(frame)
        if self._since_search >= self._ticks(self.rules.check_s) and (better := self._better(frame, seen)) is not None:
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
        if self._since_search < self._ticks(self.rules.search_s):
            return None
        self._since_search = 0
        found = self._chosen(frame)
        return None if found is None else self._settle(frame, found)

    def _chosen(self, frame: Grey) -> Eye | None:
        eyes = self.finder.search(frame)
        self.faces = len(pairs_in(eyes, self.rules))
        return chosen(eyes, self.side, self.rules)

    def _settle(self, frame: Grey, found: Eye) -> Sight | None:
        """Follows an eye from now on, if a second look shows it too."""
        rules, seen = self.rules, self._measured(frame, found)
        if seen is None or seen.probability < rules.find:
            return None
        longer, shorter = max(frame.shape), min(frame.shape)
        fills = not seen.paired and longer <= rules.full_shape * shorter and seen.size >= rules.full_found * longer
        manner: Manner = "full" if fills else "followed"
        held, recent = Held(self.rate_hz, rules), deque[tuple[float, float, float]](maxlen=rules.median_frames)
        self._eye = _Followed(seen, manner, seen.left >= rules.left_at, seen.left, held, recent)
        self._eye.follow(seen, 1)
        self._elsewhere = False
        return self._eye.sight(frame, seen)

    def _measured(self, frame: Grey, near: Eye) -> Eye | None:
        """The eye of a frame that is nearest to a known one."""
        eyes = self.finder.look_around(frame, near.x, near.y, near.size)
        return min((eye for eye in eyes if self._may_be(near, eye)), key=near.apart, default=None)

    def _better(self, frame: Grey, seen: Eye) -> Sight | None:
        """Changes to the eye of a face, if two searches in succession choose it and the followed one has no partner."""
        self._since_search = 0
        found = self._chosen(frame)
        before, self._elsewhere = self._elsewhere, False
        if found is None or not found.paired or seen.paired or found.apart(seen) < self.rules.gate_sizes * found.size:
            return None
        if before:
            return self._settle(frame, found)
        self._elsewhere = True
        return None

    def _ticks(self, seconds: float) -> int:
        return max(1, round(seconds * self.rate_hz))

    def _may_be(self, known: Eye, seen: Eye) -> bool:
        """Whether what is seen can be the known eye, one frame later."""
        rules = self.rules
        sizes = max(known.size, seen.size) / max(min(known.size, seen.size), 1e-6)
        near = seen.apart(known) < rules.gate_sizes * known.size
        return seen.probability >= rules.keep and near and sizes < rules.gate_factor
