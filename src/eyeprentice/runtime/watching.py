"""From a source to readings: its frames, the eye in them, what is believed. `read` is the one call for all of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.looking import EyeFinder, Finder, SharedFinder
from eyeprentice.eye.region import Place, Region
from eyeprentice.eye.tracking import Manner, Sight, Tracker
from eyeprentice.runtime.belief import Reading, combined, reading_of
from eyeprentice.runtime.recognizer import CERTAIN, Recognizer
from eyeprentice.runtime.units import mean_units
from eyeprentice.sources.frames import Colour, FrameSource, array_frames, open_frames
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import FRAME_RATE_HZ

LOOK_BACK_S = 1.0
"""So many frames of a file are kept until an eye is found, and then read after all if they show it too."""

Placed = tuple[int, NDArray[np.uint8], tuple[Sight | None, ...]]
"""Time in microseconds, picture, and what it shows of each eye that is asked for."""


@dataclass(frozen=True)
class Moment:
    """A frame, the eye in it, and what is believed after it."""

    frame: int
    """Its number in the source, from 0."""
    time_s: float
    image: NDArray[np.uint8]  # (H, W)
    place: Place | None
    """What shows the eye; None where there is none."""
    manner: Manner | None
    """How that was chosen."""
    eye: NDArray[np.uint8] | None  # (S, S), what the recognizer was given
    reading: Reading | None
    quality: float = 0.0
    """Probability that the frame shows an eye there, 0..1; 1 where the place is fixed."""
    second: Place | None = None
    """What shows the left eye, where both are read and both are seen."""


def read(
    source: str | PathLike[str] | int | Iterable[NDArray[np.uint8]],
    *,
    eye: str = "auto",
    model: str | PathLike[str] | None = None,
    rate_hz: float | None = None,
    certain: float = CERTAIN,
    mirror: bool = False,
    colour: Colour = "rgb",
    raw: str | None = None,
) -> Iterator[Reading]:
    """Readings of all frames that show an eye, one by one as they are asked for, in constant memory.

    Args:
        source: a video, a folder of pictures, a picture or a recording; a camera's number; `-` for standard input; or
            frames, uint8, (H, W) or (H, W, 3)
        eye: `auto` follows the right eye of a face, or the only one that is seen, or takes the picture whole if that is
            itself an eye; `right` and `left` follow that eye, `both` read both and combine what they show; `full`; or
            `x,y,w,h`
        model: a file that `eyeprentice export` wrote; by default the one that comes with the package
        rate_hz: frame rate, if the source does not state it correctly; 30 for frames
        certain: probability from which on an answer counts as certain
        mirror: whether the source shows a left eye; only with `full` and `x,y,w,h`, the others see that themselves
        colour: order of the channels of frames (H, W, 3): rgb, or bgr as OpenCV has it
        raw: size of raw frames on standard input, as `640x480`

    Frames without an eye have no reading: `reading.frame` and `reading.time_s` tell which were left out, and `watch`
    gives all of them. Raises `InputError` (a `ModelError` for the model) for what cannot be used, before the first
    frame is read wherever that can be known.
    """
    if isinstance(source, str | PathLike):
        frames = open_frames(source if isinstance(source, str) else Path(source), raw, rate_hz)
    elif isinstance(source, int | np.integer):
        frames = open_frames(int(source), raw, rate_hz)
    else:
        frames = array_frames(source, rate_hz or FRAME_RATE_HZ, colour)
    recognizer = Recognizer(model, rate_hz=frames.rate_hz, certain=certain, mirror=mirror)
    moments = watch(frames, recognizer, Region.parse(eye))
    return (moment.reading for moment in moments if moment.reading is not None)


def watch(
    source: FrameSource, recognizer: Recognizer, region: Region, finder: Finder | None = None
) -> Iterator[Moment]:
    """Every frame of a source, with or without an eye. When an eye is lost, what was believed of it is forgotten.

    Raises `InputError` if left eyes are to be mirrored twice: what follows an eye sees by itself which one it is.
    """
    if region.sides and recognizer.mirror:
        what = f"--eye {region.kind} sees by itself whether an eye is a left one"
        raise InputError("mirror", what, "leave it out, or use --eye full or --eye x,y,w,h")
    return _watch(source, recognizer, region, finder or EyeFinder())


def _watch(source: FrameSource, recognizer: Recognizer, region: Region, finder: Finder) -> Iterator[Moment]:
    readers = [recognizer] if region.kind != "both" else [recognizer, recognizer.twin()]
    seen = [False] * len(readers)
    for number, (t_us, image, sights) in enumerate(eyes_in(source, region, finder)):
        read: list[tuple[Sight, NDArray[np.uint8], Reading]] = []
        for which, (reader, sight) in enumerate(zip(readers, sights, strict=True)):
            if sight is not None:
                eye = sight.place.cut(image, reader.model.size)
                read.append((sight, eye, reader.step(eye)))
            elif seen[which]:
                reader.reset()
            seen[which] = sight is not None
        time_s = 1e-6 * t_us
        if not read:
            yield Moment(number, time_s, image, None, None, None, None)
            continue
        first, eye, reading = read[0]
        second = None
        if len(read) > 1:
            second = read[1][0].place
            belief = combined([list(of_one.probabilities.values()) for _, _, of_one in read])
            units = mean_units([of_one.units for _, _, of_one in read])
            reading = reading_of(belief, recognizer.certain, number, time_s, units)
        reading = replace(reading, frame=number, time_s=time_s)
        yield Moment(number, time_s, image, first.place, first.manner, eye, reading, first.quality, second)


def eyes_in(source: FrameSource, region: Region, finder: Finder) -> Iterator[Placed]:
    """Every frame of a source with the eye in it, or both eyes, right and left."""
    if not region.sides:
        manner: Manner = "full" if region.kind == "full" else "box"
        for t_us, image in source:
            yield t_us, image, (Sight(region.fixed(image.shape, source.name), manner, 1.0, None),)
        return
    shared = SharedFinder(finder)
    trackers = [Tracker(shared, source.rate_hz, side) for side in region.sides]
    waiting: list[tuple[int, NDArray[np.uint8]]] = []
    most = 0 if source.is_live else round(LOOK_BACK_S * source.rate_hz)
    unseen = (None,) * len(trackers)
    for t_us, image in source:
        shared.next_frame()
        sights = tuple(tracker.step(image) for tracker in trackers)
        if not any(sights):
            waiting.append((t_us, image))
            if len(waiting) > most:
                yield *waiting.pop(0), unseen
            continue
        if waiting:
            before = [tracker.look_back([image for _, image in waiting]) for tracker in trackers]
            for number, (earlier_us, earlier) in enumerate(waiting):
                yield earlier_us, earlier, tuple(back[number] for back in before)
            waiting = []
        yield t_us, image, sights
    for t_us, image in waiting:
        yield t_us, image, unseen
