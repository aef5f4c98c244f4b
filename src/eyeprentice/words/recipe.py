"""The recipe of a run: all that it is told. A command line, an option file, an entry of a benchmark's plan and the
`config.json` of a run are four spellings of the same thing.

The names are those of the fields, nested as the dataclasses are: `training: {epochs: 60}` in a file is
`--training.epochs 60`, or shorter `--epochs 60`, on a command line.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from eyeprentice.words import limits
from eyeprentice.words.settings import SMALLEST, Objective, Precision, Sampling, Split, Training, check_words

LONGEST_PATH = 4096
"""Bytes of a path on Linux; a part of it has one sixteenth at the most."""
RECORD = "record"
"""What a run's `config.json` holds beside its recipe: hashes of what the recipe names."""


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run's result, but the content of the files that it names."""

    data: Path | None = None
    """Dataset in SEE's layout."""
    model: str = "student"
    """teacher, student, ann (the student's shape without spikes), one of the published seen, eyemotion, emo,
    resnet18_lstm, resnet50_gru, resnet3d, r2plus1d and former_dfer, or one of your own (docs/extend.md)."""
    options: dict[str, Any] = field(default_factory=dict)
    """Settings of the model that differ from its defaults, for example --options.width 0.5."""
    init: Path | None = None
    """Start from the weights of this finished run, and use its size, its sampling and each of its options unless others
    are given; default names the weights in the package."""
    teacher: tuple[Path, ...] = ()
    """Folder of the teacher's finished run, or several."""
    size: int = 90
    """Height and width that images are resized to, in pixels."""
    training: Training = Training()
    objective: Objective = Objective(terms=())
    sampling: Sampling = Sampling()
    """Clips of x frames with y frames skipped between two, written Ex-Sy."""
    split: Split = Split()
    """Who is learnt from and who is tested on: subjects, official, lighting, or the name of a split file."""
    precision: Precision = "32-true"
    """Number format of the computation, as Lightning Fabric names it."""

    def __post_init__(self) -> None:
        if not SMALLEST <= self.size <= limits.SIDE:
            what = "too few for an eye" if self.size < SMALLEST else "too many"
            raise ValueError(f"size: {self.size} pixels are {what}; give {SMALLEST} to {limits.SIDE}")
        check_words(self, {"precision": Precision})
        for path in (self.data, self.init, *self.teacher, self.split.file):
            if path is not None and not _is_name(str(path)):
                raise ValueError(f"{str(path)[:80]}: this path is not text in UTF-8, or too long; give another name")

    def to_json(self) -> dict[str, Any]:
        """As a file spells it; `schema.checked` and `schema.overlaid` read it back."""
        return as_json(asdict(self) | {"sampling": str(self.sampling)})


def _is_name(path: str) -> bool:
    """Whether a file can be called so, and the name be written into other files: bytes that are no text cannot."""
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in path):
        return False
    return len(path) < LONGEST_PATH and all(len(part.encode()) < LONGEST_PATH // 16 for part in Path(path).parts)


def as_json(value: Any) -> Any:
    """`value` with lists for tuples and text for paths, as JSON has it."""
    if isinstance(value, Mapping):
        return {str(name): as_json(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


def flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by their dotted names."""
    rows: dict[str, Any] = {}
    for name, value in content.items():
        rows |= flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return rows
