"""One source read to its end: every moment is told, drawn and noted, and the answer is said."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from eyeprentice.app.live.answer import Answer
from eyeprentice.app.live.given import is_endless
from eyeprentice.app.live.lines import say_json, say_line
from eyeprentice.app.live.saving import Keep, save_picture
from eyeprentice.app.live.telling import Teller, doubting_full
from eyeprentice.eye.levelling import Rotate
from eyeprentice.eye.region import Region
from eyeprentice.runtime import Moment, Recognizer
from eyeprentice.runtime.model import StepModel
from eyeprentice.runtime.neutral import watch_calibrated
from eyeprentice.runtime.units import UnitNames
from eyeprentice.sources.events.recording import EXTENSIONS
from eyeprentice.sources.frames import FrameSource, kind_of, open_frames
from eyeprentice.sources.videos import VIDEOS
from eyeprentice.words.errors import InputError


@dataclass(frozen=True)
class How:
    """Whatever is the same for all sources."""

    model: StepModel
    region: Region
    certain: float
    mirror: bool = False
    rotate: Rotate = 0
    neutral: str = "auto"
    raw: str | None = None
    rate: float | None = None
    json: bool = False
    unit_names: UnitNames = "facs"


def read_alone(name: str, how: How, answer: Answer, note: Keep, save: Path | None = None) -> InputError | None:
    """Tells every moment of a source, and the answer whatever happens; Ctrl-C is the end of a camera.

    Gives why a camera ended by itself, if it did after its first frame: what was read until then is kept. Raises
    `InputError` where the source, the options or what is to be written cannot be used.
    """
    frames = open_source(name, how)
    moments = moments_of(frames, how)
    ended: list[InputError] = []
    if is_endless(name):
        moments = _until_it_ends(moments, ended)
    say = Teller()
    answer.begin(frames.rate_hz)
    with save_picture(save, frames.rate_hz, how.certain) as draw:
        try:
            for moment in moments:
                answer.add(moment)
                say(moment)
                draw(moment)
                note(moment)
                if how.json:
                    say_json(moment, answer.source, how.unit_names)
                else:
                    say_line(moment, frames.kind == "picture" and moment.calibration != "done")
        except KeyboardInterrupt:
            pass
        finally:
            answer.say(how.json)
    return ended[0] if ended else None


def _until_it_ends(moments: Iterator[Moment], ended: list[InputError]) -> Iterator[Moment]:
    """The moments of a source that nobody can read again; why it gave no more is kept for later."""
    is_first = True
    try:
        for moment in moments:
            yield moment
            is_first = False
    except InputError as error:
        if is_first:
            raise
        ended.append(error)


def open_source(name: str, how: How) -> FrameSource:
    """Opens one source; raises `InputError`, for a folder of videos with the pattern that names them."""
    path = Path(name)
    if path.is_dir() and kind_of(path) is None:
        endings = sorted({each.suffix for each in path.iterdir() if each.suffix.lower() in (*VIDEOS, *EXTENSIONS)})
        if endings:
            patterns = " ".join(f"'{path / f'*{ending}'}'" for ending in endings)
            raise InputError(path, "contains no pictures, but videos or recordings", f"give {patterns}")
    return open_frames(name, how.raw, how.rate)


def moments_of(frames: FrameSource, how: How) -> Iterator[Moment]:
    """The moments of a source, calibrated anew. A picture that nothing is compared with is never certain."""
    recognizer = Recognizer(how.model, rate_hz=frames.rate_hz, certain=how.certain, mirror=how.mirror)
    moments = watch_calibrated(frames, recognizer, how.region, how.neutral, how.rotate)
    if how.region.kind == "full":
        moments = doubting_full(moments, frames.name)
    return map(_doubted, moments) if frames.kind == "picture" else moments


def _doubted(moment: Moment) -> Moment:
    if moment.reading is None or moment.calibration == "done":
        return moment
    return replace(moment, reading=replace(moment.reading, certain=False))
