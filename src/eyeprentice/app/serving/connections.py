"""Connections: where the server listens, how long it waits for a request, and how it closes without losing its answer.

A socket that is closed while bytes of the client are unread is reset, and a reset destroys what was sent last: the
reason, an HTTP 4xx or the code with which a WebSocket ends. So every connection ends by a lingering close (RFC 9112,
section 9.6): the sending half first, then what still comes is read and thrown away, within limits.
"""

import asyncio
import ipaddress
import secrets
import socket
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

LEAST_TOKEN = 16
PORTS = 1 << 16


@dataclass(frozen=True)
class Address:
    """Where the server listens; raises `InputError` for what others can reach without a token."""

    host: str
    port: int
    token: str | None

    def __post_init__(self) -> None:
        if not 0 <= self.port < PORTS:
            raise InputError("port", f"{self.port} is not a port", f"give a number from 0 to {PORTS - 1}")
        token = self.token
        if token is not None and (len(token) < LEAST_TOKEN or not token.isascii() or not token.isalnum()):
            what = f"it must have at least {LEAST_TOKEN} letters and digits"
            raise InputError("token", what, f"give --token {secrets.token_hex(LEAST_TOKEN // 2)}")
        if token is None and not is_loopback(self.host):
            what = f"others can reach {self.host}, so it needs a token"
            raise InputError("host", what, f"give --token {secrets.token_hex(LEAST_TOKEN // 2)}, or leave --host out")

    def url(self, port: int) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{name}:{port}/" + (f"?token={self.token}" if self.token else "")

    def listen(self) -> socket.socket:
        """A socket that listens; raises `InputError` if there can be none."""
        listener = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.host, self.port))
            listener.listen(limits.CONNECTIONS)
        except OSError as error:
            listener.close()
            what = f"{self.host}, port {self.port}, cannot be used ({error.strerror or error})"
            todo = "give another --port (0 takes any that is free), or another --host"
            raise InputError("live", what, todo) from None
        return listener


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class TimedHTTP(H11Protocol):
    """uvicorn's HTTP; closes a connection that has not said what it wants in `limits.REQUEST_SECONDS`."""

    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", LingeringTransport(transport, self.loop)))
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            if self._limit is None:
                self._wait()
        elif self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._limit is not None:
            self._limit.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._limit = self.loop.call_later(limits.REQUEST_SECONDS, self._end)

    def _end(self) -> None:
        self._limit = None
        # a WebSocket has a protocol of its own by now
        is_waiting = self.cycle is None or self.cycle.response_complete
        if is_waiting and self.transport.get_protocol() is self and not self.transport.is_closing():
            self.transport.close()


class LingeringTransport(asyncio.Protocol):
    """A transport whose `close` lingers; all else is the given one's. While it lingers, it is the protocol, too.

    It lingers until the client closes, is silent for `limits.LINGER_SILENT_SECONDS`, or has sent for
    `limits.LINGER_SECONDS` or more than `limits.LINGER_BYTES`.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._owner: asyncio.Protocol | None = None
        self._bytes, self._began, self._heard = 0, 0.0, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        if self.is_closing():
            return
        self._owner = cast("asyncio.Protocol", self._transport.get_protocol())
        self._transport.set_protocol(self)
        try:
            self._transport.write_eof()  # after all that was written
        except OSError:  # the client has gone
            self._transport.abort()
        self._transport.resume_reading()
        self._began = self._heard = self._loop.time()
        self._look()

    def is_closing(self) -> bool:
        return self._owner is not None or self._transport.is_closing()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        if self._owner is None:
            self._transport.set_protocol(protocol)
        else:  # whoever refuses a WebSocket closes before it takes over
            self._owner = cast("asyncio.Protocol", protocol)

    def pause_reading(self) -> None:
        if not self.is_closing():
            self._transport.pause_reading()

    def write(self, data: bytes) -> None:
        if not self.is_closing():
            self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._bytes, self._heard = self._bytes + len(data), self._loop.time()
        if self._bytes > limits.LINGER_BYTES:
            self._transport.close()

    def pause_writing(self) -> None:
        cast("asyncio.Protocol", self._owner).pause_writing()

    def resume_writing(self) -> None:
        cast("asyncio.Protocol", self._owner).resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        cast("asyncio.Protocol", self._owner).connection_lost(exc)

    def _look(self) -> None:
        now = self._loop.time()
        if now - self._heard >= limits.LINGER_SILENT_SECONDS or now - self._began >= limits.LINGER_SECONDS:
            self._transport.close()
        elif not self._transport.is_closing():
            self._loop.call_later(limits.LINGER_SILENT_SECONDS / 4, self._look)
