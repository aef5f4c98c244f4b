"""HTTP for clients that may never end what they say: uvicorn's own, with a limit to the time of a request."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

from eyeprentice.words import limits


class PatientHTTP(H11Protocol):
    """Closes a connection that has not said what it wants in `limits.REQUEST_SECONDS`."""

    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
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
