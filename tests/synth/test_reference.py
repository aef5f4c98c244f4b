"""The benchmark that compares simulated with real motion measures motion rightly, and drawn people pass it."""

import importlib.util

import cv2
import numpy as np
import pytest

from eyeprentice.synth.people import DRAWN, open_people
from eyeprentice.synth.variety import SEE
from tests.conftest import ROOT

SCRIPT = ROOT / "benchmarks" / "motion.py"


@pytest.fixture(scope="module")
def motion():
    spec = importlib.util.spec_from_file_location("motion_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPT.parent))
        spec.loader.exec_module(module)
    return module


def test_a_picture_that_moves_is_measured_and_put_into_the_crop(motion):
    face = open_people(DRAWN, 0, SEE).person(0).face(128)
    still = face.render(motion.Pose(np.zeros(8)), motion.LAMP)
    moved = cv2.warpAffine(still, np.array([[1.0, 0, 3], [0, 1.0, -2]]), (128, 128), borderMode=cv2.BORDER_REPLICATE)
    field = motion.cells(motion.framed(motion.flow_between(still, moved), (0.6, 0.58)))
    assert np.isnan(field[:, :, 8]).all()  # the eye was right of where the crop has it: nothing is known there
    assert np.nanmedian(np.abs(field[0] - 100 * 3 / 128)) < 0.2
    assert np.nanmedian(np.abs(field[1] + 100 * 2 / 128)) < 0.2


def test_a_field_is_compared_in_pattern_and_in_size(motion):
    reference = np.random.default_rng(0).normal(size=(2, 9, 9))
    half = 0.5 * reference
    half[:, 0], half[:, :, -1] = 9, np.nan  # the rim does not count
    assert motion.compare(half, reference) == {"correlation": 1.0, "size": 0.5}
    assert motion.compare(-reference, reference) == {"correlation": -1.0, "size": 1.0}


@pytest.mark.parametrize("exact", [False, True])
def test_drawn_people_move_as_real_ones(motion, exact: bool):
    if not (motion.SHARED / motion.REFERENCE).exists():
        pytest.skip("no reference here; set EYEPRENTICE_REFERENCE to the folder that holds it")
    fields = motion.median_fields(DRAWN, 5, 32, 96, exact)
    compared = {emotion: motion.compare(fields[emotion], real) for emotion, real in motion.reference_fields().items()}
    assert len(compared) == 6
    for emotion, each in compared.items():
        assert each["correlation"] >= 0.8, emotion  # 0.85 at the benchmark's own size and number of people
        assert 0.8 <= each["size"] <= 1.25, emotion
