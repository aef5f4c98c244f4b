"""One connection, between the event loop and whatever protocol it speaks: the limits that hold whatever is said.

To the loop it is a protocol, to uvicorn's protocols a transport. It ends who has not asked in time, who does not take
what it is sent, and who lets more pile up than fits; it hands what comes to the protocol in small parts, so that no
client keeps the loop from the others.

A socket that is closed while bytes of the client are unread is reset, and a reset destroys what was sent last: the
reason, an HTTP 4xx or the code with which a WebSocket ends. So every connection ends by a lingering close (RFC 9112,
section 9.6): the sending half first, then what still comes is read and thrown away, within limits.
"""

import asyncio
import logging
import socket
from typing import Any, cast

from eyeprentice.app.serving.places import BUSY_SECONDS, Places, crowd_of
from eyeprentice.words import limits

PART_BYTES = 1 << 13
"""That a protocol is given at once: at most 1,365 frames of WebSocket, which take some ms."""


class Connection(asyncio.Protocol):
    """Holds one of `places`; `owner` is the protocol that speaks first, and may hand over to another."""

    def __init__(self, places: Places, loop: asyncio.AbstractEventLoop) -> None:
        self.places, self._loop = places, loop
        self.address = ""
        self.kept = False
        self._owner: asyncio.Protocol
        self._transport: asyncio.Transport
        self._unread = memoryview(b"")
        self._paused = self._scheduled = False  # the owner wants nothing more; a part is handed over soon
        self._closing = self._lost = False
        self._due = self._moved = 0.0  # when it must have gone on; when the client last took something
        self._written = self._taken = 0
        self._lingers: float | None = None
        self._heard, self._thrown_away = 0.0, 0

    def owned_by(self, owner: asyncio.Protocol) -> "Connection":
        self._owner = owner
        return self

    # what the application says of it

    def keep(self) -> None:
        """It is a stream now: it gives way to nobody, and its protocol alone limits how long it lasts."""
        self.kept, self._due = True, float("inf")

    def release(self) -> None:
        """It is no stream any more."""
        self.kept, self._due = False, self.places.clock.now() + limits.ANSWER_SECONDS

    # what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.SENDING_BYTES)
        self.address = crowd_of((transport.get_extra_info("peername") or ("",))[0])
        self.places.enter(self, self._loop)
        self._moved = self.places.clock.now()
        self._due = self._moved + limits.REQUEST_SECONDS
        self._owner.connection_made(self)  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        if self._closing:
            self._throw_away(len(data))
            return
        self._unread = memoryview(data)
        if self.kept:
            self.hand_over()
        else:
            self._transport.pause_reading()
            self.places.listen_to(self)

    def eof_received(self) -> bool | None:
        return bool(self._owner.eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = self._closing = True
        self._unread = memoryview(b"")
        self.places.leave(self)
        self._owner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._owner.pause_writing()

    def resume_writing(self) -> None:
        self._owner.resume_writing()

    # what the places call

    def hand_over(self) -> None:
        """What has come, part by part, until the owner wants no more or others have waited long enough."""
        self._scheduled = False
        began = self._loop.time()
        while self._unread and not self._paused and not self.is_closing():
            if self._loop.time() - began > BUSY_SECONDS:
                self._transport.pause_reading()
                self._hand_over_soon()
                return
            part, self._unread = self._unread[:PART_BYTES], self._unread[PART_BYTES:]
            try:
                self._owner.data_received(bytes(part))
            except Exception as error:  # a library's, of what a stranger sent: it ends the stranger alone
                logging.getLogger("uvicorn.error").error("a connection was ended: %r", error)
                self.abort()
        if not self._paused and not self.is_closing():
            self._transport.resume_reading()

    def look(self, now: float) -> None:
        queued = self._transport.get_write_buffer_size()
        if queued == 0 or self._written - queued > self._taken:
            self._taken, self._moved = self._written - queued, now
        if now - self._moved >= limits.CLIENT_SILENT_SECONDS:
            self.abort()
        elif self._closing:
            self._look_lingering(now, queued)
        elif now >= self._due and self._written:
            self.abort()  # it took too long to take its answer
        elif now >= self._due:
            self.close()
        elif self.kept or self._written:
            getattr(self._owner, "look", lambda _: None)(now)

    def abort(self) -> None:
        """Ends it at once, whatever is still to be sent."""
        self.places.leave(self)
        self._closing = True
        self._unread = memoryview(b"")
        self._transport.abort()

    # what a protocol calls: the transport

    def unread(self, data: bytes) -> None:
        """It is of the protocol that comes next: handed over before what comes later."""
        if self.is_closing():
            self._throw_away(len(data))
        else:
            self._unread = memoryview(data + bytes(self._unread))

    def write(self, data: bytes) -> None:
        if self.is_closing():
            return
        if self._transport.get_write_buffer_size() + len(data) > limits.QUEUED_BYTES:
            self.abort()
            return
        if not self._written:
            self._due = self.places.clock.now() + limits.ANSWER_SECONDS
        self._written += len(data)
        self._transport.write(data)

    def close(self) -> None:
        if self.is_closing():
            return
        self._closing, self.kept = True, False
        self._due = self.places.clock.now() + limits.ANSWER_SECONDS
        self._throw_away(len(self._unread))
        self._unread = memoryview(b"")
        try:
            self._transport.write_eof()  # after all that was written
        except OSError:  # the client has gone
            self._transport.abort()
        self._transport.resume_reading()

    def is_closing(self) -> bool:
        return self._closing or self._transport.is_closing()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._owner = cast("asyncio.Protocol", protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._owner

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        if not self.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self.is_closing():
            self._paused = False
            self._hand_over_soon()

    # inside

    def _hand_over_soon(self) -> None:
        if not self.kept:
            self.places.listen_to(self)
        elif not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.hand_over)

    def _throw_away(self, count: int) -> None:
        self._thrown_away, self._heard = self._thrown_away + count, self.places.clock.now()
        if self._thrown_away > limits.LINGER_BYTES:
            self._transport.close()

    def _look_lingering(self, now: float, queued: int) -> None:
        """Lingers, once all is sent, for `LINGER_SECONDS`, or until the client was silent or sent too much."""
        if now >= self._due:
            self.abort()
        elif queued == 0 and self._lingers is None:
            self._lingers = self._heard = now
        elif self._lingers is not None and (
            now - self._heard >= limits.LINGER_SILENT_SECONDS or now - self._lingers >= limits.LINGER_SECONDS
        ):
            self._transport.close()
