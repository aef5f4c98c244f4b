"""Who may ask the server, and what browsers are told to refuse: a layer around the whole application.

- The `Host` must be this machine: its own name for itself, an IP address, or the host that the server was given. So a
  page elsewhere cannot reach the server under a name of its own (DNS rebinding).
- An `Origin`, which browsers send along with what a page asks for, must be the server itself.
- With a token, everything needs it: as `Authorization: Bearer TOKEN`, or once as `?token=TOKEN`, which becomes a
  cookie.
"""

import asyncio
import hmac
import ipaddress
import re
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eyeprentice.app.serving.connections import PORTS

HOST = re.compile(r"(\[(?P<six>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9._-]{1,253}))(:(?P<port>[0-9]{1,5}))?", re.ASCII)
"""IPv6 in brackets, or a name or an address of IPv4, and a port; what is no such text goes into no header."""
PART_BYTES = 1 << 16
"""Of an answer that are given to the connection at once; the next ones wait until it has taken them."""
COOKIE = "eyeprentice-token"
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; connect-src 'self' {sockets}; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """`Guard(app, host, token)` is an ASGI application that lets through what may reach `app`."""

    def __init__(self, app: ASGIApp, host: str, token: str | None) -> None:
        self.app, self.host, self.token = app, host, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = self._refusal(scope, headers)
        connection = scope.get("state", {}).get("connection")  # a test client has none
        if answer is None:
            await self.app(scope, receive, _with_headers(send, headers.get("host", ""), connection))
        elif scope["type"] == "http":
            await answer(scope, receive, _with_headers(send, "", connection))
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "refused"})

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """What is answered instead of passing the request on; None if it may pass."""
        host = headers.get("host", "")
        if not self._is_here(host):
            return refused(421, f"the host '{host[:80]}' is not this server", "open the address that `live` printed")
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host.lower()}", f"https://{host.lower()}"):
            what = f"a page of '{origin[:80]}' may not use this server"
            return refused(403, what, "open the address that `live` printed")
        if self.token is None or self._knows(headers.get("authorization", ""), "Bearer ") or self._has_cookie(headers):
            return None
        if scope["type"] == "http" and scope["method"] == "GET":
            query = parse_qs(scope["query_string"].decode("latin-1"))
            if self._is_token(query.pop("token", [""])[0]):
                return self._welcome(scope, query)
        return refused(401, "the token is missing or wrong", "open the address that `live` printed, token included")

    def _is_here(self, host: str) -> bool:
        found = HOST.fullmatch(host.lower())
        if found is None or int(found["port"] or 0) >= PORTS:
            return False
        if found["name"] in ("localhost", self.host.lower()):
            return True
        try:
            ipaddress.IPv4Address(found["name"]) if found["name"] else ipaddress.IPv6Address(found["six"])
        except ValueError:
            return False
        return True

    def _knows(self, value: str, before: str) -> bool:
        return value.startswith(before) and self._is_token(value.removeprefix(before))

    def _has_cookie(self, headers: Headers) -> bool:
        pairs = [pair.strip().partition("=") for pair in headers.get("cookie", "").split(";")]
        return any(name == COOKIE and self._is_token(value) for name, _, value in pairs)

    def _is_token(self, text: str) -> bool:
        return self.token is not None and hmac.compare_digest(text.encode(), self.token.encode())

    def _welcome(self, scope: Scope, query: dict[str, list[str]]) -> Response:
        rest = f"?{urlencode(query, doseq=True)}" if query else ""
        path = "/" + scope["path"].lstrip("/\\")  # what begins with two strokes would be another server's
        answer = RedirectResponse(f"{path}{rest}", 303)
        answer.set_cookie(COOKIE, self.token or "", httponly=True, samesite="strict", secure=scope["scheme"] == "https")
        return answer


def refused(status: int, what: str, todo: str) -> Response:
    """A refusal in the words of the command line: what is wrong and what to do."""
    return JSONResponse({"type": "error", "what": what, "todo": todo}, status, headers={"Connection": "close"})


def _with_headers(send: Send, host: str, connection: asyncio.BaseTransport | None) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = POLICY.format(sockets=f"ws://{host} wss://{host}" if host else "")
            for name, value in HEADERS.items():
                headers[name] = value
        if message["type"] == "http.response.body" and len(message.get("body", b"")) > PART_BYTES:
            body = message["body"]
            for at in range(0, len(body), PART_BYTES):
                if connection is not None and connection.is_closing():
                    await asyncio.sleep(0)  # whoever sends hears of it now
                    return
                more = at + PART_BYTES < len(body) or message.get("more_body", False)
                await send({**message, "body": body[at : at + PART_BYTES], "more_body": more})
        else:
            await send(message)

    return sending


def told_to_browsers() -> list[tuple[bytes, bytes]]:
    """Headers of every answer, also of those that never reach the application."""
    told = {"Content-Security-Policy": POLICY.format(sockets=""), **HEADERS}
    return [(name.lower().encode(), value.encode()) for name, value in told.items()]
