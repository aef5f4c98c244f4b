"""Where frames come from: a video, a folder of pictures, one picture, a recording, a camera, raw frames, or arrays.

Every source gives grey frames with their times, decoded one by one: memory does not grow with its length. Of damaged
frames in the middle of a video the last good one stands in, whoever reads it.
"""

import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.sources.events.packets import Events
from eyeprentice.sources.events.recording import EXTENSIONS, open_recording
from eyeprentice.sources.name_remarks import tell_of_names
from eyeprentice.sources.network.address import Address, is_address
from eyeprentice.sources.network.http import boundary_of, download, mjpeg_frames, open_http
from eyeprentice.sources.network.rtsp import open_rtsp
from eyeprentice.sources.pace import usual_rate
from eyeprentice.sources.picture_order import times_in_names
from eyeprentice.sources.pictures import PICTURES, has_pictures, pictures_in, read_pictures
from eyeprentice.sources.videos import LOOKED_AT, VIDEOS, video_frames, video_rate
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import FRAME_RATE_HZ

Grey = NDArray[np.uint8]
Timed = tuple[int, Grey]
"""Time in µs since the source began (in a recording: its own clock), and an image (H, W)."""
Colour = Literal["rgb", "bgr"]
Kind = Literal["video", "pictures", "picture", "recording"]
"""Of a file or folder; `pictures` is a folder of them."""

RATES_HZ = (0.001, limits.FASTEST_HZ)
"""Frame rates that are believed."""
RateFrom = Literal["the times", "the source", "an option", "assumed"]
"""Where a source's usual rate comes from: the times of its frames, what its file or camera states, ..."""
MOST_CAMERAS = 1000


class FrameError(ValueError):
    """A frame that is not an 8-bit image."""


@dataclass(frozen=True)
class FrameSource:
    """Grey frames with their times: `for t_us, image in source`. A file can be read again, a camera goes on."""

    name: str
    kind: Kind | Literal["camera", "raw", "arrays"]
    rate_hz: float
    """Usual frames a second. What counts is each frame's own time."""
    rate_from: RateFrom
    _read: Callable[[], Iterator[Timed]]
    is_live: bool = False
    """Whether frames come when they are taken, so that each wants its answer at once."""
    events: Callable[[], Iterator[Events]] | None = None
    """Gives all events that were recorded beside the frames, in packets and on the same clock, if there are any."""
    sensor: tuple[int, int] = (0, 0)
    """Width and height of what they were recorded with."""

    def __iter__(self) -> Iterator[Timed]:
        return self._read()


def kind_of(path: Path) -> Kind | None:
    """What a file is by its name, and a folder by the names in it; None for what holds no frames."""
    if path.is_dir():
        return "pictures" if has_pictures(path) else None
    names: dict[Kind, Iterable[str]] = {"video": VIDEOS, "picture": PICTURES, "recording": EXTENSIONS}
    return next((kind for kind, suffixes in names.items() if path.suffix.lower() in suffixes), None)


def open_frames(source: str | Path | int, raw: str | None = None, rate_hz: float | None = None) -> FrameSource:
    """Opens a source: a file, a folder, a camera's number or address, or `-` for raw frames on standard input.

    `raw` is the size of raw frames, `640x480` for grey and `640x480x3` for RGB; `rate_hz` overrules the times that a
    source has. Raises `InputError` for a source that is not there or holds no frames.
    """
    if rate_hz is not None and not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise InputError(
            "rate", f"{rate_hz:g} frames a second", f"give a frame rate from {RATES_HZ[0]:g} to {RATES_HZ[1]:g}"
        )
    if source == "":  # an unset variable of a shell; as a path it would be the folder one happens to be in
        raise InputError("''", "is no source", "give a file, a folder (. for this one), a camera's number or -")
    if source == "-":
        shape = _raw_shape(raw)
        if sys.stdin is None:
            raise InputError("-", "standard input is closed", "give frames on it, or a file")
        return _even("-", "raw", rate_hz, lambda: _raw(sys.stdin.buffer, shape), is_live=True)
    if is_address(source):
        return _network(Address.parse(str(source)), rate_hz)
    if isinstance(source, int) or str(source).isdecimal():
        return _camera(int(str(source)), rate_hz)
    path = Path(source)
    if not path.exists():
        raise InputError(
            path, "does not exist", "give a video, a folder of pictures, a recording, a camera's number or -"
        )
    kind = kind_of(path)
    if kind == "picture":
        return _even(str(path), kind, rate_hz, lambda: read_pictures((path,)))
    if kind == "pictures":
        return _folder(path, rate_hz)
    if kind is not None:
        return _recorded(path, rate_hz) if kind == "recording" else _video(path, rate_hz)
    if path.is_dir():
        raise InputError(path, "contains no pictures", f"give {', '.join(PICTURES)}")
    todo = f"give {', '.join((*VIDEOS, *PICTURES, *EXTENSIONS))}"
    raise InputError(path, "a file of a type that cannot be read", todo)


