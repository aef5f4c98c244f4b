"""Gathers the finder's material from portraits and a cast made of them."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.whole import read_text
from eyeprentice.finder.closeups import Closeups, joined, simulate_closeups
from eyeprentice.finder.material import TESTED, Faces, Material, cut_face, patches_without_eyes, role_of
from eyeprentice.sources.pictures import pictures_in, read_picture
from eyeprentice.synth.cast.face import ReenactedFace
from eyeprentice.synth.cast.folder import Cast, open_cast
from eyeprentice.synth.cast.landmarks import eye_centres, read_template
from eyeprentice.synth.cast.layers import take_apart
from eyeprentice.synth.expressions import sample_pattern
from eyeprentice.synth.face import RELAXED, Lamp, Pose
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress
from eyeprentice.words.vocabulary import EMOTIONS, EYE_IN_CROP

REENACTED = 4
"""Pictures of each face of a cast: shut, closing, and two expressions."""
PATCHES = 6
"""Of each portrait."""
LEAST_BETWEEN = 16
"""Pixels between the eyes of a portrait."""
SEEDS = 2
"""How often each of a cast is met by a headset's camera."""
CROP = 128
"""Pixels of a re-enacted eye's region before it is put back into its face."""
LAMP = Lamp((0.0, -0.2, 1.0), 0.6)
Points = NDArray[np.float64]


def gather(
    portraits: Sequence[Path], casts: Sequence[Path], table: Path | None, seed: int, jobs: int
) -> dict[str, Material]:
    """Material for training and for validation; nothing is made of test people (`role_of`).

    Eyes are where a portrait's landmarks (NAME.tem) say, or else `table`. Raises `InputError` if that leaves out one.
    """
    opened = [open_cast(cast) for cast in casts]
    members = {member.name: (cast, number) for cast in opened for number, member in enumerate(cast.members)}
    known = {} if table is None else read_eyes(table)
    paths = [path for folder in portraits for path in pictures_in(folder) if role_of(path.stem) != TESTED]
    gathered: dict[str, tuple[list[tuple[NDArray[np.uint8], Points, Points, float]], list[NDArray[np.uint8]]]]
    gathered = {"training": ([], []), "validation": ([], [])}
    rng = np.random.default_rng(seed)
    with progress("gathering", len(paths)) as advance:
        for path in paths:
            faces, patches = gathered[role_of(path.stem)]
            portrait = read_picture(path)
            eyes = _eyes_of(path, portrait, known)
            expressive = not path.with_suffix(".tem").is_file()
            faces.append((*cut_face(portrait, eyes), np.nan if expressive else 1.0))
            patches.append(patches_without_eyes(portrait, eyes, PATCHES, rng))
            if path.stem in members:
                poses = sample_poses(rng)
                images = reenact(portrait, eyes, *members[path.stem], poses)
                faces += [(*cut_face(image, eyes), 1 - pose.closure) for image, pose in zip(images, poses, strict=True)]
            advance(path.stem)
    closeups = _closeups(opened, seed, jobs)
    return {
        role: Material(_faces(faces), np.concatenate(patches), closeups[role])
        for role, (faces, patches) in gathered.items()
    }


def read_eyes(table: Path) -> dict[str, Points]:
    """A table of `file`, `right_x`, `right_y`, `left_x`, `left_y` -> (2, 2) for each file's name without ending."""
    try:
        rows = csv.DictReader(io.StringIO(read_text(table, "a CSV of eyes"), newline=""))
        numbers = ("right_x", "right_y", "left_x", "left_y")
        eyes = {Path(row["file"]).stem: np.array([float(row[n]) for n in numbers]).reshape(2, 2) for row in rows}
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        what = f"not a table of eyes ({error})"
        raise InputError(table, what, "give a CSV with file, right_x, right_y, left_x and left_y") from None
    return eyes


def centres(path: Path, width: int, height: int) -> Points:
    """Centres of the right and the left eye by a portrait's landmarks: the means of the lids' points, (2, 2)."""
    return eye_centres(read_template(path.with_suffix(".tem"), width, height))


def sample_poses(rng: np.random.Generator) -> list[Pose]:
    """Shut, closing, and twice with an expression."""
    poses = [Pose(RELAXED.units, 1.0), Pose(RELAXED.units, float(rng.uniform(0.3, 0.85)))]
    for _ in range(REENACTED - 2):
        units = np.clip(sample_pattern(EMOTIONS[rng.integers(len(EMOTIONS))], rng) * rng.uniform(0.5, 1.1), 0, 1)
        poses.append(
            Pose(units, float(rng.uniform(0, 0.5) * (rng.random() < 0.4)), (rng.normal(0, 0.3), rng.normal(0, 0.3)))
        )
    return poses


