import json
from dataclasses import replace
from pathlib import Path

import pytest

from eyeprentice.data.layout import SequenceName
from eyeprentice.words.errors import InputError

NAME = "1_001_man_24_Master_normal_angry_45_take000"


def test_a_name_is_taken_apart():
    name = SequenceName.parse(NAME)
    assert name == SequenceName(1, "001", "man", 24, "Master", "normal", "angry", 45, 0)


def test_every_name_of_sees_testing_set_prints_back_as_it_was(predictions: Path):
    names = {name for file in predictions.glob("*/*.json") for name in json.loads(file.read_text())["results"]}
    assert len(names) == 767
    assert all(str(SequenceName.parse(name)) == name for name in names)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("take000", "not a sequence name"),
        (NAME + "x", "not a sequence name"),
        (NAME.replace("angry", "bored"), "'bored' is not an emotion"),
        (NAME.replace("normal", "dim"), "'dim' is not a lighting"),
    ],
)
def test_a_wrong_name_is_refused_in_one_line(text: str, complaint: str):
    with pytest.raises(InputError, match=complaint) as caught:
        SequenceName.parse(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "part",
    [
        *[{"sex": word} for word in ("/../../x", "..\\x", "a_b", "", "a:b", "a\0", "a\n", "\udcff", "\x9b", "x" * 41)],
        *[{"degree": word} for word in ("a/b", "a_b", "", "\ud800")],
        *[{"age": number} for number in (-5, True, None, 10**9, 10**5000, 2.5, "24")],
        *[{"subject": word} for word in ("../1", "", "-1", "a", "1" * 10, 1, None, "١")],
        *[{"index": number} for number in (-1, True, "1", 1.0)],
        *[{"length": number} for number in (-1, False, 10**9)],
        *[{"take": number} for number in (-1, True, 10**9)],
        *[{"lighting": word} for word in ("/", "", None)],
        *[{"emotion": word} for word in ("../angry", "", None)],
        {"sex": "日" * 40, "degree": "日" * 40},
    ],
)
def test_a_name_is_not_built_of_what_could_not_be_read_again(part: dict):
    with pytest.raises(InputError) as caught:
        replace(SequenceName.parse(NAME), **part)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "part", [{"sex": "é" * 40}, {"degree": ".."}, {"age": 0}, {"sex": "a b"}, {"take": 999_999_999}]
)
def test_a_name_that_is_built_is_one_part_of_a_path_and_reads_the_same(part: dict):
    name = replace(SequenceName.parse(NAME), **part)
    assert SequenceName.parse(str(name)) == name
    assert (Path("root") / str(name)).parts == ("root", str(name))
