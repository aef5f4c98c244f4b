"""Tells real smiles from the neutral faces of the same people by a model's probability of happiness. JSON.

Pictures of the Face Research Lab London Set (DeBruine and Jones, figshare, doi 10.6084/m9.figshare.5047666.v5), in
which NNN_03 is neutral and NNN_08 smiles; a CSV tells the centres of the eyes (file, right_x, right_y, left_x, left_y).
Both eyes are cut out by the crop that is used everywhere, a left one mirrored, and their probabilities are averaged.
`single`: each picture by itself, repeated for as many steps as the model was trained on. `sequence`: the smile after
one step of the neutral face, against the neutral face alone. People whose texture a model learnt from are left out:
`--exclude` names their casts.

python benchmarks/real_smiles.py runs/student --portraits ../shared/portraits --exclude casts/train casts/validation
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from clip_answers import Probabilities, open_probabilities
from portrait_eyes import read_pairs
from shares import area, percent

from eyeprentice.synth.cast.folder import open_cast
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS

STEPS = 4
HAPPINESS, RELAXED = EMOTIONS.index("happiness"), EMOTIONS.index("neutral")


def compare(crops: np.ndarray, probabilities: Probabilities, count: int = 4) -> dict[str, object]:
    """All figures, in percent but for the areas under the curve (AUC), of clips of `count` steps."""

    def ask(*steps: int) -> np.ndarray:
        """Probabilities (P, 7), of clips whose steps show the neutral (0) or the smiling (1) picture."""
        clips = crops[:, list(steps)].swapaxes(1, 2)  # (P, 2 eyes, T, S, S)
        return probabilities(clips.reshape(-1, *clips.shape[2:])).reshape(len(crops), 2, -1).mean(1)

    neutral, alone, after = ask(*[0] * count), ask(*[1] * count), ask(0, *[1] * (count - 1))
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="default", help="a run, default, or an exported .onnx file")
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--eyes", type=Path, help="centres of the eyes; eyes.csv beside the portraits by default")
    parser.add_argument("--exclude", type=Path, nargs="*", default=[], help="casts whose people are left out")
    asked = parser.parse_args()
    try:
        members = {member.name for cast in asked.exclude for member in open_cast(cast).members}
        model = open_probabilities(asked.model)
        eyes = asked.eyes or asked.portraits / "eyes.csv"
        names, crops = read_pairs(asked.portraits, eyes, members, model.size)
    except (InputError, OSError, KeyError, ValueError) as error:
        print("error:", error, file=sys.stderr)
        sys.exit(2)
    told = {"model": asked.model, "people": len(names), "excluded": len(members)}
    print(json.dumps({**told, **compare(crops, model.probabilities, model.steps)}, indent=1))


if __name__ == "__main__":
    main()
