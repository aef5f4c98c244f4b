"""What `live` sends: the terminal's readings, and those of one of the server's streams."""

import contextlib
from collections.abc import Iterator

import numpy as np
import pytest
from rich.console import Console
from starlette.testclient import TestClient

from eyeprentice.app.cli import main
from eyeprentice.app.osc.sending import Destination, Sender
from eyeprentice.app.serving.app import Serving, build_app
from eyeprentice.app.serving.page import Page
from tests.app.live.conftest import eye_video
from tests.app.osc.receiving import Receiver
from tests.app.serving.conftest import page

assert eye_video  # a fixture
assert page  # another one
STREAM = "ws://127.0.0.1:8731/api/stream"
START = {"type": "start", "frames": "grey", "width": 96, "height": 96, "eye": "full"}
FRAME = np.random.default_rng(0).integers(0, 256, (96, 96), dtype=np.uint8).tobytes()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with contextlib.closing(Receiver()) as receiver:
        yield receiver


def client_of(page: Page, receiver: Receiver) -> TestClient:
    tell = Sender(Destination.parse(f"127.0.0.1:{receiver.port}"))
    return TestClient(build_app(Serving(tell=tell), page), base_url="http://127.0.0.1:8731")


def test_what_a_program_sends_to_the_server_is_read_and_sent(page: Page, receiver: Receiver):
    with client_of(page, receiver).websocket_connect(STREAM) as socket:
        socket.send_json(START)
        assert socket.receive_json()["osc"] is True
        for number in range(3):
            socket.send_bytes(FRAME)
            message = socket.receive_json()
            (frame,) = receiver.frames()
            assert frame["/eyeprentice/frame"] == [message["frame"]] == [number]
            assert frame["/eyeprentice/emotion"] == [message["emotion"]]
            for name, value in message["probabilities"].items():
                assert frame[f"/eyeprentice/probabilities/{name}"] == pytest.approx([value], abs=1e-5)


def test_of_two_programs_the_second_is_read_but_not_sent_until_it_begins_anew(page: Page, receiver: Receiver):
    client = client_of(page, receiver)
    with client.websocket_connect(STREAM) as second:
        with client.websocket_connect(STREAM) as first:
            first.send_json(START)
            assert first.receive_json()["osc"] is True
            second.send_json(START)
            assert second.receive_json()["osc"] is False
            second.send_bytes(FRAME)
            assert second.receive_json()["type"] == "reading"
            first.send_bytes(FRAME)
            first.receive_json()
            assert len(receiver.frames()) == 1
        second.send_bytes(FRAME)
        assert second.receive_json()["frame"] == 1
    with client.websocket_connect(STREAM) as third:
        third.send_json(START)
        assert third.receive_json()["osc"] is True
        third.send_bytes(FRAME)
        third.receive_json()
        assert [frame["/eyeprentice/frame"] for frame in receiver.frames()] == [[0]]


def test_the_terminal_shows_and_sends(eye_video, receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eyeprentice.app.commands.live.open_console", lambda: Console(force_terminal=True, quiet=True))
    monkeypatch.setattr("eyeprentice.app.live.in_terminal.time.sleep", lambda seconds: None)
    words = ["live", str(eye_video), "--terminal", "--eye", "full", "--osc", f"127.0.0.1:{receiver.port}"]
    main([*words, "--osc-as", "eyetrackvr"])
    told = [address for address, _ in receiver.messages()]
    assert told.count("/tracking/eye/EyesClosedAmount") == 60
    assert told.count("/avatar/parameters/v2/EyeLidRight") == 60


def test_a_wrong_receiver_ends_the_server_before_it_listens(capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as ended:
        main(["live", "--port", "0", "--osc", "127.0.0.1"])
    assert ended.value.code == 2
    assert capsys.readouterr() == (
        "",
        "error: osc: '127.0.0.1' is not a host and a port; give HOST:PORT, for example 127.0.0.1:9000 or [::1]:9000\n",
    )
