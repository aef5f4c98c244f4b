"""Makes the finder's material of portraits, and of the cast that was made of them."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.whole import read_text
from eyeprentice.finder.material import BETWEEN, FACE, PATCH, ROLES, Closeups, Faces, Material, concatenate_closeups
from eyeprentice.finder.simulated import reenact, sample_poses, simulate_closeups
from eyeprentice.sources.pictures import pictures_in, read_picture
from eyeprentice.synth.cast.folder import Cast, open_cast
from eyeprentice.synth.cast.landmarks import eye_centres, read_template
from eyeprentice.words.errors import InputError
from eyeprentice.words.progress import progress

BELOW = 0.45
"""How far a face's middle lies below that of its eyes, in distances between them."""
PATCHES, TRIES = 6, 200
"""Of each portrait, and for each patch: a portrait that is all eyes has none."""
LEAST_BETWEEN = 16
"""Pixels between the eyes of a portrait."""
SEEDS = 2
"""How often each of a cast is met by a headset's camera."""

Points = NDArray[np.float64]  # (2, 2): the right and the left eye, x and y in pixels


def gather(
    portraits: Sequence[Path], casts: Sequence[Path], table: Path | None, seed: int, jobs: int
) -> dict[str, Material]:
    """Material for training and for validation; nothing is made of test people (`role_of`).

    Eyes are where a portrait's landmarks (NAME.tem) say, or else `table`. Raises `InputError` if that leaves out one,
    or if there is no portrait to learn from or to choose a threshold on.
    """
    opened = [open_cast(cast) for cast in casts]
    members = {member.name: (cast, number) for cast in opened for number, member in enumerate(cast.members)}
    known = {} if table is None else read_eyes(table)
    paths = [path for folder in portraits for path in pictures_in(folder) if role_of(path.stem) in ROLES]
    if lacking := sorted(set(ROLES) - {role_of(path.stem) for path in paths}):
        todo = "add some: the number in a portrait's name says what it is for (see --help)"
        raise InputError(portraits[0], f"no portrait is for {lacking[0]}", todo)
    rows: dict[str, list[tuple[NDArray[np.uint8], Points, Points, float]]] = {role: [] for role in ROLES}
    patches: dict[str, list[NDArray[np.uint8]]] = {role: [] for role in ROLES}
    rng = np.random.default_rng(seed)
    with progress("gathering", len(paths)) as advance:
        for path in paths:
            role, portrait = role_of(path.stem), read_picture(path)
            eyes = _eyes_of(path, portrait, known)
            expressive = not path.with_suffix(".tem").is_file()
            rows[role].append((*cut_face(portrait, eyes), np.nan if expressive else 1.0))
            patches[role].append(patches_without_eyes(portrait, eyes, PATCHES, rng))
            if path.stem in members:
                poses = sample_poses(rng)
                images = reenact(portrait, eyes, *members[path.stem], poses)
                rows[role] += [(*cut_face(i, eyes), 1 - pose.closure) for i, pose in zip(images, poses, strict=True)]
            advance(path.stem)
    closeups = _closeups(opened, seed, jobs)
    return {role: Material(_faces(rows[role]), np.concatenate(patches[role]), closeups[role]) for role in ROLES}


def role_of(name: str) -> str:
    """`test`, `validation` or `training`, by the number that a portrait's name begins with.

    In names like 012_03 the number is the person. Those divisible by four are for testing, those that leave 1 when
    divided by eight for validation. Other names (003f) are always learnt from.
    """
    match = re.fullmatch(r"(\d+)_\d+", name)
    if match is None:
        return "training"
    number = int(match.group(1))
    return "test" if number % 4 == 0 else "validation" if number % 8 == 1 else "training"


