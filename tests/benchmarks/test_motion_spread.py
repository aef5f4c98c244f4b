"""What the motion benchmark says of how people differ, on fields made by hand."""

import importlib

import numpy as np
import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def modules():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield {name: importlib.import_module(name) for name in ("motion_spread", "motion_units")}


@pytest.fixture(scope="module")
def spread(modules):
    return modules["motion_spread"]


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 2, 9, 9))


def test_a_field_explains_itself_however_the_head_moved(spread):
    field = noise(1)[0]
    moved = field + np.tensordot([2.0, -1.0, 0.5, 3.0], spread.rigid_fields(), 1)
    assert spread.explained(moved, field[None])[0] == pytest.approx(1)


def test_shift_turn_and_zoom_explain_what_they_are_made_of_and_no_more(spread):
    rigid = np.tensordot([1.0, 0.0, 2.0, 0.0], spread.rigid_fields(), 1)
    other = spread.without_rigid(noise(1))[0]
    assert spread.rigid_alone(rigid[None])[0] == pytest.approx(1)
    assert spread.rigid_alone(other[None])[0] == pytest.approx(0, abs=1e-9)
    # three quarters of a field is off by a quarter of it: a sixteenth of its variance is left
    assert spread.explained(other, 0.75 * other[None])[0] == pytest.approx(15 / 16)


def test_only_cells_that_both_know_count(spread):
    field = noise(1)[0]
    holes = field.copy()
    holes[:, 3, 3] = np.nan
    wrong = field.copy()
    wrong[:, 3, 3], wrong[:, 0] = 99, -99  # in the hole, and at the rim
    assert spread.explained(holes, wrong[None])[0] == pytest.approx(1)
    assert spread.explained(wrong, holes[None])[0] == pytest.approx(1)


def test_breadth_is_the_ratio_of_interquartile_ranges(spread):
    people = noise(400)
    assert spread.breadth(0.5 * people + 7, people) == 0.5
    people[:300, :, 4, 4] = np.nan  # known of too few
    assert spread.breadth(0.5 * people, people) == 0.5


def test_the_nearest_field_is_named_with_its_emotion(spread):
    one, other = noise(3, 1), noise(3, 2)
    found = spread.nearest({"a": one, "b": one[:1]}, {"a": one[::-1], "b": other})
    assert [number for _, _, number in found["a"]] == [2, 1, 0]
    told = spread.summary(found)
    assert told["explained"] == 1
    assert told["same_emotion"] == 0.75  # the field of b is nearest to one of a
    assert told["emotions"]["b"]["nearest_are"] == {"a": 1, "b": 0}


def test_units_that_made_a_field_are_found(modules):
    units = 20 * noise(8)
    wanted = np.array([0.5, 0, 0, 0.3, 0, 1.0, 0, 0.2])
    field = np.tensordot(wanted, units, 1)
    field[:, 2, 2] = np.nan
    assert np.allclose(modules["motion_units"].fit_units(field, units), wanted, atol=0.02)
    assert modules["motion_units"].fit_units(2 * field, units).max() <= modules["motion_units"].MOST


def test_prototypes_are_the_middles_of_what_lies_together(modules):
    middles = np.eye(8)[:4]
    rows = np.repeat(middles, (8, 4, 2, 2), axis=0) + 0.01 * noise(1)[0].ravel()[: 16 * 8].reshape(16, 8)
    found = modules["motion_units"].prototypes(rows)
    assert found == [(0.5, {"AU1": 1.0}), (0.25, {"AU2": 1.0}), (0.12, {"AU4": 1.0}), (0.12, {"AU5": 1.0})]
