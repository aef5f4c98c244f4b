"""The WebSocket `/api/stream`: one client, from its first message to its last."""

import asyncio
import contextlib
import time
from concurrent.futures import CancelledError, Future

from starlette.websockets import WebSocket, WebSocketDisconnect

from eyeprentice.app.serving.messages import MessageError, Order, parse_order, parse_start, said, said_error
from eyeprentice.app.serving.reading import ClientReader
from eyeprentice.runtime.model import StepModel
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS

REFUSED, TRY_LATER = 1008, 1013
"""Codes with which a WebSocket is closed (RFC 6455 and its registry)."""
RETRY_S = 5


class Streams:
    """All clients of a server; `serve` is called with each WebSocket."""

    def __init__(self, model: StepModel, certain: float, clients: int = limits.CLIENTS) -> None:
        self.model, self.certain, self.most = model, certain, clients
        self.clients = 0

    async def serve(self, socket: WebSocket) -> None:
        await socket.accept()
        if self.clients >= self.most:
            what = f"{self.most} clients are connected, which is all that this server takes"
            await self._close(
                socket, said("wait", what=what, todo=f"try again in {RETRY_S} s", retry_s=RETRY_S), TRY_LATER
            )
            return
        self.clients += 1
        try:
            await self._serve(socket)
        finally:
            self.clients -= 1

    async def _serve(self, socket: WebSocket) -> None:
        reader: ClientReader | None = None
        refusal: InputError | None = None
        say = _Say(socket, asyncio.get_running_loop())
        try:
            first = await asyncio.wait_for(socket.receive(), limits.REQUEST_SECONDS)
            if first["type"] == "websocket.disconnect":
                return
            start = parse_start(first.get("text") or "")
            reader = await asyncio.to_thread(ClientReader, start, self.model, self.certain, say)
            ready = {"labels": list(EMOTIONS), "units": list(reader.unit_names), "size": self.model.size}
            await socket.send_text(said("ready", **ready, phases=reader.recognizer.phases))
            await self._receive(socket, reader)
        except InputError as error:
            refusal = error
        except TimeoutError:
            refusal = MessageError("stream", "nothing came for too long", "connect again when there are frames")
        except WebSocketDisconnect:
            pass
        finally:
            say.stop()
            if reader is not None:
                await asyncio.to_thread(reader.close)
        if refusal is not None:
            await self._close(socket, said_error(refusal), REFUSED)

    async def _receive(self, socket: WebSocket, reader: ClientReader) -> None:
        """Takes messages as fast as they are allowed to come."""
        began, count = time.monotonic(), 0
        while reader.is_alive:
            message = await asyncio.wait_for(socket.receive(), limits.CLIENT_SILENT_SECONDS)
            if message["type"] == "websocket.disconnect":
                return
            if time.monotonic() - began >= 1:
                began, count = time.monotonic(), 0
            count += 1
            if count > limits.MESSAGES_A_SECOND:
                what = f"more than {limits.MESSAGES_A_SECOND} messages a second"
                raise MessageError("stream", what, "send frames at the rate of the start message")
            content, text = message.get("bytes"), message.get("text")
            if content is not None:
                reader.offer(content)
            else:
                order: Order = parse_order(text or "")
                reader.order(order)

    async def _close(self, socket: WebSocket, message: str, code: int) -> None:
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
