"""Grey frames, one by one, from a video, a folder of pictures, a recording, a camera or standard input."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from eyeprentice.errors import InputError
from eyeprentice.events.recording import EXTENSIONS, open_recording
from eyeprentice.ingest.sources import PICTURES, VIDEOS
from eyeprentice.vocabulary import FRAME_RATE_HZ

Grey = NDArray[np.uint8]
PATIENCE = 90
"""Frames of a video that may be spoilt one after another before the rest is given up."""


@dataclass(frozen=True)
class Frames:
    """What is read from: iterate once."""

    name: str
    rate_hz: float
    images: Iterator[Grey]  # (H, W)


def open_frames(source: str, raw: str | None = None, rate_hz: float | None = None) -> Frames:
    """Opens a source: a file, a folder, a camera's number, or `-` for raw frames on standard input.

    `raw` is the size of raw frames, `640x480` for grey and `640x480x3` for RGB; `rate_hz` overrules what a source says.
    Raises `InputError` for a source that is not there or holds no frames.
    """
    if source == "-":
        return Frames("-", rate_hz or FRAME_RATE_HZ, _raw(sys.stdin.buffer, raw))
    if source.isdecimal():
        return _camera(int(source), rate_hz)
    path = Path(source)
    if not path.exists():
        raise InputError(path, "not there", "give a video, a folder of pictures, a recording, a camera's number or -")
    if path.is_dir():
        return Frames(source, rate_hz or FRAME_RATE_HZ, _pictures(path))
    if path.suffix.lower() in EXTENSIONS:
        return _recorded(path, rate_hz)
    if path.suffix.lower() in PICTURES:
        return Frames(source, rate_hz or FRAME_RATE_HZ, iter([_picture(path)]))
    if path.suffix.lower() not in VIDEOS:
        raise InputError(path, "of a kind that is not known", f"give {', '.join((*VIDEOS, *PICTURES, *EXTENSIONS))}")
    return _video(path, rate_hz)


def _video(path: Path, rate_hz: float | None) -> Frames:
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise InputError(path, "no frame can be read", "give a video that plays")
    return Frames(str(path), rate_hz or _rate(capture), _decoded(capture, path))


def _decoded(capture: Any, path: Path) -> Iterator[Grey]:
    """A video's frames; of spoilt ones in its middle the last good one stands in, so that time goes on."""
    last: Grey | None = None
    announced, number, spoilt = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0, 0
    try:
        while spoilt < PATIENCE:
            there, image = capture.read()
            number += 1
            if not there:
                if number >= announced:
                    break
                spoilt += 1
                continue
            if last is not None:  # nothing stands in for what may only be the end, announced too late
                yield from [last] * spoilt
            last, spoilt = _grey(image), 0
            yield last
    finally:
        capture.release()
    if last is None:
        raise InputError(path, "no frame can be read", "give a video that plays")


def _camera(number: int, rate_hz: float | None) -> Frames:
    capture = cv2.VideoCapture(number)
    if not capture.isOpened():
        raise InputError(
            f"camera {number}", "cannot be opened", "connect it, close what uses it, or try another number"
        )

    def images() -> Iterator[Grey]:
        try:
            while True:
                there, image = capture.read()
                if not there:
                    raise InputError(f"camera {number}", "gives no more pictures", "connect it again")
                yield _grey(image)
        finally:
            capture.release()

    return Frames(f"camera {number}", rate_hz or _rate(capture), images())


def _pictures(folder: Path) -> Iterator[Grey]:
    files = [path for path in folder.iterdir() if path.suffix.lower() in PICTURES]
    if not files:
        raise InputError(folder, "holds no pictures", f"give {', '.join(PICTURES)}")
    for path in sorted(files, key=lambda path: (len(path.stem), path.stem)):
        yield _picture(path)


def _picture(path: Path) -> Grey:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise InputError(path, "not a readable image", "replace it, or take it away")
    return cast(Grey, image)


def _recorded(path: Path, rate_hz: float | None) -> Frames:
    frames = open_recording(path, None).frames()
    first, second = next(frames, None), next(frames, None)
    if first is None or second is None:
        raise InputError(path, "holds events but no frames", "give one of a camera that takes both, or a video")

    def images() -> Iterator[Grey]:
        yield first[1]
        yield second[1]
        for _, image in frames:
            yield image

    return Frames(str(path), rate_hz or 1e6 / max(1, second[0] - first[0]), images())


def _raw(stream: BinaryIO, size: str | None) -> Iterator[Grey]:
    match = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)(x3)?", size or "")
    if match is None:
        raise InputError("-", "the size of raw frames is not known", "say it, as --raw 640x480 or --raw 640x480x3")
    shape = (int(match[2]), int(match[1]), *([3] if match[3] else []))
    count, number = int(np.prod(shape)), 0
    while content := stream.read(count):
        if len(content) < count:
            raise InputError("-", f"frame {number} is cut short", f"give {count} bytes a frame")
        image = np.frombuffer(content, np.uint8).reshape(shape)
        yield cast(Grey, cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image)
        number += 1
    if not number:
        raise InputError("-", "no frame came", f"give {count} bytes a frame")


def _grey(image: NDArray[Any]) -> Grey:
    return cast(Grey, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image)


def _rate(capture: Any) -> float:
    rate = float(capture.get(cv2.CAP_PROP_FPS))
    return rate if 1 <= rate <= 1000 else FRAME_RATE_HZ
