"""How well eyes are found in portraits of people who were not learnt from, and in pictures without an eye. JSON.

Pictures of the Face Research Lab London Set (DeBruine and Jones, figshare, doi 10.6084/m9.figshare.5047666.v5), neutral
and smiling, at three widths and five angles. Where their eyes are is told by their landmarks (NAME.tem, neutral), or by
a table of a public landmark model (smiling), whose own error is 2.4 % of the distance between the eyes. An eye counts
as found if the tracker's first look names a place nearer to one of the face's eyes than 0.35 of the distance between
them. Pictures without an eye are generated textures and parts of the same portraits. Test people have numbers that four
divides; `--people validation` takes those that leave 1 when divided by eight, with which thresholds are chosen.

python benchmarks/finder_portraits.py ../shared/portraits > docs/measurements/finder_portraits.json
"""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from haar import Haar, available

from eyeprentice import __version__
from eyeprentice.eye.contract import Rules
from eyeprentice.eye.decoding import Side
from eyeprentice.eye.looking import EyeFinder
from eyeprentice.eye.network import open_network
from eyeprentice.eye.tracking import Tracker
from eyeprentice.finder.portraits import centres, patches_without_eyes, read_eyes, role_of
from eyeprentice.finder.textures import texture
from eyeprentice.sources.pictures import read_picture

WIDTHS, ANGLES = (1350, 480, 160), (-20, -10, 0, 10, 20)
TEXTURES, TEXTURE_SIDES = 1000, (160, 256, 480)
PATCHES = 20
"""Of each portrait; together about as many as textures."""
SEED = 77


class Answer(NamedTuple):
    x: float
    y: float
    left: bool
    probability: float


Find = Callable[[np.ndarray], Answer | None]


def finds(finder: EyeFinder, side: Side) -> Find:
    """As the first frame of a stream is looked at."""

    def find(picture: np.ndarray) -> Answer | None:
        sight = Tracker(finder, 30, side).step(picture)
        if sight is None or sight.eye is None:
            return None
        return Answer(sight.eye.x, sight.eye.y, sight.place.mirrored, sight.quality)

    return find


def cascades() -> Find:
    haar = Haar()

    def find(picture: np.ndarray) -> Answer | None:
        found = haar.find(picture)
        return None if found is None else Answer(*found, 1.0)

    return find


def turned(picture: np.ndarray, eyes: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Around the picture's middle, with what its border shows repeated; and the eyes in it."""
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), angle, 1.0)
    shown = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return shown, (eyes - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5


def shown_at(picture: np.ndarray, eyes: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    scale = width / picture.shape[1]
    if scale == 1:
        return picture, eyes
    small = cv2.resize(picture, (width, round(scale * picture.shape[0])), interpolation=cv2.INTER_AREA)
    return small, scale * eyes


def portraits(root: Path, people: str) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """`neutral` or `smiling`, the picture, and both eyes (2, 2)."""
    known = read_eyes(root / "eyes.csv")
    for expression in ("neutral", "smiling"):
        for path in sorted((root / "london" / expression).glob("*.jpg")):
            if role_of(path.stem) != people:
                continue
            picture = read_picture(path)
            marked = path.with_suffix(".tem").is_file()
            yield expression, picture, centres(path, *picture.shape[::-1]) if marked else known[path.stem]


def scored(rows: list[tuple[Answer | None, np.ndarray, bool]]) -> dict[str, Any]:
    """Answers, true eyes and whether the left one was asked for -> shares and errors."""
    errors, sides = [], []
    for answer, eyes, asked in rows:
        if answer is None:
            continue
        between = float(np.linalg.norm(eyes[1] - eyes[0]))
        apart = np.linalg.norm(eyes - (answer.x, answer.y), axis=1) / between
        if apart.min() < Rules().same_sizes:
            errors.append(float(apart.min()))
            sides.append(bool(apart.argmin()) == asked)
    return {
        "pictures": len(rows),
        "found_percent": round(100 * len(errors) / len(rows), 2),
        "nothing_percent": round(100 * sum(answer is None for answer, _, _ in rows) / len(rows), 2),
        "median_error_percent": round(100 * float(np.median(errors)), 2) if errors else None,
        "p95_error_percent": round(100 * float(np.quantile(errors, 0.95)), 2) if errors else None,
        "side_right_percent": round(100 * float(np.mean(sides)), 2) if sides else None,
    }


def in_portraits(root: Path, people: str, ways: dict[str, tuple[Find, bool]]) -> dict[str, Any]:
    """Scores of each way (what finds, and whether it is asked for the left eye), in all and part by part."""
    rows: dict[str, dict[str, list[Any]]] = {name: {} for name in ways}
    for expression, picture, eyes in portraits(root, people):
        for width in WIDTHS:
            small, at = shown_at(picture, eyes, width)
            for angle in ANGLES:
                shown, true = turned(small, at, angle)
                for name, (find, left) in ways.items():
                    row = (find(shown), true, left)
                    for part in ("all", expression, f"{width} px", f"{abs(angle)} degrees"):
                        rows[name].setdefault(part, []).append(row)
    return {name: {part: scored(found) for part, found in parts.items()} for name, parts in rows.items()}


def without_eyes(root: Path, people: str, find: Find) -> dict[str, Any]:
    """How many pictures without an eye show one."""
    rng = np.random.default_rng(SEED)
    walls = [texture(rng, TEXTURE_SIDES[number % len(TEXTURE_SIDES)]) for number in range(TEXTURES)]
    parts = [
        part
        for _, picture, eyes in portraits(root, people)
        for part in patches_without_eyes(picture, eyes, PATCHES, rng)
    ]
    wrong = {
        "textures": (walls, [find(wall) for wall in walls]),
        "parts of portraits": (parts, [find(part) for part in parts]),
    }
    report: dict[str, Any] = {}
    for name, (pictures, answers) in wrong.items():
        found = sorted((answer.probability for answer in answers if answer is not None), reverse=True)
        report[name] = {
            "pictures": len(pictures),
            "found": len(found),
            "probabilities": [round(p, 3) for p in found[:20]],
        }
    report["percent"] = round(100 * sum(r["found"] for r in report.values()) / (len(walls) + len(parts)), 2)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portraits", type=Path)
    parser.add_argument("--finder", type=Path, help="another file than the one in the package")
    parser.add_argument("--people", choices=("test", "validation"), default="test")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    finder = EyeFinder(open_network(options.finder))
    ways: dict[str, tuple[Find, bool]] = {
        "right": (finds(finder, "right"), False),
        "left": (finds(finder, "left"), True),
    }
    if available():
        ways["haar"] = (cascades(), False)
    report = {"version": __version__, "people": options.people} | in_portraits(options.portraits, options.people, ways)
    report["without_eyes"] = without_eyes(options.portraits, options.people, finds(finder, "auto"))
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
