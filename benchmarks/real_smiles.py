"""Tells real smiles from the neutral faces of the same people by a model's probability of happiness. JSON.

Pictures of the Face Research Lab London Set (DeBruine and Jones, figshare, doi 10.6084/m9.figshare.5047666.v5), in
which NNN_03 is neutral and NNN_08 smiles; a CSV tells the centres of the eyes (file, right_x, right_y, left_x, left_y).
Both eyes are cut out by the crop that is used everywhere, a left one mirrored, and their probabilities are averaged.
`single`: each picture by itself, repeated for 4 steps. `sequence`: the smile after one step of the neutral face,
against the neutral face alone. People whose texture a model learnt from are left out: `--exclude` names their casts.

python benchmarks/real_smiles.py runs/student --portraits ../shared/portraits --exclude casts/train casts/validation
"""

import argparse
import csv
import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np

from eyeprentice.sources.pictures import read_picture
from eyeprentice.synth.cast.folder import open_cast
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS, EYE_IN_CROP

NEUTRAL, SMILING = "03", "08"
"""What a London picture's name ends in."""
EYE_COLUMNS = ("right_x", "right_y", "left_x", "left_y")
STEPS, RESAMPLES = 4, 2000
HAPPINESS, RELAXED = EMOTIONS.index("happiness"), EMOTIONS.index("neutral")

Probabilities = Callable[[np.ndarray], np.ndarray]
"""Clips (N, T, S, S) of uint8 -> probabilities (N, 7)."""
Eyes = tuple[float, float, float, float]
"""Centres of the right and of the left eye, in pixels: x, y, x, y."""


