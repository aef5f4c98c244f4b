"""What people write is read as they mean it, and what could mean anything else is refused."""

import pytest
import yaml

from eyeprentice.words.plain_yaml import read_plain


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
