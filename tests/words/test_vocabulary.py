import pytest

from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import parse_emotion


def test_an_emotion_is_read_in_any_case():
    assert [parse_emotion(text, "here") for text in ("neutraL", "Angry", "fear")] == ["neutral", "angry", "fear"]


def test_a_word_that_is_no_emotion_is_refused_where_it_stands():
    with pytest.raises(InputError, match=r"labels\.csv: 'bored' is not an emotion; use one of angry, disgust"):
        parse_emotion("bored", "labels.csv")
