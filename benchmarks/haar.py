"""What found eyes before the network: OpenCV's Haar cascades (OpenCV below 5). Only for comparison."""

from pathlib import Path

import cv2
import numpy as np

EYE_TO_CROP = 2.2
"""Distance between the eyes, in widths of the box around one."""


def available() -> bool:
    return hasattr(cv2, "CascadeClassifier") and _path("eye").is_file()


class Haar:
    """A face first, and the right eye in its upper part, or else the left one; without a face, the largest eye."""

    def __init__(self) -> None:
        self._face, self._eye = (cv2.CascadeClassifier(str(_path(name))) for name in ("frontalface_default", "eye"))
        self._evener = cv2.createCLAHE(3.0, (8, 8))

    def find(self, frame: np.ndarray) -> tuple[float, float, bool] | None:
        """x, y and whether it is a left eye."""
        scale = min(1.0, 480 / max(frame.shape))
        small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else frame
        even = self._evener.apply(small)
        faces = self._face.detectMultiScale(even, 1.15, 5, minSize=(90, 90))
        if len(faces):
            x, y, w, h = max(faces, key=lambda face: face[2])
            upper = even[y : y + int(0.62 * h), x : x + w]
            eyes = [(ex + x, ey + y, ew, eh) for ex, ey, ew, eh in self._eyes(upper, int(0.12 * w))]
            for is_left in (False, True):  # a right eye is on the image's left
                side = [e for e in eyes if (e[0] + e[2] / 2 > x + w / 2) == is_left]
                if side:
                    return _centre(max(side, key=lambda e: e[2]), scale, is_left)
        eyes = self._eyes(even, max(20, round(0.3 * min(even.shape) / EYE_TO_CROP)))
        return _centre(max(eyes, key=lambda e: e[2]), scale, False) if eyes else None

    def _eyes(self, image: np.ndarray, least: int) -> list[tuple[int, int, int, int]]:
        return list(self._eye.detectMultiScale(image, 1.1, 4, minSize=(least, least)))


def _path(name: str) -> Path:
    return Path(cv2.__file__).parent / "data" / f"haarcascade_{name}.xml"


def _centre(box: tuple[int, int, int, int], scale: float, is_left: bool) -> tuple[float, float, bool]:
    x, y, w, h = (float(value) / scale for value in box)
    return x + w / 2, y + h / 2, is_left
