"""One release is all that the page loads: its files, the networks, and what is told of them.

A browser that has a part of one release must never get a part of another one: after an update, or after `live` was
started with another model. So the page asks for everything with its release in the address. What is of another one is
refused, and what is of this one may be kept for good.
"""

import hashlib
from collections.abc import Iterable
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eyeprentice.app.serving.guard import refused

KEPT = "private, max-age=31536000, immutable"


def release_of(parts: Iterable[str]) -> str:
    """Names what all these tags and texts are together."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


class Released:
    """`Released(app, release)` is an ASGI application that gives what `?release=` asks for only if it is its own."""

    def __init__(self, app: ASGIApp, release: str) -> None:
        self.app, self.release = app, release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("release") if scope["type"] == "http" else None
        if asked is None:
            await self.app(scope, receive, send)
        elif asked == [self.release]:
            await self.app(scope, receive, _kept(send))
        else:
            answer = refused(409, "this program is another release than the page", "load the page again")
            await answer(scope, receive, send)


def _kept(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in (200, 304):
            MutableHeaders(scope=message)["Cache-Control"] = KEPT
        await send(message)

    return sending
