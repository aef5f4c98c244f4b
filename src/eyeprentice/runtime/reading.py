"""`read`: from a source to readings in one call."""

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.levelling import levelled, parse_rotate
from eyeprentice.eye.region import Region
from eyeprentice.runtime.belief import Reading
from eyeprentice.runtime.model import StepModel
from eyeprentice.runtime.neutral import calibrate_from, watch_calibrated
from eyeprentice.runtime.recognizer import CERTAIN, Recognizer
from eyeprentice.runtime.watching import watch
from eyeprentice.sources.frames import Colour, array_frames, open_frames
from eyeprentice.words.vocabulary import FRAME_RATE_HZ


def read(
    source: str | PathLike[str] | int | Iterable[NDArray[np.uint8]],
    *,
    eye: str = "auto",
    model: str | PathLike[str] | StepModel | None = None,
    rate_hz: float | None = None,
    certain: float = CERTAIN,
    mirror: bool = False,
    colour: Colour = "rgb",
    raw: str | None = None,
    rotate: Literal[0, 90, 180, 270, "auto"] = 0,
    neutral: str | PathLike[str] | float | Iterable[NDArray[np.uint8]] | None = "auto",
) -> Iterator[Reading]:
    """Readings of all frames that show an eye, one by one as they are asked for, in constant memory.

    Args:
        source: a video, a folder of pictures, a picture or a recording; a camera's number or address; `-` for standard
            input; or frames, uint8, (H, W) or (H, W, 3)
        eye: `auto` follows the right eye of a face, or the only one that is seen, or takes the picture whole if that is
            itself an eye; `right` and `left` follow that eye, `both` read both and combine what they show; `full`; or
            `x,y,w,h`
        model: a file that `eyeprentice export` wrote, or one that is open (`eyeprentice.load`); by default the one that
            comes with the package
        rate_hz: frame rate, if the source does not state it correctly; 30 for frames
        certain: probability from which on an answer counts as certain
        mirror: whether the source shows a left eye; only with `full` and `x,y,w,h`, the others see that themselves
        colour: order of the channels of frames (H, W, 3): rgb, or bgr as OpenCV has it
        raw: size of raw frames on standard input, as `640x480`
        rotate: by how many degrees pictures are turned clockwise before anything is looked for; `auto`: as the eye
            shows
        neutral: what change is measured against: `auto` learns from the source what the face usually looks like;
            `none` or None; seconds at the beginning of the source in which the face is neutral; or a file or frames
            that show it

    A reading tells where the eye was (`box`, `mirrored`, `quality`) and what is known of the neutral face
    (`calibration`). Frames without an eye have none: `reading.frame` and `reading.time_s` tell which were left out, and
    `watch` gives all of them. `segments` says from when to when an emotion was shown.

    Raises `InputError` (a `ModelError` for the model) for what cannot be used, before the first frame is read wherever
    that can be known.
    """
    if isinstance(source, str | PathLike):
        frames = open_frames(source if isinstance(source, str) else Path(source), raw, rate_hz)
    elif isinstance(source, int | np.integer):
        frames = open_frames(int(source), raw, rate_hz)
    else:
        frames = array_frames(source, rate_hz or FRAME_RATE_HZ, colour)
    region = Region.parse(eye)
    recognizer = Recognizer(model, rate_hz=frames.rate_hz, certain=certain, mirror=mirror)
    turn = parse_rotate(str(rotate))
    if neutral is None or isinstance(neutral, str | PathLike | int | float):
        moments = watch_calibrated(frames, recognizer, region, "none" if neutral is None else str(neutral), turn)
    else:
        recognizer.automatic = True
        calibrate_from(levelled(array_frames(neutral, frames.rate_hz, colour), turn, region), recognizer, region)
        moments = watch(levelled(frames, turn, region), recognizer, region)
    return (moment.reading for moment in moments if moment.reading is not None)
