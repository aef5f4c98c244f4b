"""A person's neutral face, which change is measured against: from the beginning of a stream, or from a file."""

from collections.abc import Iterator
from pathlib import Path

from eyeprentice.eye.region import Region
from eyeprentice.runtime.recognizer import NEUTRAL_FRAMES, Recognizer
from eyeprentice.runtime.watching import Moment, watch
from eyeprentice.sources.frames import FrameSource, open_frames
from eyeprentice.words.errors import InputError

LONGEST_S = 60.0


def watch_calibrated(
    source: FrameSource, recognizer: Recognizer, region: Region, neutral: str | None
) -> Iterator[Moment]:
    """`watch`, calibrated by `neutral`: seconds at the beginning of the source, a file, or None for nothing.

    Seconds count from the first frame that shows an eye. Raises `InputError` for what cannot be used; a file is read
    before the source is.
    """
    how = None if neutral is None else parse_neutral(neutral)
    if isinstance(how, Path):
        calibrate_from(open_frames(how), recognizer, region)
    elif how is not None:
        recognizer.begin_neutral(how)
    return watch(source, recognizer, region)


def parse_neutral(text: str) -> float | Path:
    """Seconds at the beginning of the source, or a file; raises `InputError` for seconds that cannot be."""
    try:
        seconds = float(text)
    except ValueError:
        return Path(text)
    if not 0 < seconds <= LONGEST_S:
        raise InputError("neutral", f"{text} seconds", f"give more than 0 and at most {LONGEST_S:g}, or a file")
    return seconds


def calibrate_from(source: FrameSource, recognizer: Recognizer, region: Region) -> None:
    """Calibrates by a source that shows the neutral face; raises `InputError` if no eye is seen in it."""
    recognizer.begin_neutral(NEUTRAL_FRAMES / recognizer.rate_hz)
    for _ in watch(source, recognizer, region):
        if recognizer.calibration != "collecting":
            break
    if not recognizer.end_neutral():
        what = "no eye was found in the neutral face"
        raise InputError(source.name, what, "give a file that shows it, or its place with --eye")
    recognizer.reset()
