"""Compares how simulated eye regions move with how those of real people do, emotion by emotion. JSON.

Simulated people are drawn relaxed and at the apex of each emotion as posed; dense optical flow between the two
(Farneback, SCIA 2003) is kept where forward and backward flow agree. The median of the motion over people, on the
reference's grid, is compared with the reference: `correlation` (Pearson's, both components of the inner 7x7 cells) and
`size` (ratio of the root mean squares of the same numbers). Blinks, gaze, headset and noise are off.

How much people differ is compared person by person, with the exact motion of simulated people as `synth --variety
corpus` draws them:

- `--breadth N`: ratio of the interquartile ranges of N simulated fields to those of people (1 is as it should be);
- `--nearest N`: how much of each measured field the nearest of N simulated ones explains, shift, turn and zoom being
  free, and which emotion that one shows; `rigid` is what shift, turn and zoom explain alone;
- `--fit FILE`: the action units that explain each measured field best, and prototypes of them.

python benchmarks/motion.py --people 60 [--exact] [--kind CAST]
python benchmarks/motion.py --kind CAST --breadth 2000 --nearest 2000 --fit units.json
"""

import argparse
import json
import os
from pathlib import Path

import cv2
import numpy as np
from motion_spread import GRID, breadth, nearest, rigid_alone, summary, without_rigid

from eyeprentice.synth.expressions import PATTERNS, sample_pattern, sample_strength
from eyeprentice.synth.face import Face, Lamp, Pose
from eyeprentice.synth.people import DRAWN, open_people, random_numbers
from eyeprentice.synth.variety import CORPUS, SEE
from eyeprentice.words.vocabulary import EYE_IN_CROP

SHARED = Path(os.environ.get("EYEPRENTICE_REFERENCE", Path(__file__).parents[2] / "shared"))
REFERENCE = Path("reference/motion/posed_expressions.json")
FIELDS = Path("reference/motion/posed_fields.json")
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


def crowd_fields(kind: str, seed: int, count: int, size: int) -> dict[str, np.ndarray]:
    """Emotion -> exact motion to the apex in at least `count` / 6 sequences of it, (N, 2, 9, 9), as `corpus` has it."""
    crowd = open_people(kind, seed, CORPUS)
    fields = {emotion: [] for emotion in PATTERNS if emotion != "neutral"}
    people = crowd.count or 100
    takes = -(-count // (people * len(fields)))
    for subject in range(people):
        person = crowd.person(subject)
        face = person.face(size)
        for number, emotion in enumerate(fields):
            for take in range(takes):
                rng = random_numbers(seed, subject, number, take)
                shown = sample_strength(rng) * rng.uniform(1 - 0.65 * CORPUS.subtle, 1)
                units = sample_pattern(emotion, rng) * shown * person.mobility
                fields[emotion].append(field_of(face, Pose(np.clip(units, 0, 1)), np.empty(0), exact=True))
    return {emotion: np.array(each) for emotion, each in fields.items()}


def unit_fields(kind: str, people: int, size: int) -> np.ndarray:
    """What each action unit moves at full intensity, (8, 2, 9, 9): the mean of `people` relaxed but for half of it."""
    crowd = open_people(kind, 0, SEE)
    faces = (crowd.person(subject).face(size) for subject in range(min(people, crowd.count or people)))
    half = [[2 * field_of(face, Pose(unit), np.empty(0), exact=True) for unit in 0.5 * np.eye(8)] for face in faces]
    return np.nanmean(half, axis=0)


def compare(field: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    ours, theirs = (each[:, 1:-1, 1:-1].ravel() for each in (field, reference))
    known = ~np.isnan(ours)
    ours, theirs = ours[known], theirs[known]
    size = np.sqrt((ours**2).mean() / (theirs**2).mean())
    return {"correlation": round(float(np.corrcoef(ours, theirs)[0, 1]), 3), "size": round(float(size), 3)}


def reference_fields() -> dict[str, np.ndarray]:
    emotions = json.loads((SHARED / REFERENCE).read_text())["emotions"]
    return {name: np.array([each["median"][axis] for axis in ("dx", "dy")]) for name, each in emotions.items()}


def measured_fields() -> dict[str, np.ndarray]:
    """Emotion -> the motion of each person measured, (N, 2, 9, 9), NaN where flow could not tell it."""
    emotions = json.loads((SHARED / FIELDS).read_text())["emotions"]
    return {name: np.array(each, float).reshape(-1, 2, GRID, GRID) for name, each in emotions.items()}


def compare_people(simulated: dict[str, np.ndarray], measured: dict[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """Breadth of each emotion, as the fields are and after what shift, turn and zoom explain of each is removed."""
    return {
        emotion: {
            "breadth": breadth(simulated[emotion], fields),
            "breadth_without_rigid": breadth(without_rigid(simulated[emotion]), without_rigid(fields)),
        }
        for emotion, fields in measured.items()
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", default=DRAWN, help="as of synth --people")
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--exact", action="store_true", help="motion as the geometry has it, not as flow measures it")
    parser.add_argument("--fields", action="store_true", help="print the median fields too")
    parser.add_argument("--breadth", type=int, metavar="N", help="compare how much N simulated fields differ")
    parser.add_argument("--nearest", type=int, metavar="N", help="explain each measured field by one of N simulated")
    parser.add_argument("--fit", type=Path, metavar="FILE", help="write the units that explain each measured field")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    told = {"kind": arguments.kind, "exact": arguments.exact}
    if arguments.fit:
        from motion_units import fit_all

        units = unit_fields(arguments.kind, arguments.people, arguments.size)
        arguments.fit.write_text(json.dumps(fit_all(measured_fields(), units)) + "\n")
    if arguments.breadth:
        simulated = crowd_fields(arguments.kind, arguments.seed, arguments.breadth, arguments.size)
        told["breadth"] = compare_people(simulated, measured_fields())
    if arguments.nearest:
        simulated = crowd_fields(arguments.kind, arguments.seed, arguments.nearest, arguments.size)
        told["nearest"] = summary(nearest(measured_fields(), simulated))
        told["rigid"] = {name: round(float(np.median(rigid_alone(f))), 3) for name, f in measured_fields().items()}
    if not (arguments.fit or arguments.breadth or arguments.nearest):
        fields = median_fields(arguments.kind, arguments.seed, arguments.people, arguments.size, arguments.exact)
        compared = {emotion: compare(fields[emotion], reference) for emotion, reference in reference_fields().items()}
        if arguments.fields:
            for emotion, field in fields.items():
                for axis, values in zip(("right", "down"), field, strict=True):
                    compared[emotion][axis] = np.round(values, 1).tolist()
        told["emotions"] = compared
    print(json.dumps(told, indent=1))
