"""What a test says, as files: metrics.json, prediction files in SEEN's format, confusion.png.

All of them take their places at once, when they are whole; of an earlier test in the same folder nothing is left.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eyeprentice.files.whole import named, new_files, read_json, write_json
from eyeprentice.judging.evaluation import Evaluation
from eyeprentice.judging.figures import confusion_figure
from eyeprentice.judging.predictions import FILES, write_predictions
from eyeprentice.words.errors import InputError

METRICS = "metrics.json"
CONFUSION = "confusion.png"
DATASETS = "datasets"
"""In the metrics of several tests, the part that holds those of each."""


def write_evaluation(out: Path, evaluation: Evaluation) -> None:
    """Writes the files of one test into `out`."""
    with new_files(out, METRICS) as folder:
        _write(folder, evaluation)
        _remove_earlier(out)


def write_evaluations(out: Path, evaluations: Mapping[str, tuple[Path, Evaluation]]) -> None:
    """Writes those of several, by name with the dataset of each: a folder for each, and metrics of all in `out`."""
    with new_files(out, METRICS) as folder:
        for name, (_, evaluation) in evaluations.items():
            (folder / name).mkdir()
            _write(folder / name, evaluation)
        told = {name: {"data": str(data)} | metrics_of(evaluation) for name, (data, evaluation) in evaluations.items()}
        write_json(folder / METRICS, {DATASETS: told})
        _remove_earlier(out)


def metrics_of(evaluation: Evaluation) -> dict[str, Any]:
    """The content of `metrics.json`."""
    units = {name: score.to_json() for name, score in evaluation.units.items()}
    return evaluation.scores.to_json(evaluation.protocol) | ({"units": units} if units else {})


def _write(folder: Path, evaluation: Evaluation) -> None:
    write_predictions(folder, evaluation.config.training.epochs, evaluation.predictions)
    with named(folder / CONFUSION):
        confusion_figure(evaluation.scores, evaluation.config.model).savefig(folder / CONFUSION, format="png", dpi=150)
    write_json(folder / METRICS, metrics_of(evaluation))


def _remove_earlier(out: Path) -> None:
    """Removes the files of an earlier test, the metrics first: without them, the rest counts for nothing."""
    folders = [out]
    with contextlib.suppress(InputError, AttributeError, TypeError):
        told = read_json(out / METRICS, "metrics").get(DATASETS, {})
        folders += [out / name for name in told if Path(name).name == name]
    for folder in folders:
        if not folder.is_symlink():
            for file in (folder / METRICS, folder / CONFUSION, *folder.glob(FILES)):
                file.unlink(missing_ok=True)
    for folder in folders[1:]:
        with contextlib.suppress(OSError):  # it holds something else
            folder.rmdir()
