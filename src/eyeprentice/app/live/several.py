"""Several sources, read one after the other: an answer to each, then a table of them."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from eyeprentice.app.live.answer import Answer, told_segments, told_shares
from eyeprentice.app.live.lines import say_json
from eyeprentice.app.live.reading import How, moments_of, open_source
from eyeprentice.app.live.saving import Keep, Table
from eyeprentice.app.live.telling import Teller
from eyeprentice.words.errors import InputError, printable

OPTIONS = ("eye", "rate", "mirror", "rotate", "neutral", "raw")
"""What an error is about if it is about an option: then it would be the same for every source."""


@dataclass
class Told:
    """What came of each source."""

    answers: list[Answer] = field(default_factory=list)
    faults: set[str] = field(default_factory=set)
    """Sources that failed."""
    has_rows: bool = False
    """Whether the table holds anything."""
    interrupted: bool = False

    def end(self) -> None:
        """Ends the command as it went: with 1 if some sources failed, 2 if all did, 130 after Ctrl-C."""
        if self.interrupted:
            raise KeyboardInterrupt
        if self.faults:
            sys.exit(2 if len(self.faults) == len(self.answers) else 1)


def read_several(names: Sequence[str], how: How, table: Table) -> Told:
    """Reads all of them. One that fails is told in one line, and what was read of it is not kept; the others go on.

    Ctrl-C ends all of it. Raises `InputError` for an option that is wrong for all of them.
    """
    told = Told()
    for name in names:
        answer = Answer(name, how.certain)
        try:
            with table.of(name) as note:
                _read(name, how, answer, note)
            told.answers.append(answer)
            told.has_rows = True
            answer.check()
            answer.say(how.json, with_source=True)
        except KeyboardInterrupt:
            told.interrupted = True
            break
        except InputError as error:
            if error.parts[0] in OPTIONS:
                raise
            if answer not in told.answers:
                told.answers.append(answer)
            told.faults.add(name)
            _say_fault(name, error, how.json)
    if not how.json:
        _say_table(told)
    return told


def _read(name: str, how: How, answer: Answer, note: Keep) -> None:
    frames = open_source(name, how)
    say = Teller(name)
    answer.begin(frames.rate_hz)
    for moment in moments_of(frames, how):
        answer.add(moment)
        say(moment)
        note(moment)
        if how.json:
            say_json(moment, name, how.unit_names)


def _say_fault(name: str, error: InputError, as_json: bool) -> None:
    line = str(error) if error.parts[0].startswith(name) else f"{printable(name)}: {error}"
    print("error:", line, file=sys.stderr, flush=True)
    if as_json:
        print(json.dumps({"source": name, "error": line}), flush=True)


def _say_table(told: Told) -> None:
    from rich.table import Table as Grid  # takes longer to import than the first frame to read

    from eyeprentice.words.terminal import print_table

    grid = Grid(title=f"{len(told.answers) - len(told.faults)} of {len(told.answers)} sources read", pad_edge=False)
    for column in ("source", "segments", "of the time", "frames", "without an eye"):
        grid.add_column(column, justify="right" if column in ("frames", "without an eye") else "left")
    for answer in told.answers:
        source = printable(answer.source)
        if answer.source in told.faults:
            grid.add_row(source, "failed", "–", "–", "–")
            continue
        found = answer.segments
        grid.add_row(source, told_segments(found), told_shares(found), f"{answer.frames:,}", f"{answer.unseen:,}")
    print_table(grid, 200)
