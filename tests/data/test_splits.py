import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from eyeprentice.data.layout import SequenceName
from eyeprentice.data.leakage import BITS
from eyeprentice.data.splits import Parts, divide, read_split, write_split
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.settings import Split
from eyeprentice.words.vocabulary import EMOTIONS, LIGHTINGS


def names_of(subjects: int, takes: int = 2) -> list[SequenceName]:
    return [
        SequenceName(1, f"{s:03d}", "man", 20, "Master", LIGHTINGS[s % 4], emotion, 40, take)
        for s in range(subjects)
        for emotion in EMOTIONS
        for take in range(takes)
    ]


def test_nobody_is_learnt_from_and_tested_on():
    names = names_of(23)
    tested = []
    for fold in range(5):
        parts = divide(names, ["training"] * len(names), Split(folds=5, fold=fold))
        people = [{names[i].subject for i in part.tolist()} for part in parts]
        assert not people[0] & people[1] | people[1] & people[2] | people[0] & people[2]
        assert sum(map(len, parts)) == len(names)
        assert len(people[1]) == 2
        testing = parts.testing
        assert {names[i].lighting for i in testing.tolist()} == set(LIGHTINGS)
        tested.append(testing)
    assert torch.cat(tested).sort().values.tolist() == list(range(len(names)))


def test_the_same_seed_divides_alike():
    names = names_of(12)
    once, again = (divide(names, ["training"] * len(names), Split(folds=3, seed=4)).testing for _ in range(2))
    other = divide(names, ["training"] * len(names), Split(folds=3, seed=5)).testing
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


def test_the_official_split_is_the_annotation_files():
    names = names_of(2, takes=1)
    subsets = ["testing" if i % 3 == 0 else "training" for i in range(len(names))]
    training, validation, testing = divide(names, subsets, Split("official", validation=0))
    assert testing.tolist() == [0, 3, 6, 9, 12]
    assert len(training) == 9
    assert not len(validation)


@pytest.mark.parametrize(
    ("split", "complaint"),
    [(Split("official"), "no testing sequence"), (Split(folds=5), "too few for 5 folds")],
)
def test_a_split_that_leaves_nothing_is_refused(split: Split, complaint: str):
    names = names_of(3)
    with pytest.raises(InputError, match=complaint):
        divide(names, ["training"] * len(names), split)


@pytest.mark.parametrize("fold", range(4))
def test_a_lighting_is_left_out(fold: int):
    names = names_of(9)
    training, _, testing = divide(names, ["training"] * len(names), Split("lighting", fold=fold))
    assert {names[i].lighting for i in testing.tolist()} == {LIGHTINGS[fold]}
    assert {names[i].lighting for i in training.tolist()} == set(LIGHTINGS) - {LIGHTINGS[fold]}


def test_a_split_is_read_as_it_was_written(tmp_path: Path):
    names = names_of(6)
    parts = divide(names, ["training"] * len(names), Split(folds=3))
    write_split(tmp_path / "split.json", names, parts)
    read = read_split(tmp_path / "split.json", names)
    assert all(torch.equal(a, b) for a, b in zip(parts, read, strict=True))
    other = read_split(tmp_path / "split.json", names[::-1])  # of a dataset in another order, the same sequences
    for mine, theirs in zip(parts, other, strict=True):
        assert [names[i] for i in mine.tolist()] == [names[::-1][i] for i in theirs.tolist()]


def test_a_wrong_split_file_is_refused(tmp_path: Path):
    names = names_of(2, takes=1)
    one, two = str(names[0]), str(names[1])
    path = tmp_path / "split.json"
    for content, complaint in (
        ({"training": [one]}, "not a split file"),
        ([], "not a split file"),
        ({"training": [one], "testing": [one]}, "twice"),
        ({"training": [one], "testing": ["stranger"]}, "lists stranger"),
        ({"training": [one, two], "testing": []}, "no testing sequence"),
        ({"training": [one], "validation": [two], "testing": [two]}, "twice"),
        ({"training": [one], "validation": 3, "testing": [two]}, "not a split file"),
    ):
        path.write_text(json.dumps(content))
        with pytest.raises(InputError, match=complaint):
            read_split(path, names)


def test_a_split_file_may_leave_validation_out(tmp_path: Path):
    names = names_of(3, takes=1)
    training, validation, testing = ([str(name) for name in names if name.subject == s] for s in ("000", "001", "002"))
    path = tmp_path / "split.json"
    path.write_text(json.dumps({"training": training, "testing": testing}))
    parts = read_split(path, names)
    assert [len(part) for part in parts] == [7, 0, 7]
    path.write_text(json.dumps({"training": training, "validation": validation, "testing": testing}))
    more = read_split(path, names)
    assert [names[i].subject for i in more.validation.tolist()] == ["001"] * 7
    assert [len(part) for part in more] == [7, 7, 7]


def test_the_validation_share_is_of_the_people_who_are_not_tested():
    names = names_of(40)
    for share, people in ((0.1, 3), (0.25, 8), (0.5, 16), (0.0, 0)):
        parts = divide(names, ["training"] * len(names), Split(folds=5, validation=share))
        assert len({names[i].subject for i in parts.validation.tolist()}) == pytest.approx(people, abs=1)
    some, more, all_ = (
        {names[i].subject for i in divide(names, ["training"] * len(names), Split(people=count)).training.tolist()}
        for count in (5, 10, 0)
    )
    assert some < more < all_
    assert (len(some), len(more)) == (5, 10)
    with pytest.raises(InputError, match="cannot be both learnt from and chosen on"):
        divide(names_of(2), ["training"] * 28, Split(folds=2))
    with pytest.raises(ValueError, match=r"within 0..0.5"):
        Split(validation=0.7)


def test_the_split_file_of_100_000_sequences_may_be_read(tmp_path: Path):
    """With their fingerprints, and those of as many that the first weights were learnt from."""
    names = [replace(name, index=99_000 + number) for number, name in enumerate(names_of(8, takes=2)[:100])]
    numbers, prints = torch.arange(100), ["A" * (BITS // 6)] * 100
    write_split(tmp_path / "split.json", names, Parts(numbers[:90], numbers[:0], numbers[90:]), prints, prints)
    assert 1000 * (tmp_path / "split.json").stat().st_size < limits.SPLIT_BYTES
