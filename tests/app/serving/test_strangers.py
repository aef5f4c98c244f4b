"""A server that really listens, and strangers who know the protocols: nobody stays, nothing piles up."""

import contextlib
import json
import logging
import os
import socket
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from eyeprentice.app.serving.app import Serving
from eyeprentice.app.serving.page import Page
from eyeprentice.words import limits
from tests.app.serving.test_listening import FRAME, START, read, stream, until_closed
from tests.served import served
from tests.strangers import MALFORMED, MANY, UPGRADE, WHOLE, frame, open_stream, raw

TOLD = (b"content-security-policy", b"x-content-type-options", b"referrer-policy", b"cross-origin-opener-policy")


def answer(plain: socket.socket) -> bytes:
    """All that comes until the server closes."""
    told = b""
    with contextlib.suppress(ConnectionError):
        while part := plain.recv(1 << 16):
            told += part
    return told


def ask(address: str, path: str = "/api/status") -> dict:
    with raw(address, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()) as plain:
        head, _, body = answer(plain).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    return json.loads(body)


@pytest.mark.parametrize(
    "content",
    [
        b"GET /x HTTP/1.1\r\nHost: evil.example\r\n" + UPGRADE + MANY + b"\r\n",
        b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + MANY + b"\r\n",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"X: " + b"x" * 9000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"Content-Length: 9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n" + UPGRADE + b"\r\n",
        b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nContent-Length: 8\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /%ff%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
    ],
)
def test_whatever_is_refused_is_answered_at_once_and_tells_browsers_what_to_refuse(
    listening: str, content: bytes, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.ERROR), raw(listening, content) as plain:
        told = answer(plain)
    head = told.partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 4"), told
    for name in TOLD:
        assert head.count(b"\r\n" + name + b": ") == 1, name
    assert caplog.records == []


@pytest.mark.parametrize("said", ["status", "policy"])
def test_an_error_of_ours_tells_browsers_the_same(page: Page, monkeypatch: pytest.MonkeyPatch, said: str):
    def fail(*_: object) -> None:
        raise KeyError("on purpose")

    monkeypatch.setattr(Page, "respond", fail)
    with served(Serving(), page) as address, raw(address, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") as plain:
        head = answer(plain).lower()
    assert {"status": b"http/1.1 500", "policy": b"content-security-policy: default-src 'none'"}[said] in head


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
        b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE,
        b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"\r\n",
        b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"\r\n" + frame(1, b'{"type": "st', fin=False),
        WHOLE,
        WHOLE + WHOLE + b"GET",
        b"GET /api/status HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n",
        b"POST /api/status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n",
        b"GET /api/status HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
        b"GET /api/status HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
    ],
)
def test_nobody_stays_who_says_ever_more_and_never_all(
    listening: str, content: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """A byte at a time, or whole requests one after another: the time for them is of the connection, not of a byte."""
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.4)
    monkeypatch.setattr(limits, "LINGER_SECONDS", 0.3)
    began = time.monotonic()
    with caplog.at_level(logging.ERROR), raw(listening, content) as plain, contextlib.suppress(ConnectionError):
        while time.monotonic() - began < 15:
            plain.sendall(b"x")
            time.sleep(0.05)
    assert time.monotonic() - began < 12
    assert caplog.records == []


def test_as_many_connections_as_are_promised_and_still_room_for_an_honest_client(listening: str):
    """More than the promise of each of several kinds that say nothing more."""
    kinds = [b"", b"GET /", WHOLE[:-2], b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"\r\n"]
    with stream(listening) as honest, contextlib.ExitStack() as held:
        strangers = [held.enter_context(raw(listening, kinds[number % 4])) for number in range(300)]
        assert ask(listening)["clients"] == 1
        with stream(listening) as other:
            assert read(other)["type"] == "reading"
        assert read(honest)["type"] == "reading"
        time.sleep(0.3)
        still = 0
        for plain in strangers:
            plain.setblocking(False)
            try:
                while plain.recv(1 << 16):
                    pass
            except BlockingIOError:
                still += 1
            except OSError:
                pass
        assert 0 < still <= limits.CONNECTIONS_OF_ONE


def test_places_for_clients_are_not_taken_by_who_never_begins(page: Page):
    with served(Serving(clients=1), page) as address, contextlib.ExitStack() as held:
        for _ in range(5):
            held.enter_context(connect(f"ws://{address}/api/stream"))
        with stream(address) as honest:
            assert read(honest)["type"] == "reading"
            with connect(f"ws://{address}/api/stream") as late:
                assert json.loads(late.recv(10))["type"] == "wait"


