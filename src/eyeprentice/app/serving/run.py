"""The server as a program: uvicorn, until Ctrl-C."""

import ipaddress
import secrets
import socket
from dataclasses import dataclass

import uvicorn

from eyeprentice.app.serving.app import Serving, build_app
from eyeprentice.app.serving.page import Page
from eyeprentice.app.serving.timeouts import PatientHTTP
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
        if self.token is not None and (
            len(self.token) < LEAST_TOKEN or not self.token.isascii() or not self.token.isalnum()
        ):
            what = f"it must have at least {LEAST_TOKEN} letters and digits"
            raise InputError("token", what, f"give --token {secrets.token_hex(LEAST_TOKEN // 2)}")
        if self.token is None and not is_loopback(self.host):
            what = f"others can reach {self.host}, so it needs a token"
            raise InputError("host", what, f"give --token {secrets.token_hex(LEAST_TOKEN // 2)}, or leave --host out")

    def url(self, port: int) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{name}:{port}/" + (f"?token={self.token}" if self.token else "")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listening(address: Address) -> socket.socket:
    """A socket that listens; raises `InputError` if there can be none."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address.host, address.port))
        listener.listen(limits.CONNECTIONS)
    except OSError as error:
        listener.close()
        what = f"{address.host}, port {address.port}, cannot be used ({error.strerror or error})"
        raise InputError("live", what, "give another --port (0 takes any that is free), or another --host") from None
    return listener


def server(serving: Serving, page: Page | None = None) -> uvicorn.Server:
    """The server, not running yet."""
    config = uvicorn.Config(
        build_app(serving, page), log_level="error", access_log=False, server_header=False, date_header=False,
        ws="websockets-sansio", ws_max_size=limits.MESSAGE_BYTES, ws_per_message_deflate=False, ws_ping_interval=20,
        ws_ping_timeout=limits.CLIENT_SILENT_SECONDS, limit_concurrency=limits.CONNECTIONS, timeout_graceful_shutdown=2,
        timeout_keep_alive=15, lifespan="off", http=PatientHTTP,
    )  # fmt: skip
    return uvicorn.Server(config)
