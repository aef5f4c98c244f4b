"""The packaged finder and the tracker on simulated streams: blinks, raised brows, an eye that leaves and comes back."""

import numpy as np
import pytest

from eyeprentice.eye.looking import EyeFinder
from eyeprentice.eye.path import held_path
from eyeprentice.eye.tracking import Sight, Tracker
from eyeprentice.finder.textures import texture
from eyeprentice.synth.face import ACTION_UNITS, Lamp, Pose
from eyeprentice.synth.people import DRAWN, open_people
from eyeprentice.synth.variety import SEE
from tests.data.importing.material import SCENE, in_a_scene

RATE, SIZE, LEFT, TOP = 30, 110, 100, 70
LAMP = Lamp((0.0, -0.2, 1.0), 0.7)


def film(blink: np.ndarray, raised: np.ndarray, sway: float = 0.0) -> list[np.ndarray]:
    """A drawn eye in a noisy scene whose lids close by `blink` and whose brow is raised by `raised` (T,)."""
    face = open_people(DRAWN, 5, SEE).person(2).face(SIZE)
    brows = np.isin(ACTION_UNITS, ("AU1", "AU2")).astype(float)
    shown = np.stack([face.render(Pose(up * brows, shut), LAMP) for shut, up in zip(blink, raised, strict=True)])
    grain = np.random.default_rng(0).normal(0, 1.5, shown.shape)
    grey = np.clip(shown * (110 / np.quantile(shown, 0.99)) + grain, 0, 127).astype(np.uint8)
    return in_a_scene(grey, LEFT, TOP, sway)


@pytest.fixture(scope="module")
def finder() -> EyeFinder:
    return EyeFinder()


def follow(frames: list[np.ndarray], finder: EyeFinder) -> list[Sight | None]:
    tracker = Tracker(finder, RATE)
    return [tracker.step(np.ascontiguousarray(frame)) for frame in frames]


def strayed(points: np.ndarray) -> float:
    return float(np.linalg.norm(points - points.mean(0), axis=1).max())


def test_blinks_and_raised_brows_do_not_move_the_crop(finder: EyeFinder):
    blink, raised = np.zeros(75), np.zeros(75)
    blink[30:36] = (0.3, 0.8, 1.0, 1.0, 0.6, 0.2)
    raised[50:60], raised[60:] = np.linspace(0, 0.9, 10), 0.9
    frames = film(blink, raised)
    sights = follow(frames, finder)
    assert all(sight is not None and sight.eye is not None for sight in sights)
    places = np.array([(sight.place.x, sight.place.y) for sight in sights if sight])
    assert strayed(places[RATE // 2 :]) < 0.01 * SIZE
    times = 33_333 * np.arange(len(frames))
    whole = held_path(sights, times, times, SCENE)
    assert whole is not None
    assert strayed(np.array([(place.x, place.y) for place in whole.places])) < 0.01 * SIZE
    openness = np.array([sight.eye.openness for sight in sights if sight and sight.eye])
    assert openness[32:34].max() < openness[:25].min() - 0.3


def test_an_eye_that_leaves_is_lost_and_found_again_within_half_a_second(finder: EyeFinder):
    still = np.zeros(20)
    there = film(still, still)
    gone = in_a_scene(np.zeros((40, 1, 1), np.uint8), 0, 0)
    sights = follow([*there, *gone, *there], finder)
    assert all(sights[:20])
    assert not any(sights[20 + RATE // 2 : 60])
    assert sum(sight is not None for sight in sights[60:]) >= 20 - RATE // 2


@pytest.mark.parametrize("height", [SIZE, 3 * SIZE // 4])
def test_a_headset_that_is_taken_off_is_lost_within_half_a_second(finder: EyeFinder, height: int):
    """Its picture is the eye, and then something else, of the same size: as high as wide, or 4:3."""
    still, rng = np.zeros(10), np.random.default_rng(3)
    top = (SIZE - height) // 2
    worn = [frame[TOP + top : TOP + top + height, LEFT : LEFT + SIZE].copy() for frame in film(still, still)]
    for _ in range(12):
        wall = texture(rng, SIZE)[:height].astype(float)
        off = [np.clip(wall + rng.normal(0, 2, wall.shape), 0, 255).astype(np.uint8) for _ in range(25)]
        sights = follow([*worn, *off], finder)
        assert all(sights[:10])
        assert {sight.manner for sight in sights[:10] if sight} == {"full" if height == SIZE else "followed"}
        assert not any(sights[10 + RATE // 2 :])


def test_a_moving_head_is_followed_without_a_gap(finder: EyeFinder):
    """The eye stays within a tenth of its side of where the crop has it, and is never lost."""
    still = np.zeros(60)
    sights = follow(film(still, still, sway=15), finder)
    true = np.array([LEFT + round(15 * np.sin(n / 8)) + SIZE / 2 for n in range(60)])
    away = np.array([sight.place.x for sight in sights if sight]) - true
    assert len(away) == 60
    assert np.abs(away - np.median(away)).max() < 0.10 * SIZE


def test_a_mirrored_stream_is_a_left_eye_and_reads_the_same_crop(finder: EyeFinder):
    still = np.zeros(12)
    frames = film(still, still)
    right, left = follow(frames, finder)[-1], follow([frame[:, ::-1] for frame in frames], finder)[-1]
    assert right is not None
    assert left is not None
    assert (right.place.mirrored, left.place.mirrored) == (False, True)
    assert left.place.x == pytest.approx(SCENE[1] - right.place.x, abs=0.06 * SIZE)
    cut = [sight.place.cut(frame, 64) for sight, frame in ((right, frames[-1]), (left, frames[-1][:, ::-1].copy()))]
    assert np.corrcoef(cut[0].ravel(), cut[1].ravel())[0, 1] > 0.7