@pytest.mark.parametrize("size", [limits.ORDER_BYTES + 1, 1 << 21])
def test_a_long_text_is_refused_unread_and_others_are_read(listening: str, size: int):
    with stream(listening) as other, stream(listening) as client:
        messages, code = until_closed(client, ['{"type": "reset", "x": [' + "[]," * (size // 3) + "[]]}"])  # type: ignore[list-item]
        assert code == 1008
        assert [message["what"] for message in messages] == ["message: a text of more than 4096 bytes"]
        assert read(other)["type"] == "reading"
    with connect(f"ws://{listening}/api/stream") as client:
        assert until_closed(client, ["[" * size])[1] == 1009  # type: ignore[list-item]


@pytest.mark.parametrize(
    "flood",
    [frame(9, b"x" * 125), frame(10), frame(1, b'{"type": "reset"}'), frame(2), frame(0, b"", fin=False)],
    ids=["pings", "pongs", "orders", "frames", "fragments"],
)
def test_a_flood_of_any_kind_ends_its_client_alone(listening: str, flood: bytes, caplog: pytest.LogCaptureFixture):
    """Also one that never reads what it is answered."""
    with caplog.at_level(logging.ERROR), stream(listening) as other, stream(listening) as client:
        first = frame(2, b"x", fin=False) if flood[0] == 0 else b""
        plain = client.socket
        with contextlib.suppress(OSError):
            plain.sendall(first)
            for _ in range(100):
                plain.sendall(flood * 100)
        messages, code = until_closed(client, [])
        assert code == 1008
        refused = ("stream: more than 240 messages a second", "message: 64 orders wait for a frame")
        told = [message["what"] for message in messages if message["type"] == "error"]
        assert told in ([what] for what in (*refused, "frame: 0 bytes, not the 9216 of 96x96 grey"))
        assert read(other)["type"] == "reading"
    assert caplog.records == []


def test_an_answer_that_is_not_taken_ends_and_is_never_held_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """A large file, asked for often and never read."""
    monkeypatch.setattr(limits, "CLIENT_SILENT_SECONDS", 0.5)
    (tmp_path / "index.html").write_text("page")
    (tmp_path / "large.txt").write_bytes(os.urandom(1 << 24))
    page = Page(tmp_path)
    asked = b"GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with caplog.at_level(logging.ERROR), served(Serving(), page) as address:
        before = resident()
        with contextlib.ExitStack() as held:
            for _ in range(20):
                held.enter_context(raw(address, asked, room=4096))
            time.sleep(0.3)
            assert resident() - before < 64 << 20  # 20 x 16 MB would be 320
            with raw(address, asked, room=4096) as plain:
                time.sleep(1.5)
                assert len(answer(plain)) < 1 << 24
        with raw(address, asked) as plain:  # who reads has it all
            assert len(answer(plain)) > 1 << 24
    assert caplog.records == []


def resident() -> int:
    """Bytes of memory of this process, which is the server's."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_frame_of_the_wrong_size_is_one_error_then_the_close_and_the_place_is_free(page: Page):
    with served(Serving(clients=1), page) as address:
        with stream(address) as client:
            began = time.monotonic()
            messages, code = until_closed(client, [FRAME + b"x"])
            assert time.monotonic() - began < 5
            assert [message["what"] for message in messages] == ["frame: 9217 bytes, not the 9216 of 96x96 grey"]
            assert code == 1008
        assert ask(address)["clients"] == 0
        with stream(address) as client:
            assert read(client)["type"] == "reading"


@pytest.mark.parametrize("early", [False, True])
def test_malformed_messages_end_their_client_without_a_word_on_the_terminal(
    listening: str, early: bool, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture
):
    """Whether they come before the handshake is answered, or behind it."""
    with caplog.at_level(logging.ERROR):
        for content in MALFORMED:
            with open_stream(listening, content if early else b"") as plain:
                if not early:
                    assert plain.recv(1 << 16).startswith(b"HTTP/1.1 101")
                    with contextlib.suppress(OSError):
                        plain.sendall(content)
                with contextlib.suppress(OSError):
                    plain.sendall(frame(8, b"\x03\xe8"))
                    plain.shutdown(socket.SHUT_WR)
                answer(plain)
        with stream(listening) as client:
            assert read(client)["type"] == "reading"
    assert [record.getMessage() for record in caplog.records] == []
    assert capfd.readouterr().err == ""


def test_orders_without_a_frame_do_not_pile_up(listening: str):
    with stream(listening) as client:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(limits.ORDERS + 1):
                client.send('{"type": "reset"}')
        messages, code = until_closed(client, [])
        assert (code, messages[-1]["what"]) == (1008, "message: 64 orders wait for a frame")


def test_a_picture_that_is_far_larger_than_its_file_ends_its_client_with_one_error(
    listening: str, caplog: pytest.LogCaptureFixture
):
    picture = cv2.imencode(".png", np.zeros((2048, 2049, 4), np.uint8))[1].tobytes()
    assert len(picture) < 1 << 16
    with caplog.at_level(logging.ERROR), connect(f"ws://{listening}/api/stream") as client:
        client.send('{"type": "start", "frames": "picture"}')
        assert json.loads(client.recv(10))["type"] == "ready"
        messages, code = until_closed(client, [picture])
    what = "frame: a picture of 2049x2048 (4,194,304 pixels can be read)"
    assert ([message["what"] for message in messages], code) == ([what], 1008)
    assert caplog.records == []


@pytest.mark.parametrize("gap", [None, 0.0, 0.001])
@pytest.mark.parametrize(
    ("then", "last"),
    [
        (frame(1, json.dumps(START).encode()), b'"ready"'),
        (frame(1, json.dumps(START).encode()) + frame(2, FRAME), b'"reading"'),
        (frame(1, json.dumps(START).encode()) + frame(9) + frame(2, FRAME) * 9, b'"reading"'),
        (frame(2, bytes(100_000)), b"\x03\xf1"),  # 1009: the first message is no longer than an order
        (frame(2, b"x"), b"\x03\xf0"),
    ],
    ids=["start", "frame", "frames", "long", "no-start"],
)
def test_what_comes_before_the_handshake_is_answered_is_read_behind_it(
    listening: str, gap: float | None, then: bytes, last: bytes, caplog: pytest.LogCaptureFixture
):
    """In one write with the request, or in another one right after it."""
    with caplog.at_level(logging.ERROR), open_stream(listening, then if gap is None else b"") as plain:
        if gap is not None:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            time.sleep(gap)
            plain.sendall(then)
        told = b""
        while last not in told and (part := plain.recv(1 << 16)):
            told += part
    assert told.startswith(b"HTTP/1.1 101")
    assert last in told
    assert caplog.records == []
