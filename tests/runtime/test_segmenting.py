"""Segments of readings whose probabilities are written by hand, ten a second."""

from dataclasses import replace

import pytest

from eyeprentice.runtime import Recognizer
from eyeprentice.runtime.belief import reading_of
from eyeprentice.runtime.segmenting import HABITS, Habits, Segment, Segmenter, segments, shares
from eyeprentice.synth.stream import simulate_stream
from eyeprentice.words.vocabulary import EMOTIONS

RATE = 10


def probabilities(emotion: str, value: float) -> dict[str, float]:
    return {name: value if name == emotion else (1 - value) / 6 for name in EMOTIONS}


def segmented(*parts: tuple[str, float, int], habits: Habits = HABITS) -> list[Segment]:
    """Each part is an emotion (or nothing), its probability, and a number of readings."""
    segmenter, number = Segmenter(0.6, RATE, habits), 0
    for emotion, value, count in parts:
        for _ in range(count):
            segmenter.add(number / RATE, probabilities(emotion, value) if emotion else None)
            number += 1
    return segmenter.segments()


def told(found: list[Segment]) -> list[tuple[str, float, float]]:
    return [(segment.emotion, round(segment.start_s, 6), round(segment.end_s, 6)) for segment in found]


def test_a_smile_between_neutral_faces_is_three_segments_with_their_probabilities():
    found = segmented(("neutral", 0.9, 35), ("happiness", 0.7, 24), ("neutral", 0.8, 11))
    assert told(found) == [("neutral", 0, 3.5), ("happiness", 3.5, 5.9), ("neutral", 5.9, 7.0)]
    assert [round(segment.probability, 6) for segment in found] == [0.9, 0.7, 0.8]
    assert [str(segment) for segment in found][1] == "3.5 to 5.9 s happiness (0.70)"
    shown = shares(found)
    assert shown["happiness"] == pytest.approx(2.4 / 7)
    assert sum(shown.values()) == pytest.approx(1)


def test_an_emotion_ends_only_below_a_lower_limit_than_it_begins_at():
    kept = ("fear", 0.5, 20)  # 0.45 is three quarters of 0.6
    assert told(segmented(("fear", 0.7, 10), kept)) == [("fear", 0, 3)]
    assert told(segmented(("fear", 0.7, 10), ("fear", 0.44, 20))) == [("fear", 0, 1), ("uncertain", 1, 3)]
    assert told(segmented(kept)) == [("uncertain", 0, 2)]


def test_an_emotion_is_dated_back_to_when_it_became_the_most_probable_one():
    found = segmented(("angry", 0.3, 10), ("surprise", 0.5, 10), ("surprise", 0.7, 10))
    assert told(found) == [("uncertain", 0, 1), ("surprise", 1, 3)]
    assert found[1].probability == pytest.approx(0.6)
    assert (found[0].probability, found[0].likeliest) == (pytest.approx(0.3), "angry")
    faint = segmented(("surprise", 0.44, 10), ("surprise", 0.7, 10))  # too faint to count as its beginning
    assert told(faint) == [("uncertain", 0, 1), ("surprise", 1, 2)]
    broken = segmented(("surprise", 0.5, 5), ("fear", 0.5, 5), ("surprise", 0.5, 5), ("surprise", 0.7, 5))
    assert told(broken) == [("uncertain", 0, 1), ("surprise", 1, 2)]


def test_what_is_too_short_is_not_named_and_a_short_doubt_does_not_divide():
    assert told(segmented(("neutral", 0.9, 10), ("fear", 0.9, 2), ("neutral", 0.9, 10))) == [("neutral", 0, 2.2)]
    assert told(segmented(("neutral", 0.3, 10), ("fear", 0.9, 2), ("neutral", 0.3, 10))) == [("uncertain", 0, 2.2)]
    assert told(segmented(("fear", 0.9, 10), ("fear", 0.2, 8), ("fear", 0.9, 10))) == [("fear", 0, 2.8)]
    longer = told(segmented(("fear", 0.9, 10), ("neutral", 0.2, 9), ("fear", 0.9, 10)))
    assert longer == [("fear", 0, 1), ("uncertain", 1, 1.9), ("fear", 1.9, 2.9)]


def test_a_short_doubt_before_an_emotion_is_its_beginning():
    found = told(segmented(("neutral", 0.9, 10), ("disgust", 0.3, 2), ("fear", 0.9, 10)))
    assert found == [("neutral", 0, 1), ("fear", 1, 2.2)]


def test_an_eye_that_is_not_seen_is_said_unless_for_a_moment():
    assert told(segmented(("fear", 0.9, 5), ("", 0, 5), ("fear", 0.9, 5))) == [("fear", 0, 1.5)]
    found = segmented(("", 0, 10), ("fear", 0.9, 5), ("", 0, 6))
    assert told(found) == [("no eye", 0, 1), ("fear", 1, 1.5), ("no eye", 1.5, 2.1)]
    assert (found[0].probability, found[0].likeliest) == (0, "")
    assert found[1].probability == pytest.approx(0.9)


