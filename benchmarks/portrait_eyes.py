"""Eyes of real portraits, cut out as everywhere else and, where a benchmark asks for it, seen from somewhere else.

Pictures of the Face Research Lab London Set (DeBruine and Jones, figshare, doi 10.6084/m9.figshare.5047666.v5), in
which NNN_03 is neutral and NNN_08 smiles; a CSV tells the centres of the eyes (file, right_x, right_y, left_x, left_y).
"""

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from eyeprentice.sources.pictures import read_picture
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EYE_IN_CROP

NEUTRAL, SMILING = "03", "08"
"""What a London picture's name ends in."""
EYE_COLUMNS = ("right_x", "right_y", "left_x", "left_y")
UNMOVED = np.eye(3)

Eyes = tuple[float, float, float, float]
"""Centres of the right and of the left eye, in pixels: x, y, x, y."""


class Eye(NamedTuple):
    """A picture that shows an eye, and the crop in it."""

    picture: np.ndarray  # (H, W), as soft as a crop of `size` needs it
    crop: np.ndarray  # (3, 3) from places of the crop, 0..1 to the right and down, to pixels of the picture
    size: int

    def cut(self, movement: np.ndarray = UNMOVED) -> np.ndarray:
        """The crop as a right eye, (size, size); `movement` (3, 3) tells which place of it each place then shows."""
        to_places = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, self.size]]) / self.size
        matrix = self.crop @ movement @ to_places
        flags, border = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE
        sides = (self.size, self.size)
        if not matrix[2, :2].any():
            return cv2.warpAffine(self.picture, matrix[:2] / matrix[2, 2], sides, flags=flags, borderMode=border)
        return cv2.warpPerspective(self.picture, matrix, sides, flags=flags, borderMode=border)


def place_eye(picture: np.ndarray, eyes: Eyes, left: bool, size: int) -> Eye:
    """One eye of a grey picture (H, W), to be cut out with (size, size) pixels; a left one is mirrored."""
    centres = np.array(eyes).reshape(2, 2)
    along = centres[1] - centres[0]  # a crop is as wide as the distance between the eyes
    turn = np.column_stack([-along if left else along, [-along[1], along[0]]])
    width = float(np.hypot(*along))
    low = np.maximum(np.floor(centres[int(left)] - 1.5 * width), 0).astype(int)
    high = np.ceil(centres[int(left)] + 1.5 * width).astype(int) + 1
    part = picture[low[1] : high[1], low[0] : high[0]]
    soft = cv2.GaussianBlur(part, (0, 0), max(0.35 * width / size, 0.1))  # a warp does not average
    crop = np.eye(3)
    crop[:2, :2], crop[:2, 2] = turn, centres[int(left)] - low - turn @ np.array(EYE_IN_CROP)
    return Eye(soft, crop, size)


def cut_eye(picture: np.ndarray, eyes: Eyes, left: bool, size: int) -> np.ndarray:
    """One eye of a grey picture (H, W), as a right one, (size, size)."""
    return place_eye(picture, eyes, left, size).cut()


def place_pairs(
    portraits: Path, eyes: Path, size: int, excluded: Iterable[str] = (), included: Iterable[str] | None = None
) -> tuple[list[str], list[list[list[Eye]]]]:
    """Names of the people who are left, and of each both pictures (neutral, smiling) of both eyes (right, left).

    `included` are the only ones who are taken, all by default.
    """
    with eyes.open(newline="", encoding="utf-8") as file:
        table = {row["file"]: tuple(float(row[k]) for k in EYE_COLUMNS) for row in csv.DictReader(file)}
    people: dict[str, dict[str, str]] = {}  # a number -> the paths of both pictures
    for path in table:
        if found := re.search(rf"([0-9]+)_({NEUTRAL}|{SMILING})\.jpg$", path):
            people.setdefault(found[1], {})[found[2]] = path
    known = {name.split("_")[0] for name in excluded}
    wanted = set(people) if included is None else set(included)
    names = sorted(name for name, pair in people.items() if len(pair) == 2 and name in wanted - known)
    if not names:
        raise InputError(eyes, "no pair of pictures is left", "give eyes.csv of the portraits, and smaller casts")
    placed = []
    for name in names:
        paths = [people[name][kind] for kind in (NEUTRAL, SMILING)]
        pictures = [read_picture(portraits / path) for path in paths]
        both = zip(pictures, paths, strict=True)
        placed.append([[place_eye(p, table[path], left, size) for left in (False, True)] for p, path in both])
    return names, placed


def read_pairs(portraits: Path, eyes: Path, excluded: Iterable[str], size: int) -> tuple[list[str], np.ndarray]:
    """Names of the people who are left, and both pictures of both eyes, (P, 2, 2, size, size)."""
    names, placed = place_pairs(portraits, eyes, size, excluded)
    return names, np.array([[[eye.cut() for eye in both] for both in pair] for pair in placed])