def check_colour(colour: str) -> None:
    """Raises `ValueError` for an order of channels that is none of the two."""
    if colour not in ("rgb", "bgr"):
        raise ValueError(f"colour must be rgb or bgr, not {colour!r}")


def array_frames(frames: Iterable[Any], rate_hz: float, colour: Colour = "rgb") -> FrameSource:
    """Frames that a program has: uint8, (H, W), (H, W, 1) or (H, W, 3). Raises `FrameError` at one that is none."""
    check_colour(colour)
    is_live = not isinstance(frames, list | tuple | np.ndarray)
    return _even("frames", "arrays", rate_hz, lambda: (grey(frame, colour) for frame in frames), is_live)


def grey(frame: Any, colour: Colour = "rgb") -> Grey:
    """uint8 (H, W), (H, W, 1) or (H, W, 3) -> (H, W); raises `FrameError` for anything else.

    Raises `ValueError` for an order of channels that is none of the two.
    """
    check_colour(colour)
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


def _folder(path: Path, rate_hz: float | None) -> FrameSource:
    """Its pictures at the times that their names tell, or evenly."""
    files = pictures_in(path)
    tell_of_names(path, files, rate_hz)
    seconds = times_in_names(files) if rate_hz is None else None
    if seconds is None:
        return _even(str(path), "pictures", rate_hz, lambda: read_pictures(files))
    times_us = [round(1e6 * second) for second in seconds]
    rate, source = _rate(None, usual_rate(times_us[:LOOKED_AT]), 0.0)
    return FrameSource(str(path), "pictures", rate, source, lambda: zip(times_us, read_pictures(files), strict=True))


def _video(path: Path, rate_hz: float | None) -> FrameSource:
    measured, stated = video_rate(path)
    rate, source = _rate(rate_hz, measured, stated)
    return FrameSource(str(path), "video", rate, source, lambda: video_frames(path, rate, source == "the times"))


def _network(address: Address, rate_hz: float | None) -> FrameSource:
    """A camera's frames have the times at which they came; a video file is fetched whole, and read as any other."""
    if address.scheme.startswith("rtsp"):
        stated, frames = open_rtsp(address)
        rate, source = _rate(rate_hz, None, stated)
        return FrameSource(address.shown, "camera", rate, source, lambda: frames, is_live=True)
    response = open_http(address)
    if (boundary := boundary_of(response, address)) is None:
        return _fetched(download(response, address), address.shown, rate_hz)
    rate, source = _rate(rate_hz, None, 0.0)
    return FrameSource(
        address.shown, "camera", rate, source, lambda: mjpeg_frames(response, boundary, address), is_live=True
    )


def _fetched(path: Path, name: str, rate_hz: float | None) -> FrameSource:
    """A video file that lies somewhere else than where it came from, by which it is called."""
    try:
        source = _video(path, rate_hz)
    except InputError as error:
        raise InputError(name, *error.parts[1:]) from None

    def read() -> Iterator[Timed]:
        try:
            yield from source
        except InputError as error:
            raise InputError(name, *error.parts[1:]) from None

    return replace(source, name=name, _read=read)


def _camera(number: int, rate_hz: float | None) -> FrameSource:
    """Its frames' times are those at which they came."""
    capture = cv2.VideoCapture(number) if number < MOST_CAMERAS else None
    if capture is None or not capture.isOpened():
        raise InputError(
            f"camera {number}",
            "cannot be opened",
            "connect it, close other programs that use it, or try another number",
        )
    rate, source = _rate(rate_hz, None, float(capture.get(cv2.CAP_PROP_FPS)))

    def read() -> Iterator[Timed]:
        began = None
        try:
            while True:
                there, image = capture.read()
                if not there:
                    raise InputError(f"camera {number}", "gives no more pictures", "connect it again")
                now = time.monotonic_ns() // 1000
                began = now if began is None else began
                yield now - began, grey(image, "bgr")
        finally:
            capture.release()

    return FrameSource(f"camera {number}", "camera", rate, source, read, is_live=True)


def _recorded(path: Path, rate_hz: float | None) -> FrameSource:
    if rate_hz is not None:
        todo = "leave --rate out, or import it by itself"
        raise InputError(path, "a recording, whose frames and events have times of their own", todo)
    recording = open_recording(path, None)
    times = [t_us for t_us, _ in islice(recording.frames(), LOOKED_AT)]
    if len(times) < 2:
        raise InputError(
            path, "contains events but no frames", "give a recording of a camera that takes both, or a video"
        )
    rate, source = _rate(None, usual_rate(times), 0.0)
    events = recording.events if recording.has_events else None
    sensor = (recording.width, recording.height)
    return FrameSource(str(path), "recording", rate, source, recording.frames, False, events, sensor)


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


def _rate(given: float | None, measured: float | None, stated: float) -> tuple[float, RateFrom]:
    if given is not None:
        return given, "an option"
    for rate, source in ((measured, "the times"), (stated, "the source")):
        if rate is not None and RATES_HZ[0] <= rate <= RATES_HZ[1]:
            return rate, cast(RateFrom, source)
    return float(FRAME_RATE_HZ), "assumed"
