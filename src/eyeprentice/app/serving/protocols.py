"""uvicorn's HTTP and WebSocket, within limits; every answer of theirs tells browsers what the guard's answers do.

HTTP: one request a connection. So nothing has to be said about what comes after it: pipelined requests, bodies without
an end and connections that are kept are thrown away while the answer is taken.
"""

import asyncio
from typing import Any, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from eyeprentice.app.serving.connection import Connection
from eyeprentice.app.serving.guard import told_to_browsers
from eyeprentice.app.serving.messages import REFUSED, MessageError, said_error, too_long
from eyeprentice.app.serving.places import Allowance, Places
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError


class HTTP(H11Protocol):
    """One request and its answer."""

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(config, server_state, app_state, loop)
        self.conn = _OneAnswer(h11.SERVER, limits.REQUEST_BYTES)

    def eof_received(self) -> bool:  # type: ignore[override]
        """A client that has asked, and says no more, is still answered."""
        return self.cycle is not None

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """What came behind the request is of the WebSocket."""
        super().handle_websocket_upgrade(event)
        cast("Connection", self.transport).unread(self.conn.trailing_data[0])

    def send_400_response(self, msg: str) -> None:
        """Unless an answer has begun: then what is wrong came behind the request, as a body that is none does."""
        begun = self.cycle is not None and self.cycle.response_started
        if self.cycle is not None:
            self.cycle.disconnected = True
        if begun:
            self.transport.close()
        else:
            super().send_400_response(msg)


class _OneAnswer(h11.Connection):
    """Closes after each answer, and adds to it what browsers are to be told."""

    def send(self, event: h11.Event) -> bytes | None:  # type: ignore[override]
        if isinstance(event, h11.Response):
            given = [(name, value) for name, value in event.headers if name != b"connection"]
            known = {name for name, _ in given}
            added = [(name, value) for name, value in told_to_browsers() if name not in known]
            event = h11.Response(
                status_code=event.status_code, headers=[*given, *added, (b"connection", b"close")], reason=event.reason
            )
        return super().send(event)


class Stream(WebSocketsSansIOProtocol):
    """A WebSocket: refuses texts that are too long, floods and silence; whatever is wrong ends with a reason."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        super().__init__(config, server_state, app_state)
        self.connection: Connection = app_state["connection"]
        self.conn: _Frames = _Frames(max_size=limits.ORDER_BYTES, logger=self.logger)
        clock = self.connection.places.clock
        self._allowance = Allowance(clock, limits.MESSAGES_A_SECOND, limits.MESSAGES_AT_ONCE)
        self._heard = clock.now()

    def data_received(self, data: bytes) -> None:
        before = self.conn.cost
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:  # it was never told of
            answer = b"".join(self.conn.data_to_send())
            self.transport.write(answer or _no_handshake())
            self.transport.close()
        elif not self._allowance.take(self.conn.cost - before):
            what = f"more than {limits.MESSAGES_A_SECOND} messages a second"
            self._refuse(MessageError("stream", what, "send frames at the rate of the start message"))

    def handle_connect(self, event: Request) -> None:
        """Nothing more is taken before the handshake is answered: frames would be read as another request."""
        super().handle_connect(event)
        if not self.handshake_complete:
            self.transport.pause_reading()

    def send_receive_event_to_app(self) -> None:
        self._heard = self.connection.places.clock.now()
        if self.curr_msg_data_type == "text" and not self.close_sent:
            if sum(map(len, self.frames)) > limits.ORDER_BYTES:
                self.frames = []
                self._refuse(too_long())
                return
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self._end(1007, "not UTF-8")
                return
        super().send_receive_event_to_app()

    def look(self, now: float) -> None:
        """Ends a client that was silent for too long; `now` is of the connection's clock."""
        longest = limits.CLIENT_SILENT_SECONDS if self.connection.kept else limits.REQUEST_SECONDS
        if self.handshake_complete and now - self._heard >= longest:
            self._refuse(MessageError("stream", "nothing came for too long", "connect again when there are frames"))

    async def send(self, message: Any) -> None:
        await self.writable.wait()
        if self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        await super().send(message)
        if message["type"] == "websocket.accept":
            self.transport.resume_reading()

    def shutdown(self) -> None:
        try:
            super().shutdown()
        except InvalidState:  # it is ending already
            self.transport.close()

    def _refuse(self, error: InputError) -> None:
        if self.conn.state is OPEN:
            self.conn.send_text(said_error(error).encode())
        self._end(REFUSED, "refused")

    def _end(self, code: int, reason: str) -> None:
        self.stop_keepalive()
        self.conn.fail(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.close()


class _Frames(ServerProtocol):
    """Counts what frames cost, and lets the first message be no longer than an order."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.cost = 0

    def recv_frame(self, frame: Frame) -> None:
        super().recv_frame(frame)
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self.cost += frame.fin or len(frame.data) < limits.FRAGMENT_BYTES
            if frame.fin:
                self.max_message_size = limits.MESSAGE_BYTES
        else:
            self.cost += 1

    def send_response(self, response: Response) -> None:
        if response.status_code != 101:
            for name, value in told_to_browsers():
                response.headers.setdefault(name.decode(), value.decode())
        super().send_response(response)


def connect(
    config: Config,
    server_state: ServerState,
    app_state: dict[str, Any],
    _loop: asyncio.AbstractEventLoop | None = None,
    *,
    places: Places,
) -> Connection:
    """A new connection: what uvicorn takes for its protocol of HTTP."""
    loop = _loop or asyncio.get_running_loop()
    connection = Connection(places, loop)
    return connection.owned_by(HTTP(config, server_state, {**app_state, "connection": connection}, loop))


def _no_handshake() -> bytes:
    """An answer where the library has none."""
    protocol = _Frames()
    protocol.send_response(protocol.reject(400, "this is no WebSocket handshake\n"))
    return b"".join(protocol.data_to_send())
