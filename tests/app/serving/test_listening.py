"""A server that really listens: clients that flood, stall or send too much harm nobody."""

import contextlib
import json
import socket
import time

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from eyeprentice.words import limits

START = {"type": "start", "frames": "grey", "width": 96, "height": 96, "eye": "full"}
FRAME = bytes(96 * 96)


def stream(address: str) -> ClientConnection:
    opened = connect(f"ws://{address}/api/stream", max_size=None, ping_interval=None)
    opened.send(json.dumps(START))
    assert json.loads(opened.recv(10))["type"] == "ready"
    return opened


def read(client: ClientConnection) -> dict:
    client.send(FRAME)
    return json.loads(client.recv(10))


def until_closed(client: ClientConnection, contents: list[bytes]) -> tuple[list[dict], int | None]:
    """Sends all of it, whatever happens; what came back, and the code with which the server ended it."""
    messages: list[dict] = []
    with contextlib.suppress(ConnectionClosed, OSError):
        for content in contents:
            client.send(content)
    with contextlib.suppress(ConnectionClosed, OSError):
        while True:
            messages.append(json.loads(client.recv(10)))
    return messages, client.close_code


def test_a_message_that_is_too_large_ends_its_client_alone(listening: str):
    with stream(listening) as other, stream(listening) as client:
        _, code = until_closed(client, [bytes(limits.MESSAGE_BYTES + 1)])
        assert code == 1009
        assert read(other)["type"] == "reading"


def test_a_text_that_is_not_utf_8_is_refused_with_its_code(listening: str):
    with stream(listening) as client:
        client.send(b"\xff", text=True)
        assert until_closed(client, [])[1] == 1007


@pytest.mark.parametrize("path", ["/api/model", "/api/status?token=x", "/nothing"])
def test_a_refusal_is_heard_by_whoever_sends_a_long_body(listening: str, path: str):
    """The server reads no body: were it to close the connection at once, its answer would be lost with it."""
    host, port = listening.split(":")
    with socket.create_connection((host, int(port))) as plain:
        plain.settimeout(10)
        plain.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {1 << 23}\r\n\r\n".encode())
        for _ in range(1 << 7):
            plain.sendall(bytes(1 << 16))
        answer = b""
        while part := plain.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 405")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"] == "error"


@pytest.mark.parametrize("limit", ["LINGER_BYTES", "LINGER_SECONDS", "LINGER_SILENT_SECONDS"])
def test_who_goes_on_sending_after_a_refusal_is_cut_off(listening: str, monkeypatch: pytest.MonkeyPatch, limit: str):
    for name in ("LINGER_BYTES", "LINGER_SECONDS", "LINGER_SILENT_SECONDS"):
        monkeypatch.setattr(limits, name, 0.2 if name == limit else 1e9)
    if limit != "LINGER_SILENT_SECONDS":
        monkeypatch.setattr(limits, "LINGER_SILENT_SECONDS", 1.0)
    host, port = listening.split(":")

    def send_on(plain: socket.socket) -> None:
        for _ in range(1000):
            plain.sendall(bytes(1 << 10))
            time.sleep(0.6 if limit == "LINGER_SILENT_SECONDS" else 0.01)

    with socket.create_connection((host, int(port))) as plain:
        plain.settimeout(10)
        plain.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
        assert plain.recv(4096).startswith(b"HTTP/1.1 405")
        with pytest.raises(ConnectionError):
            send_on(plain)


def test_a_client_that_floods_is_ended_with_a_reason(listening: str):
    with stream(listening) as other, stream(listening) as client:
        messages, code = until_closed(client, [FRAME] * (20 * limits.MESSAGES_A_SECOND))
        assert code == 1008
        assert messages[-1]["what"] == f"stream: more than {limits.MESSAGES_A_SECOND} messages a second"
        assert read(other)["type"] == "reading"


def test_a_client_that_takes_no_readings_delays_nobody(listening: str):
    """It sends frames and never reads: what it is to be sent fills the connection, and only its own thread waits."""
    with stream(listening) as other, stream(listening) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(150):
            client.send(FRAME)
            time.sleep(0.005)
        for _ in range(20):
            assert read(other)["type"] == "reading"
        client.socket.shutdown(socket.SHUT_RDWR)  # it would not hear that the server closes, either


def test_lag_never_accumulates(listening: str):
    """More frames than can be read: of each reading the frame is the newest of its moment, and others are left out."""
    with stream(listening) as client:
        for _ in range(200):
            client.send(FRAME)
        readings = [json.loads(client.recv(10))]
        while readings[-1]["frame"] < 199:
            readings.append(json.loads(client.recv(10)))
        assert sum(1 + reading["skipped"] for reading in readings) == 200
        assert len(readings) <= 200


def test_connections_that_say_nothing_are_ended(listening: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 0.3)
    with connect(f"ws://{listening}/api/stream") as client:
        message = json.loads(client.recv(10))
        assert message["what"] == "stream: nothing came for too long"
    host, port = listening.split(":")
    whole = b"GET /api/status HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for first, said in ((b"", b""), (b"", b"GET / HTTP/1.1\r\nHost:"), (whole, b"GET")):
        with socket.create_connection((host, int(port))) as plain:
            plain.settimeout(10)
            if first:
                plain.sendall(first)
                assert plain.recv(4096).startswith(b"HTTP/1.1 200")
            plain.sendall(said)
            while plain.recv(4096):
                pass


@pytest.mark.parametrize("request_line", [b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"A" * 100_000])
def test_what_is_no_request_is_refused_and_the_server_goes_on(listening: str, request_line: bytes):
    host, port = listening.split(":")
    with socket.create_connection((host, int(port))) as plain:
        plain.settimeout(10)
        try:
            plain.sendall(request_line + b"\r\n\r\n")
            answer = plain.recv(200)
        except ConnectionError:
            answer = b""
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    with stream(listening) as client:
        assert read(client)["type"] == "reading"
