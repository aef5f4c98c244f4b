import json
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
