"""The words everything here is written in: emotions, lightings, sequence names and the annotation file.

Spellings and orders are those of the SEE dataset (Zhang et al., SIGGRAPH 2023).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eyeprentice.errors import InputError

EMOTIONS = ("angry", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
LIGHTINGS = ("normal", "Overexposed", "Low", "HDR")
FRAME_RATE_HZ = 30
"""Frames, and event frames, a second."""

Subset = Literal["training", "testing"]

_NAME = re.compile(
    r"(?P<index>\d+)_(?P<subject>\d+)_(?P<sex>[^_]+)_(?P<age>\d+)_(?P<degree>[^_]+)"
    r"_(?P<lighting>[^_]+)_(?P<emotion>[^_]+)_(?P<length>\d+)_take(?P<take>\d+)"
)


def parse_emotion(text: str, where: str | Path) -> str:
    """The emotion that `text` spells in any case; raises `InputError`, naming `where`, if there is none."""
    if (emotion := text.lower()) not in EMOTIONS:
        raise InputError(where, f"'{text}' is not an emotion", f"use one of {', '.join(EMOTIONS)}")
    return emotion


@dataclass(frozen=True)
class SequenceName:
    """One person showing one emotion once.

    `[index]_[subject]_[sex]_[age]_[degree]_[lighting]_[emotion]_[length]_take[k]`:
    `str(SequenceName.parse(text)) == text` for every name of SEE. `subject` and `take` are three digits wide.
    """

    index: int
    subject: str
    sex: str
    age: int
    degree: str
    lighting: str
    emotion: str
    length: int
    take: int

    def __post_init__(self) -> None:
        if self.emotion not in EMOTIONS:
            raise InputError(str(self), f"'{self.emotion}' is not an emotion", f"use one of {', '.join(EMOTIONS)}")
        if self.lighting not in LIGHTINGS:
            raise InputError(str(self), f"'{self.lighting}' is not a lighting", f"use one of {', '.join(LIGHTINGS)}")

    @classmethod
    def parse(cls, text: str) -> "SequenceName":
        """Reads a sequence's name; raises `InputError` if it is none or uses words outside the vocabulary."""
        if (match := _NAME.fullmatch(text)) is None:
            raise InputError(
                text, "not a sequence name", "write it like 1_001_man_24_Master_normal_angry_45_take000 (SEE's pattern)"
            )
        part = match.groupdict()
        return cls(
            index=int(part["index"]),
            subject=part["subject"],
            sex=part["sex"],
            age=int(part["age"]),
            degree=part["degree"],
            lighting=part["lighting"],
            emotion=part["emotion"],
            length=int(part["length"]),
            take=int(part["take"]),
        )

    def __str__(self) -> str:
        return (
            f"{self.index}_{self.subject}_{self.sex}_{self.age}_{self.degree}"
            f"_{self.lighting}_{self.emotion}_{self.length}_take{self.take:03d}"
        )


@dataclass(frozen=True)
class Annotation:
    """What the annotation file says of one sequence. `segment` is its first and last frame, counted from 0."""

    subset: Subset
    label: str
    segment: tuple[int, int]


def read_annotations(path: Path) -> dict[str, Annotation]:
    """Reads SEE's `emotion.json`: sequence name -> annotation. Raises `InputError` on anything malformed."""
    try:
        database: Mapping[str, Any] = json.loads(path.read_text("utf-8"))["database"]
        return {name: _annotation(name, entry, path) for name, entry in database.items()}
    except FileNotFoundError:
        raise InputError(path, "no such annotation file", "give a dataset in SEE's layout") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            path, f"not an annotation file ({type(error).__name__}: {error})", "write it as SEE's emotion.json"
        ) from None


def write_annotations(path: Path, annotations: Mapping[str, Annotation]) -> None:
    """Writes SEE's `emotion.json`."""
    database = {
        name: {"subset": a.subset, "annotations": {"label": a.label, "segment": list(a.segment)}}
        for name, a in annotations.items()
    }
    path.write_text(json.dumps({"labels": list(EMOTIONS), "database": database}, indent=1), "utf-8")


def _annotation(name: str, entry: Mapping[str, Any], path: Path) -> Annotation:
    subset = entry["subset"]
    if subset not in ("training", "testing"):
        raise InputError(path, f"'{subset}' is not a subset ({name})", "use training or testing")
    first, last = entry["annotations"]["segment"]
    label = parse_emotion(entry["annotations"]["label"], f"{path}: {name}")
    return Annotation(subset, label, (int(first), int(last)))
