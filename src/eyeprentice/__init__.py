"""Emotion from the grey video of one eye, by a small spiking network apprenticed to an event-camera teacher.

    import eyeprentice

    for segment in eyeprentice.segments(eyeprentice.read("video.mp4")):
        print(segment)  # 3.5 to 5.9 s happiness (0.71)

`read`, `Stream` and `Recognizer` take `model=eyeprentice.load("default" | a run's folder | a file of export)`. `train`
and `evaluate` make a run of a dataset, and test it. What they need is imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eyeprentice.deploy.loading import load as load
    from eyeprentice.judging.programs import evaluate as evaluate
    from eyeprentice.judging.programs import train as train
    from eyeprentice.runtime import Moment as Moment
    from eyeprentice.runtime import Reading as Reading
    from eyeprentice.runtime import Recognizer as Recognizer
    from eyeprentice.runtime import Segment as Segment
    from eyeprentice.runtime import Stream as Stream
    from eyeprentice.runtime import read as read
    from eyeprentice.runtime import segments as segments
    from eyeprentice.runtime import watch as watch

__version__ = "0.1.0"

_ROOMS = {
    "load": "eyeprentice.deploy.loading",
    **dict.fromkeys(("train", "evaluate"), "eyeprentice.judging.programs"),
    **dict.fromkeys(
        ("Moment", "Reading", "Recognizer", "Segment", "Stream", "read", "segments", "watch"), "eyeprentice.runtime"
    ),
}
__all__ = ["__version__", *_ROOMS]


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'eyeprentice' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
