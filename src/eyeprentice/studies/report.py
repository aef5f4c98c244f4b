"""One self-contained HTML page that tells what was learnt: pictures and numbers inside, nothing to download."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import torch
from numpy.typing import NDArray

from eyeprentice.data.dataset import Dataset
from eyeprentice.files.whole import new_file
from eyeprentice.judging.figures import confusion_figure, film_uri, svg
from eyeprentice.judging.operations import Size
from eyeprentice.judging.scoring import Scores, Share
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS

FILM_FRAMES = 40
DARK, SEEN_WELL = 30, 100
"""Mean grey levels: below the first a picture looks black on a screen."""
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
class Line:
    """A line of the table: what is told, and for each model a figure and its interval, which may be empty."""

    title: str
    cells: list[tuple[str, str]]
    is_main: bool = False


def table_of(rows: Sequence[ReportRow]) -> list[Line]:
    """A column for each model: few columns fit any screen."""

    def share(title: str, shares: list[Share], is_main: bool = False) -> Line:
        told = [("–", "") if s.value != s.value else (f"{s.value:.1f}", f"{s.low:.1f} to {s.high:.1f}") for s in shares]
        return Line(title, told, is_main)

    scores = [row.scores for row in rows]
    lines = [
        Line("input in use", [(row.needs, "") for row in rows]),
        share("WAR", [s.war for s in scores], is_main=True),
        share("UAR", [s.uar for s in scores], is_main=True),
    ]
    lines += [share(f"recall of {name}", [s.per_emotion[name] for s in scores]) for name in EMOTIONS]
    lines += [share(f"under {name} light", [s.per_lighting[name] for s in scores]) for name in LIGHTINGS]
    return [
        *lines,
        Line("calibration error", [(f"{s.ece:.1f}", "") for s in scores]),
        Line("parameters", [(f"{row.cost.parameters:,}", "") for row in rows]),
        Line("MACs a clip", [(f"{row.cost.macs / 1e6:.1f} M", "") for row in rows]),
    ]


@dataclass(frozen=True)
class Example:
    """A sequence, to be played in the page."""

    emotion: str
    light: str
    """Its lighting, and how many times brighter it is shown, if it is."""
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
        frames, times = brightened(np.asarray(dataset.frames[film]))
        light = f"{dataset.names[number].lighting} light" + (
            f", shown {times:.0f} times as bright" if times > 1 else ""
        )
        examples.append(Example(emotion, light, length, film_uri(frames), film_uri(np.asarray(dataset.events[film]))))
    return examples


def brightened(frames: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Frames (T, H, W) that would look black, so bright that they can be seen, and how many times that is."""
    grey = max(float(frames.mean()), 1.0)
    if grey >= DARK or not frames.any():
        return frames, 1
    times = round(SEEN_WELL / grey)
    return np.minimum(frames.astype(np.uint16) * times, 255).astype(np.uint8), times


def write_report(path: Path, rows: Sequence[ReportRow], texts: Mapping[str, Any]) -> None:
    """Writes the page. `texts` fills the rest of the template; the last row is the apprentice."""
    loader = jinja2.PackageLoader("eyeprentice.studies", ".")
    environment = jinja2.Environment(loader=loader, undefined=jinja2.StrictUndefined, trim_blocks=True)
    page = environment.get_template("report.html.jinja").render(
        rows=rows, lines=table_of(rows), apprentice=rows[-1], **texts
    )
    with new_file(path) as partial:
        partial.write_text(page, "utf-8")
