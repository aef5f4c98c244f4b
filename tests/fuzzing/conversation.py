"""A conversation with the server without a network: bytes go to the very object that the loop would hand them to."""

import asyncio
import logging
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from eyeprentice.app.serving.places import Places
from eyeprentice.app.serving.protocols import Stream, connect


class Wire(asyncio.Transport):
    """Takes all that is written."""

    def __init__(self) -> None:
        super().__init__()
        self.socket = socket.socket()
        self.said, self.ended = bytearray(), False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.socket if name == "socket" else default

    def write(self, data: bytes) -> None:
        self.said += data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.ended

    def close(self) -> None:
        self.ended = True

    abort = write_eof = close

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading


class Heard(logging.Handler):
    """What would have been written on the server's terminal."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


@cache
def application() -> ASGIApp:
    from eyeprentice.app.serving.app import Serving, build_app
    from eyeprentice.app.serving.page import Page

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "index.html").write_text("page")
        return build_app(Serving(), Page(Path(folder)))


def converse(content: bytes) -> bytes:
    """What is answered; raises `AssertionError` for what would reach the terminal, or an answer without its headers.

    What lies behind the first empty line is only said when that was answered: frames come behind a handshake.
    """
    heard, loop = Heard(), asyncio.new_event_loop()
    loop.set_exception_handler(lambda _, context: heard.said.append(repr(context)))
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")]
    for logger in loggers:
        logger.addHandler(heard)
    wire = Wire()
    try:
        loop.run_until_complete(_converse(content, wire))
    finally:
        for logger in loggers:
            logger.removeHandler(heard)
        wire.socket.close()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    assert heard.said == [], heard.said
    head = bytes(wire.said).partition(b"\r\n\r\n")[0].lower()
    assert not head or head.startswith((b"http/1.1 101", b"http/1.1 100")) or b"\r\ncontent-security-policy: " in head
    return bytes(wire.said)


async def _converse(content: bytes, wire: Wire) -> None:
    config = uvicorn.Config(application(), log_config=None, ws=Stream, ws_per_message_deflate=False, lifespan="off")
    config.load()
    state = ServerState()
    connection = connect(config, state, {}, places=Places())
    connection.connection_made(wire)
    head, line, rest = content.partition(b"\r\n\r\n")
    for part in (head + line, rest):
        if part:
            connection.data_received(part)
        for _ in range(20):
            await asyncio.sleep(0)
    connection.connection_lost(None)
    while state.tasks:
        await asyncio.wait(state.tasks)
