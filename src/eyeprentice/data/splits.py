"""Who is learnt from, on whom a choice is made, and who is tested on."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor

from eyeprentice.data.layout import SequenceName
from eyeprentice.files.whole import read_json, write_json
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Split
from eyeprentice.words.vocabulary import LIGHTINGS, Subset


class Parts(NamedTuple):
    """Numbers of the sequences of each part."""

    training: Tensor
    validation: Tensor
    """What is watched while training goes on, and what choices are made on; may be empty."""
    testing: Tensor


def divide(names: Sequence[SequenceName], subsets: Sequence[Subset], split: Split) -> Parts:
    """Divides sequences by any rule but a file; raises `InputError` where one of the parts would be empty."""
    match split.kind:
        case "official":
            testing = torch.tensor([subset == "testing" for subset in subsets])
        case "lighting":
            testing = torch.tensor([name.lighting == LIGHTINGS[split.fold] for name in names])
        case _:
            testing = _fold(names, split)
    training, validation = _keep_apart(names, (~testing).nonzero()[:, 0], split)
    parts = Parts(_fewer(names, training, split), validation, testing.nonzero()[:, 0])
    _refuse_empty(parts, str(split))
    return parts


def read_split(path: Path, names: Sequence[SequenceName]) -> Parts:
    """Reads a split file, `{"training": [name, ...], "validation": [...], "testing": [...]}`, for a dataset of `names`.

    It may leave out `validation`. Sequences that it does not list are left out. Raises `InputError` where it lists one
    twice, or one that is missing.
    """
    content = read_json(path, "a split file", limits.SPLIT_BYTES)
    number = {str(name): index for index, name in enumerate(names)}
    try:
        told = (content["training"], content.get("validation", []), content["testing"])
        listed = [[str(name) for name in part] for part in told]
    except (KeyError, TypeError):
        raise InputError(path, "not a split file", 'write it as {"training": [NAME, ...], "testing": [...]}') from None
    every = [name for part in listed for name in part]
    if unknown := [name for name in every if name not in number]:
        raise InputError(path, f"lists {unknown[0]}, which is not in this dataset", "give a split file of this dataset")
    if len(set(every)) < len(every):
        raise InputError(path, "lists a sequence twice", "list each sequence once, in one of the parts")
    parts = Parts._make(torch.tensor([number[name] for name in part], dtype=torch.long) for part in listed)
    _refuse_empty(parts, str(path))
    return parts


def write_split(
    path: Path,
    names: Sequence[SequenceName],
    parts: Parts,
    fingerprints: Sequence[str] = (),
    before: Sequence[str] = (),
) -> None:
    """Writes a split file, so that others can use the very same.

    A run's holds the fingerprints of `names` too, and those of what its first weights were learnt from `before`.
    """
    listed = {what: [str(names[i]) for i in part.tolist()] for what, part in zip(Parts._fields, parts, strict=True)}
    prints = {str(name): text for name, text in zip(names, fingerprints, strict=False)}
    more = {"fingerprints": prints, "before": list(before)} if prints else {}
    write_json(path, {**listed, **more})


def _keep_apart(names: Sequence[SequenceName], left: Tensor, split: Split) -> tuple[Tensor, Tensor]:
    """Divides the sequences `left` into those to learn from and those of people to choose on."""
    people = len({names[i].subject for i in left.tolist()})
    if not split.validation or not len(left):
        return left, left[:0]
    if people < 2:
        raise InputError("validation", f"{people} person cannot be both learnt from and chosen on", "give 0")
    folds = max(2, min(people, round(1 / split.validation)))
    chosen = _fold([names[i] for i in left.tolist()], Split(folds=folds, seed=split.seed))
    return left[~chosen], left[chosen]


def _fewer(names: Sequence[SequenceName], training: Tensor, split: Split) -> Tensor:
    """The sequences of at most `split.people` people: of 10, those of 5 and 5 more."""
    people = sorted({names[i].subject for i in training.tolist()})
    if not split.people or split.people >= len(people):
        return training
    order = torch.randperm(len(people), generator=torch.Generator().manual_seed(split.seed))
    chosen = {people[i] for i in order[: split.people].tolist()}
    return training[torch.tensor([names[i].subject in chosen for i in training.tolist()])]


def _fold(names: Sequence[SequenceName], split: Split) -> Tensor:
    """Which sequences the fold holds, (N,) bool."""
    subjects = [name.subject for name in names]
    if len(set(subjects)) < split.folds:
        what = f"{len(set(subjects))} subjects are too few for {split.folds} folds"
        raise InputError("split", what, "give fewer folds (at least 2)")
    strata = [f"{name.emotion} {name.lighting}" for name in names]
    folding = StratifiedGroupKFold(split.folds, shuffle=True, random_state=split.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a rare stratum cannot be in every fold is no news
        try:
            _, tested = list(folding.split(names, strata, subjects))[split.fold]
        except ValueError:  # fewer sequences of every stratum than folds
            _, tested = list(folding.split(names, [0] * len(names), subjects))[split.fold]
    testing = torch.zeros(len(names), dtype=torch.bool)
    testing[torch.from_numpy(tested)] = True
    return testing


def _refuse_empty(parts: Parts, split: str) -> None:
    for part, what in ((parts.training, "training"), (parts.testing, "testing")):
        if not len(part):
            raise InputError("split", f"{split} leaves no {what} sequence", "choose another split")
