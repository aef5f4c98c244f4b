"""How far action units move the skin of a re-enacted face, and how people differ in that."""

import numpy as np

from eyeprentice.synth.cast.face_model import SHAPES
from eyeprentice.synth.cast.muscles import HABITS, LOCAL, USUAL, Habits, draw_habits, unit_fields
from eyeprentice.synth.cast.portrait_eye import CELLS, FROM, PIXELS, WIDTH, PortraitEye
from eyeprentice.synth.face import ACTION_UNITS

AU6 = ACTION_UNITS.index("AU6")


def eye() -> PortraitEye:
    """Of a face model in which nothing moves but what is raised by `cheekSquint`, by 1 everywhere."""
    moves = np.zeros((len(SHAPES), 3, CELLS, CELLS), np.float32)
    moves[SHAPES.index("cheekSquint"), 1] = -1
    margins = [np.zeros((count, 2), np.float32) for count in (5, 5, 5, 6, 4)]
    margins[0][-1, 0] = 0.3
    nothing, iris = np.zeros((CELLS, CELLS), np.float32), np.array([0, 0, 0.1], np.float32)
    return PortraitEye(np.ones((PIXELS, PIXELS), np.uint8), *margins, iris, nothing, moves)


def test_a_habit_moves_its_part_of_the_skin_by_what_it_says():
    strength = np.ones(8)
    own = unit_fields(eye(), Habits(strength, {"AU6": {"cheek": 0.05}})) - unit_fields(eye())
    assert not own[np.arange(8) != AU6].any()
    x, y = LOCAL["cheek"].middle
    row, column = (round((at - FROM) / WIDTH * CELLS - 0.5) for at in (y, x))
    assert np.isclose(own[AU6, 0, row, column], 0.05, atol=0.002)
    assert not own[AU6, 1:].any()
    assert np.abs(own[AU6, 0, :10]).max() < 1e-4  # far above the cheek


def test_a_strong_unit_moves_skin_further():
    strength = np.where(np.arange(8) == AU6, 2.0, 1.0)
    usual, strong = unit_fields(eye(), USUAL), unit_fields(eye(), Habits(strength, {}))
    assert np.allclose(strong[AU6], 2 * usual[AU6])
    assert np.allclose(np.delete(strong, AU6, 0), np.delete(usual, AU6, 0))


def test_habits_of_a_crowd_have_no_direction_and_the_deviations_that_the_table_says():
    crowd = [draw_habits(np.random.default_rng(seed)) for seed in range(2000)]
    assert abs(np.log([each.strength for each in crowd]).mean()) < 0.01
    for unit, parts in HABITS.items():
        for name, deviation in parts.items():
            drawn = np.array([each.along[unit][name] for each in crowd])
            assert abs(drawn.mean()) < 0.1 * deviation
            assert abs(drawn.std() / deviation - 1) < 0.05
