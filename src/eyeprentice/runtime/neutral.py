"""What change is measured against: learnt from a stream, from the beginning of one, or from a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from eyeprentice.eye.levelling import Rotate, levelled
from eyeprentice.eye.region import Region
from eyeprentice.runtime.recognizer import NEUTRAL_FRAMES, Recognizer
from eyeprentice.runtime.watching import Moment, watch
from eyeprentice.sources.frames import FrameSource, open_frames
from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note

LONGEST_S = 60.0
FLAT = 2.0
"""Deviation of grey levels below which a picture shows nothing."""
Shape = tuple[int, ...]


def watch_calibrated(
    source: FrameSource, recognizer: Recognizer, region: Region, neutral: str, rotate: Rotate = 0
) -> Iterator[Moment]:
    """`watch`, calibrated by `neutral`: `auto`, `none`, seconds at the beginning of the source, or a file.

    The source, and the file, are turned as `rotate` says (`levelled`).
    Seconds count from the first frame that shows an eye. What they or a file gave is replaced by what the stream
    itself gives (as with `auto`) if it does not fit any more. Raises `InputError` for what cannot be used; a file is
    read before the source is.
    """
    how = parse_neutral(neutral)
    recognizer.automatic = how != "none"
    if isinstance(how, Path):
        shape = calibrate_from(levelled(open_frames(how), rotate, region), recognizer, region)
        source = levelled(source, rotate, region)
        return _of_one_shape(watch(source, recognizer, region), how, None if region.sides else shape)
    source = levelled(source, rotate, region)
    if isinstance(how, float):
        recognizer.begin_neutral(how)
        return _long_enough(watch(source, recognizer, region), recognizer, how)
    return watch(source, recognizer, region)


def parse_neutral(text: str) -> float | Path | Literal["auto", "none"]:
    """Seconds at the beginning of the source, a file, or a word; raises `InputError` for seconds that cannot be."""
    if text in ("auto", "none"):
        return text  # type: ignore[return-value]
    try:
        seconds = float(text)
    except ValueError:
        return Path(text)
    if not 0 < seconds <= LONGEST_S:
        todo = f"give more than 0 and at most {LONGEST_S:g}, a file, auto or none"
        raise InputError("neutral", f"{text} seconds", todo)
    return seconds


def calibrate_from(source: FrameSource, recognizer: Recognizer, region: Region) -> Shape:
    """Calibrates by a source that shows the neutral face; gives the shape of its pictures.

    Raises `InputError` if no eye is seen in it.
    """
    shape: Shape = ()
    recognizer.begin_neutral(NEUTRAL_FRAMES / recognizer.rate_hz)
    for moment in watch(source, recognizer, region):
        shape = moment.image.shape
        if recognizer.calibration != "collecting":
            break
    if not recognizer.end_neutral():
        what = "no eye was found in the neutral face"
        raise InputError(source.name, what, "give a file that shows it, or its place with --eye")
    if recognizer.neutral is not None and recognizer.neutral.std() < FLAT:
        raise InputError(
            source.name, "the neutral face is of one grey: nothing is to be seen in it", "give another one"
        )
    recognizer.reset()
    return shape


def _long_enough(moments: Iterator[Moment], recognizer: Recognizer, seconds: float) -> Iterator[Moment]:
    """The moments; says at their end if they were too few to calibrate by."""
    yield from moments
    if recognizer.calibration == "collecting":
        note(f"an eye was seen for less than {seconds:g} s, so nothing was calibrated: give fewer seconds")


def _of_one_shape(moments: Iterator[Moment], neutral: Path, shape: Shape | None) -> Iterator[Moment]:
    """The moments; raises `InputError` where pictures are not of `shape`, that of the neutral face; None is any."""
    for moment in moments:
        if shape is not None and moment.image.shape != shape:
            sizes = [f"{width}x{height}" for height, width in (shape, moment.image.shape)]
            what = f"its pictures are {sizes[0]}, those of the source {sizes[1]}"
            raise InputError(neutral, what, "give a neutral face from the same camera, or --eye auto")
        yield moment
