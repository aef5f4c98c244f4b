"""Prediction files in SEEN's format: one clip's answer for every testing sequence in a file, a file for each repeat.

`{"results": {NAME: [{"label": "fear", "score": 0.71}]}}`; the truth is in the sequences' names. This needs no torch.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.data.layout import SequenceName
from eyeprentice.files.whole import read_json, write_json
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, parse_emotion

EXPECTED = "prediction files in SEEN's format, test_epoch_EPOCH_REPEAT.json"
FILES = "test_epoch_*.json"
NUMBERS = {emotion: number for number, emotion in enumerate(EMOTIONS)}


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model said of N sequences in R repeats; raises `ValueError` if the parts do not fit."""

    names: tuple[SequenceName, ...]
    labels: NDArray[np.int64]  # (R, N) places in EMOTIONS
    confidence: NDArray[np.float64]  # (R, N) probability of the label, 0..1

    def __post_init__(self) -> None:
        if not self.labels.size or not self.labels.shape == self.confidence.shape == (
            len(self.labels),
            len(self.names),
        ):
            raise ValueError("every repeat must predict the same sequences, at least one")

    @property
    def truth(self) -> NDArray[np.int64]:
        """What the sequences show, (N,)."""
        return np.array([NUMBERS[name.emotion] for name in self.names])

    @property
    def hits(self) -> NDArray[np.bool_]:
        """(R, N)."""
        return self.labels == self.truth


def read_predictions(folder: Path) -> Predictions:
    """Reads a folder of prediction files in order of their repeats, and the sequences in order of their names.

    Raises `InputError` on anything malformed.
    """
    files = sorted(folder.glob(FILES), key=lambda path: [int(number) for number in re.findall(r"\d+", path.name)])
    if not files:
        inside = ", ".join(sorted({str(file.parent) for file in folder.glob(f"*/{FILES}")}))
        todo = f"give one or more of its folders: {inside}" if inside else f"give a folder of {EXPECTED}"
        raise InputError(folder, "no prediction files", todo)
    names: list[str] = []
    labels, scores = [], []
    for file in files:
        repeat = _read_repeat(file)
        names = names or sorted(repeat)
        if len(repeat) != len(names) or any(name not in repeat for name in names):
            todo = "score the files of one evaluation at a time"
            raise InputError(file, f"contains other sequences than {files[0].name}", todo)
        labels.append(np.array([repeat[name][0] for name in names]))  # an array holds less than what was read
        scores.append(np.array([repeat[name][1] for name in names]))
    return Predictions(tuple(SequenceName.parse(name) for name in names), np.stack(labels), np.stack(scores))


def join_predictions(parts: Mapping[Path, Predictions]) -> Predictions:
    """One of several that were tested on different sequences, by the folder each was read from.

    Raises `InputError` where a sequence is in two of them, or their numbers of repeats differ.
    """
    first, whole = next(iter(parts.items()))
    seen: dict[str, Path] = {}
    for folder, part in parts.items():
        if len(part.labels) != len(whole.labels):
            what = f"has {len(part.labels)} repeats, and {first} has {len(whole.labels)}"
            raise InputError(folder, what, "evaluate all of them with the same --repeats")
        for name in map(str, part.names):
            if (other := seen.setdefault(name, folder)) != folder:
                raise InputError(folder, f"contains {name}, as {other} does", "add --each for a table of each folder")
    labels, confidence = (
        np.concatenate([getattr(part, of) for part in parts.values()], axis=1) for of in ("labels", "confidence")
    )
    return Predictions(tuple(name for part in parts.values() for name in part.names), labels, confidence)


def write_predictions(folder: Path, epoch: int, predictions: Predictions) -> None:
    """Writes prediction files, one a repeat, counted from 1."""
    names = [str(name) for name in predictions.names]
    for number, row in enumerate(zip(predictions.labels.tolist(), predictions.confidence.tolist(), strict=True), 1):
        said = zip(names, *row, strict=True)
        results = {name: [{"label": EMOTIONS[label], "score": score}] for name, label, score in said}
        write_json(folder / f"test_epoch_{epoch}_{number}.json", {"results": results})


def _read_repeat(path: Path) -> dict[str, tuple[int, float]]:
    """Name -> number of the label, and its score."""
    content = read_json(path, EXPECTED)
    try:
        repeat = {name: _read_answer(best, f"{path}: {name}") for name, (best, *_) in content["results"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        repeat = {}
    if not repeat:
        raise InputError(path, "not a prediction file", f"give {EXPECTED}")
    return repeat


def _read_answer(best: Any, where: str) -> tuple[int, float]:
    label, score = best["label"], best["score"]
    if isinstance(score, bool) or not 0 <= float(score) <= 1:
        raise ValueError(f"{score} is not a probability")
    return NUMBERS[parse_emotion(label, where)], float(score)
