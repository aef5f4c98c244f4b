"""How a camera comes to see a face otherwise, while the face does nothing: movements of the crop, and other light."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import cv2
import numpy as np

DIRECTIONS = {"right": (1, 0), "left": (-1, 0), "down": (0, 1), "up": (0, -1)}


@dataclass(frozen=True)
class Movement:
    """What the eye does in the crop."""

    zoom: float = 0.0
    """It becomes larger by this share."""
    right: float = 0.0
    down: float = 0.0
    """In widths of the crop."""
    turn: float = 0.0
    """Degrees, clockwise as seen."""
    slant_x: float = 0.0
    slant_y: float = 0.0
    """The right (lower) border comes nearer by half of this share, and the other one goes away by as much."""

    def matrix(self, part: float = 1.0) -> np.ndarray:
        """After this part of the way: which place of the unmoved crop, 0..1, each place shows, (3, 3)."""
        angle, size = math.radians(part * self.turn), (1 + self.zoom) ** part
        back = np.array([[math.cos(angle), math.sin(angle), 0], [-math.sin(angle), math.cos(angle), 0], [0, 0, size]])
        # where the picture comes nearer, a step across it shows less of the face
        slant = np.array([[1, 0, 0], [0, 1, 0], [part * self.slant_x, part * self.slant_y, 1]])
        to_middle = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
        moved = np.array([[1, 0, -part * self.right], [0, 1, -part * self.down], [0, 0, 1]])
        return np.linalg.inv(to_middle) @ back @ slant @ moved @ to_middle


@dataclass(frozen=True)
class Day:
    """Another light and another camera."""

    exposure: float = 1.0
    gamma: float = 1.0
    blur: float = 0.0
    """Deviation, in widths of the crop."""
    across: float = 0.0
    down: float = 0.0
    """How much light there is more at the right (lower) border than in the middle, in natural log units."""

    def shown(self, image: np.ndarray) -> np.ndarray:
        """(S, S) uint8 as it then looks."""
        at = np.linspace(-1, 1, len(image))
        light = self.exposure * np.exp(self.across * at[None, :] + self.down * at[:, None])
        seen = (np.clip(image / 255 * light, 0, 1) ** self.gamma).astype(np.float32)
        if self.blur:
            seen = cv2.GaussianBlur(seen, (0, 0), self.blur * len(image))
        return np.rint(255 * seen).astype(np.uint8)


class Case(NamedTuple):
    """One way in which what follows the first frame of a clip differs from it."""

    group: str
    name: str
    movement: Movement = Movement()
    day: Day | None = None
    course: bool = False
    """Whether it happens evenly from the first to the last frame, or at once after the first."""


def cases() -> Iterator[Case]:
    """All of them, a group's one after the other."""
    yield Case("still", "still")
    for course in (True, False):
        way = "course" if course else "jump"
        for group, movements in _movements().items():
            for name, movement in movements.items():
                yield Case(f"{group}, {way}", f"{name}, {way}", movement, course=course)
    for name, day in _days().items():
        yield Case("another day, all together" if name.startswith("all") else "another day, one by one", name, day=day)


def _movements() -> dict[str, dict[str, Movement]]:
    groups = {
        f"zoom {size} %": {f"zoom {sign * size:+} %": Movement(zoom=sign * size / 100) for sign in (1, -1)}
        for size in (3, 5, 8)
    }
    for far in (2, 3):
        groups[f"shift {far} %"] = {
            f"shift {far} % {name}": Movement(right=far / 100 * x, down=far / 100 * y)
            for name, (x, y) in DIRECTIONS.items()
        }
    groups["turn 5 degrees"] = {f"turn {turn:+} degrees": Movement(turn=turn) for turn in (5, -5)}
    slants = {f"slant {name} 10 %": (0.1 * x, 0.1 * y) for name, (x, y) in DIRECTIONS.items()}
    groups["slant 10 %"] = {name: Movement(slant_x=x, slant_y=y) for name, (x, y) in slants.items()}
    groups["all together"] = {
        f"zoom {sign * 5:+} %, shift 3 % {name}, turn {turn:+} degrees":
        Movement(zoom=0.05 * sign, right=0.03 * x, down=0.03 * y, turn=turn)
        for sign, (name, (x, y)), turn in product((1, -1), DIRECTIONS.items(), (5, -5))
    }  # fmt: skip
    return groups


def _days() -> dict[str, Day]:
    return {
        "exposure 1.3": Day(exposure=1.3),
        "exposure 0.75": Day(exposure=0.75),
        "gamma 1.3": Day(gamma=1.3),
        "gamma 0.77": Day(gamma=0.77),
        "blur 1 %": Day(blur=0.01),
        "light from the right": Day(across=0.3),
        "light from below": Day(down=0.3),
        "all, brighter": Day(1.2, 0.77, 0.01, 0.3, 0.1),
        "all, darker": Day(0.8, 1.3, 0.01, -0.3, -0.1),
    }
