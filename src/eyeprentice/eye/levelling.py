"""Sources turned the right way up: by the degrees that were asked for, or as their own first frames show."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from eyeprentice.eye.contract import Grey
from eyeprentice.eye.looking import EyeFinder, Finder
from eyeprentice.eye.region import Region
from eyeprentice.eye.upright import FRAMES, Turn
from eyeprentice.eye.upright import turned as which_way_up
from eyeprentice.sources.frames import FrameSource, Timed
from eyeprentice.sources.turning import DEGREES, Degrees, turned, turned_image
from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note_once

Rotate = Degrees | Literal["auto"]

APART_US = 200_000
"""From one frame that is looked at to the next."""
TRIES = 10
"""How often a stream is looked at whose first frames do not tell, for example because nobody is there yet."""

Told = Callable[[Turn], None]


@dataclass
class _Looking:
    """Frames of a stream that were taken to be looked at."""

    frames: list[Grey]
    next_us: int = 0
    tries: int = 0

    def add(self, t_us: int, image: Grey) -> bool:
        """Whether there are enough of them now."""
        if t_us >= self.next_us:
            self.frames.append(image)
            self.next_us = t_us + APART_US
        return len(self.frames) == FRAMES


def parse_rotate(text: str) -> Rotate:
    """Reads `0`, `90`, `180`, `270` or `auto`; raises `InputError`."""
    if text == "auto":
        return "auto"
    for degrees in DEGREES:
        if text == str(degrees):
            return degrees
    raise InputError("rotate", f"'{text}' is not a turn", "write 0, 90, 180, 270 (clockwise) or auto")


def check_rotate(rotate: Rotate, region: Region) -> None:
    """Raises `InputError` for a part of the picture together with `auto`."""
    if rotate == "auto" and region.kind == "box":
        what = "auto does not know whether the box is meant before or after turning"
        raise InputError("rotate", what, "give 0, 90, 180 or 270; the box is meant after turning")


def levelled(
    source: FrameSource, rotate: Rotate, region: Region, finder: Finder | None = None, told: Told | None = None
) -> FrameSource:
    """The source, turned clockwise; with `auto` by as much as makes the eye upright, if that is not doubtful.

    With 0 it stays as it is, and a note says if it seems to be turned. `told` is called with what the first frames
    showed, instead of the note. Files are looked at beforehand, streams while they are read: they are turned from then
    on. Raises `InputError` for a part of the picture together with `auto`.
    """
    check_rotate(rotate, region)
    if rotate != "auto" and rotate != 0:
        return turned(source, rotate)
    finder, told = finder or EyeFinder(), told or (lambda turn: _note(source.name, turn, rotate))
    if source.is_live:
        return replace(source, _read=lambda: _read_levelled(source, rotate == "auto", region, finder, told))
    turn = which_way_up(_first_frames(source), finder, region)
    told(turn)
    return turned(source, turn.degrees) if rotate == "auto" else source


def _first_frames(source: FrameSource) -> list[Grey]:
    looking = _Looking([])
    for t_us, image in source:
        if looking.add(t_us, image):
            break
    return looking.frames


def _read_levelled(source: FrameSource, turns: bool, region: Region, finder: Finder, told: Told) -> Iterator[Timed]:
    looking, degrees = _Looking([]), DEGREES[0]  # type: _Looking, Degrees
    for t_us, image in source:
        if looking.tries < TRIES and looking.add(t_us, image):
            turn = which_way_up(looking.frames, finder, region)
            looking = _Looking([], looking.next_us, TRIES if not turn.doubtful else looking.tries + 1)
            if looking.tries == TRIES:
                told(turn)
            degrees = turn.degrees if turns else degrees
        yield t_us, turned_image(image, degrees)


def _note(name: str, turn: Turn, rotate: Rotate) -> None:
    if rotate == "auto" and turn.doubtful:
        note_once(f"{name}: which way up it is cannot be told, so it is not turned; if it is turned, use --rotate 180")
    elif rotate == "auto" and turn.degrees:
        note_once(f"{name}: turned by {turn.degrees} degrees clockwise, as the eye in it is not upright")
    elif turn.degrees:
        note_once(f"{name}: the eye in it seems not to be upright; try --rotate {turn.degrees}, or --rotate auto")
