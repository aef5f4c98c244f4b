"""What finds an eye in one picture: a narrow interface, and OpenCV's Haar cascades behind it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.region import Place

EYE_TO_CROP = 2.2
"""Side of the crop, brow included, in widths of the box around an eye."""
CROP_ABOVE = 0.08
"""How far above the eye's centre the crop's centre lies, in sides of the crop."""
SMALLEST_CROP = 0.3
"""Of the picture's shorter side: a smaller eye without a face around it is something else."""


@dataclass(frozen=True)
class Detection:
    """An eye in a picture, in pixels."""

    x: float
    y: float
    width: float
    """Of the eye from corner to corner, with a little around it."""
    is_left: bool
    in_face: bool
    """Whether a face was found around it."""

    @property
    def place(self) -> Place:
        """What is cut out for it: the eye with its brow."""
        side = EYE_TO_CROP * self.width
        return Place(self.x, self.y - CROP_ABOVE * side, side, side, self.is_left)


class Detector(Protocol):
    """Whatever finds eyes. Pictures are grey, uint8 (H, W)."""

    def find(self, frame: NDArray[np.uint8]) -> Detection | None:
        """An eye in a part of the picture, the right one of a face if it can be."""

    def fills(self, frame: NDArray[np.uint8]) -> bool:
        """Whether the picture itself is one eye with its brow, as a headset's camera sees it."""


class HaarDetector:
    """OpenCV's cascades. They miss eyes that are closed or dark; `fills` sees most closed ones, and few dark ones."""

    SMALL = 96
    """Shorter side of the picture in which one eye is looked for that fills it."""

    def find(self, frame: NDArray[np.uint8]) -> Detection | None:
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
                    return _detection(max(side, key=lambda e: e[2]), scale, is_left, True)
        eyes = self._eyes(even, max(20, round(SMALLEST_CROP * min(even.shape) / EYE_TO_CROP)))
        return _detection(max(eyes, key=lambda e: e[2]), scale, False, False) if eyes else None

    def fills(self, frame: NDArray[np.uint8]) -> bool:
        scale = self.SMALL / min(frame.shape)
        kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.GaussianBlur(cv2.resize(frame.astype(np.float32), None, fx=scale, fy=scale, interpolation=kind),
                                 (0, 0), 1.5)  # fmt: skip
        low, high = np.percentile(small, [1, 99])
        if high - low < 1:
            return False
        even = self._coarse_evener.apply(np.clip((small - low) * 255 / (high - low), 0, 255).astype(np.uint8))
        padded = cv2.copyMakeBorder(even, 16, 16, 16, 16, cv2.BORDER_REPLICATE)
        return len(self._open_or_closed.detectMultiScale(padded, 1.1, 2, minSize=(36, 36))) > 0

    def _eyes(self, image: Any, least: int) -> list[Any]:
        return list(self._eye.detectMultiScale(image, 1.1, 4, minSize=(least, least)))

    @cached_property
    def _face(self) -> "cv2.CascadeClassifier":
        return _cascade("frontalface_default")

    @cached_property
    def _eye(self) -> "cv2.CascadeClassifier":
        return _cascade("eye")

    @cached_property
    def _open_or_closed(self) -> "cv2.CascadeClassifier":
        return _cascade("lefteye_2splits")

    @cached_property
    def _evener(self) -> Any:
        return cv2.createCLAHE(3.0, (8, 8))

    @cached_property
    def _coarse_evener(self) -> Any:
        return cv2.createCLAHE(3.0, (4, 4))


def _cascade(name: str) -> "cv2.CascadeClassifier":
    return cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / f"haarcascade_{name}.xml"))


def _detection(box: Any, scale: float, is_left: bool, in_face: bool) -> Detection:
    x, y, w, h = (float(value) / scale for value in box)
    return Detection(x + w / 2, y + h / 2, w, is_left, in_face)
