"""What a whole source came to: from when to when which emotion was shown, and how much of it is uncertain."""

import json
from dataclasses import replace
from typing import Any

from eyeprentice.runtime import Moment, Segment, Segmenter, shares
from eyeprentice.runtime.segmenting import HABITS, NO_EYE, UNCERTAIN
from eyeprentice.words.errors import InputError, printable
from eyeprentice.words.vocabulary import EMOTIONS, FRAME_RATE_HZ

MANNERS = {
    "followed": "found in the picture",
    "full": "the whole picture",
    "box": "a fixed part of the picture",
}
STILL = (
    "one picture shows no change, and change is what the network reads: give a video, or --neutral FILE, a picture of "
    "the same person with a neutral face"
)
MOST_LINES = 40
"""Segments that are printed; of more, the first ones."""


class Answer:
    """The segments of a source, as its moments come.

    A single still shows no change, which is what the network reads: without a neutral face all of it is uncertain.
    """

    def __init__(self, source: str, certain: float) -> None:
        self.source = source
        self.read, self.unseen = 0, 0
        self.manners: list[str] = []
        self._segmenter = Segmenter(certain)
        self._first, self._same = b"", True

    def begin(self, rate_hz: float) -> None:
        """The usual rate of the source, once it is known."""
        self._segmenter.interval_s = 1 / (rate_hz or FRAME_RATE_HZ)

    def add(self, moment: Moment) -> None:
        self._segmenter.add(moment.time_s, None if moment.reading is None else moment.reading.probabilities)
        if moment.reading is None:
            self.unseen += 1
            return
        self.read += 1
        if self._same and moment.eye is not None:
            shown = moment.eye.tobytes()
            self._first = self._first or shown
            self._same = shown == self._first and moment.calibration != "done"
        if moment.manner is not None and moment.manner not in self.manners:
            self.manners.append(moment.manner)

    @property
    def still(self) -> bool:
        """Whether all frames showed one picture, with nothing to compare it with."""
        return self._same and bool(self._first)

    @property
    def frames(self) -> int:
        return self.read + self.unseen

    @property
    def segments(self) -> list[Segment]:
        """Of a still, the parts in which an eye was seen are uncertain; a single frame needs not last to be named."""
        if self.frames == 1:
            self._segmenter.habits = replace(HABITS, least_s=0.0)
        found = self._segmenter.segments()
        return [replace(one, emotion=UNCERTAIN) if one.is_named else one for one in found] if self.still else found

    def row(self) -> dict[str, Any]:
        """For programs."""
        found = self.segments
        return {
            "source": self.source,
            "segments": [segment.as_dict() for segment in found],
            "shares": {name: round(share, 4) for name, share in shares(found).items()},
            "frames": self.frames,
            "frames_without_eye": self.unseen,
            "eye": self.manners,
            "still": self.still,
        }

    def lines(self) -> list[str]:
        """The segments, one below the other; none of a still, for nobody should believe one."""
        if self.still:
            return []
        found = self.segments
        lines = [_line(segment, self._segmenter.certain) for segment in found[:MOST_LINES]]
        more = len(found) - MOST_LINES
        return [*lines, f"  and {more} more; --segments FILE keeps all of them"] if more > 0 else lines

    def text(self) -> str:
        """In one line: how much of the time was what, and how the eye was found."""
        missing = f", {self.unseen} without an eye" if self.unseen else ""
        count = f"({self.frames} frame{'' if self.frames == 1 else 's'}{missing})"
        eye = "eye: " + " and ".join(f"{manner} ({MANNERS[manner]})" for manner in self.manners)
        if self.still:
            return f"answer: uncertain: {STILL} {count}; {eye}"
        found = self.segments
        whole = sum(segment.seconds for segment in found)
        return f"answer: {told_shares(found)} of {whole:.1f} s {count}; {eye}"

    def check(self) -> None:
        """Raises `InputError` where no eye was seen."""
        if not self.read:
            what, todo = "no eye was found", "give the eye's place with --eye x,y,w,h, or use --eye full"
            raise InputError(self.source, what, todo)

    def say(self, as_json: bool, with_source: bool = False) -> None:
        """Prints it; nothing where no eye was seen. Of several sources, their segments stand in the table."""
        if not self.read:
            return
        if as_json:
            print(json.dumps(self.row()), flush=True)
            return
        if not with_source and (lines := self.lines()):
            print("\nsegments:", *lines, "", sep="\n")
        print(f"{printable(self.source)}: " * with_source + self.text(), flush=True)


def told_shares(found: list[Segment]) -> str:
    """`neutral 61 %, happiness 30 %, uncertain 9 %`: the emotions by their share, then what is none."""
    share = shares(found)
    named = sorted((name for name in EMOTIONS if share[name]), key=lambda name: -share[name])
    return ", ".join(f"{name} {100 * share[name]:.0f} %" for name in (*named, UNCERTAIN, NO_EYE) if share[name])


def told_segments(found: list[Segment], most: int = 6) -> str:
    """The named ones in one line, for a table: `neutral 0.0–3.5 s, happiness 3.5–5.9 s`."""
    named = [one for one in found if one.is_named]
    told = [f"{one.emotion} {one.start_s:.1f}–{one.end_s:.1f} s" for one in named[:most]]
    return ", ".join([*told, f"and {len(named) - most} more"] if len(named) > most else told) or "–"


def _line(segment: Segment, certain: float) -> str:
    number = f"{segment.probability:.2f}" if segment.is_named else ""
    most = f"most probable: {segment.likeliest} {segment.probability:.2f}" if segment.emotion == UNCERTAIN else ""
    if most and segment.probability >= certain and segment.seconds < HABITS.least_s:
        most += ", too short to be named"
    return f"{segment.start_s:9.1f} to {segment.end_s:7.1f} s  {segment.emotion:<9}  {number}{most}".rstrip()
