"""A receiver of OSC, read with python-osc."""

import socket

from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage


class Receiver:
    """A UDP socket of this computer."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind((host, 0))
        self._socket.settimeout(5)
        self.port = self._socket.getsockname()[1]

    def datagrams(self) -> list[bytes]:
        """All that came; waits for the first."""
        found = [self._socket.recv(65536)]
        self._socket.setblocking(False)
        try:
            while True:
                found.append(self._socket.recv(65536))
        except BlockingIOError:
            return found
        finally:
            self._socket.settimeout(5)

    def messages(self) -> list[tuple[str, list]]:
        """Addresses and values, in the order in which they came."""
        bundles = [OscBundle(datagram) for datagram in self.datagrams()]
        contents = [content for bundle in bundles for content in bundle]
        assert all(isinstance(content, OscMessage) for content in contents)
        return [(content.address, content.params) for content in contents]

    def frames(self) -> list[dict[str, list]]:
        """The messages of our own addresses, a dictionary for each frame."""
        frames: list[dict[str, list]] = []
        for address, values in self.messages():
            if address == "/eyeprentice/frame":
                frames.append({})
            assert address not in frames[-1]
            frames[-1][address] = values
        return frames

    def close(self) -> None:
        self._socket.close()
