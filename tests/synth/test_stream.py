"""Streams whose emotions change."""

import pytest

from eyeprentice.synth.stream import simulate_stream


@pytest.mark.parametrize("frames_each", [6, [6, 6]])
def test_each_emotion_is_shown_for_as_long_as_is_asked(frames_each):
    stream = simulate_stream(1, 0, ["neutral", "fear"], frames_each, 24)
    assert stream.frames.shape == (12, 24, 24)
    assert stream.emotions == ("neutral",) * 6 + ("fear",) * 6
    assert stream.changes == (6,)


def test_emotions_may_be_held_for_different_times():
    stream = simulate_stream(1, 0, ["neutral", "fear", "angry"], [3, 8, 4], 24)
    assert stream.emotions == ("neutral",) * 3 + ("fear",) * 8 + ("angry",) * 4
    assert stream.changes == (3, 11)


def test_one_number_and_a_list_of_it_are_one_stream():
    one, two = (simulate_stream(1, 0, ["neutral", "fear"], each, 24) for each in (6, [6, 6]))
    assert (one.frames == two.frames).all()
