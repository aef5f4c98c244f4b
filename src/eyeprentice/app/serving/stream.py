"""The WebSocket `/api/stream`: one client, from its first message to its last.

Floods, silence and texts that are too long are refused below, where messages come in (`protocols.py`).
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future

from starlette.websockets import WebSocket, WebSocketDisconnect

from eyeprentice.app.serving.messages import REFUSED, TRY_LATER, parse_order, parse_start, said, said_error
from eyeprentice.app.serving.reading import ClientReader
from eyeprentice.runtime import Moment
from eyeprentice.runtime.model import StepModel
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS

RETRY_S = 5


class _NoRoomError(Exception):
    """All places are taken."""


class Streams:
    """All clients of a server; `serve` is called with each WebSocket.

    A client has a place from its first message on, and until what it is told last. `tell` is called with every moment
    of one client: of the one that began when no other was told of, until it ends.
    """

    def __init__(
        self,
        model: StepModel,
        certain: float,
        clients: int = limits.CLIENTS,
        tell: Callable[[Moment], None] | None = None,
    ) -> None:
        self.model, self.certain, self.most = model, certain, clients
        self._tell, self._is_told = tell, False
        self.clients = 0

    async def serve(self, socket: WebSocket) -> None:
        try:
            await socket.accept()
            await self._serve(socket)
        except WebSocketDisconnect:
            pass
        except InputError as error:
            await _close(socket, said_error(error), REFUSED)
        except _NoRoomError:
            what = f"{self.most} clients are connected, which is all that this server takes"
            message = said("wait", what=what, todo=f"try again in {RETRY_S} s", retry_s=RETRY_S)
            await _close(socket, message, TRY_LATER)

    async def _serve(self, socket: WebSocket) -> None:
        if self.clients >= self.most:  # it need not even begin
            raise _NoRoomError
        first = await socket.receive()
        if first["type"] == "websocket.disconnect":
            return
        start = parse_start(first.get("text") or "")
        with self._place(socket), self._told() as tell:
            say = _Say(socket, asyncio.get_running_loop())
            reader = await asyncio.to_thread(ClientReader, start, self.model, self.certain, say, tell)
            try:
                ready = {"labels": list(EMOTIONS), "units": list(reader.unit_names), "size": self.model.size}
                ready |= {} if self._tell is None else {"osc": tell is not None}
                await socket.send_text(said("ready", **ready, phases=reader.recognizer.phases))
                await _exchange(socket, reader)
            finally:
                say.stop()
                await asyncio.to_thread(reader.close)

    @contextlib.contextmanager
    def _told(self) -> Iterator[Callable[[Moment], None] | None]:
        """What a client's moments are told to; None while another client's are."""
        if self._tell is None or self._is_told:
            yield None
            return
        self._is_told = True
        try:
            yield self._tell
        finally:
            self._is_told = False

    @contextlib.contextmanager
    def _place(self, socket: WebSocket) -> Iterator[None]:
        """Raises `_NoRoomError` if all are taken."""
        if self.clients >= self.most:
            raise _NoRoomError
        connection = getattr(socket.state, "connection", None)  # a test client has none
        self.clients += 1
        if connection is not None:
            connection.keep()
        try:
            yield
        finally:
            self.clients -= 1
            if connection is not None:
                connection.release()


async def _exchange(socket: WebSocket, reader: ClientReader) -> None:
    """Takes messages until the client goes or nothing is read any more; raises what was wrong."""
    taking = asyncio.ensure_future(_take(socket, reader))
    reading = asyncio.wrap_future(reader.ended)
    try:
        done, _ = await asyncio.wait({taking, reading}, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            await each
    finally:
        taking.cancel()
        reading.cancel()
        await asyncio.gather(taking, reading, return_exceptions=True)


async def _take(socket: WebSocket, reader: ClientReader) -> None:
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        content = message.get("bytes")
        if content is not None:
            reader.offer(content)
        else:
            reader.order(parse_order(message.get("text") or ""))


async def _close(socket: WebSocket, message: str, code: int) -> None:
    """The reason, then the end; a client that has gone, or takes nothing, does not hear it."""
    with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
        await asyncio.wait_for(socket.send_text(message), 1)
        await asyncio.wait_for(socket.close(code), 1)


class _Say:
    """Sends from another thread and waits until it is sent; raises `ConnectionError` if the client takes nothing."""

    def __init__(self, socket: WebSocket, loop: asyncio.AbstractEventLoop) -> None:
        self.socket, self.loop = socket, loop
        self._sending: Future[None] | None = None
        self._stopped = False

    def __call__(self, message: str) -> None:
        if self._stopped:
            raise ConnectionError("the stream ended")
        self._sending = asyncio.run_coroutine_threadsafe(self.socket.send_text(message), self.loop)
        try:
            self._sending.result(limits.CLIENT_SILENT_SECONDS)
        except (Exception, CancelledError) as error:  # whatever the server's library makes of a connection that broke
            self._sending.cancel()
            raise ConnectionError(str(error)) from None

    def stop(self) -> None:
        """Nothing is sent any more, and nothing waited for."""
        self._stopped = True
        if self._sending is not None:
            self._sending.cancel()
