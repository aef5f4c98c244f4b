import json as json_format
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from eyeprentice.data.check import KINDS, check_dataset
from eyeprentice.errors import InputError


def check(data: Path, *, json: bool = False, ignore: tuple[str, ...] = ()) -> None:
    """Say everything that is wrong with a dataset, file by file; exits with 1 if there is anything.

    Example: eyeprentice check data/simulated

    Args:
        data: a dataset in SEE's layout
        json: print JSON instead of a table
        ignore: kinds of findings to leave out, as --ignore [shared-subject,no-samples]
    """
    if unknown := [kind for kind in ignore if kind not in KINDS]:
        raise InputError("ignore", f"'{unknown[0]}' is no kind of finding", f"use {', '.join(KINDS)}")
    findings = [finding for finding in check_dataset(data) if finding.kind not in ignore]
    if json:
        print(json_format.dumps([asdict(finding) for finding in findings], indent=1))
    elif findings:
        table = Table("kind", "where", "what", title=f"{data}: {len(findings)} findings", title_justify="left")
        for finding in findings:
            table.add_row(finding.kind, finding.where, finding.what)
        console = Console()
        (console if console.is_terminal else Console(width=200)).print(table)
    else:
        print(f"{data}: nothing wrong")
    if findings:
        sys.exit(1)
