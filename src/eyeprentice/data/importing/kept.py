"""What is kept of a source while the eye in it is looked for, so that it need not be decoded again to be cut."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from eyeprentice.eye.region import Place
from eyeprentice.sources.clips import Moments, is_shown
from eyeprentice.sources.frames import FrameSource, Grey, Timed

MOST_BYTES = 128 << 20
"""Of one source: 20 s of a crop of 380 pixels, or a fifth of that of whole pictures of 1080 lines."""
MARGIN = 0.25
"""Of a crop's side, around where it is while the source is read: how far it may yet move."""

Part = tuple[tuple[slice, slice], Grey]
"""Rows and columns of a picture, and what it shows there."""


@dataclass
class Kept:
    """Parts of the frames that will be cut, around the eye.

    Where they turn out to be too little, or would take too much memory, the source is simply read again.
    """

    times_us: list[int] = field(default_factory=list)
    shape: tuple[int, ...] = ()
    parts: dict[int, Part] = field(default_factory=dict)
    """By number of the frame."""
    bytes: int = 0
    is_full: bool = False

    def add(self, t_us: int, image: Grey, place: Place | None) -> None:
        """The next frame (H, W), and about where it will be cut, if that is known."""
        last = len(self.times_us) - 1
        if last in self.parts and not is_shown(self.times_us[0], self.times_us[last], t_us):
            self.bytes -= self.parts.pop(last)[1].nbytes
        self.times_us.append(t_us)
        self.shape = image.shape
        if self.is_full or place is None:
            return
        wider = 1 + 2 * MARGIN
        where = replace(place, width=wider * place.width, height=wider * place.height).needs(image.shape)
        self.parts[last + 1] = where, image[where].copy()
        self.bytes += self.parts[last + 1][1].nbytes
        if self.bytes > MOST_BYTES:
            self.is_full = True
            self.parts.clear()

    def source(self, source: FrameSource, moments: Moments, places: Sequence[Place]) -> FrameSource:
        """The source, to be cut at these places: out of what was kept if that is enough, or read again."""
        pairs = zip(moments.numbers.tolist(), places, strict=True)
        return replace(source, _read=self._read) if all(self._has(*pair) for pair in pairs) else source

    def _has(self, number: int, place: Place) -> bool:
        if number not in self.parts:
            return False
        pairs = zip(self.parts[number][0], place.needs(self.shape), strict=True)
        return all(kept.start <= needed.start and needed.stop <= kept.stop for kept, needed in pairs)

    def _read(self) -> Iterator[Timed]:
        """All frames, black where nothing was kept."""
        for number, t_us in enumerate(self.times_us):
            image = np.zeros(self.shape, np.uint8)
            if number in self.parts:
                where, part = self.parts[number]
                image[where] = part
            yield t_us, image
