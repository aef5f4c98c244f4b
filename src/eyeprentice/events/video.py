"""Grey frames of a video, with their times."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.errors import InputError


def read_video(path: Path) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Times in µs and grey images (H, W), in order; raises `InputError` if there is no frame to be read."""
    capture = cv2.VideoCapture(str(path))
    rate = capture.get(cv2.CAP_PROP_FPS) or 30.0
    count = 0
    try:
        while True:
            there, image = capture.read()
            if not there:
                break
            grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
            yield round(count * 1e6 / rate), grey.astype(np.uint8, copy=False)
            count += 1
    finally:
        capture.release()
    if not count:
        raise InputError(path, "no frame can be read", "give a video or a recording")
