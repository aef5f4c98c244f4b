"""Rules of following, with finders whose answers are known."""

import numpy as np
import pytest

from eyeprentice.eye.decoding import Eye
from eyeprentice.eye.tracking import Sight, Tracker
from tests.eye.fakes import WALL, Scripted, Seeing, at, eye

RATE = 30


def follow(frames: list[np.ndarray], finder: Seeing) -> list[Sight | None]:
    tracker = Tracker(finder, RATE)
    return [tracker.step(frame) for frame in frames]


def scripted(eyes: list[list[Eye]], side="auto", shape: tuple[int, int] = (200, 300)) -> list[Sight | None]:
    finder = Scripted(eyes)
    tracker = Tracker(finder, RATE, side)
    return [tracker.step(frame) for frame in finder.pictures(shape)]


def test_a_face_that_leaves_is_lost_within_half_a_second_and_found_again():
    sights = follow([at(60)] * 30 + [WALL] * 60 + [at(200)] * 30, Seeing())
    assert all(sight is not None for sight in sights[:30])
    assert not any(sights[30 + RATE // 2 : 90])
    again = [sight for sight in sights[90:] if sight is not None]
    assert len(again) >= 30 - RATE // 5
    assert again[0].place.x == pytest.approx(220)


def test_a_face_that_jumps_is_found_where_it_is_within_half_a_second():
    sights = follow([at(20)] * 30 + [at(200)] * 30, Seeing())
    assert all(sight is not None and abs(sight.place.x - 220) < 1 for sight in sights[30 + RATE // 2 :])


def test_an_eye_that_is_hidden_for_a_moment_is_waited_for_without_moving():
    sights = follow([at(60)] * 20 + [WALL] * 8 + [at(60)] * 5, Seeing())
    assert {None if sight is None else sight.place.x for sight in sights} == {80.0}
    assert [sight.quality for sight in sights if sight] == [0.9] * 20 + [0.0] * 8 + [0.9] * 5


def test_a_head_that_moves_is_followed_at_a_constant_distance():
    """Faster than the slack lets it be: the crop keeps 3.5 % of its side behind, beside the median's one frame."""
    speed = 2.0
    sights = follow([at(20 + round(speed * number)) for number in range(100)], Seeing())
    behind = np.array([40 + speed * n - sight.place.x for n, sight in enumerate(sights) if sight])
    assert len(behind) == 100
    assert behind[10:].max() < 0.035 * 40 + speed + 0.01
    assert np.ptp(behind[15:]) < 0.01


def test_what_trembles_is_held_still():
    rng = np.random.default_rng(0)
    trembling = [[eye(100 + rng.normal(0, 0.4), 100 + rng.normal(0, 0.4), 40 + rng.normal(0, 1))] for _ in range(120)]
    places = [sight.place for sight in scripted(trembling) if sight]
    assert len(places) == 120
    after = np.array([(place.x, place.y, place.width) for place in places[30:]])
    assert np.ptp(after[:, :2], axis=0).max() < 0.01 * 40
    assert np.ptp(after[:, 2]) < 0.02 * 40


def looks(frames: list[np.ndarray], ticks: tuple[int, ...] = ()) -> tuple[list[int], list[Sight | None]]:
    """In which frames a tracker that rests looks for the eye, and what it says; `ticks` of the last frames."""
    finder = Seeing()
    tracker, counts, sights = Tracker(finder, RATE, rests=True), [], []
    for frame, passed in zip(frames, (1,) * (len(frames) - len(ticks)) + ticks, strict=True):
        before = finder.looks
        sights.append(tracker.step(frame, passed))
        counts.append(finder.looks - before)
    return counts, sights


def test_an_eye_that_is_still_is_looked_at_in_every_second_frame():
    counts, sights = looks([at(60)] * 60)
    assert counts[1:16] == [1] * 15  # half a second, in which its mean is still being found
    assert counts[16:] == [0, 1] * 22
    assert {(sight.place.x, sight.quality) for sight in sights if sight} == {(80.0, 0.9)}
    assert [sight.eye is None for sight in sights[16:] if sight] == [True, False] * 22


def test_an_eye_that_begins_to_move_is_looked_at_in_every_frame_again():
    moving = [at(60 + 2 * number) for number in range(1, 31)]
    counts, sights = looks([at(60)] * 32 + moving)
    assert counts[32:] == [0] + [1] * 29
    behind = np.array([80 + 2 * n - sight.place.x for n, sight in enumerate(sights[32:], 1) if sight])
    assert behind[5:].max() < 0.035 * 40 + 2 + 0.07  # as one that never rests, and the grid of the crop


def test_after_a_gap_a_still_eye_is_looked_at():
    counts, _ = looks([at(60)] * 31 + [at(60)] * 3, ticks=(2, 1, 1))
    assert counts[-3:] == [1, 0, 1]
    counts, _ = looks([at(60)] * 30 + [at(60)] * 2, ticks=(2, 2))
    assert counts[-2:] == [1, 1]


def test_an_eye_that_leaves_while_it_is_not_looked_at_is_lost_all_the_same():
    _, sights = looks([at(60)] * 31 + [WALL] * 20)
    assert not any(sights[31 + RATE // 2 :])


def test_a_search_that_nothing_confirms_finds_no_eye():
    class Doubtful(Seeing):
        def look_around(self, frame: np.ndarray, x: float, y: float, size: float) -> list[Eye]:
            return [eye(x, y, size, probability=0.45)]

    assert not any(follow([at(60)] * 30, Doubtful()))


def test_searching_is_rare():
    finder = Seeing()
    follow([WALL] * 60, finder)
    assert finder.searches == 20  # ten a second
    finder = Seeing()
    follow([at(60)] * 61, finder)
    assert finder.searches == 1 + 2  # whether there is a better one, once a second
    assert finder.looks == 61


def face(x: float, size: float = 40.0) -> list[Eye]:
    return [eye(x, size=size, left=0.0, paired=True), eye(x + size, size=size, left=1.0, paired=True)]


def test_each_side_of_a_face_is_followed_and_left_eyes_are_mirrored():
    frames = [face(100)] * 20
    for side, x, mirrored in (("auto", 100, False), ("right", 100, False), ("left", 140, True)):
        last = scripted(frames, side)[-1]
        assert last is not None
        assert (last.place.x, last.place.mirrored) == (pytest.approx(x), mirrored)


def test_a_single_eye_of_the_other_side_is_not_taken():
    frames = [[eye(100, left=0.9)]] * 20
    assert not any(scripted(frames, "right"))
    sight = scripted(frames, "auto")[-1]
    assert sight is not None
    assert sight.place.mirrored


def test_the_followed_eye_is_kept_when_a_larger_face_comes_but_a_wrong_one_is_given_up():
    two = face(60) + face(180, 60)
    kept = scripted([face(60)] * 5 + [two] * 100)[-1]
    assert kept is not None
    assert kept.place.x == pytest.approx(60)
    wrong = [eye(30, 30, 20)]  # has no partner
    sights = scripted([wrong] * 5 + [face(180, 60) + wrong] * 80)
    xs = [sight.place.x for sight in sights if sight]
    assert xs[:30] == pytest.approx([30] * 30)
    assert xs[2 * RATE + 2 :] == pytest.approx([180] * (85 - 2 * RATE - 2))


def test_an_eye_that_turns_out_to_be_of_the_other_side_is_found_anew():
    sights = scripted([[eye(100, left=0.45)]] * 5 + [[eye(100, left=1.0)]] * 40)
    sides = [sight.place.mirrored for sight in sights if sight]
    assert not any(sides[:10])
    assert all(sides[25:])


def test_a_picture_that_is_an_eye_is_taken_whole_until_the_eye_is_smaller():
    large, small = eye(50, 58, 90), eye(50, 58, 40)
    sights = scripted([[large]] * 20 + [[small]] * 20, shape=(100, 100))
    manners = [sight.manner for sight in sights if sight]
    assert manners[:20] == ["full"] * 20
    assert manners[-1] == "followed"
    first = scripted([[large]] * 2, shape=(100, 130))[0]  # not square
    assert first is not None
    assert first.manner == "followed"


def test_frames_before_an_eye_was_found_are_read_backwards():
    finder = Seeing()
    tracker = Tracker(finder, RATE)
    frames = [WALL, at(60), at(62)]
    assert tracker.step(at(64)) is not None
    before = tracker.look_back(frames)
    assert before[0] is None
    assert [sight.eye.x for sight in before[1:] if sight and sight.eye] == [80, 82]
