"""Compares how simulated eye regions move with how those of real people do, emotion by emotion. JSON.

Simulated people are drawn relaxed and at the apex of each emotion as posed; dense optical flow between the two
(Farneback, SCIA 2003) is kept where forward and backward flow agree. The median of the motion over people, on the
reference's grid, is compared with the reference: `correlation` (Pearson's, both components of the inner 7x7 cells) and
`size` (ratio of the root mean squares of the same numbers). Blinks, gaze, headset and noise are off.

python benchmarks/motion.py --people 60 [--exact] [--kind CAST]
"""

import argparse
import json
import os
from pathlib import Path

import cv2
import numpy as np

from eyeprentice.synth.expressions import PATTERNS, sample_pattern
from eyeprentice.synth.face import Face, Lamp, Pose
from eyeprentice.synth.people import DRAWN, open_people, random_numbers
from eyeprentice.synth.variety import SEE
from eyeprentice.words.vocabulary import EYE_IN_CROP

SHARED = Path(os.environ.get("EYEPRENTICE_REFERENCE", Path(__file__).parents[2] / "shared"))
REFERENCE = Path("reference/motion/posed_expressions.json")
GRID = 9
AGREEING = 0.01
"""How far forward and backward flow may be apart, in widths."""
TOO_FEW = 0.1
"""A cell with a smaller share of its pixels measured says nothing of a person."""
LAMP = Lamp((0.1, -0.4, 1.0), 0.5)


def flow_between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Motion from one picture (S, S) to the other in widths, (2, S, S); NaN where it cannot be told."""
    grey = [_flattened(image) for image in (one, other)]
    size = one.shape[0]
    there, back = (_farneback(*pair) for pair in (grey, grey[::-1]))
    at = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=2).astype(np.float32)
    returned = there + cv2.remap(back, at + there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    there[np.linalg.norm(returned, axis=2) > AGREEING * size] = np.nan
    return there.transpose(2, 0, 1) / size


def _flattened(image: np.ndarray) -> np.ndarray:
    """Local contrast of a picture, as bytes: skin is as clear as brows, so that flow can be told there too."""
    light = np.log(np.clip(image, 0.005, None))
    wide = 0.06 * image.shape[0]
    fine = light - cv2.GaussianBlur(light, (0, 0), wide)
    spread = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), wide)) + 0.02
    return np.clip(128 + 50 * fine / spread, 0, 255).astype(np.uint8)


def _farneback(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return cv2.calcOpticalFlowFarneback(one, other, None, 0.5, 5, 17, 5, 7, 1.5, 0)


def framed(flow: np.ndarray, eye: tuple[float, float]) -> np.ndarray:
    """The flow (2, S, S) moved so that the eye's centre is where the crop has it; NaN where nothing was seen."""
    size = flow.shape[1]
    move = np.array([[1, 0, size * (EYE_IN_CROP[0] - eye[0])], [0, 1, size * (EYE_IN_CROP[1] - eye[1])]])
    axes = [cv2.warpAffine(a, move, (size, size), flags=cv2.INTER_NEAREST, borderValue=np.nan) for a in flow]
    return np.stack(axes)


def cells(flow: np.ndarray) -> np.ndarray:
    """Median motion in each cell of the grid in percent of the width: (2, 9, 9), NaN where too little is known."""
    borders = np.linspace(0, flow.shape[1], GRID + 1).round().astype(int)
    grid = np.full((2, GRID, GRID), np.nan)
    for row in range(GRID):
        for column in range(GRID):
            part = flow[:, borders[row] : borders[row + 1], borders[column] : borders[column + 1]].reshape(2, -1)
            known = ~np.isnan(part[0])
            if known.mean() > TOO_FEW:
                grid[:, row, column] = 100 * np.median(part[:, known], axis=1)
    return grid


def field_of(face: Face, pose: Pose, relaxed: np.ndarray, exact: bool) -> np.ndarray:
    flow = face.flow(pose) if exact else flow_between(relaxed, face.render(pose, LAMP))
    return cells(framed(np.asarray(flow, np.float32), face.eye))


def median_fields(kind: str, seed: int, people: int, size: int, exact: bool) -> dict[str, np.ndarray]:
    """Emotion -> the median over people of their motion to the apex of it, (2, 9, 9), in percent of the width."""
    crowd = open_people(kind, seed, SEE)
    fields = {emotion: [] for emotion in PATTERNS if emotion != "neutral"}
    for subject in range(min(people, crowd.count or people)):
        person = crowd.person(subject)
        face = person.face(size)
        relaxed = face.render(Pose(np.zeros(8)), LAMP)
        for number, emotion in enumerate(fields):
            units = sample_pattern(emotion, random_numbers(seed, subject, number)) * person.mobility
            fields[emotion].append(field_of(face, Pose(np.clip(units, 0, 1)), relaxed, exact))
    return {emotion: np.nanmedian(each, axis=0) for emotion, each in fields.items()}


def compare(field: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    ours, theirs = (each[:, 1:-1, 1:-1].ravel() for each in (field, reference))
    known = ~np.isnan(ours)
    ours, theirs = ours[known], theirs[known]
    size = np.sqrt((ours**2).mean() / (theirs**2).mean())
    return {"correlation": round(float(np.corrcoef(ours, theirs)[0, 1]), 3), "size": round(float(size), 3)}


def reference_fields() -> dict[str, np.ndarray]:
    emotions = json.loads((SHARED / REFERENCE).read_text())["emotions"]
    return {name: np.array([each["median"][axis] for axis in ("dx", "dy")]) for name, each in emotions.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", default=DRAWN, help="as of synth --people")
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--exact", action="store_true", help="motion as the geometry has it, not as flow measures it")
    parser.add_argument("--fields", action="store_true", help="print the median fields too")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    fields = median_fields(arguments.kind, arguments.seed, arguments.people, arguments.size, arguments.exact)
    compared = {emotion: compare(fields[emotion], reference) for emotion, reference in reference_fields().items()}
    if arguments.fields:
        for emotion, field in fields.items():
            for axis, values in zip(("right", "down"), field, strict=True):
                compared[emotion][axis] = np.round(values, 1).tolist()
    print(json.dumps({"kind": arguments.kind, "exact": arguments.exact, "emotions": compared}, indent=1))
