"""A fake detector where rules are tested, OpenCV's where pictures are."""

import cv2
import numpy as np
import pytest

from eyeprentice.eye.detector import Detection, HaarDetector
from eyeprentice.eye.region import Place
from eyeprentice.eye.tracking import Follower, Look, chosen, course, look
from tests.ingest.material import SCENE, eyes, in_a_scene

RATE = 30
FACE = np.random.default_rng(1).integers(0, 255, (40, 40)).astype(np.uint8)
WALL = np.full((200, 300), 120, np.uint8)


class Seeing:
    """Finds the pattern FACE wherever it stands, as the right eye of a face."""

    def __init__(self) -> None:
        self.looks = 0

    def find(self, frame: np.ndarray) -> Detection | None:
        self.looks += 1
        likeness = cv2.matchTemplate(frame, FACE, cv2.TM_CCOEFF_NORMED)
        y, x = np.unravel_index(likeness.argmax(), likeness.shape)
        return Detection(x + 20.0, y + 20.0, 16.0, False, True) if likeness.max() > 0.9 else None

    def fills(self, frame: np.ndarray) -> bool:
        return False


def at(x: int, y: int = 80) -> np.ndarray:
    frame = WALL.copy()
    frame[y : y + 40, x : x + 40] = FACE
    return frame


def places(frames: list[np.ndarray], detector: object) -> list[Place | None]:
    follower = Follower(detector, RATE)  # type: ignore[arg-type]
    return [follower.step(frame) for frame in frames]


def test_a_face_that_leaves_is_lost_within_half_a_second_and_found_again():
    there, gone, back = [at(60)] * 30, [WALL] * 60, [at(200)] * 30
    found = places(there + gone + back, Seeing())
    assert all(place is not None for place in found[4:30])
    assert not any(found[30 + RATE // 2 : 90])
    again = [place.x for place in found[90:] if place is not None]
    assert len(again) >= 30 - RATE // 2
    assert again[0] == pytest.approx(220, abs=3)


def test_a_face_that_jumps_is_followed_within_half_a_second():
    found = places([at(60)] * 30 + [at(200)] * 30, Seeing())
    assert all(place is not None and abs(place.x - 220) < 4 for place in found[30 + RATE // 2 :])


def test_a_face_that_walks_is_followed_without_a_gap():
    frames = [at(20 + 2 * number) for number in range(100)]
    found = places(frames, Seeing())
    assert all(place is not None for place in found[4:])
    assert max(abs(place.x - (40 + 2 * n)) for n, place in enumerate(found) if place is not None) < 20


def test_the_crop_moves_slowly_and_what_is_seen_once_elsewhere_is_not_believed():
    class Scripted:
        def __init__(self) -> None:
            self.places = iter([50.0, 50.0, 60.0, *[150.0, 60.0]])

        def find(self, frame: np.ndarray) -> Detection | None:
            return Detection(next(self.places, 60.0), 50.0, 20.0, False, True)

        def fills(self, frame: np.ndarray) -> bool:
            return False

    texture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (100, 200)).astype(np.uint8), (0, 0), 8)
    found = places([texture] * 21, Scripted())
    xs = [None if place is None else round(place.x, 2) for place in found]
    assert xs[3] == 50
    assert xs[13] == 53  # 0.3 of the way to 60
    assert all(50 <= x <= 60 for x in xs[3:])


def test_eyes_that_stay_closed_are_waited_for_but_not_for_ever():
    class Blinking(Seeing):
        def find(self, frame: np.ndarray) -> Detection | None:
            return super().find(frame) if self.looks < 5 else None

    found = places([at(60)] * 150, Blinking())
    assert found[60] is not None
    assert found[149] is None


def test_looking_is_rare_while_nothing_changes():
    detector = Seeing()
    places([at(60)] * 60, detector)
    assert detector.looks <= 2 + 2 + 6  # two to be sure, then three a second


def test_evidence_decides_between_a_face_and_a_picture_that_is_an_eye():
    face, part = Detection(1, 1, 9, False, True), Detection(1, 1, 9, False, False)
    assert chosen([Look(face, False)] * 2, 2) == "followed"
    assert chosen([Look(part, True)] * 2, 2) == "full"
    assert chosen([Look(part, False)] * 2, 2) == "followed"
    assert chosen([Look(face, False), Look(None, True), Look(None, False)], 2) is None
    assert chosen([Look(None, False)] * 9, 2) is None


def test_a_picture_that_is_an_eye_is_taken_whole_at_any_size():
    for emotion in ("surprise", "neutral", "sadness"):
        frames = eyes(emotion)
        for scale in (1, 3):
            large = [cv2.resize(f, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) for f in frames]
            follower = Follower(HaarDetector(), RATE)
            for frame in large:
                follower.step(frame)
            assert follower.manner == "full", (emotion, scale)


def test_blank_and_noisy_walls_show_no_eye():
    rng = np.random.default_rng(0)
    flat = [WALL] * 90
    noisy = [rng.integers(60, 90, SCENE).astype(np.uint8) for _ in range(90)]
    uneven = cv2.GaussianBlur(rng.integers(0, 255, SCENE).astype(np.uint8), (0, 0), 20)
    shaded = [np.clip(uneven.astype(int) + rng.normal(0, 2, SCENE), 0, 255).astype(np.uint8) for _ in range(90)]
    for frames in (flat, noisy, shaded):
        assert not any(places(frames, HaarDetector()))


def test_an_eye_in_a_video_is_found_followed_and_held_still():
    frames = in_a_scene(eyes("surprise"), left=100, top=70, sway=20)
    times = 33_333 * np.arange(len(frames))
    detector = HaarDetector()
    found = course([(int(times[n]), look(detector, frames[n])) for n in range(0, len(frames), 3)], times, SCENE)
    assert found is not None
    assert found.manner == "followed"
    true = np.array([100 + round(20 * np.sin(n / 8)) + 55 for n in range(len(frames))])
    x = np.array([place.x for place in found.places])
    assert np.abs(x - true - np.median(x - true)).max() < 6
    assert 90 < found.places[0].width < 170
    cut = np.stack([place.cut(frame, 64) for place, frame in zip(found.places, frames, strict=True)]).astype(float)
    swayed = np.stack([frame[70:180, 100:210] for frame in frames]).astype(float)
    assert cut.std(axis=0).mean() < 0.6 * swayed.std(axis=0).mean()


def test_a_video_without_an_eye_has_no_course():
    empty = [np.random.default_rng(n).integers(60, 90, SCENE).astype(np.uint8) for n in range(12)]
    detector = HaarDetector()
    looks = [(33_333 * n, look(detector, frame)) for n, frame in enumerate(empty)]
    assert course(looks, 33_333 * np.arange(12), SCENE) is None
