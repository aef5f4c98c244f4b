"""FFmpeg as OpenCV has it, told which protocols it may speak. Runs in the decoder's process."""

import os
from collections.abc import Sequence
from typing import Any

OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
"""What OpenCV takes FFmpeg's options from; whatever the user's surroundings say there does not hold here."""
FILES = "protocol_whitelist;file"
"""For videos: what a file names elsewhere, in the network above all, is not opened."""


def opened(name: str, options: str, settings: Sequence[int] = ()) -> Any:
    """A `cv2.VideoCapture`, whether anything could be opened or not; `settings` are pairs of OpenCV's."""
    import cv2

    backends = cv2.videoio_registry.getBackends()
    backend = cv2.CAP_FFMPEG if cv2.CAP_FFMPEG in backends else cv2.CAP_ANY
    before = os.environ.get(OPTIONS)
    os.environ[OPTIONS] = options
    try:
        return cv2.VideoCapture(name, backend, list(settings))
    finally:
        if before is None:
            del os.environ[OPTIONS]
        else:
            os.environ[OPTIONS] = before
