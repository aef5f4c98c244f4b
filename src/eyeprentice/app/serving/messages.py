"""What clients and the server say to each other over the WebSocket `/api/stream` (docs/live.md).

Text messages are JSON objects with a `type`, binary ones are frames.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from eyeprentice.eye.levelling import Rotate, check_rotate
from eyeprentice.eye.region import Region
from eyeprentice.runtime.neutral import LONGEST_S
from eyeprentice.runtime.units import UnitNames
from eyeprentice.sources.events.packets import LATEST_US
from eyeprentice.sources.frames import grey
from eyeprentice.sources.pace import MOST_HZ
from eyeprentice.sources.picture_headers import JPEG, PNG
from eyeprentice.sources.pictures import decode_picture
from eyeprentice.sources.turning import DEGREES
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

REFUSED, TRY_LATER = 1008, 1013
"""Codes with which a WebSocket is closed (RFC 6455 and its registry)."""
LEAST_HZ = 1.0
KEYS = {
    "type", "frames", "width", "height", "times", "rate_hz", "eye", "mirror", "rotate", "neutral", "unit_names",
}  # fmt: skip
TIMES = ("rate", "arrival", "sent")
SENT_BYTES = 8


class MessageError(InputError):
    """A message that cannot be understood."""


@dataclass(frozen=True)
class Start:
    """The first message: what the frames are and where the eye is."""

    frames: Literal["grey", "rgb", "picture"]
    """Raw bytes of 8 bits, row by row, or whole JPEG or PNG files."""
    width: int
    height: int
    """Of raw frames; 0 for pictures."""
    rate_hz: float
    region: Region
    mirror: bool
    automatic: bool = True
    """Whether what the face usually looks like is learnt from the frames."""
    unit_names: UnitNames = "facs"
    """What action units are called in the answers."""
    times: Literal["rate", "arrival", "sent"] = "rate"
    """When frames were taken: evenly, when they come, or as the first 8 bytes of each message say (µs, little-endian).
    """
    rotate: Rotate = 0
    """How frames are turned before anything is looked for."""

    def decoded(self, content: bytes) -> tuple[int, NDArray[np.uint8]]:
        """When a frame was taken, in µs, if it was sent, and the frame (H, W); raises `InputError` for what is none."""
        if self.times != "sent":
            return 0, self._image(content)
        t_us = int.from_bytes(content[:SENT_BYTES], "little", signed=True)
        if len(content) < SENT_BYTES or abs(t_us) > LATEST_US:
            raise MessageError("frame", "it does not begin with its time", "send 8 bytes of µs, then the frame")
        return t_us, self._image(content[SENT_BYTES:])

    def _image(self, content: bytes) -> NDArray[np.uint8]:
        if self.frames == "picture":
            todo = f"send a whole JPEG or PNG file of at most {limits.CLIENT_PIXELS:,} pixels as one message"
            if not content.startswith((JPEG, PNG)):
                raise MessageError("frame", "not a readable image", todo)
            return decode_picture(content, Path("frame"), todo, most=limits.CLIENT_PIXELS)
        shape = (self.height, self.width, 3) if self.frames == "rgb" else (self.height, self.width)
        if len(content) != int(np.prod(shape)):
            what = f"{len(content)} bytes, not the {int(np.prod(shape))} of {self.width}x{self.height} {self.frames}"
            raise MessageError("frame", what, "send frames of the size that the start message gave")
        return grey(np.frombuffer(content, np.uint8).reshape(shape))


@dataclass(frozen=True)
class Order:
    """A message between frames."""

    kind: Literal["neutral", "forget_neutral", "reset"]
    seconds: float = 0.0


def parse_start(text: str) -> Start:
    """Raises `InputError` for a message that does not begin a stream."""
    message = _object(text)
    if message.get("type") != "start":
        raise MessageError("message", "the first one must be a start", 'send {"type": "start", "frames": "picture"}')
    _check_keys("start", message, KEYS)
    frames = message.get("frames")
    if frames not in ("grey", "rgb", "picture"):
        raise MessageError("start", "it does not say what the frames are", 'give "frames": grey, rgb or picture')
    width, height = (0, 0) if frames == "picture" else (_whole(message, "width"), _whole(message, "height"))
    if width * height * (3 if frames == "rgb" else 1) > limits.MESSAGE_BYTES:
        raise MessageError("start", "the frames are too large", f"send at most {limits.MESSAGE_BYTES} bytes a frame")
    rate, eye, mirror = message.get("rate_hz", 30.0), message.get("eye", "auto"), message.get("mirror", False)
    times = message.get("times", "rate")
    if times not in TIMES:
        raise MessageError("start", "it does not say when frames are taken", f'give "times": {", ".join(TIMES)}')
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not LEAST_HZ <= rate <= MOST_HZ:
        raise MessageError("start", "rate_hz is not a frame rate", f"give a number from {LEAST_HZ:g} to {MOST_HZ:g}")
    if not isinstance(eye, str) or not isinstance(mirror, bool):
        raise MessageError("start", "eye must be a text, mirror true or false", "correct the message")
    if (neutral := message.get("neutral", "auto")) not in ("auto", "none"):
        raise MessageError("start", "neutral is neither auto nor none", "leave it out, or correct the message")
    names = message.get("unit_names", "facs")
    if names not in ("facs", "arkit"):
        raise MessageError("start", "unit_names is not known", 'give "unit_names": facs or arkit, or leave it out')
    rotate = message.get("rotate", 0)
    if isinstance(rotate, bool) or rotate not in (*DEGREES, "auto"):
        raise MessageError("start", "rotate is not a turn", 'give "rotate": 0, 90, 180, 270 or "auto", or leave it out')
    region = Region.parse(eye[:40])
    check_rotate(rotate, region)
    if rotate in (90, 270):
        width, height = height, width
    if width and region.kind == "box":
        region.fixed((height, width), "start")
    if rotate in (90, 270):
        width, height = height, width
    return Start(frames, width, height, float(rate), region, mirror, neutral == "auto", names, times, rotate)


def parse_order(text: str) -> Order:
    """Raises `InputError` for what is no order."""
    message = _object(text)
    kind = message.get("type")
    if kind not in ("neutral", "forget_neutral", "reset"):
        raise MessageError("message", "its type is not known here", "send neutral, forget_neutral, reset or a frame")
    known = {"type", "seconds"} if kind == "neutral" else {"type"}
    _check_keys(kind, message, known)
    if kind != "neutral":
        return Order(kind)
    seconds = message.get("seconds", 3.0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_S:
        raise MessageError("neutral", "seconds is not a time", f"give more than 0 and at most {LONGEST_S:g}")
    return Order("neutral", float(seconds))


def said(kind: str, **content: Any) -> str:
    return json.dumps({"type": kind, **content}, allow_nan=False)


def said_error(error: InputError) -> str:
    subject, what, todo = error.parts
    return said("error", what=f"{subject}: {what}", todo=todo)


def too_long() -> MessageError:
    """What is said to a text that is not even parsed."""
    what = f"a text of more than {limits.ORDER_BYTES} bytes"
    return MessageError("message", what, "send orders as short JSON objects, frames as binary messages")


def _check_keys(kind: str, message: dict[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(message) - known):
        raise MessageError(kind, f"'{unknown[0][:40]}' is not known", f"use {', '.join(sorted(known))}")


def _object(text: str) -> dict[str, Any]:
    if len(text) > limits.ORDER_BYTES:
        raise too_long()
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise MessageError("message", "not a JSON object", "send text messages as JSON objects, frames as binary ones")
    return cast("dict[str, Any]", message)


def _whole(message: dict[str, Any], name: str) -> int:
    value = message.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1 << 14:
        raise MessageError("start", f"{name} is not a number of pixels", f"give {name} from 1 to {1 << 14}")
    return value
