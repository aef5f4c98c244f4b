"""What the fuzzer says to the server: messages to their parsers, and whole conversations."""

import json
from pathlib import Path

from eyeprentice.words.errors import InputError

CONVERSATION_TOKENS = (b"\r\n", b": ", b"\x81\x80", b"\x88\x82", b"\xff", b"[::1%]", b"Upgrade: websocket\r\n")


def write_messages(folder: Path) -> list[Path]:
    start = {"type": "start", "frames": "grey", "width": 8, "height": 6, "times": "sent", "rate_hz": 30, "eye": "full"}
    more = {"mirror": True, "rotate": 90, "neutral": "none", "unit_names": "arkit"}
    (folder / "start.json").write_text(json.dumps(start | more))
    (folder / "picture.json").write_text(json.dumps({"type": "start", "frames": "picture", "eye": "90,90,90,90"}))
    (folder / "order.json").write_text(json.dumps({"type": "neutral", "seconds": 2.5}))
    (folder / "frame.bin").write_bytes(bytes(8 + 48))
    (folder / "reset.json").write_text('{"type": "reset"}')
    return sorted(folder.iterdir())


def read_message(folder: Path, path: Path) -> None:
    from eyeprentice.app.serving.messages import parse_order, parse_start, said_error

    parse = parse_start if path.name in ("start.json", "picture.json") else parse_order
    try:
        if path.suffix == ".bin":
            parse_start((folder / "start.json").read_text()).decoded(path.read_bytes())
        else:
            parse(path.read_bytes().decode("utf-8", "replace"))
    except InputError as error:
        if len(said_error(error)) > 1000:
            raise AssertionError("a refusal without an end") from error
        raise


def write_conversations(folder: Path) -> list[Path]:
    from tests.strangers import MANY, UPGRADE, WHOLE, frame

    start = b'{"type": "start", "frames": "grey", "width": 4, "height": 4, "eye": "full"}'
    guest = b"GET //x/?token=a HTTP/1.1\r\nHost: [::1]:80\r\nCookie: eyeprentice-token=a\r\n"
    opening = b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n" + UPGRADE
    contents = {
        "get": WHOLE + WHOLE,
        "token": guest + MANY[:500] + b"\r\n",
        "post": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "stream": opening + b"\r\n" + frame(1, b"{}") + frame(2, b"x" * 20) + frame(9, b"x") + frame(8, b"\x03\xe8"),
        "start": opening + b"\r\n" + frame(1, start, fin=False) + frame(0) + frame(2, bytes(16)) + frame(1, b"{}"),
    }  # fmt: skip
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return sorted(folder.iterdir())


def read_conversation(_: Path, path: Path) -> None:
    from tests.fuzzing.conversation import converse

    converse(path.read_bytes())
