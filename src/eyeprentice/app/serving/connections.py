"""Where the server listens, and what others need to reach it there."""

import ipaddress
import secrets
import socket
from dataclasses import dataclass

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
