"""A portrait's landmarks: WebMorph's template of 189 points, of which those that an eye region needs.

The numbering is that of the Face Research Lab's template: pupils, irises, lids, lid creases, brows, nose, mouth, jaw.
DeBruine, L. M., *webmorphR*, 2022.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eyeprentice.files.whole import read_text
from eyeprentice.words.errors import InputError

Points = NDArray[np.float64]

COUNT = 189
RIGHT = {
    "pupil": (0,), "iris": tuple(range(2, 10)), "upper": (18, 19, 20, 21, 22), "lower": (18, 28, 29, 30, 22),
    "crease": (34, 35, 36, 37, 38), "brow": (71, 72, 73, 74, 75, 76), "under": (71, 83, 84, 76),
}  # fmt: skip
"""Of the person's right eye, from the outer end to the inner one."""
LEFT = {
    "pupil": (1,), "iris": tuple(range(10, 18)), "upper": (27, 26, 25, 24, 23), "lower": (27, 33, 32, 31, 23),
    "crease": (43, 42, 41, 40, 39), "brow": (82, 81, 80, 79, 78, 77), "under": (82, 86, 85, 77),
}  # fmt: skip
MULTI_PIE = {
    8: (129,), 17: (71,), 18: (72,), 19: (73,), 20: (74,), 21: (75, 76), 22: (77, 78), 23: (79,), 24: (80,), 25: (81,),
    26: (82,), 28: (51, 57), 29: (52, 58), 36: (18,), 37: (19, 20), 38: (20, 21), 39: (22,), 40: (30, 29), 41: (29, 28),
    42: (23,), 43: (24, 25), 44: (25, 26), 45: (27,), 46: (33, 32), 47: (32, 31), 48: (87,), 54: (93,),
}  # fmt: skip
"""Landmarks of Multi-PIE, each as the mean of points of the template."""


@dataclass(frozen=True)
class Template:
    """A portrait's points in pixels, (189, 2) of x, y."""

    points: Points

    def __getitem__(self, numbers: tuple[int, ...]) -> Points:
        return self.points[list(numbers)]

    def mirrored(self, width: int) -> "Template":
        """The template of the portrait mirrored left to right: what was a left eye is then a right one."""
        points = self.points * (-1, 1) + (width - 1, 0)
        swapped = points.copy()
        for name, right in RIGHT.items():
            swapped[list(right)], swapped[list(LEFT[name])] = points[list(LEFT[name])], points[list(right)]
        for a, b in ((51, 57), (52, 58), (87, 93)):
            swapped[[a, b]] = points[[b, a]]
        return Template(swapped)


def read_template(path: Path, width: int, height: int) -> Template:
    """Reads a `.tem` file for a picture of `width` x `height` pixels; raises `InputError`."""
    if not path.is_file():
        raise InputError(path, "this file with the picture's landmarks is missing", "add it, or leave the picture out")
    try:
        lines = read_text(path, "a WebMorph template").split("\n")
        count = int(lines[0])
        if count != COUNT:
            raise InputError(
                path, f"{count} landmarks", f"give a template of {COUNT} points, as the Face Research Lab's"
            )
        points = np.array([[float(number) for number in line.split()] for line in lines[1 : count + 1]])
        if points.shape != (COUNT, 2) or not np.isfinite(points).all():
            raise ValueError("its points are not pairs of numbers")
    except ValueError as error:
        raise InputError(path, f"not a WebMorph template ({error})", "export it again from WebMorph") from None
    if (points[:87] < 0).any() or (points[:87] >= (width, height)).any():
        raise InputError(
            path, f"a landmark lies outside the picture of {width}x{height}", "give the landmarks of this picture"
        )
    return Template(points)
