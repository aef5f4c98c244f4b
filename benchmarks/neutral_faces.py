"""How often a model calls real neutral faces neutral: portraits with landmarks, as they are and as a camera moves."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from movements import Movement
from portrait_eyes import Eye, place_eye

from eyeprentice.data.clips import Clip
from eyeprentice.models import Model
from eyeprentice.sources.pictures import read_picture
from eyeprentice.synth.cast.landmarks import eye_centres, read_template
from eyeprentice.synth.cast.make import find_portraits
from eyeprentice.words.vocabulary import EMOTIONS

MOVES = (
    Movement(zoom=0.05, right=0.03, turn=5),
    Movement(zoom=-0.05, down=0.03, turn=-5),
    Movement(zoom=0.05, down=-0.03, turn=-5),
    Movement(zoom=-0.05, right=-0.03, turn=5),
)
NEUTRAL = EMOTIONS.index("neutral")


def called_neutral(model: Model, portraits: Sequence[Path], size: int, steps: int) -> tuple[float, float]:
    """Shares of both eyes of the portraits that are called neutral: clips that stand still, and clips that move."""
    eyes = [eye for path in find_portraits(list(portraits)) for eye in both_eyes(path, size)]
    first = np.stack([eye.cut() for eye in eyes])
    still = _share(model, np.stack([first] * steps))
    moved = []
    for move in MOVES:
        later = np.stack([eye.cut(move.matrix()) for eye in eyes])
        moved.append(_share(model, np.stack([first, *[later] * (steps - 1)])))
    return still, float(np.mean(moved))


def both_eyes(path: Path, size: int) -> list[Eye]:
    picture = read_picture(path)
    right, left = eye_centres(read_template(path.with_suffix(".tem"), picture.shape[1], picture.shape[0]))
    return [place_eye(picture, (*right, *left), mirrored, size) for mirrored in (False, True)]


@torch.no_grad()
def _share(model: Model, clips: np.ndarray) -> float:
    """Of clips (T, N, S, S) of uint8."""
    frames = torch.from_numpy(clips).unsqueeze(2)
    model.eval()
    answers = torch.cat([model(Clip(part.float() / 255, None))[0].mean(0).argmax(1) for part in frames.split(64, 1)])
    return float((answers == NEUTRAL).double().mean())
