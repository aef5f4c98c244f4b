"""What people look at after an import: a table of sequences and their sources, and a picture of what was cut out."""

import csv
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.importing.ledger import ImportOutcome, imported
from eyeprentice.data.layout import MODALITIES, SequenceName, sequence_folder
from eyeprentice.files.whole import new_file
from eyeprentice.sources.pictures import pictures_in, read_picture

TABLE = "sources.csv"
TILE, COLUMNS, LONGEST, LINE = 96, 3, 120, 16


def write_table(out: Path) -> None:
    """Writes `sources.csv`: a row for each sequence, with its source and how it was read."""
    columns = ["sequence", "source", "person", "eye", "mirrored", "turned", "eye_found", "source_rate_hz", "events"]
    with new_file(out / TABLE) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(columns)
        for name, o in imported(out):
            rate = f"{o.rate_hz:.2f}" + (" (assumed)" if o.rate_assumed else "")
            events = "recorded" if o.recorded_events else "simulated"
            eye = [o.eye, o.mirrored, o.turned, f"{o.found:.2f}"]
            table.writerow([name, o.source, o.person or "", *eye, rate, events])


def contact_sheet(out: Path, outcomes: Sequence[ImportOutcome]) -> NDArray[np.uint8]:
    """One picture of the first sequences: three frames and the liveliest event frame of each, its name below."""
    cells = [_cell(out, outcome.name) for outcome in outcomes if outcome.name is not None][:LONGEST]
    blank = np.full_like(cells[0], 255)
    cells += [blank] * (-len(cells) % COLUMNS)
    rows = [np.concatenate(cells[first : first + COLUMNS], axis=1) for first in range(0, len(cells), COLUMNS)]
    return np.concatenate(rows)


def _cell(out: Path, text: str) -> NDArray[np.uint8]:
    name = SequenceName.parse(text)
    frames, events = (pictures_in(sequence_folder(out, modality, name)) for modality in MODALITIES)
    moments = [frames[i] for i in np.linspace(0, len(frames) - 1, 3).round().astype(int)]
    liveliest = max(events, key=lambda path: path.stat().st_size)  # what happens much compresses little
    pictures = map(read_picture, [*moments, liveliest])
    tiles = [cv2.resize(picture, (TILE, TILE), interpolation=cv2.INTER_AREA) for picture in pictures]
    label = np.full((LINE, 4 * TILE), 255, np.uint8)
    cv2.putText(label, text, (2, LINE - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.33, 0, 1, cv2.LINE_AA)
    cell = np.concatenate([np.concatenate(tiles, axis=1), label])
    return np.pad(cell, ((0, 4), (0, 6)), constant_values=255).astype(np.uint8)
