"""What people write is read as they mean it, and what could mean anything else is refused."""

import pytest
import yaml

from eyeprentice.words.errors import InputError
from eyeprentice.words.plain_yaml import read_plain
from eyeprentice.words.schema import checked, in_file
from eyeprentice.words.settings import Objective, Training


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 2026-01-01", {"a": "2026-01-01"}),
        ("a: 1:30", {"a": "1:30"}),
        ("a: 010", {"a": 10}),
        ("a: no", {"a": "no"}),
        ("no: 1", {"no": 1}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 1e5", {"a": 100000.0}),
        ("a: [true, null, -3, .5, 'x']", {"a": [True, None, -3, 0.5, "x"]}),
        ('{"a": {"b": 1.5e-3}}', {"a": {"b": 0.0015}}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
    ],
)
def test_words_are_what_they_look_like(text: str, told: object):
    assert read_plain(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "[" * 30000, "{a: " * 9000, "a: &b 1\nc: *b", "a: !!set {b}", "a: !!binary aGk=", "!!python/name:os.system ''",
        "a: 1\na: 2", "1: 2", "[a]: 2", "null: 2", "a: " + "9" * 19, 'a: "\\ud800"', 'a: "b\\0"', "a: !x y",
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_what_multiplies_or_means_something_else_is_refused(text: str):
    with pytest.raises(yaml.YAMLError):
        read_plain(text)


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (Training, {"augmentation": {"shift": "1:30"}}, r"augmentation\.shift: '1:30' cannot be read"),
        (Training, {"augmentation": {"shift": "[&a [1], *a]"}}, r"augmentation\.shift: .* cannot be read"),
        (Training, {"augmentation": {"shift": None}}, r"augmentation\.shift: is empty"),
        (Training, {"augmentation": "{mirror: 0x1}"}, r"augmentation\.mirror: '0x1' cannot be read"),
        (Training, {"augmentation": "{shift: &a 0.1}"}, "augmentation: .* cannot be read"),
        (Training, {"augmentation": "stronger"}, "augmentation: 'stronger' cannot be read; give strong or a table"),
        (Objective, {"weights": {"tckd": "1:30"}}, r"weights\.tckd: '1:30' cannot be read"),
    ],
)
def test_text_within_tables_is_read_in_the_same_way(tmp_path, kind: type, given: dict, said: str):
    with pytest.raises(InputError, match=said):
        checked(kind, given, in_file(tmp_path / "a.yaml"))


def test_a_table_may_be_written_as_text():
    assert checked(Training, {"augmentation": "{shift: 0.1}"}, in_file(None))["augmentation"] == {"shift": 0.1}
