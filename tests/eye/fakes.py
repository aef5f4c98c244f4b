"""Finders whose answers are known."""

import cv2
import numpy as np

from eyeprentice.eye.contract import Rules
from eyeprentice.eye.decoding import Eye

SIDE = 40
FACE = np.random.default_rng(1).integers(0, 255, (SIDE, SIDE)).astype(np.uint8)
WALL = np.full((200, 300), 120, np.uint8)


def eye(x: float, y: float = 100.0, size: float = 40.0, probability: float = 0.9, left: float = 0.0, **more) -> Eye:
    return Eye(
        x, y, size, probability, left, more.get("openness", 1.0), more.get("tilt", 0.0), more.get("paired", False)
    )


def at(x: int, y: int = 80, **_) -> np.ndarray:
    """A picture with the pattern FACE, its upper left corner at x and y."""
    frame = WALL.copy()
    frame[y : y + SIDE, x : x + SIDE] = FACE
    return frame


class Seeing:
    """Finds the pattern FACE wherever it stands, as a right eye."""

    rules = Rules()

    def __init__(self) -> None:
        self.searches = self.looks = 0

    def search(self, frame: np.ndarray) -> list[Eye]:
        self.searches += 1
        likeness = cv2.matchTemplate(frame, FACE, cv2.TM_CCOEFF_NORMED)
        y, x = np.unravel_index(likeness.argmax(), likeness.shape)
        return [eye(x + 20.0, y + 20.0)] if likeness.max() > 0.9 else []

    def look_around(self, frame: np.ndarray, x: float, y: float, size: float) -> list[Eye]:
        self.looks += 1
        self.searches -= 1
        return [seen for seen in self.search(frame) if abs(seen.x - x) < 1.4 * size and abs(seen.y - y) < 1.4 * size]


class Scripted:
    """Sees in each frame what a list says: eyes for searches, and for the looks that follow them."""

    rules = Rules()

    def __init__(self, frames: list[list[Eye]]) -> None:
        self.frames, self.number = frames, -1

    def pictures(self, shape: tuple[int, int] = (200, 300)):
        for number in range(len(self.frames)):
            self.number = number
            yield np.zeros(shape, np.uint8)

    def search(self, frame: np.ndarray) -> list[Eye]:
        return self.frames[self.number]

    def look_around(self, frame: np.ndarray, x: float, y: float, size: float) -> list[Eye]:
        return [seen for seen in self.frames[self.number] if np.hypot(seen.x - x, seen.y - y) < 1.4 * size]
