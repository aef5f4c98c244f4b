"""Where frames come from: a video, a folder of pictures, one picture, a recording, a camera, raw frames, or arrays.

Every source gives grey frames with their times, decoded one by one: memory does not grow with its length. Of damaged
frames in the middle of a video the last good one stands in, whoever reads it.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import Events
from eyeprentice.sources.events.recording import EXTENSIONS, open_recording
from eyeprentice.sources.pictures import PICTURES, pictures_in, read_picture
from eyeprentice.sources.videos import VIDEOS, stated_rate, video_frames
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import FRAME_RATE_HZ

Grey = NDArray[np.uint8]
Timed = tuple[int, Grey]
"""Time in µs since the source began (in a recording: its own clock), and an image (H, W)."""
Colour = Literal["rgb", "bgr"]
Kind = Literal["video", "pictures", "picture", "recording"]
"""Of a file or folder; `pictures` is a folder of them."""

RATES_HZ = (0.1, 1000.0)
"""Frame rates that are believed."""
MOST_CAMERAS = 1000


class FrameError(ValueError):
    """A frame that is not an 8-bit image."""


@dataclass(frozen=True)
class FrameSource:
    """Grey frames with their times: `for t_us, image in source`. A file can be read again, a camera goes on."""

    name: str
    kind: Kind | Literal["camera", "raw", "arrays"]
    rate_hz: float
    rate_from: Literal["the source", "an option", "assumed"]
    _read: Callable[[], Iterator[Timed]]
    is_live: bool = False
    """Whether frames come when they are taken, so that each wants its answer at once."""
    events: Callable[[], Iterator[Events]] | None = None
    """Gives all events that were recorded beside the frames, in packets and on the same clock, if there are any."""

    def __iter__(self) -> Iterator[Timed]:
        return self._read()


def kind_of(path: Path) -> Kind | None:
    """What a file is by its name, and a folder by the names in it; None for what holds no frames."""
    if path.is_dir():
        return "pictures" if pictures_in(path) else None
    names: dict[Kind, Iterable[str]] = {"video": VIDEOS, "picture": PICTURES, "recording": EXTENSIONS}
    return next((kind for kind, suffixes in names.items() if path.suffix.lower() in suffixes), None)


def open_frames(source: str | Path | int, raw: str | None = None, rate_hz: float | None = None) -> FrameSource:
    """Opens a source: a file, a folder, a camera's number, or `-` for raw frames on standard input.

    `raw` is the size of raw frames, `640x480` for grey and `640x480x3` for RGB; `rate_hz` overrules what a source says.
    Raises `InputError` for a source that is not there or holds no frames.
    """
    if rate_hz is not None and not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise InputError(
            "rate", f"{rate_hz:g} frames a second", f"give a frame rate from {RATES_HZ[0]:g} to {RATES_HZ[1]:g}"
        )
    if source == "-":
        shape = _raw_shape(raw)
        if sys.stdin is None:
            raise InputError("-", "standard input is closed", "give frames on it, or a file")
        return _even("-", "raw", rate_hz, lambda: _raw(sys.stdin.buffer, shape), is_live=True)
    if isinstance(source, int) or str(source).isdecimal():
        return _camera(int(str(source)), rate_hz)
    path = Path(source)
    if not path.exists():
        raise InputError(
            path, "does not exist", "give a video, a folder of pictures, a recording, a camera's number or -"
        )
    kind = kind_of(path)
    if kind == "pictures" or kind == "picture":
        files = pictures_in(path) if kind == "pictures" else (path,)
        return _even(str(path), kind, rate_hz, lambda: map(read_picture, files))
    if kind is not None:
        return _recorded(path, rate_hz) if kind == "recording" else _video(path, rate_hz)
    if path.is_dir():
        raise InputError(path, "contains no pictures", f"give {', '.join(PICTURES)}")
    todo = f"give {', '.join((*VIDEOS, *PICTURES, *EXTENSIONS))}"
    raise InputError(path, "a file of a type that cannot be read", todo)


def array_frames(frames: Iterable[Any], rate_hz: float, colour: Colour = "rgb") -> FrameSource:
    """Frames that a program has: uint8, (H, W), (H, W, 1) or (H, W, 3). Raises `FrameError` at one that is none."""
    is_live = not isinstance(frames, list | tuple | np.ndarray)
    return _even("frames", "arrays", rate_hz, lambda: (grey(frame, colour) for frame in frames), is_live)


def grey(frame: Any, colour: Colour = "rgb") -> Grey:
    """uint8 (H, W), (H, W, 1) or (H, W, 3) -> (H, W); raises `FrameError` for anything else."""
    if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8:
        kind = frame.dtype if isinstance(frame, np.ndarray) else type(frame).__name__
        raise FrameError(f"a frame must be an array of uint8, not {kind}")
    if frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] not in (1, 3)) or frame.size == 0:
        raise FrameError(f"a frame must be (H, W), (H, W, 1) or (H, W, 3), and not empty; this is {frame.shape}")
    if frame.ndim == 2:
        return frame
    if frame.shape[2] == 1:
        return frame[..., 0]
    return cast(Grey, cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY if colour == "rgb" else cv2.COLOR_BGR2GRAY))


def _even(
    name: str, kind: Any, rate_hz: float | None, images: Callable[[], Iterator[Grey]], is_live: bool = False
) -> FrameSource:
    """A source without times of its own."""
    rate = rate_hz or float(FRAME_RATE_HZ)

    def read() -> Iterator[Timed]:
        for number, image in enumerate(images()):
            yield round(number * 1e6 / rate), image

    return FrameSource(name, kind, rate, "assumed" if rate_hz is None else "an option", read, is_live)


def _video(path: Path, rate_hz: float | None) -> FrameSource:
    rate, source = _rate(rate_hz, stated_rate(path))
    return FrameSource(str(path), "video", rate, source, lambda: video_frames(path, rate, source == "the source"))


def _camera(number: int, rate_hz: float | None) -> FrameSource:
    capture = cv2.VideoCapture(number) if number < MOST_CAMERAS else None
    if capture is None or not capture.isOpened():
        raise InputError(
            f"camera {number}",
            "cannot be opened",
            "connect it, close other programs that use it, or try another number",
        )
    rate, source = _rate(rate_hz, float(capture.get(cv2.CAP_PROP_FPS)))

    def read() -> Iterator[Timed]:
        try:
            for count in range(sys.maxsize):
                there, image = capture.read()
                if not there:
                    raise InputError(f"camera {number}", "gives no more pictures", "connect it again")
                yield round(count * 1e6 / rate), grey(image, "bgr")
        finally:
            capture.release()

    return FrameSource(f"camera {number}", "camera", rate, source, read, is_live=True)


def _recorded(path: Path, rate_hz: float | None) -> FrameSource:
    recording = open_recording(path, None)
    frames = recording.frames()
    first, second = next(frames, None), next(frames, None)
    if first is None or second is None:
        raise InputError(
            path, "contains events but no frames", "give a recording of a camera that takes both, or a video"
        )
    rate, source = _rate(rate_hz, 1e6 / max(1, second[0] - first[0]))
    events = recording.events if recording.has_events else None
    return FrameSource(str(path), "recording", rate, source, recording.frames, events=events)


def _raw_shape(size: str | None) -> tuple[int, ...]:
    match = re.fullmatch(r"([1-9]\d{0,5})x([1-9]\d{0,5})(x3)?", size or "")
    if match is None or int(match[1]) * int(match[2]) > limits.PIXELS:
        what = "the size of raw frames is missing" if size is None else f"'{size}' is not the size of raw frames"
        raise InputError("-", what, "give the size, for example --raw 640x480 or --raw 640x480x3")
    return int(match[2]), int(match[1]), *([3] if match[3] else [])


def _raw(stream: BinaryIO, shape: tuple[int, ...]) -> Iterator[Grey]:
    count, number = int(np.prod(shape)), 0
    while content := stream.read(count):
        if len(content) < count:
            raise InputError("-", f"frame {number} is cut short", f"give {count} bytes a frame")
        yield grey(np.frombuffer(content, np.uint8).reshape(shape))
        number += 1
    if not number:
        raise InputError("-", "no frame came", f"give {count} bytes a frame")


def _rate(given: float | None, stated: float) -> tuple[float, Literal["the source", "an option", "assumed"]]:
    if given is not None:
        return given, "an option"
    return (stated, "the source") if 1 <= stated <= RATES_HZ[1] else (float(FRAME_RATE_HZ), "assumed")
