"""Several sources, read one after the other: a verdict of each, then a table of them."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from eyeprentice.app.live.lines import say_json
from eyeprentice.app.live.reading import How, moments_of, open_source
from eyeprentice.app.live.saving import Keep, Table
from eyeprentice.app.live.telling import say_if_lost
from eyeprentice.app.live.verdict import Verdict
from eyeprentice.words.errors import InputError, printable

OPTIONS = ("eye", "rate", "mirror", "rotate", "neutral", "raw")
"""What an error is about if it is about an option: then it would be the same for every source."""


@dataclass
class Told:
    """What came of each source."""

    verdicts: list[Verdict] = field(default_factory=list)
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
            sys.exit(2 if len(self.faults) == len(self.verdicts) else 1)


def read_several(names: Sequence[str], how: How, table: Table) -> Told:
    """Reads all of them. One that fails is told in one line, and what was read of it is not kept; the others go on.

    Ctrl-C ends all of it. Raises `InputError` for an option that is wrong for all of them.
    """
    told = Told()
    for name in names:
        verdict = Verdict(name, how.certain)
        try:
            with table.of(name) as note:
                _read(name, how, verdict, note)
            told.verdicts.append(verdict)
            told.has_rows = True
            verdict.check()
            verdict.say(how.json, with_source=True)
        except KeyboardInterrupt:
            told.interrupted = True
            break
        except InputError as error:
            if error.parts[0] in OPTIONS:
                raise
            if verdict not in told.verdicts:
                told.verdicts.append(verdict)
            told.faults.add(name)
            _say_fault(name, error, how.json)
    if not how.json:
        _say_table(told)
    return told


def _read(name: str, how: How, verdict: Verdict, note: Keep) -> None:
    for moment in moments_of(open_source(name, how), how):
        verdict.add(moment)
        say_if_lost(moment, name)
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

    grid = Grid(title=f"{len(told.verdicts) - len(told.faults)} of {len(told.verdicts)} sources read", pad_edge=False)
    for column in ("source", "verdict", "most probable", "mean probability", "frames", "without an eye"):
        grid.add_column(column, justify="left" if column in ("source", "verdict", "most probable") else "right")
    for verdict in told.verdicts:
        source = printable(verdict.source)
        if verdict.source in told.faults:
            grid.add_row(source, "failed", "–", "–", "–", "–")
            continue
        emotion, probability = ("–", "–") if verdict.still else (verdict.best[0], f"{verdict.best[1]:.2f}")
        grid.add_row(source, verdict.named, emotion, probability, f"{verdict.frames:,}", f"{verdict.unseen:,}")
    print_table(grid, 160)
