"""Videos as grey frames with their times, decoded by FFmpeg in a process of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eyeprentice.files import sandbox
from eyeprentice.files.whole import open_regular
from eyeprentice.sources import ffmpeg
from eyeprentice.sources.orientation import Orientation, read_orientation
from eyeprentice.sources.pace import usual_rate
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

VIDEOS = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v")

PATIENCE = 90
"""Frames of a video that may be damaged one after another before the rest is given up."""
LOOKED_AT = 25
"""Frames whose times tell the rate."""
HEAD_BYTES = 16
"""That tell whether a file is a video."""
THREADS = 4
"""Of the decoder, at most: each takes memory."""
_PARTS_OF_MP4 = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")


def suffix_of(head: bytes) -> str | None:
    """How a video that begins so is named; None for what is none, such as playlists, which would name other files."""
    if head[4:8] in _PARTS_OF_MP4:
        return ".mp4"
    return ".avi" if head.startswith(b"RIFF") else ".mkv" if head.startswith(b"\x1aE\xdf\xa3") else None


def video_rate(path: Path) -> tuple[float | None, float]:
    """Frames a second by the times of the first frames, None where they do not tell, and as the file states them, or 0.

    Raises `InputError` if it is no video.
    """
    with open_regular(path, "a video") as file:
        head = file.read(HEAD_BYTES)
    if suffix_of(head) is None:
        raise InputError(path, "no frame can be read", "give a video that plays")
    (stated, times_us), _ = next(_run(path, "decode_rate"))
    return usual_rate(times_us), float(stated)


def video_frames(path: Path, rate_hz: float, timed: bool) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """A video's frames (H, W) at its own times in µs or, where it is not `timed`, evenly; raises `InputError`.

    Of damaged frames the last good one stands in.
    """
    frames = 0
    for t_us, image in _run(path, "decode_frames", rate_hz=rate_hz, timed=timed):
        frames += 1
        yield t_us, image
    if not frames:
        raise InputError(path, "no frame can be read", "give a video that plays")


def _run(path: Path, what: str, **options: Any) -> Iterator[tuple[Any, Any]]:
    try:
        yield from sandbox.run_sandboxed(f"{__name__}:{what}", {"path": str(path.absolute()), **options}, ["cv2"])
    except sandbox.DecoderError as error:
        raise InputError(path, f"cannot be decoded ({error})", "convert it, or leave it out") from None


# what follows runs in the decoder's process


def decode_rate(path: str) -> Iterator[tuple[tuple[float, list[float]], None]]:
    """The stated rate, and the times of the first frames."""
    import cv2

    capture, _ = _opened(path)
    rate = float(capture.get(cv2.CAP_PROP_FPS))
    times: list[float] = []
    while len(times) < LOOKED_AT and capture.grab():
        times.append(1e3 * float(capture.get(cv2.CAP_PROP_POS_MSEC)))
    yield (rate if 0 < rate < limits.FASTEST_HZ else 0.0, times), None


def decode_frames(path: str, rate_hz: float, timed: bool) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    import cv2

    capture, orientation = _opened(path)
    announced, damaged = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0
    usual, first, last, number = 1e6 / rate_hz, 0.0, -1.0, 0
    image: NDArray[np.uint8] | None = None
    while damaged < PATIENCE:
        there, content = capture.read()
        number += 1
        if not there:
            if number >= announced:
                break
            damaged += 1
            continue
        if content.shape[0] * content.shape[1] > limits.PIXELS:
            raise ValueError(f"a frame has more than {limits.PIXELS:,} pixels")
        t = 1e3 * float(capture.get(cv2.CAP_PROP_POS_MSEC))
        first = t if image is None else first
        if image is None:  # what lies before the first good frame is left out
            damaged = 0
        after = last + usual * (damaged + 1) if last >= 0 else 0.0
        if timed and t - first > last:
            after = t - first
        if after > limits.LONGEST_US:
            raise ValueError("its times are not those of a video")
        for place in range(damaged):  # nothing stands in for what may only be the end, announced too late
            assert image is not None
            yield round(last + (after - last) * (place + 1) / (damaged + 1)), image
        image = orientation.applied(cv2.cvtColor(content, cv2.COLOR_BGR2GRAY) if content.ndim == 3 else content)
        last, damaged = after, 0
        yield round(after), image


def _opened(path: str) -> tuple[Any, Orientation]:
    import os

    import cv2

    threads = min(THREADS, os.cpu_count() or 1)
    capture = ffmpeg.opened(path, ffmpeg.FILES, [cv2.CAP_PROP_N_THREADS, threads])
    if not capture.isOpened():
        raise ValueError("no frame can be read")
    orientation = read_orientation(path)
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
    return capture, orientation
