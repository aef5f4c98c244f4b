"""From made-up maps to eyes."""

import numpy as np
import pytest

from eyeprentice.eye.decoding import chosen, decode, paired
from tests.eye.fakes import eye


def maps(cells: list[tuple[int, int, tuple[float, ...]]], rows: int = 14, columns: int = 14) -> np.ndarray:
    """Cells at (row, column) with all seven values; the others show nothing."""
    made = np.zeros((7, rows, columns), np.float32)
    made[3] = 40
    for row, column, values in cells:
        made[:, row, column] = values
    return made


def test_cells_of_one_eye_are_averaged_by_their_probability():
    cells = [(3, 4, (0.9, 2.0, 1.0, 40.0, 0.1, 0.0, 1.0)), (3, 5, (0.3, -2.0, 1.0, 40.0, 0.5, 1.0, 0.6))]
    (found,) = decode(maps(cells))
    assert found.probability == pytest.approx(0.9)
    assert found.x == pytest.approx((0.9 * 38 + 0.3 * 42) / 1.2)  # (8·4 + 4) + 2 and (8·5 + 4) - 2
    assert found.y == pytest.approx(29)
    assert (found.left, found.tilt, found.openness) == pytest.approx((0.25, 0.2, 0.9))
    assert found.size == pytest.approx(40)


def test_an_eye_farther_away_is_another_one_and_what_is_improbable_is_none():
    cells = [(3, 3, (0.9, 0, 0, 40, 0, 0, 1)), (3, 8, (0.8, 0, 0, 40, 0, 1, 1)), (9, 9, (0.2, 0, 0, 40, 0, 0, 1))]
    found = decode(maps(cells))
    assert [(seen.x, seen.y) for seen in found] == [(28, 28), (68, 28)]
    assert decode(maps([])) == []


def test_two_eyes_of_a_face_know_their_sides_whatever_the_network_thinks():
    right, left, other = eye(50, left=0.9), eye(92, left=0.2), eye(200, left=0.4)
    found = paired([left, other, right])
    assert [(seen.x, seen.left, seen.paired) for seen in found] == [(50, 0, True), (92, 1, True), (200, 0.4, False)]


@pytest.mark.parametrize(
    "second", [eye(60), eye(120), eye(90, size=62), eye(90, y=130.0), eye(90, tilt=1.2)],
    ids=["too near", "too far", "of another size", "too steep", "tilted otherwise"],
)  # fmt: skip
def test_what_does_not_fit_is_no_pair(second):
    assert not any(seen.paired for seen in paired([eye(50), second]))


def test_the_largest_face_is_chosen_and_a_single_eye_by_size_and_probability():
    small, large = [eye(20, size=20), eye(40, size=20)], [eye(100, size=60), eye(160, size=60, probability=0.3)]
    found = paired([*small, *large])
    assert [chosen(found, side).x for side in ("auto", "right", "left")] == [100, 100, 160]
    single = [eye(50, size=30, left=0.8), eye(200, size=60, left=0.1), eye(250, size=90, probability=0.4)]
    assert [chosen(single, side).x for side in ("auto", "right", "left")] == [200, 200, 50]
    assert chosen([], "auto") is None
    assert chosen([eye(50, probability=0.49)], "auto") is None