def cut_eye(picture: np.ndarray, eyes: Eyes, left: bool, size: int) -> np.ndarray:
    """One eye of a grey picture (H, W), as a right one, (size, size)."""
    centres = np.array(eyes).reshape(2, 2)
    along = centres[1] - centres[0]
    step = along / size  # a crop is as wide as the distance between the eyes
    turn = np.column_stack([-step if left else step, [-step[1], step[0]]])  # from pixels of the crop to the picture's
    move = centres[int(left)] - turn @ (size * np.array(EYE_IN_CROP) - 0.5)
    soft = cv2.GaussianBlur(picture, (0, 0), max(0.35 * float(np.hypot(*step)), 0.1))  # a warp does not average
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    matrix = np.column_stack([turn, move])
    return cv2.warpAffine(soft, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def read_pairs(portraits: Path, eyes: Path, excluded: Iterable[str], size: int) -> tuple[list[str], np.ndarray]:
    """Names of the people who are left, and both pictures of both eyes, (P, 2, 2, size, size)."""
    with eyes.open(newline="", encoding="utf-8") as file:
        table = {row["file"]: tuple(float(row[k]) for k in EYE_COLUMNS) for row in csv.DictReader(file)}
    people: dict[str, dict[str, str]] = {}  # a number -> the paths of both pictures
    for path in table:
        if found := re.search(rf"([0-9]+)_({NEUTRAL}|{SMILING})\.jpg$", path):
            people.setdefault(found[1], {})[found[2]] = path
    known = {name.split("_")[0] for name in excluded}
    names = sorted(name for name, pair in people.items() if len(pair) == 2 and name not in known)
    if not names:
        raise InputError(eyes, "no pair of pictures is left", "give eyes.csv of the portraits, and smaller casts")
    crops = np.empty((len(names), 2, 2, size, size), np.uint8)
    for number, name in enumerate(names):
        for place, kind in enumerate((NEUTRAL, SMILING)):
            picture = read_picture(portraits / people[name][kind])
            for left in (False, True):
                crops[number, place, int(left)] = cut_eye(picture, table[people[name][kind]], left, size)
    return names, crops


def open_probabilities(model: str) -> tuple[Probabilities, int]:
    """What a run (or `default`), or an exported file, says of clips, and the size of what it sees."""
    if model.endswith(".onnx"):
        from eyeprentice.runtime import Recognizer

        recognizer = Recognizer(model)

        def exported(clips: np.ndarray) -> np.ndarray:
            means = []
            for clip in clips:
                state, logits = None, []
                for frame in clip:
                    given, state = recognizer.logits(frame, state)
                    logits.append(given)
                means.append(np.mean(logits, axis=0))
            return softmax(np.array(means))

        return exported, recognizer.model.size
    import torch

    from eyeprentice.data.clips import Clip
    from eyeprentice.learning.runs import load_model

    network, config = load_model(Path(model))
    network.eval()
    if network.needs_events:
        raise InputError(model, "needs events, which pictures have none of", "give a model that reads frames alone")

    @torch.no_grad()
    def trained(clips: np.ndarray) -> np.ndarray:
        parts = torch.from_numpy(clips).split(64)
        frames = (part.transpose(0, 1).unsqueeze(2).float() / 255 for part in parts)
        return softmax(torch.cat([network(Clip(part, None))[0].mean(0) for part in frames]).numpy())

    return trained, config.size


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def compare(crops: np.ndarray, probabilities: Probabilities) -> dict[str, object]:
    """All figures, in percent but for the areas under the curve (AUC)."""

    def ask(*steps: int) -> np.ndarray:
        """Probabilities (P, 7), of clips whose steps show the neutral (0) or the smiling (1) picture."""
        clips = crops[:, list(steps)].swapaxes(1, 2)  # (P, 2 eyes, T, S, S)
        return probabilities(clips.reshape(-1, *clips.shape[2:])).reshape(len(crops), 2, -1).mean(1)

    neutral, alone, after = ask(*[0] * STEPS), ask(*[1] * STEPS), ask(0, *[1] * (STEPS - 1))
    figures: dict[str, object] = {}
    for name, smiling in (("single", alone), ("sequence", after)):
        figures[name] = {
            **area(neutral[:, HAPPINESS], smiling[:, HAPPINESS]),
            "right_order": percent(smiling[:, HAPPINESS] > neutral[:, HAPPINESS]),
            "called_happiness": percent(smiling.argmax(1) == HAPPINESS),
        }
    figures["neutral_called_otherwise"] = percent(neutral.argmax(1) != RELAXED)
    figures["neutral_called"] = {e: percent(neutral.argmax(1) == i) for i, e in enumerate(EMOTIONS)}
    return figures


def area(negative: np.ndarray, positive: np.ndarray) -> dict[str, object]:
    """AUC of scores (P,) of the same people, and its 95 % interval by a bootstrap that draws people."""
    above = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    count = len(negative)
    draws = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), RESAMPLES)
    drawn = np.einsum("rp,pq,rq->r", draws, above, draws, optimize=True) / count**2
    return {"auc": round(float(above.mean()), 4), "ci95": np.percentile(drawn, (2.5, 97.5)).round(4).tolist()}


def percent(hits: np.ndarray) -> float:
    return round(100 * float(hits.mean()), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="default", help="a run, default, or an exported .onnx file")
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--eyes", type=Path, help="centres of the eyes; eyes.csv beside the portraits by default")
    parser.add_argument("--exclude", type=Path, nargs="*", default=[], help="casts whose people are left out")
    asked = parser.parse_args()
    try:
        members = {member.name for cast in asked.exclude for member in open_cast(cast).members}
        probabilities, size = open_probabilities(asked.model)
        eyes = asked.eyes or asked.portraits / "eyes.csv"
        names, crops = read_pairs(asked.portraits, eyes, members, size)
    except (InputError, OSError, KeyError, ValueError) as error:
        print("error:", error, file=sys.stderr)
        sys.exit(2)
    told = {"model": asked.model, "people": len(names), "excluded": len(members)}
    print(json.dumps({**told, **compare(crops, probabilities)}, indent=1))


if __name__ == "__main__":
    main()
