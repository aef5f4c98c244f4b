"""What strangers do to a server, each for ever: `ATTACKS[name](address)`, address being HOST:PORT."""

import contextlib
import json
import socket
import time
from collections.abc import Callable
from itertools import cycle

from tests.strangers import MALFORMED, MANY, UPGRADE, WHOLE, frame, open_stream, raw

START = json.dumps({"type": "start", "frames": "grey", "width": 90, "height": 90, "eye": "full"}).encode()
PICTURES = json.dumps({"type": "start", "frames": "picture"}).encode()


def crowd(*contents: bytes, size: int = 400, room: int | None = None, drip: bytes = b"") -> Callable[[str], None]:
    """So many connections at once, each begun with one of `contents`; a byte more of each now and then."""

    def attack(address: str) -> None:
        held: list[socket.socket] = []
        with contextlib.ExitStack() as stack:
            for content in cycle(contents):
                with contextlib.suppress(OSError):
                    held.append(stack.enter_context(raw(address, content, room)))
                if len(held) >= size:
                    for plain in held:
                        with contextlib.suppress(OSError):
                            plain.sendall(drip)
                    time.sleep(0.2)
                    for plain in held[: size // 10]:
                        plain.close()
                    del held[: size // 10]

    return attack


def streams(content: bytes, times: int = 1, pause: float = 0.0, begins: bytes = START) -> Callable[[str], None]:
    """One stream after another, which sends `content` so often without ever reading."""

    def attack(address: str) -> None:
        while True:
            with contextlib.suppress(OSError), open_stream(address) as plain:
                plain.recv(4096)
                plain.sendall(frame(1, begins) if begins else b"")
                for _ in range(times):
                    plain.sendall(content)
                    time.sleep(pause)

    return attack


def malformed(address: str) -> None:
    for content in cycle(MALFORMED):
        with contextlib.suppress(OSError), open_stream(address, content) as plain:
            plain.recv(4096)
            plain.sendall(content)


def large_picture() -> bytes:
    import cv2
    import numpy as np

    return cv2.imencode(".jpg", np.zeros((4096, 4096), np.uint8))[1].tobytes()


def pictures(address: str) -> None:
    streams(frame(2, large_picture()), 1000, 0.03, PICTURES)(address)


LONG = b'{"type": "reset", "x": [' + b"[]," * 1_300_000 + b"[]]}"
ATTACKS: dict[str, Callable[[str], None]] = {
    "silence": crowd(b""),
    "upgrades": crowd(b"GET /x HTTP/1.1\r\nHost: evil.example\r\n" + UPGRADE + MANY + b"\r\n"),
    "slow requests": crowd(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", drip=b"x"),
    "requests": crowd(WHOLE * 3, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", drip=b"xx"),
    "answers unread": crowd(b"GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", room=4096, size=200),
    "never beginning": crowd(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"\r\n", size=200),
    "long texts": streams(frame(1, LONG), pause=0.5),
    "long first texts": streams(frame(1, LONG), pause=0.1, begins=b""),
    "pings": streams(frame(9, b"x" * 125) * 1000, 1000),
    "pings at the limit": streams(frame(9, b"x" * 125) * 20, 10_000, 0.1),
    "fragments": streams(frame(2, fin=False) + frame(0, fin=False) * 10_000, 1000),
    "orders": streams(frame(1, b'{"type": "reset"}') * 10, 1000, 0.1),
    "floods": streams(frame(2, bytes(8100)) * 10, 1000),
    "wrong frames": streams(frame(2, b"x")),
    "malformed": malformed,
    "large pictures": pictures,
}
