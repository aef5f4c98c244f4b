"""The benchmark that tells real smiles from neutral faces, on pictures that show nobody."""

import csv
import importlib.util
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from eyeprentice.words.vocabulary import EMOTIONS
from tests.conftest import ROOT

SCRIPT = ROOT / "benchmarks" / "real_smiles.py"
HAPPINESS, NEUTRAL = EMOTIONS.index("happiness"), EMOTIONS.index("neutral")


@pytest.fixture(scope="module")
def smiles():
    spec = importlib.util.spec_from_file_location("real_smiles", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_eyes_are_cut_as_right_ones_with_their_centres_where_every_crop_has_them(smiles):
    """A head that leans: dots mark the eyes, and others lie a quarter of the eyes' distance towards the nose."""
    right, left = np.array([150.0, 200.0]), np.array([270.0, 250.0])
    picture = np.zeros((400, 400), np.uint8)
    for dot in (right, left, right + 0.25 * (left - right), left + 0.25 * (right - left)):
        cv2.circle(picture, tuple(round(x) for x in dot), 5, 255, -1)
    for is_left in (False, True):
        eye = smiles.cut_eye(picture, (*right, *left), is_left, 100).astype(float)
        for part, x in ((eye[:, 38:63], 50), (eye[:, 63:], 75)):
            rows, columns = np.nonzero(part > 100)
            assert rows.mean() == pytest.approx(58, abs=1)
            assert columns.mean() + (38 if x == 50 else 63) == pytest.approx(x, abs=1)
        assert eye[:, :38].max() < 20


def test_the_area_counts_pairs_and_its_interval_draws_people(smiles):
    told = smiles.area(np.array([0.1, 0.4, 0.4]), np.array([0.2, 0.4, 0.9]))
    # 0.2 beats 1 of 3; 0.4 beats 1 and ties twice; 0.9 beats 3: 1 + 2 + 3 of 9
    assert told["auc"] == pytest.approx(6 / 9, abs=1e-4)
    assert 0 <= told["ci95"][0] < 6 / 9 < told["ci95"][1] <= 1
    assert smiles.area(np.zeros(5), np.ones(5)) == {"auc": 1.0, "ci95": [1.0, 1.0]}


def test_figures_of_a_model_that_takes_bright_for_happy(smiles):
    """Four people: the last one's smile is darker than their neutral face. The mean over the steps is compared."""
    crops = np.full((4, 2, 2, 8, 8), 100, np.uint8)
    crops[:, 1] = np.array([200, 180, 160, 40])[:, None, None, None]

    def bright(clips):
        happy = clips.mean((1, 2, 3)) / 255
        told = np.zeros((len(clips), 7))
        told[:, HAPPINESS], told[:, NEUTRAL] = happy, 1 - happy
        return told

    told = smiles.compare(crops, bright)
    assert told["single"]["right_order"] == told["sequence"]["right_order"] == 75
    assert told["single"]["auc"] == 0.75
    assert told["single"]["called_happiness"] == 75
    assert told["sequence"]["called_happiness"] == 75
    assert told["neutral_called_otherwise"] == 0
    assert told["neutral_called"]["neutral"] == 100


def test_people_of_a_cast_are_left_out(smiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    (tmp_path / "london").mkdir()
    with (tmp_path / "eyes.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", *smiles.EYE_COLUMNS])
        for name in ("001_03", "001_08", "002_03", "002_08", "003_03", "m9"):
            cv2.imwrite(str(tmp_path / "london" / f"{name}.jpg"), np.full((64, 64), 99, np.uint8))
            table.writerow([f"london/{name}.jpg", 20, 30, 44, 30])
    names, crops = smiles.read_pairs(tmp_path, tmp_path / "eyes.csv", [], 16)
    assert names == ["001", "002"]
    assert crops.shape == (2, 2, 2, 16, 16)
    cast = tmp_path / "cast"
    (cast / "people").mkdir(parents=True)
    (cast / "people" / "002_03.npz").touch()
    person = {"name": "002_03", "sex": "woman", "age": 30, "residual": 2.0, "digest": "0" * 16}
    (cast / "cast.json").write_text(json.dumps({"format": smiles.open_cast.__globals__["FORMAT"], "people": [person]}))
    onnx = str(Path(sys.modules["eyeprentice"].__file__).parent / "runtime" / "default.onnx")
    words = ["real_smiles.py", onnx, "--portraits", str(tmp_path), "--exclude", str(cast)]
    monkeypatch.setattr(sys, "argv", words)
    smiles.main()
    assert json.loads(capsys.readouterr().out)["people"] == 1
    monkeypatch.setattr(sys, "argv", [*words[:3], str(tmp_path / "nowhere")])
    with pytest.raises(SystemExit):
        smiles.main()
    assert capsys.readouterr().err.startswith("error: ")
