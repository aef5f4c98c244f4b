"""The benchmark of faces that move, on pictures that show nobody and models that are worked out by hand."""

import csv
import json
from pathlib import Path

import cv2
import moved_faces
import numpy as np
import pytest
import shares
from clip_answers import Asked
from movements import Case, Movement
from portrait_eyes import place_eye

from eyeprentice.words.vocabulary import EMOTIONS

HAPPINESS, NEUTRAL = moved_faces.HAPPINESS, moved_faces.RELAXED
EYES = (60.0, 100.0, 140.0, 100.0)


def grey_eye(level: int, edge: int = 0):
    """An eye of one grey level; `edge` is that of the picture right of its centre."""
    picture = np.full((200, 200), level, np.uint8)
    picture[:, 61:] = edge or level
    return place_eye(picture, EYES, False, 20)


def said(*emotions: int, sure: float = 0.9) -> np.ndarray:
    """Probabilities (N, 7)."""
    return np.array([np.where(np.arange(7) == e, sure, (1 - sure) / 6) for e in emotions])


def test_the_area_counts_pairs_and_its_interval_draws_people():
    told = shares.area(np.array([0.1, 0.4, 0.4]), np.array([0.2, 0.4, 0.9]))
    # 0.2 beats 1 of 3; 0.4 beats 1 and ties twice; 0.9 beats 3: 1 + 2 + 3 of 9
    assert told["auc"] == pytest.approx(6 / 9, abs=1e-4)
    assert 0 <= told["ci95"][0] < 6 / 9 < told["ci95"][1] <= 1
    assert shares.area(np.zeros(5), np.ones(5)) == {"auc": 1.0, "ci95": [1.0, 1.0]}
    assert shares.area(np.zeros((2, 5)), np.array([np.ones(5), np.zeros(5)]))["auc"] == 0.75


def test_an_interval_of_shares_is_over_people_and_not_over_their_eyes():
    assert shares.share(np.ones((5, 3), bool)) == {"percent": 100.0, "ci95": [100.0, 100.0]}
    told = shares.share(np.array([[True, False]] * 8))
    assert told == {"percent": 50.0, "ci95": [50.0, 50.0]}  # everybody is alike


def test_a_clip_begins_unmoved_and_goes_there_evenly_or_at_once():
    neutral, smiling = grey_eye(100, 200), grey_eye(100, 200)
    right = Movement(right=0.2)
    for course, edges in ((True, [10, 12, 14]), (False, [10, 14, 14])):
        clip = moved_faces.moved_clip(neutral, smiling, Case("", "", right, course=course), 3)
        assert [(frame[10] < 150).sum() for frame in clip] == pytest.approx(edges, abs=1)
    still = moved_faces.moved_clip(grey_eye(10), grey_eye(50), Case("", ""), 3)
    assert still[:, 10, 10].tolist() == [10, 50, 50]


def test_figures_are_worked_out_by_hand():
    """Two people, one way: of the four neutral eyes one is called angry, and surely; one person is seen to smile."""
    calm = np.stack([said(NEUTRAL, NEUTRAL), said(NEUTRAL, EMOTIONS.index("angry"))])[None]
    happy = np.stack([said(HAPPINESS, HAPPINESS), said(NEUTRAL, NEUTRAL)])[None]
    told = moved_faces.figures(calm, happy)
    assert told["neutral_called_neutral"]["percent"] == 75
    assert told["neutral_certain_and_wrong"]["percent"] == 25
    assert told["smile_called_happiness"]["percent"] == told["smile_called_neutral"]["percent"] == 50
    assert told["smile"]["right_order"]["percent"] == 50
    assert told["smile"]["auc"] == pytest.approx((2 + 2 * 0.5) / 4)


def test_who_calls_everything_neutral_gains_no_order():
    same = np.stack([said(NEUTRAL, NEUTRAL)] * 3)[None]
    told = moved_faces.figures(same, same)
    assert told["neutral_called_neutral"]["percent"] == 100
    assert told["smile"]["auc"] == 0.5
    assert told["smile"]["right_order"]["percent"] == 0


def test_sameness_tells_emotions_from_verdicts():
    plain = said(HAPPINESS, sure=0.9)[None]  # one person, one eye
    moved = np.stack([said(HAPPINESS, sure=0.9), said(HAPPINESS, sure=0.5)])[None]
    told = moved_faces.sameness(plain, moved)
    assert told["same_emotion"]["percent"] == told["same_emotion_in_every_direction"]["percent"] == 100
    assert told["same_verdict"]["percent"] == 50


def test_a_model_that_looks_at_nothing_else_than_brightness_is_not_moved():
    def bright(clips: np.ndarray) -> np.ndarray:
        return said(*np.where(clips[:, -1].mean((1, 2)) > 120, HAPPINESS, NEUTRAL))

    pairs = [[[grey_eye(90)] * 2, [grey_eye(200)] * 2]] * 2
    model = Asked(bright, 20, 3)
    told = moved_faces.under_movement(pairs, model)
    assert told["all together, jump"]["neutral_called_neutral"]["percent"] == 100
    assert told["all together, course"]["smile"]["auc"] == 1
    assert set(told["zoom 5 %, jump"]["ways"]) == {"zoom +5 %, jump", "zoom -5 %, jump"}
    assert moved_faces.moved_crops(pairs, model)["all"]["same_emotion"]["percent"] == 100


def test_it_is_run_as_a_script_and_refuses_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    for folder, name in (("neutral", "001_03"), ("smiling", "001_08"), ("neutral", "002_03"), ("smiling", "002_08")):
        (tmp_path / "london" / folder).mkdir(parents=True, exist_ok=True)
        picture = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
        cv2.imwrite(str(tmp_path / "london" / folder / f"{name}.jpg"), picture)
    with (tmp_path / "eyes.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "right_x", "right_y", "left_x", "left_y"])
        for name in ("neutral/001_03", "smiling/001_08", "neutral/002_03", "smiling/002_08"):
            table.writerow([f"london/{name}.jpg", 20, 30, 44, 30])
    out = tmp_path / "out.json"
    words = ["moved_faces.py", "default", "--portraits", str(tmp_path), "--register", "gradient", "--out", str(out)]
    monkeypatch.setattr("sys.argv", words)
    moved_faces.main()
    report = json.loads(out.read_text())
    assert report["people"] == 1  # 001 is for validation, 002 is learnt from
    assert "another day, all together" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", [*words[:3], str(tmp_path / "nowhere")])
    with pytest.raises(SystemExit):
        moved_faces.main()
    assert capsys.readouterr().err.startswith("error: ")
