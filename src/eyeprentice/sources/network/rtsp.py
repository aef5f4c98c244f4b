"""Frames of a camera that speaks RTSP, received and decoded by FFmpeg in the decoder's process.

The process may speak RTSP there, and open no file and nothing else: FFmpeg's list of protocols says so. What the camera
sends comes through the one connection (interleaved), and the newest frame wins.
"""

from collections.abc import Generator, Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from eyeprentice.files import sandbox
from eyeprentice.sources import ffmpeg
from eyeprentice.sources.network.address import Address
from eyeprentice.sources.network.newest import Newest
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

ALLOWED = "protocol_whitelist;rtsp,rtsps,rtp,srtp,tcp,udp,tls|rtsp_transport;tcp"
PLAUSIBLE_HZ = (1.0, 240.0)
"""Cameras also state the rate of their clock, 90,000."""


def open_rtsp(address: Address) -> tuple[float, Iterator[tuple[int, NDArray[np.uint8]]]]:
    """The rate that the camera states, 0 if it is not believed, and frames (H, W) with times in µs, as they came.

    Raises `InputError` where there is no camera, now, and where it gives no more pictures, later.
    """
    frames = _run(address)
    rate, _ = next(frames)
    return float(rate), frames


def _run(address: Address) -> Iterator[tuple[Any, Any]]:
    arguments: dict[str, Any] = {"url": address.url, "user": address.user, "password": address.password}
    arguments["seconds"] = limits.NETWORK_SECONDS
    try:
        yield from sandbox.run_sandboxed(f"{__name__}:decode_rtsp", arguments, ["cv2"])
    except sandbox.DecoderError as error:
        raise InputError(address.shown, str(error), "check the address, the camera and the network") from None
    raise InputError(address.shown, "gives no more pictures", "check the camera and the network")


# what follows runs in the decoder's process


def decode_rtsp(
    url: str, user: str | None, password: str, seconds: float
) -> Iterator[tuple[Any, NDArray[np.uint8] | None]]:
    """The stated rate, then frames with the times at which they came."""
    import cv2

    capture = _opened(url, user, password, seconds)
    rate = float(capture.get(cv2.CAP_PROP_FPS))
    yield (rate if PLAUSIBLE_HZ[0] <= rate <= PLAUSIBLE_HZ[1] else 0.0), None
    began = None
    for came_us, content in Newest(_received(capture)):
        if content.shape[0] * content.shape[1] > limits.PIXELS:
            raise ValueError(f"a frame has more than {limits.PIXELS:,} pixels")
        began = came_us if began is None else began
        if content.ndim == 3:
            content = cast("NDArray[np.uint8]", cv2.cvtColor(content, cv2.COLOR_BGR2GRAY))
        yield came_us - began, content


def _received(capture: Any) -> Generator[tuple[int, NDArray[np.uint8]], None, None]:
    import time

    while True:
        there, content = capture.read()
        if not there:
            return
        yield time.monotonic_ns() // 1000, content


def _opened(url: str, user: str | None, password: str, seconds: float) -> Any:
    from urllib.parse import quote

    import cv2

    if user is not None:
        scheme, _, rest = url.partition("://")
        url = f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"
    wait_ms = round(1000 * seconds)
    times = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, wait_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, wait_ms]
    capture = ffmpeg.opened(url, ALLOWED, [*times, cv2.CAP_PROP_N_THREADS, 1])
    if not capture.isOpened():
        raise ValueError("no camera answers there with a stream that can be read")
    return capture
