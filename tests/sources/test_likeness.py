"""Frames of one clip are told from pictures of different people, by faces that the simulator draws."""

from functools import cache

import cv2
import numpy as np
import pytest

from eyeprentice.sources.clips import clip_frames
from eyeprentice.sources.frames import FrameSource
from eyeprentice.sources.likeness import DARK, detail, likeness
from eyeprentice.synth.plan import plan_sequences
from eyeprentice.synth.sequence import simulate_sequence
from eyeprentice.words.errors import InputError

PEOPLE = 5


@cache
def clips() -> tuple[np.ndarray, ...]:
    """One clip of each person, in normal light, (T, 96, 96)."""
    plans = plan_sequences(sequences=40, subjects=PEOPLE, size=96, seed=3, representation=None)
    chosen = {plan.name.subject: plan for plan in plans if plan.name.lighting == "normal"}
    return tuple(simulate_sequence(plan).frames[:30] for _, plan in sorted(chosen.items()))


def are_one(pictures: list) -> bool:
    """Whether a folder of these pictures is taken for one clip."""
    timed = [(number * 33_333, np.ascontiguousarray(picture)) for number, picture in enumerate(pictures)]
    source = FrameSource("folder", "pictures", 30.0, "assumed", lambda: iter(timed))
    try:
        return len(list(clip_frames(source))) == len(pictures)
    except InputError as error:
        if "are not the frames of one clip" not in str(error):
            raise
        return False


@pytest.mark.parametrize("people", [2, 3, len(clips())])
def test_portraits_of_different_people_are_not_one_clip(people: int):
    for shift in range(len(clips())):
        assert not are_one([clips()[(number + shift) % len(clips())][0] for number in range(people)])


@pytest.mark.parametrize("frames", [2, 3, 4, 5, 12, 30])
def test_a_few_frames_of_one_clip_are_one(frames: int):
    for clip in clips():
        assert are_one(list(clip[:frames]))


def test_a_clip_in_which_the_head_moves_and_the_light_changes_is_one():
    for clip in clips():
        wide = [cv2.copyMakeBorder(frame, 20, 20, 20, 20, cv2.BORDER_REFLECT) for frame in clip[:10]]
        moved = [frame[5 * (n % 3) : 96 + 5 * (n % 3), 3 * n : 96 + 3 * n] for n, frame in enumerate(wide)]
        lit = [np.clip(frame * (0.6 + 0.1 * (n % 5)) + 10 * (n % 2), 0, 255) for n, frame in enumerate(moved)]
        assert are_one([frame.astype(np.uint8) for frame in lit])


def test_where_it_is_too_dark_to_tell_nothing_is_refused():
    rng = np.random.default_rng(0)
    dark = [rng.normal(8, 3, (96, 96)).clip(0, 255).astype(np.uint8) for _ in range(5)]
    assert max(detail(frame).std() for frame in dark) < DARK
    assert are_one(dark)


def test_likeness_is_one_for_a_moved_picture():
    picture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (60, 60)).astype(np.uint8), (0, 0), 3)
    before, after = picture[:48, :48], picture[3:51, 5:53]
    assert likeness(detail(before), detail(before)) == pytest.approx(1)
    assert likeness(detail(before), detail(after)) > 0.95
    assert abs(likeness(detail(before), detail(np.rot90(picture[12:, 12:])))) < 0.6
