"""Frames that are registered to the first one of their clip."""

import cv2
import numpy as np
import pytest
import registration
from movements import Movement
from portrait_eyes import place_eye


@pytest.fixture(scope="module")
def eye():
    """A texture, seen as an eye is."""
    noise = np.random.default_rng(3).normal(0, 1, (400, 400)).astype(np.float32)
    rough = cv2.GaussianBlur(noise, (0, 0), 5)
    return place_eye(np.clip(128 + 900 * rough, 0, 255).astype(np.uint8), (150.0, 200.0, 270.0, 200.0), False, 90)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference in the middle, where both know what they show."""
    return float(np.abs(one.astype(float) - other)[12:-12, 12:-12].mean())


@pytest.mark.parametrize(
    ("name", "movement"),
    [
        ("shift", Movement(right=0.04, down=-0.02)),
        ("polar", Movement(right=0.04, down=-0.02)),
        ("ecc", Movement(zoom=0.05, right=0.02, turn=4)),
        ("gradient", Movement(zoom=0.05, right=0.02, turn=4)),
        ("affine", Movement(zoom=0.05, right=0.02, turn=4)),
    ],
)
def test_a_moved_picture_is_moved_back(eye, name: str, movement: Movement):
    clip = np.stack([eye.cut(), eye.cut(movement.matrix())])
    back = registration.registered(clip, registration.WAYS[name])
    np.testing.assert_array_equal(back[0], clip[0])
    assert apart(back[0], back[1]) < 0.3 * apart(*clip)


@pytest.mark.parametrize("name", registration.WAYS)
def test_a_clip_that_stands_still_stays_as_it_is(eye, name: str):
    clip = np.stack([eye.cut()] * 4)
    np.testing.assert_array_equal(registration.registered(clip, registration.WAYS[name]), clip)


@pytest.mark.parametrize("name", registration.WAYS)
def test_a_picture_of_something_else_stays_as_it_is(eye, name: str):
    clip = np.stack([eye.cut(), eye.cut()[::-1]])
    np.testing.assert_array_equal(registration.registered(clip, registration.WAYS[name]), clip)


def test_a_movement_in_more_pixels_moves_the_same_places():
    """Numbers of pixels count from their middles: the place 0.5 of 2 pixels, between both, is number 0.5, then 1.5."""
    double = registration.enlarged(np.array([[2.0, 0, -0.5], [0, 2, -0.5]]), 2)
    # small: number 0.5 goes to 0.5. Large: number 1.5, the same place, must stay too
    assert double @ [1.5, 1.5, 1] == pytest.approx([1.5, 1.5])
    shift = registration.enlarged(np.array([[1.0, 0, 3], [0, 1, 0]]), 2)
    assert shift[:, 2] == pytest.approx([6, 0])


def test_the_nearest_similarity_keeps_size_turn_and_where_the_middle_goes():
    middle = (registration.SIDE - 1) / 2
    stretched = np.array([[1.2, 0, 0], [0, 1.0, 3]])
    near = registration.nearest_similarity(stretched)
    assert near[:, :2] == pytest.approx(1.1 * np.eye(2))
    assert near @ [middle, middle, 1] == pytest.approx(stretched @ [middle, middle, 1])
