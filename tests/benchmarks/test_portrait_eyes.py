"""Eyes of portraits, as benchmarks cut them out, on pictures that show nobody."""

import cv2
import numpy as np
import portrait_eyes
import pytest
from movements import Day, Movement, cases

from eyeprentice.words.errors import InputError

EYES = (150.0, 200.0, 270.0, 200.0)


def dot_at(x: float, y: float) -> portrait_eyes.Eye:
    """The right eye of a black picture with a dot there, in places of the crop."""
    picture = np.zeros((400, 400), np.uint8)
    cv2.circle(picture, (round(150 + 120 * (x - 0.5)), round(200 + 120 * (y - 0.58))), 4, 255, -1)
    return portrait_eyes.place_eye(picture, EYES, False, 100)


def middle(image: np.ndarray) -> tuple[float, float]:
    """Of what is bright, in places of the crop."""
    rows, columns = np.nonzero(image > 100)
    return (columns.mean() + 0.5) / image.shape[1], (rows.mean() + 0.5) / image.shape[0]


def test_both_eyes_are_cut_as_right_ones_with_their_centres_where_every_crop_has_them():
    """A head that leans: dots mark the eyes, and others lie a quarter of the eyes' distance towards the nose."""
    right, left = np.array([150.0, 200.0]), np.array([270.0, 250.0])
    picture = np.zeros((400, 400), np.uint8)
    for dot in (right, left, right + 0.25 * (left - right), left + 0.25 * (right - left)):
        cv2.circle(picture, tuple(round(x) for x in dot), 5, 255, -1)
    for is_left in (False, True):
        eye = portrait_eyes.cut_eye(picture, (*right, *left), is_left, 100).astype(float)
        for part, x in ((eye[:, 38:63], 50), (eye[:, 63:], 75)):
            rows, columns = np.nonzero(part > 100)
            assert rows.mean() == pytest.approx(58, abs=1)
            assert columns.mean() + (38 if x == 50 else 63) == pytest.approx(x, abs=1)
        assert eye[:, :38].max() < 20


@pytest.mark.parametrize(
    ("movement", "part", "goes_to"),
    [
        (Movement(), 1.0, (0.7, 0.5)),
        (Movement(right=0.1, down=-0.04), 1.0, (0.8, 0.46)),
        (Movement(right=0.1), 0.5, (0.75, 0.5)),
        (Movement(zoom=0.2), 1.0, (0.74, 0.5)),  # 0.2 from the middle become 0.24
        (Movement(turn=90), 1.0, (0.5, 0.7)),  # clockwise: from the right to below
        (Movement(slant_x=0.5), 1.0, (0.7222, 0.5)),  # x = (u - 0.5) / (1 + 0.5·(u - 0.5)) = 0.2 at u = 0.5 + 0.2 / 0.9
    ],
)
def test_what_the_crop_shows_moves_as_its_movement_says(movement: Movement, part: float, goes_to: tuple[float, float]):
    assert middle(dot_at(0.7, 0.5).cut(movement.matrix(part))) == pytest.approx(goes_to, abs=0.008)


def test_another_day_is_brighter_where_its_light_is():
    grey = np.full((5, 5), 51, np.uint8)
    assert Day(exposure=2).shown(grey).tolist() == [[102] * 5] * 5
    assert Day(gamma=2).shown(grey)[0, 0] == round(255 * 0.2**2)
    lit = Day(across=np.log(2)).shown(grey)
    assert lit[0, 0] == round(51 / 2)
    assert lit[4, 2] == 51
    assert lit[2, 4] == 102


def test_cases_have_names_of_their_own_and_stand_by_their_groups():
    names = [case.name for case in cases()]
    assert len(set(names)) == len(names)
    groups = [case.group for case in cases()]
    assert sorted(set(groups), key=groups.index) == [g for n, g in enumerate(groups) if n == 0 or groups[n - 1] != g]


def test_a_table_without_pairs_is_refused(tmp_path):
    table = tmp_path / "eyes.csv"
    table.write_text("file,right_x,right_y,left_x,left_y\nlondon/001_03.jpg,1,1,2,2\n")
    with pytest.raises(InputError):
        portrait_eyes.place_pairs(tmp_path, table, 16)
