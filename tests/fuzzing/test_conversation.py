"""The server's fuzzer hears what it is to hear."""

import logging

import pytest

from eyeprentice.app.serving.protocols import HTTP
from tests.fuzzing.conversation import converse
from tests.strangers import UPGRADE, WHOLE, frame

OPENING = b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE + b"\r\n"


def test_a_conversation_is_what_the_server_says():
    assert converse(WHOLE).startswith(b"HTTP/1.1 200")
    told = converse(OPENING + frame(1, b"{}"))
    assert told.startswith(b"HTTP/1.1 101")
    assert b"the first one must be a start" in told


def test_what_reaches_the_terminal_fails(monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise RuntimeError("of a library")

    monkeypatch.setattr(HTTP, "handle_events", fail)
    with pytest.raises(AssertionError, match="of a library"):
        converse(WHOLE)
    assert logging.getLogger("uvicorn.error").handlers == []
