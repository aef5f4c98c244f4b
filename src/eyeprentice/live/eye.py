"""The eye in frames as they come: found, followed, cut out."""

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.errors import InputError
from eyeprentice.ingest.eye import CROP_ABOVE, EYE_TO_CROP, Detector, Region, Track, crop

LOOK_EVERY = 10
"""Frames from one look for the eye to the next, once it is found."""
FOLLOW = 0.3
"""How far the crop moves towards what a look finds."""


class Eye:
    """Cuts the eye out of frame after frame; None until it is found. The crop moves slowly: a headset's does not."""

    def __init__(self, region: Region, size: int) -> None:
        self.region, self.size = region, size
        self.detector = Detector() if region.kind == "auto" else None
        self.place: NDArray[np.float64] | None = None  # x, y and side of the crop
        self.mirrored = False
        self.number = 0

    def cut(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        """A grey frame (H, W) -> (size, size); raises `InputError` if a fixed box lies outside it."""
        height, width = frame.shape
        if self.region.kind == "full":
            return self._resized(frame)
        if self.region.kind == "box":
            x, y, w, h = self.region.box
            if x + w > width or y + h > height:
                raise InputError("eye", f"{x},{y},{w},{h} lies outside {width}x{height} pixels", "choose another box")
            return self._resized(frame[y : y + h, x : x + w])
        if self.place is None or self.number % LOOK_EVERY == 0:
            self._look(frame)
        self.number += 1
        if self.place is None:
            return None
        x, y, side = self.place
        return crop(frame, Track(np.array([[x, y]]), side, side, self.mirrored, 1.0), 0, self.size)

    def _resized(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        size = (self.size, self.size)
        return cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)

    def _look(self, frame: NDArray[np.uint8]) -> None:
        assert self.detector is not None
        if (found := self.detector.find(frame)) is None:
            return
        x, y, width, left = found
        side = EYE_TO_CROP * width
        seen = np.array([x, y - CROP_ABOVE * side, side])
        if self.place is None:
            self.place, self.mirrored = seen, left
        elif left == self.mirrored and np.hypot(*(seen - self.place)[:2]) < 0.5 * side:  # farther is another thing
            self.place = self.place + FOLLOW * (seen - self.place)
