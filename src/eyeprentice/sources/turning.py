"""Sources whose pictures are turned before they are read: cameras are mounted upside down, and phones held sideways."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import Events, make_events
from eyeprentice.sources.frames import FrameSource, Timed

Degrees = Literal[0, 90, 180, 270]
DEGREES: tuple[Degrees, ...] = (0, 90, 180, 270)
"""Clockwise."""


def turned(source: FrameSource, degrees: Degrees) -> FrameSource:
    """The same source, its pictures and events turned clockwise."""
    if degrees == 0:
        return source
    events = source.events

    def read() -> Iterator[Timed]:
        for t_us, image in source:
            yield t_us, turned_image(image, degrees)

    def read_events() -> Iterator[Events]:
        assert events is not None
        for packet in events():
            yield turned_events(packet, degrees, *source.sensor)

    width, height = source.sensor
    sensor = (width, height) if degrees == 180 else (height, width)
    return replace(source, _read=read, events=None if events is None else read_events, sensor=sensor)


def turned_image(image: NDArray[Any], degrees: Degrees) -> NDArray[Any]:
    """(H, W) turned clockwise; (W, H) for a quarter turn."""
    return np.ascontiguousarray(np.rot90(image, -degrees // 90))


def turned_events(events: Events, degrees: Degrees, width: int, height: int) -> Events:
    """Events of a sensor of `width` x `height`, turned clockwise as a picture of it is."""
    x, y = events["x"].astype(np.int64), events["y"].astype(np.int64)
    for _ in range(degrees // 90):
        x, y = height - 1 - y, x
        width, height = height, width
    return make_events(events["t_us"], x, y, events["polarity"])
