"""Who has a place, who gives way, and the clock that does not count what the server slept through."""

import asyncio
from dataclasses import dataclass, field

import pytest

from eyeprentice.app.serving.places import Allowance, Clock, Places, crowd_of


class Loop(asyncio.AbstractEventLoop):
    """A loop whose time is set by hand."""

    at = 100.0

    def time(self) -> float:
        return self.at

    def call_later(self, *_: object) -> None:  # type: ignore[override]
        pass


@dataclass(eq=False)
class Guest:
    address: str
    kept: bool = False
    ended: bool = field(default=False, init=False)

    def abort(self) -> None:
        self.ended = True

    def look(self, now: float) -> None:
        pass


def enter(places: Places, *guests: Guest) -> list[Guest]:
    for guest in guests:
        places.enter(guest, LOOP)
    return list(guests)


LOOP = Loop()


def test_the_oldest_of_the_largest_crowd_gives_way():
    places = Places(most=5, of_one_address=9)
    strangers = enter(places, *[Guest("a") for _ in range(4)])
    honest = enter(places, Guest("b"), Guest("c"))
    assert len(places) == 5
    assert [guest.ended for guest in strangers] == [True, False, False, False]
    assert not any(guest.ended for guest in honest)


def test_one_address_never_has_more_than_its_share_and_streams_do_not_count():
    places = Places(most=100, of_one_address=3)
    streams = enter(places, *[Guest("a", kept=True) for _ in range(3)])
    loose = enter(places, *[Guest("a") for _ in range(5)])
    assert [guest.ended for guest in loose] == [True, True, False, False, False]
    assert not any(guest.ended for guest in streams)


def test_streams_keep_their_places_and_whoever_comes_then_goes():
    places = Places(most=2, of_one_address=9)
    streams = enter(places, Guest("a", kept=True), Guest("a", kept=True))
    (late,) = enter(places, Guest("b"))
    assert late.ended
    assert not any(guest.ended for guest in streams)
    places.leave(streams[0])
    (next_,) = enter(places, Guest("b"))
    assert not next_.ended


@pytest.mark.parametrize(
    ("host", "crowd"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_network_of_one_user_is_one_address(host: str, crowd: str):
    assert crowd_of(host) == crowd


def test_the_clock_does_not_count_what_the_server_slept_through():
    loop, clock = Loop(), Clock()
    clock.begin(loop)
    began = clock.now()
    loop.at += 0.1
    clock.tick()
    assert clock.now() - began == pytest.approx(0.1)
    loop.at += 20  # nobody called `tick`
    assert clock.now() - began == pytest.approx(0.25)
    loop.at += 5
    clock.tick()
    loop.at += 0.1
    clock.tick()
    assert clock.now() - began == pytest.approx(0.35)
    assert clock.stalled == pytest.approx(24.85)


def test_who_floods_is_told_from_who_was_kept_waiting_by_us():
    loop, clock = Loop(), Clock()
    clock.begin(loop)
    flood, honest = (Allowance(clock, 240, 480) for _ in range(2))
    assert all(flood.take(1) for _ in range(480))
    assert not flood.take(1)
    for _ in range(50):  # 120 frames a second are never too many
        loop.at += 0.1
        clock.tick()
        assert honest.take(12)
    loop.at += 60  # we stalled; its frames come in one go
    assert honest.take(60 * 120)
    assert not Allowance(clock, 240, 480).take(481)


def test_being_quiet_saves_up_no_more_than_what_may_come_at_once():
    loop, clock = Loop(), Clock()
    clock.begin(loop)
    allowance = Allowance(clock, 240, 480)
    for _ in range(100):
        loop.at += 0.1
        clock.tick()
    assert allowance.take(480)
    assert not allowance.take(1)
