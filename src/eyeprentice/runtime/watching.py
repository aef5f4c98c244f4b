"""From a source to moments: its frames, the eye in them, what is believed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.looking import EyeFinder, Finder, SharedFinder
from eyeprentice.eye.region import Place, Region
from eyeprentice.eye.tracking import Manner, Sight, Tracker
from eyeprentice.runtime.belief import Reading, combined, reading_of
from eyeprentice.runtime.recognizer import Calibration, Recognizer, least_known
from eyeprentice.runtime.units import mean_units
from eyeprentice.sources.frames import FrameSource
from eyeprentice.sources.pace import Pace
from eyeprentice.words.errors import InputError

LOOK_BACK_S = 1.0
"""So many frames of a file are kept until an eye is found, and then read after all if they show it too."""

Placed = tuple[int, NDArray[np.uint8], tuple[Sight | None, ...], int]
"""Time in microseconds, picture, what it shows of each eye that is asked for, and how many faces were seen last."""


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
    calibration: Calibration = "none"
    """What is known of the neutral face after this frame; where both eyes are seen, the least of both."""
    lost: bool = False
    """Whether what change was measured against was forgotten at this frame, because it did not fit any more."""
    faces: int = 0
    """How many faces the last search of a whole picture saw; of several, the largest is read."""


def watch(
    source: FrameSource, recognizer: Recognizer, region: Region, finder: Finder | None = None
) -> Iterator[Moment]:
    """Every frame of a source, with or without an eye. What was believed is forgotten at its start, and with an eye.

    Raises `InputError` if left eyes are to be mirrored twice (what follows an eye sees by itself which one it is), and
    where the source's time runs backwards.
    """
    if region.sides and recognizer.mirror:
        what = f"--eye {region.kind} sees by itself whether an eye is a left one"
        raise InputError("mirror", what, "leave it out, or use --eye full or --eye x,y,w,h")
    return _watch(source, recognizer, region, finder or EyeFinder())


def _watch(source: FrameSource, recognizer: Recognizer, region: Region, finder: Finder) -> Iterator[Moment]:
    readers = [recognizer] if region.kind != "both" else [recognizer, recognizer.twin()]
    for reader in readers:
        reader.reset()
    seen, lost = [False] * len(readers), sum(reader.lost for reader in readers)
    for number, (t_us, image, sights, faces) in enumerate(eyes_in(source, region, finder)):
        read: list[tuple[Sight, NDArray[np.uint8], Reading]] = []
        for which, (reader, sight) in enumerate(zip(readers, sights, strict=True)):
            if sight is not None:
                eye = sight.place.cut(image, reader.model.size)
                read.append((sight, eye, reader.step(eye, 1e-6 * t_us)))
            elif seen[which]:
                reader.reset()
            seen[which] = sight is not None
        time_s, before, lost = 1e-6 * t_us, lost, sum(reader.lost for reader in readers)
        shown = [reader for reader, is_seen in zip(readers, seen, strict=True) if is_seen] or readers
        known = (least_known([reader.own_calibration for reader in shown]), lost > before)
        if not read:
            yield Moment(number, time_s, image, None, None, None, None, 0.0, None, *known)
            continue
        first, eye, reading = read[0]
        second = None
        if len(read) > 1:
            second = read[1][0].place
            belief = combined([list(of_one.probabilities.values()) for _, _, of_one in read])
            units = mean_units([of_one.units for _, _, of_one in read])
            reading = reading_of(belief, recognizer.certain, number, time_s, units)
        place = first.place
        reading = replace(
            reading, frame=number, time_s=time_s, box=place.box, mirrored=place.mirrored, quality=first.quality,
            calibration=known[0], faces=faces,
        )  # fmt: skip
        yield Moment(number, time_s, image, place, first.manner, eye, reading, first.quality, second, *known, faces)


def eyes_in(source: FrameSource, region: Region, finder: Finder) -> Iterator[Placed]:
    """Every frame of a source with the eye in it, or both eyes, right and left."""
    pace = Pace(source.rate_hz)
    if not region.sides:
        manner: Manner = "full" if region.kind == "full" else "box"
        for t_us, image, _ in _paced(source, pace):
            yield t_us, image, (Sight(region.fixed(image.shape, source.name), manner, 1.0, None),), 0
        return
    shared = SharedFinder(finder)
    trackers = [Tracker(shared, source.rate_hz, side, rests=True) for side in region.sides]
    waiting: list[tuple[int, NDArray[np.uint8]]] = []
    most = 0 if source.is_live else round(LOOK_BACK_S * pace.rate_hz)
    unseen = (None,) * len(trackers)
    for t_us, image, ticks in _paced(source, pace):
        shared.next_frame()
        sights = tuple(tracker.step(image, ticks) for tracker in trackers)
        faces = max(tracker.faces for tracker in trackers)
        if not any(sights):
            waiting.append((t_us, image))
            if len(waiting) > most:
                yield *waiting.pop(0), unseen, 0
            continue
        if waiting:
            before = [tracker.look_back([image for _, image in waiting]) for tracker in trackers]
            for number, (earlier_us, earlier) in enumerate(waiting):
                yield earlier_us, earlier, tuple(back[number] for back in before), faces
            waiting = []
        yield t_us, image, sights, faces
    for t_us, image in waiting:
        yield t_us, image, unseen, 0


def _paced(source: FrameSource, pace: Pace) -> Iterator[tuple[int, NDArray[np.uint8], int]]:
    """Times, pictures, and ticks since the picture before."""
    for number, (t_us, image) in enumerate(source):
        try:
            ticks = pace.ticks(1e-6 * t_us)
        except ValueError:
            what = f"its time runs backwards at frame {number}"
            raise InputError(source.name, what, "record or encode it again") from None
        yield t_us, image, ticks
