"""`Stream.push`: frames that a program has, one by one, with the eye found and followed in them."""

from collections.abc import Iterable, Iterator
from os import PathLike
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.levelling import levelled, parse_rotate
from eyeprentice.eye.region import Region
from eyeprentice.runtime.belief import Reading
from eyeprentice.runtime.model import StepModel
from eyeprentice.runtime.neutral import calibrate_from, watch_calibrated
from eyeprentice.runtime.recognizer import CERTAIN, Recognizer
from eyeprentice.runtime.watching import Moment, watch
from eyeprentice.sources.frames import Colour, FrameError, FrameSource, Timed, array_frames, check_colour, grey
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import FRAME_RATE_HZ


class Stream:
    """Frames of a camera that a program has, one by one: `reading = Stream().push(frame)`.

    The eye is looked for as `read` and `predict` look for it in a camera. Where the eye fills every frame already, as a
    headset's camera gives it, `Recognizer.step` does the same with less.

    Args:
        model: a file that `eyeprentice export` wrote, or one that is open; by default the one of the package
        eye: `auto`, `right`, `left`, `both`, `full` or `x,y,w,h`, as for `read`
        rate_hz: usual frames a second
        certain: probability from which on an answer counts as certain
        mirror: whether frames show a left eye; only with `full` and `x,y,w,h`
        colour: order of the channels of frames (H, W, 3): rgb, or bgr as OpenCV has it
        rotate: by how many degrees frames are turned clockwise first; `auto`: as the eye in them shows
        neutral: what change is measured against, as for `read`: `auto`, `none` or None, seconds, a file, or frames

    Raises `InputError` (a `ModelError` for the model) for what cannot be used.
    """

    def __init__(
        self,
        model: str | PathLike[str] | StepModel | None = None,
        *,
        eye: str = "auto",
        rate_hz: float = FRAME_RATE_HZ,
        certain: float = CERTAIN,
        mirror: bool = False,
        colour: Colour = "rgb",
        rotate: Literal[0, 90, 180, 270, "auto"] = 0,
        neutral: str | PathLike[str] | float | Iterable[NDArray[np.uint8]] | None = "auto",
    ) -> None:
        check_colour(colour)
        self.recognizer = Recognizer(model, rate_hz=rate_hz, certain=certain, mirror=mirror)
        self.moment: Moment | None = None
        """What is known of the last frame: its picture as it was turned, the eye, the reading."""
        self._colour, self._region, self._turn = colour, Region.parse(eye), parse_rotate(str(rotate))
        self._neutral, self._waiting = neutral, list[Timed]()
        self._count, self._last_s = 0, -np.inf
        self._moments = self._begin()

    def push(self, frame: NDArray[np.uint8], time_s: float | None = None) -> Reading | None:
        """One more frame: uint8, (H, W), (H, W, 1) or (H, W, 3); None where it shows no eye.

        `time_s` is when it was taken, counted from any moment; give it for all frames or for none, which then come
        evenly. Raises `FrameError` for what is no frame and for a time before that of the frame before; the stream can
        go on with the next frame.
        """
        image = grey(frame, self._colour)
        time_s = self._count / self.recognizer.rate_hz if time_s is None else float(time_s)
        if not np.isfinite(time_s):
            raise FrameError(f"its time is {time_s:g}, and not a number of seconds")
        if time_s < self._last_s:
            raise FrameError(f"time runs backwards: {time_s:g} s after {self._last_s:g} s")
        self._waiting.append((round(1e6 * time_s), image))
        try:
            self.moment = next(self._moments)
        except InputError:  # for example a box that lies outside this frame
            self._moments = self._begin(is_first=False)
            raise
        self._count, self._last_s = self._count + 1, time_s
        return self.moment.reading

    def reset(self) -> None:
        """Begins anew, for example with another person: of the calibration, only one by frames or a file is kept."""
        self._count, self._last_s, self.moment = 0, -np.inf, None
        if _is_learnt(self._neutral):
            self.recognizer.forget_neutral()
        self._moments = self._begin(is_first=False)

    def _begin(self, is_first: bool = True) -> Iterator[Moment]:
        """One moment for each frame: frames of a live source are not kept back."""
        source = FrameSource("frames", "arrays", self.recognizer.rate_hz, "an option", self._pushed, is_live=True)
        neutral = self._neutral
        if neutral is None or isinstance(neutral, str | PathLike | int | float):
            named = "none" if neutral is None else str(neutral)
            return watch_calibrated(source, self.recognizer, self._region, named, self._turn)
        if is_first:
            self.recognizer.automatic = True
            faces = levelled(array_frames(neutral, source.rate_hz, self._colour), self._turn, self._region)
            calibrate_from(faces, self.recognizer, self._region)
        return watch(levelled(source, self._turn, self._region), self.recognizer, self._region)

    def _pushed(self) -> Iterator[Timed]:
        while True:
            yield self._waiting.pop()


def _is_learnt(neutral: Any) -> bool:
    """Whether what change is measured against comes from the stream itself."""
    return neutral is None or isinstance(neutral, int | float) or (isinstance(neutral, str) and neutral == "auto")
