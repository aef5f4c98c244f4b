"""Whether a model takes a movement, or another light, for an expression. A table, and JSON with --out.

Neutral and smiling portraits of the Face Research Lab London Set (`portrait_eyes.py`) of people who were not learnt
from. Clips have the model's own number of steps. The first frame is the neutral eye; those that follow show the same
picture, or the smiling one, moved in every way that `movements.py` lists: evenly from the first to the last frame, or
at once after the first. Both eyes count by themselves, except for AUC and pairs, which take the mean of both. AUC and
pairs compare a smile with the neutral face that moved likewise: a model that calls everything neutral gains nothing.
`moved crops`: the whole clip is cut out 2 % aside (8 directions), and should be called what it was called.
Intervals are of a bootstrap over people. --register moves every frame to the first one before the model is asked.

python benchmarks/moved_faces.py runs/student --portraits ../shared/portraits --people validation --out moved.json
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from clip_answers import Asked, Probabilities, open_probabilities
from movements import Case, Movement, cases
from portrait_eyes import Eye, place_pairs
from registration import WAYS, registered
from shares import area, percent, share

from eyeprentice.finder.portraits import role_of
from eyeprentice.runtime.recognizer import CERTAIN
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS

HAPPINESS, RELAXED = EMOTIONS.index("happiness"), EMOTIONS.index("neutral")
ASIDE, DIRECTIONS = 0.02, 8
ROLES = ("validation", "test", "training")

Pairs = list[list[list[Eye]]]
"""Of each person both pictures (neutral, smiling) of both eyes."""


def moved_clip(first: Eye, later: Eye, case: Case, steps: int) -> np.ndarray:
    """The eye as it is, and then as `later` shows it while the case happens: (T, S, S)."""
    frames = [first.cut()]
    for step in range(1, steps):
        seen = later.cut(case.movement.matrix(step / (steps - 1) if case.course else 1.0))
        frames.append(seen if case.day is None else case.day.shown(seen))
    return np.stack(frames)


def answers(pairs: Pairs, clip_of: Callable[[list[Eye]], np.ndarray], probabilities: Probabilities) -> np.ndarray:
    """Probabilities (P, 2 eyes, 7) of a clip of each eye; `clip_of` is given its neutral and its smiling picture."""
    clips = [clip_of([neutral, smiling]) for pair in pairs for neutral, smiling in zip(*pair, strict=True)]
    return probabilities(np.stack(clips)).reshape(len(pairs), 2, -1)


def figures(neutral: np.ndarray, smiling: np.ndarray) -> dict[str, Any]:
    """Of probabilities (V, P, 2, 7) of V ways: of the neutral face that moves, and of the smile that moves likewise."""
    calm, happy = np.moveaxis(neutral, 0, 1), np.moveaxis(smiling, 0, 1)  # (P, V, 2, 7)
    wrong = (calm.argmax(-1) != RELAXED) & (calm.max(-1) >= CERTAIN)
    low, high = (p.mean(2)[..., HAPPINESS] for p in (neutral, smiling))  # (V, P)
    return {
        "neutral_called_neutral": share(calm.argmax(-1) == RELAXED),
        "neutral_certain_and_wrong": share(wrong),
        "neutral_called": {e: percent(calm.argmax(-1) == i) for i, e in enumerate(EMOTIONS)},
        "smile": {**area(low, high), "right_order": share((high > low).T)},
        "smile_called_happiness": share(happy.argmax(-1) == HAPPINESS),
        "smile_called_neutral": share(happy.argmax(-1) == RELAXED),
    }


def under_movement(pairs: Pairs, model: Asked) -> dict[str, Any]:
    """Figures of each group of cases and, below `ways`, how often neutral is called so in each of its cases."""
    groups: dict[str, list[tuple[str, np.ndarray, np.ndarray]]] = {}
    for case in cases():
        both = [
            answers(pairs, lambda eye: moved_clip(eye[0], eye[shown], case, model.steps), model.probabilities)  # noqa: B023
            for shown in (0, 1)
        ]
        groups.setdefault(case.group, []).append((case.name, *both))
    report = {}
    for group, rows in groups.items():
        report[group] = figures(np.stack([row[1] for row in rows]), np.stack([row[2] for row in rows]))
        if len(rows) > 1:
            report[group]["ways"] = {name: percent(calm.argmax(-1) == RELAXED) for name, calm, _ in rows}
    return report


def moved_crops(pairs: Pairs, model: Asked) -> dict[str, Any]:
    """How many clips of crops that are 2 % aside are called what they were called, of neutral faces and of smiles."""
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    aside = [Movement(right=ASIDE * np.cos(a), down=ASIDE * np.sin(a)).matrix() for a in angles]
    report: dict[str, Any] = {}
    every = []
    for name, shown in (("neutral", 0), ("smile", 1)):

        def asked(movement: np.ndarray, shown: int = shown) -> np.ndarray:
            def clip(eye: list[Eye]) -> np.ndarray:
                return np.stack([eye[0].cut(movement), *[eye[shown].cut(movement)] * (model.steps - 1)])

            return answers(pairs, clip, model.probabilities)

        plain, moved = asked(np.eye(3)), np.stack([asked(movement) for movement in aside], axis=1)
        report[name] = sameness(plain, moved)
        every.append((plain, moved))
    plain, moved = (np.concatenate(part, axis=-2) for part in zip(*every, strict=True))
    return {**report, "all": sameness(plain, moved)}


def sameness(plain: np.ndarray, moved: np.ndarray) -> dict[str, Any]:
    """Of probabilities (P, E, 7), and (P, V, E, 7) of the same that were moved."""
    same = moved.argmax(-1) == plain.argmax(-1)[:, None]
    return {
        "same_emotion": share(same),
        "same_verdict": share(verdicts(moved) == verdicts(plain)[:, None]),
        "same_emotion_in_every_direction": share(same.all(1)),
    }


def verdicts(probabilities: np.ndarray) -> np.ndarray:
    """The most probable emotion's number, or -1 where none is certain."""
    return np.where(probabilities.max(-1) >= CERTAIN, probabilities.argmax(-1), -1)


