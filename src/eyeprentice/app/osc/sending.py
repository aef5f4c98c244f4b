"""Messages on their way: one host and port that the user names, by UDP, which waits for nobody.

Whether somebody listens there changes nothing of what is read. What the system says of it is noted once.
"""

import contextlib
import ipaddress
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eyeprentice.app.osc.addresses import Convention, Message, check_convention, messages_of
from eyeprentice.runtime import Moment
from eyeprentice.words.errors import InputError, install
from eyeprentice.words.notes import note_once

DATAGRAM_BYTES = 1400
"""Of a bundle: it fits into one packet of Ethernet and of wireless networks."""
TODO = "give HOST:PORT, for example 127.0.0.1:9000 or [::1]:9000"
Keep = Callable[[Moment], None]


@dataclass(frozen=True)
class Destination:
    """Who is sent to, as it was named and as the system knows it."""

    text: str
    family: socket.AddressFamily
    address: tuple[Any, ...]

    @classmethod
    def parse(cls, text: str) -> "Destination":
        """Of `HOST:PORT`; IPv6 in brackets. A name that has several addresses stands for the first one of IPv4.

        Raises `InputError` for what is none, or no single host (`0.0.0.0`, broadcast, multicast).
        """
        match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%\w-]+)\]|([^\[\]:/\s]+)):([0-9]{1,5})", text, re.ASCII)
        if match is None or not 1 <= int(match[3]) <= 65535:
            raise InputError("osc", f"'{text}' is not a host and a port", TODO)
        kind = socket.AF_INET6 if match[1] else socket.AF_UNSPEC
        try:
            found = socket.getaddrinfo(match[1] or match[2], int(match[3]), kind, socket.SOCK_DGRAM)
        except (OSError, ValueError):  # UnicodeError is a ValueError
            raise InputError("osc", f"no host is known by the name in '{text}'", TODO) from None
        family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
        known = ipaddress.ip_address(str(address[0]).partition("%")[0])
        if known.is_multicast or known.is_unspecified or str(known) == "255.255.255.255":
            raise InputError("osc", f"'{text}' is not the address of one host", TODO)
        return cls(text, family, address)


class Sender:
    """Called with every moment, sends it; never raises, and never waits."""

    def __init__(self, destination: Destination, convention: Convention = "eyeprentice") -> None:
        """Raises `InputError` if python-osc is missing, or the system does not let send there."""
        try:
            from pythonosc import osc_bundle_builder, osc_message_builder
        except ModuleNotFoundError:
            todo = f"pip install python-osc, or {install('osc')}"
            raise InputError("osc", "python-osc is not installed", todo) from None
        self._bundles, self._messages = osc_bundle_builder, osc_message_builder
        self.destination, self.convention = destination, convention
        self._socket = socket.socket(destination.family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.connect(destination.address)
        except OSError as error:
            self._socket.close()
            what = f"nothing can be sent to '{destination.text}' ({error.strerror or error})"
            raise InputError("osc", what, TODO) from None

    def __call__(self, moment: Moment) -> None:
        for datagram in self._packed(messages_of(moment, self.convention)):
            try:
                self._socket.send(datagram)
            except ConnectionRefusedError:  # the answer to an earlier one; this one was not sent
                note_once(f"osc: nobody listens at {self.destination.text} yet; readings are sent all the same")
                with contextlib.suppress(OSError):
                    self._socket.send(datagram)
            except OSError as error:
                note_once(f"osc: {self.destination.text}: {error.strerror or error}; reading goes on")

    def close(self) -> None:
        self._socket.close()

    def _packed(self, messages: Sequence[Message]) -> Iterator[bytes]:
        """Bundles, to be obeyed at once, as few as fit."""
        builder, size, count = self._bundle()
        for address, value in messages:
            message = self._messages.OscMessageBuilder(address)
            for one in [value] if isinstance(value, int | float | str) else value:
                message.add_arg(one)
            built = message.build()
            if count and size + 4 + built.size > DATAGRAM_BYTES:
                yield builder.build().dgram
                builder, size, count = self._bundle()
            builder.add_content(built)
            size, count = size + 4 + built.size, count + 1
        if count:
            yield builder.build().dgram

    def _bundle(self) -> tuple[Any, int, int]:
        """An empty one, its size in bytes, and how many messages it holds."""
        return self._bundles.OscBundleBuilder(self._bundles.IMMEDIATELY), 16, 0


@contextmanager
def sender_to(text: str | None, convention: Convention, units: Sequence[str]) -> Iterator[Keep | None]:
    """Gives a function to call with every moment, None if nobody is named; `units` are the model's.

    Raises `InputError` for a wrong name, a convention that cannot be, or if python-osc is missing.
    """
    if text is None:
        if convention != "eyeprentice":
            raise InputError("osc-as", f"'{convention}' is given, but not who is sent to", "give --osc HOST:PORT too")
        yield None
        return
    check_convention(convention, units)
    with contextlib.closing(Sender(Destination.parse(text), convention)) as sender:
        yield sender


def at_its_pace(send: Keep) -> Keep:
    """The same, each moment not before its time: of a file, which is read faster than it plays."""
    began: float | None = None

    def wait_and_send(moment: Moment) -> None:
        nonlocal began
        now = time.monotonic()
        began = now - moment.time_s if began is None else began
        time.sleep(max(0.0, began + moment.time_s - now))
        send(moment)

    return wait_and_send


def sent(moments: Iterator[Moment], send: Keep | None) -> Iterator[Moment]:
    """The moments, each sent as it comes."""
    for moment in moments:
        if send is not None:
            send(moment)
        yield moment


def sent_too(keep: Keep, send: Keep | None) -> Keep:
    """Both, if there is somebody to send to."""

    def keep_and_send(moment: Moment) -> None:
        keep(moment)
        if send is not None:
            send(moment)

    return keep_and_send
