"""One self-contained HTML page that tells what was learnt: pictures and numbers inside, nothing to download."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import torch

from eyeprentice.data.dataset import Dataset
from eyeprentice.files.whole import new_file
from eyeprentice.judging.figures import confusion_figure, film_uri, svg
from eyeprentice.judging.operations import Size
from eyeprentice.judging.scoring import Scores
from eyeprentice.words.vocabulary import EMOTIONS

FILM_FRAMES = 40
EXAMPLE_LIGHTINGS = ("normal", "Overexposed", "normal", "HDR", "normal", "Low", "normal")


@dataclass(frozen=True)
class ReportRow:
    """A model in the report's tables."""

    title: str
    needs: str
    scores: Scores
    cost: Size

    @property
    def confusion(self) -> str:
        return svg(confusion_figure(self.scores, self.title))


@dataclass(frozen=True)
class Example:
    """A sequence, to be played in the page."""

    emotion: str
    lighting: str
    frames: int
    frame: str
    event: str


def choose_examples(dataset: Dataset, chosen: torch.Tensor) -> list[Example]:
    """A sequence of each emotion from `chosen`, of different people; `dataset` must hold events."""
    assert dataset.events is not None
    examples = []
    for place, (emotion, lighting) in enumerate(zip(EMOTIONS, EXAMPLE_LIGHTINGS, strict=True)):
        candidates = [n for n in chosen.tolist() if dataset.names[n].emotion == emotion]
        if not candidates:
            continue
        pool = [n for n in candidates if dataset.names[n].lighting == lighting] or candidates
        number = pool[place % len(pool)]
        start, length = int(dataset.offsets[number]), min(int(dataset.lengths[number]), FILM_FRAMES)
        film = slice(start, start + length)
        frames, events = np.asarray(dataset.frames[film]), np.asarray(dataset.events[film])
        examples.append(Example(emotion, dataset.names[number].lighting, length, film_uri(frames), film_uri(events)))
    return examples


def write_report(path: Path, rows: Sequence[ReportRow], texts: Mapping[str, Any]) -> None:
    """Writes the page. `texts` fills the rest of the template; the last row is the apprentice."""
    loader = jinja2.PackageLoader("eyeprentice.studies", ".")
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, trim_blocks=True)
    page = environment.get_template("report.html.jinja").render(rows=rows, apprentice=rows[-1], **texts)
    with new_file(path) as partial:
        partial.write_text(page, "utf-8")
