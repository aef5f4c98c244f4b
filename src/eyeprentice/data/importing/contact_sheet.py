"""What was cut, at a glance: a row for each sequence, with three of its frames and its liveliest event frame."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.importing.ledger import Outcome
from eyeprentice.data.layout import MODALITIES, SequenceName, images_in, sequence_folder
from eyeprentice.sources.pictures import read_picture

TILE, COLUMNS, LONGEST, LINE = 96, 3, 120, 16


def contact_sheet(out: Path, outcomes: Sequence[Outcome]) -> NDArray[np.uint8]:
    """One picture of the first sequences that were imported, each with its name below."""
    cells = [_cell(out, outcome.name) for outcome in outcomes if outcome.name is not None][:LONGEST]
    blank = np.full_like(cells[0], 255)
    cells += [blank] * (-len(cells) % COLUMNS)
    rows = [np.concatenate(cells[first : first + COLUMNS], axis=1) for first in range(0, len(cells), COLUMNS)]
    return np.concatenate(rows)


def _cell(out: Path, text: str) -> NDArray[np.uint8]:
    name = SequenceName.parse(text)
    frames, events = (images_in(sequence_folder(out, modality, name)) for modality in MODALITIES)
    moments = [frames[i] for i in np.linspace(0, len(frames) - 1, 3).round().astype(int)]
    liveliest = max(events, key=lambda path: path.stat().st_size)  # what happens much compresses little
    pictures = map(read_picture, [*moments, liveliest])
    tiles = [cv2.resize(picture, (TILE, TILE), interpolation=cv2.INTER_AREA) for picture in pictures]
    label = np.full((LINE, 4 * TILE), 255, np.uint8)
    cv2.putText(label, text, (2, LINE - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.33, 0, 1, cv2.LINE_AA)
    cell = np.concatenate([np.concatenate(tiles, axis=1), label])
    return np.pad(cell, ((0, 4), (0, 6)), constant_values=255).astype(np.uint8)
