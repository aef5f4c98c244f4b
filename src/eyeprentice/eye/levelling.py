"""Sources turned the right way up: by the degrees that were asked for, or as their own first frames show."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from eyeprentice.eye.contract import Grey
from eyeprentice.eye.looking import EyeFinder, Finder
from eyeprentice.eye.region import Region
from eyeprentice.eye.upright import FRAMES, Logs, Turn, look, turn_of
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
    """What some of the first frames said."""

    finder: Finder
    region: Region
    said: list[Logs | None] = field(default_factory=list)
    next_us: int = 0

    def add(self, t_us: int, image: Grey) -> Turn | None:
        """One more frame; what they come to once there are enough of them, which then begin anew."""
        if t_us < self.next_us:
            return None
        self.said.append(look(image, self.finder, self.region))
        self.next_us = t_us + APART_US
        if len(self.said) < FRAMES:
            return None
        said, self.said = self.said, []
        return turn_of(said)


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
        return replace(source, _read=lambda: _read_levelled(source, rotate == "auto", _Looking(finder, region), told))
    turn = _of_first_frames(source, _Looking(finder, region))
    told(turn)
    return turned(source, turn.degrees) if rotate == "auto" else source


def looked_at(source: FrameSource, region: Region, told: Told, finder: Finder | None = None) -> FrameSource:
    """A file's frames as they are; `told` is called with what the first of them showed, once they were read.

    That is the same turn as `levelled` tells, but nothing is read beforehand. It is told once, however often the source
    is read.
    """
    looking = _Looking(finder or EyeFinder(), region)
    turns: list[Turn] = []

    def tell(turn: Turn | None) -> None:
        if turn is not None and not turns:
            turns.append(turn)
            told(turn)

    def read() -> Iterator[Timed]:
        for t_us, image in source:
            if not turns:
                tell(looking.add(t_us, image))
            yield t_us, image
        tell(turn_of(looking.said))

    return replace(source, _read=read)


def _of_first_frames(source: FrameSource, looking: _Looking) -> Turn:
    """Of a file, which may have fewer frames."""
    for t_us, image in source:
        if (turn := looking.add(t_us, image)) is not None:
            return turn
    return turn_of(looking.said)


def _read_levelled(source: FrameSource, turns: bool, looking: _Looking, told: Told) -> Iterator[Timed]:
    degrees: Degrees = 0
    tries = 0
    for t_us, image in source:
        if tries < TRIES and (turn := looking.add(t_us, image)) is not None:
            tries = tries + 1 if turn.doubtful else TRIES
            if tries == TRIES:
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
