"""Where the eye lies in each frame of a source: fixed, or followed."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.looking import Finder, SharedFinder
from eyeprentice.eye.region import Region
from eyeprentice.eye.tracking import Manner, Sight, Tracker
from eyeprentice.sources.frames import FrameSource

LOOK_BACK_S = 1.0
"""So many frames of a file are kept until an eye is found, and then read after all if they show it too."""

Grey = NDArray[np.uint8]
Placed = tuple[int, Grey, tuple[Sight | None, ...]]
"""Time in microseconds, picture, and what it shows of each eye that is asked for."""


def placed(source: FrameSource, region: Region, finder: Finder) -> Iterator[Placed]:
    """Every frame of a source with the eye in it, or both eyes, right and left."""
    if not region.sides:
        manner: Manner = "full" if region.kind == "full" else "box"
        for t_us, image in source:
            yield t_us, image, (Sight(region.fixed(image.shape, source.name), manner, 1.0, None),)
        return
    shared = SharedFinder(finder)
    trackers = [Tracker(shared, source.rate_hz, side) for side in region.sides]
    waiting: list[tuple[int, Grey]] = []
    most = 0 if source.is_live else round(LOOK_BACK_S * source.rate_hz)
    unseen = (None,) * len(trackers)
    for t_us, image in source:
        shared.next_frame()
        sights = tuple(tracker.step(image) for tracker in trackers)
        if not any(sights):
            waiting.append((t_us, image))
            if len(waiting) > most:
                yield *waiting.pop(0), unseen
            continue
        if waiting:
            before = [tracker.look_back([image for _, image in waiting]) for tracker in trackers]
            for number, (earlier_us, earlier) in enumerate(waiting):
                yield earlier_us, earlier, tuple(back[number] for back in before)
            waiting = []
        yield t_us, image, sights
    for t_us, image in waiting:
        yield t_us, image, unseen
