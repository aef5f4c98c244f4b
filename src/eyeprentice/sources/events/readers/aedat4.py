"""AEDAT4 (iniVation), with dv-processing: events, frames of a DAVIS, or both."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from eyeprentice.sources.events.packets import Batch
from eyeprentice.sources.events.readers.found import Found, refuse_if

NAMES = ("timestamp", "x", "y", "polarity")
AS_EVENT = np.dtype([(name, kind) for name, kind in zip(NAMES, ("<i8", "<i2", "<i2", "i1"), strict=True)], align=True)
"""What dv-processing gives, which lies in the memory as packets do."""


def read_aedat4(path: Path) -> Found:
    """Raises whatever dv-processing raises, and `ValueError` for a file that holds neither events nor frames."""
    import cv2
    import dv_processing as dv

    def recording() -> Any:
        return dv.io.MonoCameraRecording(str(path))

    def packets(_: int) -> Iterator[Batch]:
        reader = recording()
        while reader.isRunning("events") and (batch := reader.getNextEventBatch()) is not None:
            events = batch.numpy()
            yield events.view("<i8") if events.dtype == AS_EVENT else tuple(events[name] for name in NAMES)

    def frames() -> Iterator[tuple[int, Any]]:
        reader = recording()
        while reader.isFrameStreamAvailable() and (frame := reader.getNextFrame()) is not None:
            image = frame.image
            yield frame.timestamp, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image

    opened = recording()
    if opened.isEventStreamAvailable():
        return Found(opened.getEventResolution(), packets, frames)
    refuse_if(not opened.isFrameStreamAvailable(), "it holds neither events nor frames")
    return Found(opened.getFrameResolution(), lambda _: iter(()), frames, has_events=False)
