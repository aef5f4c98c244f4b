"""Who is learnt from and who is tested on."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor

from eyeprentice.errors import InputError
from eyeprentice.vocabulary import SequenceName, Subset


@dataclass(frozen=True)
class Split:
    """How a dataset is divided.

    `subjects`: fold `fold` of `folds` is tested on, and nobody in it is learnt from; folds hold emotions and lightings
    in like shares. `official`: as the annotation file says; SEE's shares subjects between the two, so that what it
    measures is recognition of known people.
    """

    kind: Literal["subjects", "official"] = "subjects"
    folds: int = 5
    fold: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in ("subjects", "official"):
            raise ValueError(f"no such split: {self.kind}; use subjects or official")
        if not 0 <= self.fold < self.folds:
            raise ValueError(f"fold {self.fold} of {self.folds}: folds are counted from 0")

    def __str__(self) -> str:
        if self.kind == "official":
            return "official split (shares subjects)"
        return f"people disjoint, fold {self.fold + 1} of {self.folds}"


def divide(names: Sequence[SequenceName], subsets: Sequence[Subset], split: Split) -> tuple[Tensor, Tensor]:
    """Indices of the training and of the testing sequences; raises `InputError` where one of them would be empty."""
    if split.kind == "official":
        testing = torch.tensor([subset == "testing" for subset in subsets])
        parts = (~testing).nonzero()[:, 0], testing.nonzero()[:, 0]
    else:
        subjects = [name.subject for name in names]
        if len(set(subjects)) < split.folds:
            raise InputError(
                "split",
                f"{len(set(subjects))} subjects do not fill {split.folds} folds",
                "give fewer folds, at least 2",
            )
        strata = [f"{name.emotion} {name.lighting}" for name in names]
        folding = StratifiedGroupKFold(split.folds, shuffle=True, random_state=split.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a rare stratum cannot be in every fold is no news
            try:
                training, tested = list(folding.split(names, strata, subjects))[split.fold]
            except ValueError:  # fewer sequences of every stratum than folds
                training, tested = list(folding.split(names, [0] * len(names), subjects))[split.fold]
        parts = torch.from_numpy(training), torch.from_numpy(tested)
    for part, what in zip(parts, ("training", "testing"), strict=True):
        if not len(part):
            raise InputError("split", f"the {split} leaves no {what} sequence", "choose another split")
    return parts
