"""What strangers say to a server: bytes of HTTP and WebSocket, right and wrong."""

import contextlib
import socket
import struct
from collections.abc import Iterator

UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
MANY = b"".join(b"X-%d: 1\r\n" % number for number in range(130))
WHOLE = b"GET /api/status HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextlib.contextmanager
def raw(address: str, content: bytes = b"", room: int | None = None) -> Iterator[socket.socket]:
    host, port = address.split(":")
    with socket.socket() as plain:
        if room is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        plain.settimeout(20)
        plain.connect((host, int(port)))
        plain.sendall(content)
        yield plain


def frame(opcode: int, content: bytes = b"", fin: bool = True) -> bytes:
    """As a client sends it, with a mask of zeros."""
    length = len(content)
    if length < 126:
        head = bytes([length | 128])
    else:
        head = b"\xfe" + struct.pack(">H", length) if length < 1 << 16 else b"\xff" + struct.pack(">Q", length)
    return bytes([opcode | (128 if fin else 0)]) + head + bytes(4) + content


def open_stream(address: str, then: bytes = b"") -> contextlib.AbstractContextManager[socket.socket]:
    return raw(address, b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"\r\n" + then)


MALFORMED = [
    frame(1, b"\xff"),
    frame(1, b"\xff") + frame(8),
    frame(1, b"\xff") + frame(8, b"\x03\xe8") + frame(1, b"x"),
    frame(1, b"{}") + frame(1, b"\xff", fin=False) + frame(0),
    frame(3),
    frame(0),
    frame(2, b"x", fin=False) + frame(2, b"y"),
    frame(2, b"x", fin=False) + frame(8),
    frame(9, b"x" * 126),
    frame(8, b"\x00"),
    frame(8, b"\x03\xe8\xff"),
    frame(8, b"\xff\xff") + frame(9),
    frame(1, b"{}") + b"\xff\xff\xff\xff",
    frame(1, b'{"type": "start", "frames": "picture"}') + frame(1, b"\xff"),
    frame(1, b'{"type": "start", "frames": "picture"}') + frame(3),
    frame(1, b'{"type": "start", "frames": "picture"}') + frame(8),
    frame(1, b'{"type": "start", "frames": "picture"}') + frame(2, b"x") + frame(8) + frame(2, b"x"),
    frame(1, b'{"type": "start", "frames": "picture"}') + frame(2, b"x") + frame(1, b"[]") + frame(1, b"\xff"),
    b"\x01\x00",  # without a mask
    b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    frame(1, b'{"type": "start", "frames": "grey", "width": 1' + b"0" * 400 + b"}"),
]
