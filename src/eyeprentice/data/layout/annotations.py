"""The annotation file, `emotion.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eyeprentice.files.whole import new_file, read_json
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, Subset, parse_emotion

ANNOTATIONS = "emotion.json"


@dataclass(frozen=True)
class Annotation:
    """What the annotation file says of one sequence. `segment` is its first and last frame, counted from 0."""

    subset: Subset
    label: str
    segment: tuple[int, int]


def read_annotations(root: Path) -> dict[str, Annotation]:
    """Reads the annotation file of a dataset: sequence name -> annotation. Raises `InputError` if it is malformed."""
    path = root / ANNOTATIONS
    if not path.is_file():
        raise InputError(path, "no such annotation file", "give a dataset in SEE's layout")
    try:
        database: Mapping[str, Any] = read_json(path, "a dataset in SEE's layout")["database"]
        return {name: _annotation(name, entry, path) for name, entry in database.items()}
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise InputError(
            path, f"not an annotation file ({type(error).__name__}: {error})", "write it as SEE's emotion.json"
        ) from None


def write_annotations(root: Path, annotations: Mapping[str, Annotation]) -> None:
    """Writes the annotation file of a dataset; what stood there is replaced once all of it is written."""
    database = {
        name: {"subset": a.subset, "annotations": {"label": a.label, "segment": list(a.segment)}}
        for name, a in annotations.items()
    }
    with new_file(root / ANNOTATIONS) as partial:
        partial.write_text(json.dumps({"labels": list(EMOTIONS), "database": database}, indent=1), "utf-8")


def _annotation(name: str, entry: Mapping[str, Any], path: Path) -> Annotation:
    subset = entry["subset"]
    if subset not in ("training", "testing"):
        raise InputError(path, f"'{subset}' is not a subset ({name})", "use training or testing")
    first, last = entry["annotations"]["segment"]
    if type(first) is not int or type(last) is not int or first < 0:
        what = f"the segment of {name} is {json.dumps([first, last])[:80]}"
        raise InputError(path, what, "write its first and last frame as whole numbers from 0 on")
    label = parse_emotion(entry["annotations"]["label"], f"{path}: {name}")
    return Annotation(subset, label, (first, last))