def test_nothing_is_no_segment_and_one_reading_counts_for_an_interval():
    assert Segmenter().segments() == []
    assert told(segmented(("fear", 0.9, 1), habits=Habits(least_s=0.1))) == [("fear", 0, 0.1)]
    assert told(segmented(("fear", 0.9, 1))) == [("uncertain", 0, 0.1)]


def test_segments_can_be_asked_for_at_any_time_and_the_stream_goes_on():
    parts = [("neutral", 0.9), ("neutral", 0.5), ("happiness", 0.5), ("happiness", 0.7), ("neutral", 0.3)]
    asked, quiet = Segmenter(0.6, RATE), Segmenter(0.6, RATE)
    for number in range(100):
        emotion, value = parts[number // 20]
        for each in (asked, quiet):
            each.add(number / RATE, probabilities(emotion, value))
        asked.segments()
    assert asked.segments() == quiet.segments()
    assert told(quiet.segments()) == [("neutral", 0, 4), ("happiness", 4, 8), ("uncertain", 8, 10)]


def test_a_pause_in_the_times_is_no_emotion():
    segmenter = Segmenter(0.6, RATE)
    for number in (*range(10), *range(100, 110)):
        segmenter.add(number / RATE, probabilities("fear", 0.9))
    assert told(segmenter.segments()) == [("fear", 0, 1), ("no eye", 1, 10), ("fear", 10, 11)]


def test_frames_that_are_missing_among_readings_showed_no_eye():
    reading = reading_of(list(probabilities("fear", 0.9).values()), 0.6, 0, 0.0)
    readings = [replace(reading, frame=n, time_s=n / RATE) for n in (*range(10), *range(19, 29))]
    assert told(segments(readings, rate_hz=RATE)) == [("fear", 0, 1), ("no eye", 1, 1.9), ("fear", 1.9, 2.9)]


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ([0, 1, 0.5], "runs backwards, from 1 s to 0.5 s"),
        ([0, 0.1, 0, 0.1], "give the readings of one source"),
        ([0, float("nan")], "not a number of seconds"),
        ([float("inf")], "not a number of seconds"),
    ],
)
def test_times_that_cannot_be_are_refused_and_not_summed(times: list[float], said: str):
    given = [reading_of([0.1, 0, 0, 0.9, 0, 0, 0], 0.6, number, time_s) for number, time_s in enumerate(times)]
    with pytest.raises(ValueError, match=said):
        segments(given)


@pytest.mark.parametrize(
    "numbers", [{"rate_hz": 0}, {"rate_hz": float("nan")}, {"certain": 2}, {"certain": float("nan")}]
)
def test_numbers_that_cannot_be_are_refused(numbers: dict[str, float]):
    with pytest.raises(ValueError, match="rate_hz must be above 0"):
        segments([], **numbers)


def test_an_emotion_is_not_dated_back_to_where_it_was_below_the_lower_limit():
    found = segmented(("happiness", 0.44, 10), ("happiness", 0.46, 10), ("happiness", 0.7, 10))
    assert told(found) == [("uncertain", 0, 1), ("happiness", 1, 3)]


def test_as_a_dictionary_it_is_rounded():
    segment = Segment("fear", 1 / 3, 2 / 3, 0.123456, "fear")
    assert segment.as_dict() == {
        "emotion": "fear", "start_s": 0.333, "end_s": 0.667, "probability": 0.1235, "likeliest": "fear",
    }  # fmt: skip


@pytest.mark.parametrize("person", [1, 8])
def test_onsets_and_offsets_of_a_simulated_stream_are_found_within_half_a_second(person: int):
    """Of people whom the packaged model reads; benchmarks/segments.py says how it is with others."""
    shown = ["neutral", "happiness", "neutral", "surprise", "neutral"]
    stream = simulate_stream(9101, person, shown, 60, 90)
    segmenter, recognizer = Segmenter(), Recognizer(neutral="auto")
    for number, frame in enumerate(stream.frames):
        segmenter.add(number / 30, recognizer.step(frame).probabilities)
    found = segmenter.segments()
    assert [segment.emotion for segment in found] == shown
    for segment, true in zip(found[1:], (2, 4, 6, 8), strict=True):
        assert 0 <= segment.start_s - true <= 0.6
    assert [segment.end_s for segment in found[:-1]] == [segment.start_s for segment in found[1:]]


@pytest.mark.parametrize("rate_hz", [0.5, 5, 30, 120])
def test_the_usual_rate_is_that_of_the_readings(rate_hz: float):
    reading = reading_of(list(probabilities("fear", 0.9).values()), 0.6, 0, 0.0)
    readings = [replace(reading, frame=n, time_s=n / rate_hz) for n in range(60)]
    (found,) = segments(iter(readings))
    assert (found.emotion, found.start_s) == ("fear", 0)
    assert found.end_s == pytest.approx(60 / rate_hz)