def table(report: dict[str, Any]) -> str:
    """What a person reads of it."""

    def told(figure: dict[str, Any]) -> str:
        low, high = figure["ci95"]
        return f"{figure['percent']:.0f} ({low:.0f} to {high:.0f})"

    head = "neutral called so", "certain and wrong", "smile: AUC", "pairs", "smile called happy", "smile called neutral"
    rows = [("percent (95 %)", *head)]
    for group, of in report["moved"].items():
        called = told(of["neutral_called_neutral"]), told(of["neutral_certain_and_wrong"])
        smile = f"{of['smile']['auc']:.2f}", told(of["smile"]["right_order"])
        rows.append((group, *called, *smile, told(of["smile_called_happiness"]), told(of["smile_called_neutral"])))
    rows.append(("crops 2 % aside", "same emotion", "same verdict", "in all directions", "", "", ""))
    for name, of in report["moved_crops"].items():
        same = [told(of[f"same_{what}"]) for what in ("emotion", "verdict", "emotion_in_every_direction")]
        rows.append((name, *same, "", "", ""))
    return "\n".join(aligned(rows))


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of words as lines whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="default", help="a run, default, or an exported .onnx file")
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--people", choices=ROLES, nargs="+", default=["validation"], help="by their number")
    parser.add_argument("--register", choices=list(WAYS), help="how frames are moved to the first one")
    parser.add_argument("--out", type=Path, help="JSON file")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    try:
        model = open_probabilities(asked.model)
        table_of_eyes = asked.portraits / "eyes.csv"
        paths = (asked.portraits / "london" / "neutral").glob("*.jpg")
        chosen = {path.stem.split("_")[0] for path in paths if role_of(path.stem) in asked.people}
        names, pairs = place_pairs(asked.portraits, table_of_eyes, model.size, included=chosen)
    except (InputError, OSError, KeyError, ValueError) as error:
        print("error:", error, file=sys.stderr)
        sys.exit(2)
    if asked.register:
        plain, way = model.probabilities, WAYS[asked.register]
        model = model._replace(probabilities=lambda clips: plain(np.stack([registered(clip, way) for clip in clips])))
    report: dict[str, Any] = {
        "model": asked.model, "register": asked.register, "steps": model.steps,
        "people": len(names), "roles": asked.people,
        "moved": under_movement(pairs, model), "moved_crops": moved_crops(pairs, model),
    }  # fmt: skip
    print(table(report))
    if asked.out is not None:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
