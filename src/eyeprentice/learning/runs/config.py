"""Everything that decides a run's result, as it is written into RUN/config.json.

The file is an option file of the command that trained the run (`eyeprentice train --config RUN/config.json --out NEW`
trains it again) with one entry more, `record`: hashes of what the options name.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from eyeprentice import __version__
from eyeprentice.data.clips import Sampling
from eyeprentice.data.splits import Split
from eyeprentice.words import limits
from eyeprentice.words.settings import SMALLEST, Augmentation, Objective, Training

RECORD = "record"


@dataclass(frozen=True)
class Config:
    """Everything that decides a run's result."""

    model: str
    options: dict[str, Any]
    """The model's settings where they differ from their defaults."""
    content: str
    """Hash of the data it is trained on."""
    size: int = 90
    sampling: Sampling = Sampling()
    split: Split = Split()
    training: Training = Training()
    objective: Objective = Objective(terms=())
    teacher: str | None = None
    """Hash of the teacher's weights."""
    init: str | None = None
    """Hash of the weights that it starts from."""
    precision: str = "32-true"
    extensions: dict[str, str] = field(default_factory=dict)
    """Name and hash of each file of the user's own that was loaded."""
    version: str = __version__
    paths: dict[str, Any] = field(default_factory=dict, compare=False)
    """Where the options `data`, `teacher`, `init` and `split` pointed to, as they were given: the same run wherever
    these lie."""

    def to_json(self) -> dict[str, Any]:
        options = {
            **self.paths,
            "model": self.model,
            "options": self.options,
            "size": self.size,
            "sampling": str(self.sampling),
            "precision": self.precision,
            **asdict(self.training),
        }
        if self.teacher is not None or self.objective.terms:
            options |= asdict(self.objective)
        if self.teacher is None:  # an apprentice's sampling, size and split are its teacher's
            options |= {"split": self.paths.get("split", self.split.kind)}
            options |= {"folds": self.split.folds, "fold": self.split.fold, "validation": self.split.validation}
            options |= {"people": self.split.people}
        else:
            options = {key: value for key, value in options.items() if key not in ("size", "sampling")}
        record = {name: getattr(self, name) for name in ("content", "teacher", "init", "extensions", "version", "size")}
        record |= {"sampling": str(self.sampling), "split": asdict(self.split)}
        return json.loads(json.dumps({**options, RECORD: record}))

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Config":
        """Raises `KeyError`, `TypeError` or `ValueError` on anything that `to_json` did not write."""
        record = content[RECORD]
        if type(record["size"]) is not int or not SMALLEST <= record["size"] <= limits.SIDE:
            raise ValueError(f"images of {record['size']} pixels")
        training = {f.name: content[f.name] for f in fields(Training)}
        if isinstance(training["augmentation"], dict):
            training["augmentation"] = Augmentation(**training["augmentation"])
        objective = Objective(terms=())
        if "terms" in content:
            given = {f.name: content[f.name] for f in fields(Objective)}
            objective = Objective(**{**given, "terms": tuple(given["terms"])})
        paths = {name: content[name] for name in ("data", "teacher", "init", "split") if content.get(name) is not None}
        if record["split"]["kind"] != "file":
            paths.pop("split", None)
        return cls(
            content["model"],
            content["options"],
            record["content"],
            record["size"],
            Sampling.parse(record["sampling"]),
            Split(**record["split"]),
            Training(**training),
            objective,
            record["teacher"],
            record["init"],
            content["precision"],
            record["extensions"],
            record["version"],
            paths,
        )
