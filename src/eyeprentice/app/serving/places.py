"""The places of a server: which connections it has, which gives way to a new one, and the clock that their limits obey.

Whoever only connects costs nothing, so a stranger could take all places and keep them. So a place is only safe for who
has been accepted as a stream. Of all others the oldest gives way, of the address that has most of them: a client that
asks at once is answered, however many connections say nothing.
"""

import asyncio
import ipaddress
from collections import Counter
from typing import Protocol

from eyeprentice.words import limits

TICK_SECONDS, LATE_SECONDS = 0.1, 0.05
"""How often limits are looked at; how late that may be before the server counts as having stalled."""
BUSY_SECONDS = 0.002
"""After which others have their turn."""


class Holder(Protocol):
    """What holds a place."""

    address: str
    kept: bool
    """Whether it is an accepted stream, which gives way to nobody."""

    def abort(self) -> None: ...

    def hand_over(self) -> None:
        """Called when it is its turn to be listened to."""

    def look(self, now: float) -> None:
        """Called ten times a second, to see whether a limit is over."""


class Clock:
    """Seconds in which the server was there to listen: what it slept through or was busy for itself does not count.

    So a client whose messages lay waiting because of us has not been silent, or too slow.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due = 0.0
        self.stalled = 0.0
        """Seconds that did not count."""

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._due = loop, loop.time() + TICK_SECONDS

    def tick(self) -> None:
        """To be called `TICK_SECONDS` after `begin`, and after each call."""
        self.now()
        self._due = self._time() + TICK_SECONDS

    def now(self) -> float:
        time = self._time()
        late = time - self._due - LATE_SECONDS
        if late > 0:
            self.stalled += late
            self._due = time - LATE_SECONDS
        return time - self.stalled

    def _time(self) -> float:
        assert self._loop is not None
        return self._loop.time()


class Places:
    """All connections of a server."""

    def __init__(self, most: int = limits.CONNECTIONS, of_one_address: int = limits.CONNECTIONS_OF_ONE) -> None:
        self.most, self.of_one_address = most, of_one_address
        self.clock = Clock()
        self._taken: dict[Holder, None] = {}  # the oldest first
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[Holder, None] = {}  # for their turn
        self._listening = False

    def __len__(self) -> int:
        return len(self._taken)

    def enter(self, holder: Holder, loop: asyncio.AbstractEventLoop) -> None:
        """Takes a place; who has to give way for it is aborted, and that may be `holder` itself."""
        if self._loop is not loop or not self._taken:
            self._loop = loop
            self.clock.begin(loop)
            loop.call_later(TICK_SECONDS, self._tick)
        self._taken[holder] = None
        loose = [each for each in self._taken if not each.kept]
        crowds = Counter(each.address for each in loose)
        if crowds[holder.address] > self.of_one_address:
            self._end(next(each for each in loose if each.address == holder.address))
        elif len(self._taken) > self.most:
            largest = max(crowds.values())
            self._end(next(each for each in loose if crowds[each.address] == largest))

    def leave(self, holder: Holder) -> None:
        self._taken.pop(holder, None)

    def listen_to(self, holder: Holder) -> None:
        """Soon: what all say who are no streams takes `BUSY_SECONDS` at once; then streams have their turn again.

        The newest comes first, as it does for places: a crowd that says much keeps no honest client waiting.
        """
        self._waiting[holder] = None
        if not self._listening and self._loop is not None:
            self._listening = True
            self._loop.call_soon(self._listen)

    def _listen(self) -> None:
        assert self._loop is not None
        began = self._loop.time()
        while self._waiting and self._loop.time() - began <= BUSY_SECONDS:
            self._waiting.popitem()[0].hand_over()
        self._listening = bool(self._waiting)
        if self._listening:
            self._loop.call_soon(self._listen)

    def _end(self, holder: Holder) -> None:
        self.leave(holder)
        holder.abort()

    def _tick(self) -> None:
        self.clock.tick()
        for holder in list(self._taken):
            holder.look(self.clock.now())
        if self._taken and self._loop is not None:
            self._loop.call_later(TICK_SECONDS, self._tick)


class Allowance:
    """How much a client may still send: so much a second, and more at once after it was quiet or we had stalled."""

    def __init__(self, clock: Clock, a_second: float, at_once: float) -> None:
        self._clock, self._a_second, self._at_once = clock, a_second, at_once
        self._left, self._seen, self._stalled = at_once, clock.now(), clock.stalled

    def take(self, number: float) -> bool:
        """Whether so many more are allowed."""
        now = self._clock.now()
        stalled = self._clock.stalled
        self._left = min(self._left + self._a_second * (now - self._seen), max(self._left, self._at_once))
        self._left += self._a_second * (stalled - self._stalled) - number
        self._seen, self._stalled = now, stalled
        return self._left >= 0


def crowd_of(host: str) -> str:
    """Whom an address belongs to: itself, or the network of 64 bits that one user of IPv6 commonly has."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
