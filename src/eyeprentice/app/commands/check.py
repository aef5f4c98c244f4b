import json as json_format
import sys
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from eyeprentice.data.check import KINDS, Finding, check_dataset
from eyeprentice.words.errors import InputError, printable
from eyeprentice.words.terminal import print_table


def check(data: Path, *, json: bool = False, ignore: tuple[str, ...] = ()) -> None:
    """List everything that is wrong with a dataset, file by file. The command exits with 1 if there is a fault.

    Hints are listed too, for example a lighting that no sequence shows. They are not faults.

    Example: eyeprentice check data/simulated

    Args:
        data: a dataset in SEE's layout
        json: print JSON instead of a table
        ignore: kinds of findings to leave out, for example --ignore shared-subject no-samples
    """
    if unknown := [kind for kind in ignore if kind not in KINDS]:
        raise InputError("ignore", f"'{unknown[0]}' is not a kind of finding", f"use {', '.join(KINDS)}")
    findings = [finding for finding in check_dataset(data) if finding.kind not in ignore]
    faults = sum(not finding.hint for finding in findings)
    if json:
        print(json_format.dumps([asdict(finding) | {"hint": finding.hint} for finding in findings], indent=1))
    else:
        _print(findings, f"{data}: {_count(faults, 'fault')}, {_count(len(findings) - faults, 'hint')}")
    if faults:
        sys.exit(1)


def _print(findings: list[Finding], title: str) -> None:
    if not findings:
        print(printable(title))
        return
    table = Table("", "kind", "where", "what", title=printable(title))
    for finding in findings:
        cells = ("hint" if finding.hint else "fault", finding.kind, finding.where, finding.what)
        table.add_row(*map(printable, cells))
    print_table(table, 200)


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