def reenact(
    portrait: NDArray[np.uint8], eyes: Points, cast: Cast, number: int, poses: Sequence[Pose]
) -> list[NDArray[np.uint8]]:
    """The portrait (H, W) with both eyes in each of the poses."""
    pictures = [portrait.astype(np.float32) for _ in poses]
    for left, region in enumerate(cast.read(number)):
        face = ReenactedFace(region, take_apart(region, CROP, 0.5), CROP, 0.6, 1.0, number)
        matrix = _from_crop(eyes, bool(left))
        inverse = cv2.invertAffineTransform(matrix)
        true = cv2.warpAffine(portrait, inverse, (CROP, CROP), flags=cv2.INTER_LINEAR).astype(np.float32)
        gain, base = np.polyfit(face.render(RELAXED, LAMP).ravel(), true.ravel(), 1)  # radiance -> this portrait's grey
        weight = _feather()
        size = portrait.shape[::-1]
        share = cv2.warpAffine(weight, matrix, size)
        for picture, pose in zip(pictures, poses, strict=True):
            crop = (gain * face.render(pose, LAMP) + base).astype(np.float32)
            pasted = cv2.warpAffine(crop, matrix, size)
            picture += share * (pasted - picture)
    return [np.clip(picture, 0, 255).astype(np.uint8) for picture in pictures]


def _from_crop(eyes: Points, left: bool) -> Points:
    """From pixels of an eye's crop, a left one's mirrored, to pixels of the portrait: (2, 3)."""
    along = eyes[1] - eyes[0]
    turn = np.array([[along[0], -along[1]], [along[1], along[0]]]) / CROP
    if left:
        turn = turn @ np.diag([-1.0, 1.0])
    at = np.array(EYE_IN_CROP) * CROP
    move = eyes[int(left)] - turn @ at
    return np.column_stack([turn, move + turn @ [0.5, 0.5] - 0.5])


def _feather() -> NDArray[np.float32]:
    """How much of a crop is put back: all of it in the middle, nothing at its border."""
    at = np.abs(np.linspace(-1, 1, CROP, dtype=np.float32))
    falls = np.clip((0.97 - at) / 0.25, 0, 1)
    return np.ascontiguousarray(falls[None] * falls[:, None])


def _eyes_of(path: Path, portrait: NDArray[np.uint8], known: dict[str, Points]) -> Points:
    """Raises `InputError` where nobody knows, or where they cannot be."""
    if path.with_suffix(".tem").is_file():
        eyes = centres(path, portrait.shape[1], portrait.shape[0])
    elif path.stem in known:
        eyes = known[path.stem]
    else:
        raise InputError(path, "nobody says where its eyes are", "add NAME.tem, or name it in the table of --eyes")
    inside = (eyes >= 0).all() and (eyes <= portrait.shape[::-1]).all()  # false for what is no number, too
    if not inside or np.linalg.norm(eyes[1] - eyes[0]) < LEAST_BETWEEN:
        what = f"its eyes are said to be at {eyes.tolist()}"
        raise InputError(path, what, f"give places in the picture, {LEAST_BETWEEN} pixels apart or more")
    return eyes


def _faces(rows: list[tuple[NDArray[np.uint8], Points, Points, float]]) -> Faces:
    pictures, eyes, inside, openness = zip(*rows, strict=True)
    return Faces(
        np.stack(pictures), np.stack(eyes).astype(np.float32), np.array(openness, np.float32),
        np.stack(inside).astype(np.float32),
    )  # fmt: skip


def _closeups(casts: Sequence[Cast], seed: int, jobs: int) -> dict[str, Closeups]:
    parts: dict[str, list[Closeups]] = {"training": [], "validation": []}
    with progress("re-enacting", SEEDS * sum(len(cast.members) for cast in casts)) as advance:
        for cast in casts:
            for turn in range(SEEDS):
                pictures = simulate_closeups(range(len(cast.members)), seed + turn, jobs, str(cast.root))
                for member, closeups in zip(cast.members, pictures, strict=True):
                    if role_of(member.name) != TESTED:
                        parts[role_of(member.name)].append(closeups)
                    advance(member.name)
    return {role: joined(found) for role, found in parts.items()}
