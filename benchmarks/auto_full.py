"""How often `--eye auto` reads of a whole face what `--eye full` reads of the ideal crop: videos of portraits. JSON.

Pictures of the Face Research Lab London Set (DeBruine and Jones, figshare, doi 10.6084/m9.figshare.5047666.v5), 480
pixels wide, with noise, two seconds at 30 a second. `still`: the neutral face. `smile`: after half a second it becomes
the smiling picture within one (a cross-fade; both pictures' eyes lie at the same places). `drift` and `smile, drift`:
the same while the head moves by a fifth of the distance between the eyes, and comes nearer or goes away by 6 %, and
back. The ideal crop is cut out of every frame at the true place of the eye, in the size that the model is given. As
bounds, what the ideal crop and one that is 1 or 2 % of its side aside have in common. A verdict is the most probable
emotion, or `uncertain`.

python benchmarks/auto_full.py ../shared/portraits --people validation
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from finder_videos import RATE, SEED, WIDTH, agreement, verdict
from portrait_eyes import NEUTRAL, SMILING

from eyeprentice.eye.looking import EyeFinder
from eyeprentice.eye.network import open_network
from eyeprentice.eye.region import Place, crop_around
from eyeprentice.finder.portraits import centres, read_eyes, role_of
from eyeprentice.runtime import Recognizer
from eyeprentice.sources.pictures import read_picture

FRAMES, BEGINS, LASTS = 2 * RATE, RATE // 2, RATE
NOISE = 2.0
AWAY, NEARER = 0.2, 0.06
KINDS = {"still": (False, False), "smile": (True, False), "drift": (False, True), "smile, drift": (True, True)}
"""Whether there is a smile, and whether the head moves."""
Pair = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Neutral and smiling picture (H, W), and where the eyes are in both (2, 2)."""


def pairs(root: Path, people: str) -> Iterator[Pair]:
    """Of everybody of these people."""
    known = read_eyes(root / "eyes.csv")
    for path in sorted((root / "london" / "neutral").glob(f"*_{NEUTRAL}.jpg")):
        if role_of(path.stem) != people:
            continue
        neutral = read_picture(path)
        name = path.stem.replace(f"_{NEUTRAL}", f"_{SMILING}")
        smiling = read_picture(root / "london" / "smiling" / f"{name}.jpg")
        eyes, scale = centres(path, *neutral.shape[::-1]), WIDTH / neutral.shape[1]
        # the same table of both says how the head stood otherwise; the landmarks say where the eyes are
        smiling = moved(smiling, between_eyes(known[path.stem], known[name]))
        small = (round(scale * neutral.shape[1]), round(scale * neutral.shape[0]))
        shown = [cv2.resize(picture, small, interpolation=cv2.INTER_AREA) for picture in (neutral, smiling)]
        yield shown[0], shown[1], scale * eyes


def between_eyes(eyes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The similarity (2, 3) that takes both eyes (2, 2) to the others."""
    (a, b), (c, d) = eyes[1] - eyes[0], others[1] - others[0]
    cosine, sine = np.array([a * c + b * d, a * d - b * c]) / (a * a + b * b)
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([linear, others[0] - linear @ eyes[0]])


def moved(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The picture (H, W), each of whose pixels shows what lies where `matrix` (2, 3) says."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, matrix, picture.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)


def video(pair: Pair, smiles: bool, drifts: bool, rng: np.random.Generator) -> tuple[list[np.ndarray], list[Place]]:
    """Frames of the face, and the ideal crop of its right eye in each."""
    neutral, smiling, eyes = pair
    between, middle = float(np.linalg.norm(eyes[1] - eyes[0])), eyes.mean(0)
    towards, nearer = rng.uniform(0, 2 * np.pi), rng.choice([-1, 1])
    frames, places = [], []
    for number in range(FRAMES):
        smile = float(np.clip((number - BEGINS) / LASTS, 0, 1)) if smiles else 0.0
        face = cv2.addWeighted(neutral, 1 - smile, smiling, smile, 0)
        gone = (1 - np.cos(2 * np.pi * number / FRAMES)) / 2 if drifts else 0.0
        size = 1 + gone * NEARER * nearer
        shift = gone * AWAY * between * np.array([np.cos(towards), np.sin(towards)])
        if drifts:  # from the picture to the face: about the middle of the eyes
            face = moved(face, np.column_stack([np.eye(2) / size, middle - (middle + shift) / size]))
        grain = rng.normal(0, NOISE, face.shape)
        frames.append(np.clip(np.rint(face + grain), 0, 255).astype(np.uint8))
        at = middle + shift + size * (eyes[0] - middle)
        places.append(crop_around(at[0], at[1], size * between, False))
    return frames, places


def ideal(
    frames: list[np.ndarray], places: list[Place], size: int, aside: float = 0.0, angle: float = 0.0
) -> list[np.ndarray]:
    """The crops (size, size), all of them `aside` of their side away."""
    right, down = aside * np.cos(angle), aside * np.sin(angle)
    away = [replace(place, x=place.x + right * place.width, y=place.y + down * place.width) for place in places]
    return [place.cut(frame, size) for place, frame in zip(away, frames, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portraits", type=Path)
    parser.add_argument("--model", type=Path, help="an exported file; by default the packaged one")
    parser.add_argument("--finder", type=Path, help="another file than the one in the package")
    parser.add_argument("--people", choices=("test", "validation"), default="validation")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    finder, recognizer = EyeFinder(open_network(options.finder)), Recognizer(options.model, rate_hz=RATE)
    size = recognizer.model.size
    every: dict[str, dict[str, list[Any]]] = {}
    said: dict[str, dict[str, dict[str, int]]] = {}
    for number, pair in enumerate(pairs(options.portraits, options.people)):
        for which, (kind, (smiles, drifts)) in enumerate(KINDS.items()):
            rng = np.random.default_rng((SEED, number, which))
            frames, places = video(pair, smiles, drifts, rng)
            angle = float(rng.uniform(0, 2 * np.pi))
            by_hand = verdict(ideal(frames, places, size), recognizer, "full", finder)
            ways = {
                "auto beside ideal": verdict(frames, recognizer, "auto", finder),
                "1 % aside beside ideal": verdict(ideal(frames, places, size, 0.01, angle), recognizer, "full", finder),
                "2 % aside beside ideal": verdict(ideal(frames, places, size, 0.02, angle), recognizer, "full", finder),
            }
            for way, other in ways.items():
                for part in (kind, "all"):
                    every.setdefault(way, {}).setdefault(part, []).append((other, by_hand))
            for way, (word, _) in (("auto", ways["auto beside ideal"]), ("ideal", by_hand)):
                counts = said.setdefault(kind, {}).setdefault(way, {})
                counts[word] = counts.get(word, 0) + 1
    report: dict[str, Any] = {"model": str(options.model or "default"), "people": options.people}
    report |= {way: {part: agreement(rows) for part, rows in parts.items()} for way, parts in every.items()}
    print(json.dumps({**report, "verdicts": said}, indent=1))


if __name__ == "__main__":
    main()
