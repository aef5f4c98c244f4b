"""The benchmark that tells real smiles from neutral faces, on pictures that show nobody."""

import csv
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import real_smiles
from portrait_eyes import EYE_COLUMNS, read_pairs

from eyeprentice.words.vocabulary import EMOTIONS

HAPPINESS, NEUTRAL = EMOTIONS.index("happiness"), EMOTIONS.index("neutral")


def test_figures_of_a_model_that_takes_bright_for_happy():
    """Four people: the last one's smile is darker than their neutral face. The mean over the steps is compared."""
    crops = np.full((4, 2, 2, 8, 8), 100, np.uint8)
    crops[:, 1] = np.array([200, 180, 160, 40])[:, None, None, None]

    def bright(clips):
        happy = clips.mean((1, 2, 3)) / 255
        told = np.zeros((len(clips), 7))
        told[:, HAPPINESS], told[:, NEUTRAL] = happy, 1 - happy
        return told

    told = real_smiles.compare(crops, bright)
    assert told["single"]["right_order"] == told["sequence"]["right_order"] == 75
    assert told["single"]["auc"] == 0.75
    assert told["single"]["called_happiness"] == 75
    assert told["sequence"]["called_happiness"] == 75
    assert told["neutral_called_otherwise"] == 0
    assert told["neutral_called"]["neutral"] == 100


def test_people_of_a_cast_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    (tmp_path / "london").mkdir()
    with (tmp_path / "eyes.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", *EYE_COLUMNS])
        for name in ("001_03", "001_08", "002_03", "002_08", "003_03", "m9"):
            cv2.imwrite(str(tmp_path / "london" / f"{name}.jpg"), np.full((64, 64), 99, np.uint8))
            table.writerow([f"london/{name}.jpg", 20, 30, 44, 30])
    names, crops = read_pairs(tmp_path, tmp_path / "eyes.csv", [], 16)
    assert names == ["001", "002"]
    assert crops.shape == (2, 2, 2, 16, 16)
    cast = tmp_path / "cast"
    (cast / "people").mkdir(parents=True)
    (cast / "people" / "002_03.npz").touch()
    person = {"name": "002_03", "sex": "woman", "age": 30, "residual": 2.0, "digest": "0" * 16}
    (cast / "cast.json").write_text(
        json.dumps({"format": real_smiles.open_cast.__globals__["FORMAT"], "people": [person]})
    )
    onnx = str(Path(sys.modules["eyeprentice"].__file__).parent / "runtime" / "default.onnx")
    words = ["real_smiles.py", onnx, "--portraits", str(tmp_path), "--exclude", str(cast)]
    monkeypatch.setattr(sys, "argv", words)
    real_smiles.main()
    assert json.loads(capsys.readouterr().out)["people"] == 1
    monkeypatch.setattr(sys, "argv", [*words[:3], str(tmp_path / "nowhere")])
    with pytest.raises(SystemExit):
        real_smiles.main()
    assert capsys.readouterr().err.startswith("error: ")
