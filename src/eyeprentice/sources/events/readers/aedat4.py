"""AEDAT4 (iniVation), with dv-processing: events, frames of a DAVIS, or both."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eyeprentice.sources.events.packets import Columns
from eyeprentice.sources.events.readers.found import Found, refuse_if


def read_aedat4(path: Path) -> Found:
    """Raises whatever dv-processing raises, and `ValueError` for a file that holds neither events nor frames."""
    import cv2
    import dv_processing as dv

    def recording() -> Any:
        return dv.io.MonoCameraRecording(str(path))

    def packets(_: int) -> Iterator[Columns]:
        reader = recording()
        while reader.isRunning("events") and (batch := reader.getNextEventBatch()) is not None:
            events = batch.numpy()
            yield events["timestamp"], events["x"], events["y"], events["polarity"]

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