def cut_face(portrait: NDArray[np.uint8], eyes: Points) -> tuple[NDArray[np.uint8], Points, NDArray[np.float64]]:
    """A portrait (H, W) -> the face (FACE, FACE), its eyes, and left, top, right and bottom of what is inside."""
    scale = BETWEEN / float(np.linalg.norm(eyes[1] - eyes[0]))
    middle = eyes.mean(0) + np.array([0, BELOW * BETWEEN / scale])
    move = FACE / 2 - scale * middle
    soft = cv2.GaussianBlur(portrait, (0, 0), 0.4 / scale) if scale < 0.8 else portrait
    shift = move + 0.5 * scale - 0.5  # from pixel numbers to pixel numbers
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    picture = cv2.warpAffine(soft, matrix, (FACE, FACE), flags=cv2.INTER_LINEAR).astype(np.uint8)
    corners = np.array([[0, 0], portrait.shape[::-1]]) * scale + move
    return picture, scale * eyes + move, np.clip(corners, 0, FACE).ravel()


def patches_without_eyes(
    portrait: NDArray[np.uint8], eyes: Points, count: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Square parts of a portrait that show no eye, at random places and scales: (count, PATCH, PATCH), or fewer.

    Of distances between the eyes, what is nearer to an eye's centre than 0.42 sideways, or 0.24 up or down, is the eye.
    """
    between = float(np.linalg.norm(eyes[1] - eyes[0]))
    half = np.array([0.42, 0.24]) * between
    patches: list[NDArray[np.uint8]] = []
    for _ in range(TRIES * count):
        if len(patches) == count:
            break
        side = between * np.exp(rng.uniform(np.log(0.4), np.log(2.4)))
        near = eyes.mean(0) + rng.normal(0, [1.3 * between, 1.6 * between])
        x, y = near - side / 2
        if x < 0 or y < 0 or x + side > portrait.shape[1] or y + side > portrait.shape[0]:
            continue
        apart = np.maximum(np.array([x, y]) - eyes, eyes - np.array([x + side, y + side]))  # (2, 2); negative within
        if (apart < half).all(1).any():
            continue
        part = portrait[int(y) : int(y + side), int(x) : int(x + side)]
        patches.append(cv2.resize(part, (PATCH, PATCH), interpolation=cv2.INTER_AREA).astype(np.uint8))
    return np.array(patches, np.uint8).reshape(-1, PATCH, PATCH)


def read_eyes(table: Path) -> dict[str, Points]:
    """A table of `file`, `right_x`, `right_y`, `left_x`, `left_y` -> the eyes for each file's name without ending."""
    try:
        rows = csv.DictReader(io.StringIO(read_text(table, "a CSV of eyes"), newline=""))
        numbers = ("right_x", "right_y", "left_x", "left_y")
        eyes: dict[str, Points] = {}
        for row in rows:
            if (name := Path(row["file"]).stem) in eyes:
                raise ValueError(f"two rows are of '{name}'")
            eyes[name] = np.array([float(row[n]) for n in numbers]).reshape(2, 2)
        return eyes
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        what = f"not a table of eyes ({error})"
        raise InputError(table, what, "give a CSV with file, right_x, right_y, left_x and left_y") from None


def centres(path: Path, width: int, height: int) -> Points:
    """Centres of the eyes by a portrait's landmarks: the means of the lids' points."""
    return eye_centres(read_template(path.with_suffix(".tem"), width, height))


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
    rest = (np.array(told, np.float32) for told in (eyes, openness, inside))
    return Faces(np.stack(pictures), *rest)


def _closeups(casts: Sequence[Cast], seed: int, jobs: int) -> dict[str, Closeups]:
    parts: dict[str, list[Closeups]] = {role: [] for role in ROLES}
    for cast in casts:
        for turn in range(SEEDS):
            pictures = simulate_closeups(range(len(cast.members)), seed + turn, jobs, str(cast.root))
            for member, closeups in zip(cast.members, pictures, strict=True):
                if (role := role_of(member.name)) in ROLES:
                    parts[role].append(closeups)
    return {role: concatenate_closeups(found) for role, found in parts.items()}
