"""The WebSocket: readings as `Recognizer` gives them, orders, and everything that is refused."""

import base64
import json
import time
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from eyeprentice.app.serving.app import Serving, build_app
from eyeprentice.app.serving.messages import parse_order, parse_start
from eyeprentice.app.serving.page import Page
from eyeprentice.app.serving.reading import NewestFrame
from eyeprentice.runtime import Recognizer
from eyeprentice.runtime.units import ARKIT, named
from eyeprentice.runtime.usual import HABITS
from eyeprentice.synth.dataset import UNIT_COLUMNS
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from eyeprentice.words.vocabulary import EMOTIONS
from tests.data.importing.material import eyes

STREAM = "ws://127.0.0.1:8731/api/stream"
START = {"type": "start", "frames": "grey", "width": 96, "height": 96, "eye": "full"}


@pytest.fixture(scope="session")
def frames() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (24, 96, 96), dtype=np.uint8)


def probabilities(message: dict) -> dict[str, float]:
    assert message["type"] == "reading", message
    return message["probabilities"]


def test_readings_are_those_of_the_recognizer(client: TestClient, frames: np.ndarray):
    recognizer = Recognizer(neutral="auto")
    with client.websocket_connect(STREAM) as socket:
        socket.send_json(START)
        assert socket.receive_json() == {
            "type": "ready", "labels": list(EMOTIONS), "units": list(recognizer.model.units), "size": 90,
            "phases": recognizer.phases,
        }  # fmt: skip
        for number, frame in enumerate(frames):
            socket.send_bytes(frame.tobytes())
            message = socket.receive_json()
            cut = cv2.resize(frame, (90, 90), interpolation=cv2.INTER_AREA)
            assert probabilities(message) == pytest.approx(recognizer.step(cut).probabilities, abs=1e-4)
            assert (message["frame"], message["skipped"], message["eye_box"]) == (number, 0, [0, 0, 96, 96])


@pytest.mark.parametrize(("names", "expected"), [("facs", UNIT_COLUMNS), ("arkit", tuple(ARKIT))])
def test_units_are_told_by_the_names_that_are_asked_for(
    page: Page, exported_units: Path, frames: np.ndarray, names: str, expected: tuple[str, ...]
):
    recognizer = Recognizer(exported_units)
    client = TestClient(build_app(Serving(model=exported_units), page), base_url="http://127.0.0.1:8731")
    with client.websocket_connect(STREAM) as socket:
        socket.send_json(START | {"unit_names": names})
        assert tuple(socket.receive_json()["units"]) == expected
        for frame in frames[:6]:
            socket.send_bytes(frame.tobytes())
            message = socket.receive_json()
            reading = recognizer.step(cv2.resize(frame, (32, 32), interpolation=cv2.INTER_AREA))
            assert message["units"] == pytest.approx(named(reading.units, names), abs=1e-3)
            assert (message["valence"], message["arousal"]) == pytest.approx(
                (reading.valence, reading.arousal), abs=1e-3
            )


def test_names_that_the_model_does_not_have_end_the_stream_with_the_reason(page: Page, exported: dict[str, Path]):
    client = TestClient(build_app(Serving(model=exported["ready"]), page), base_url="http://127.0.0.1:8731")
    with client.websocket_connect(STREAM) as socket:
        socket.send_json(START | {"unit_names": "arkit"})
        answer = socket.receive_json()
    assert (answer["type"], answer["what"]) == ("error", "unit names: this model estimates no action units")


def test_pictures_and_colour_are_read_as_grey_is(client: TestClient, frames: np.ndarray):
    found = []
    for kind in ("grey", "rgb", "picture"):
        with client.websocket_connect(STREAM) as socket:
            size = {} if kind == "picture" else {"width": 96, "height": 96}
            socket.send_json({"type": "start", "frames": kind, "eye": "full", **size})
            socket.receive_json()
            for frame in frames[:6]:
                content = frame if kind == "grey" else np.repeat(frame[..., None], 3, axis=2)
                socket.send_bytes(cv2.imencode(".png", frame)[1].tobytes() if kind == "picture" else content.tobytes())
                message = socket.receive_json()
            found.append(probabilities(message))
    assert found[0] == found[1] == found[2]


def test_a_neutral_face_calibrates_and_is_forgotten(client: TestClient, frames: np.ndarray):
    def read(socket, frame: np.ndarray) -> dict:
        socket.send_bytes(frame.tobytes())
        return socket.receive_json()

    with client.websocket_connect(STREAM) as socket:
        socket.send_json(START)
        socket.receive_json()
        socket.send_json({"type": "neutral", "seconds": 0.1})
        states = [read(socket, frame)["calibration"] for frame in frames[:4]]
        assert states == ["collecting", "collecting", "done", "done"]
        cut = [cv2.resize(frame, (90, 90), interpolation=cv2.INTER_AREA) for frame in frames]
        socket.send_json({"type": "reset"})
        expected = Recognizer(neutral=cut[:3]).step(cut[5]).probabilities
        assert probabilities(read(socket, frames[5])) == pytest.approx(expected, abs=1e-4)
        socket.send_json({"type": "forget_neutral"})
        message = read(socket, frames[5])
        assert message["calibration"] == "none"
        assert probabilities(message) == pytest.approx(Recognizer().step(cut[5]).probabilities, abs=1e-4)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("hello", "not a JSON object"),
        ("[" * 4_000, "not a JSON object"),
        ("[" * 5_000, "a text of more than 4096 bytes"),
        ("[]", "not a JSON object"),
        ("{}", "the first one must be a start"),
        ({**START, "frames": "video"}, "what the frames are"),
        ({**START, "width": 0}, "width"),
        ({**START, "width": True}, "width"),
        ({**START, "width": 16000, "height": 16000}, "too large"),
        ({**START, "rate_hz": "fast"}, "rate_hz"),
        ({**START, "rate_hz": 0.01}, "rate_hz"),
        ({**START, "rate_hz": float("nan")}, "rate_hz"),
        ({**START, "eye": "nose"}, "eye"),
        ({**START, "eye": 5}, "eye must be"),
        ({**START, "eye": "90,90,90,90"}, "outside"),
        ({**START, "camera": 1}, "'camera' is not known"),
    ],
)
def test_what_is_no_start_is_refused_with_a_reason(client: TestClient, start: object, said: str):
    with client.websocket_connect(STREAM) as socket:
        socket.send_text(start if isinstance(start, str) else json.dumps(start))
        message = socket.receive_json()
        assert message["type"] == "error"
        assert said in message["what"]
        assert message["todo"]
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 1008


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("grey", b"", "0 bytes, not the 9216 of 96x96 grey"),
        ("grey", bytes(9217), "9217 bytes"),
        ("picture", b"\xff\xd8 no picture", "not a readable image"),
        ("picture", base64.b64decode("iVBORw0KGgoAAAANSUhEUgAB//8AAf//CAIAAAA="), "readable image"),
    ],
)
def test_a_frame_that_is_none_is_refused_and_others_go_on(client, frames, kind: str, content: bytes, said: str):
    size = {} if kind == "picture" else {"width": 96, "height": 96}
    with client.websocket_connect(STREAM) as other, client.websocket_connect(STREAM) as socket:
        other.send_json(START)
        other.receive_json()
        socket.send_json({"type": "start", "frames": kind, "eye": "full", **size})
        socket.receive_json()
        socket.send_bytes(content)
        message = socket.receive_json()
        assert message["type"] == "error"
        assert said in message["what"]
        with pytest.raises(WebSocketDisconnect) as closed:  # at once, and without another word
            socket.receive_json()
        assert closed.value.code == 1008
        other.send_bytes(frames[0].tobytes())
        assert probabilities(other.receive_json())


def test_orders_that_are_none_are_refused():
    for text in ('{"type": "stop"}', '{"type": "neutral", "seconds": 0}', '{"type": "neutral", "seconds": "3"}', "x"):
        with pytest.raises(InputError):
            parse_order(text)
    for text in ('{"type": "reset", "x": 1}', '{"type": "reset", "seconds": 1}', '{"type": "neutral", "y": []}'):
        with pytest.raises(InputError, match="is not known; use"):
            parse_order(text)
    with pytest.raises(InputError, match="a text of more than 4096 bytes"):
        parse_order('{"type": "reset"' + " " * 5000 + "}")
    assert parse_order('{"type": "neutral"}').seconds == 3
    assert parse_start(json.dumps(START)).rate_hz == 30


def test_what_the_face_usually_looks_like_is_learnt_unless_the_start_says_not():
    assert parse_start(json.dumps(START)).automatic
    assert not parse_start(json.dumps({**START, "neutral": "none"})).automatic
    with pytest.raises(InputError, match="neutral is neither auto nor none"):
        parse_start(json.dumps({**START, "neutral": 3}))


def test_one_client_more_than_there_is_room_for_is_told_to_wait(page: Page, frames: np.ndarray):
    client = TestClient(build_app(Serving(clients=2), page), base_url="http://127.0.0.1:8731")
    with client.websocket_connect(STREAM) as first:
        first.send_json(START)
        assert first.receive_json()["type"] == "ready"
        with client.websocket_connect(STREAM) as second:
            second.send_json(START)
            assert second.receive_json()["type"] == "ready"
            with client.websocket_connect(STREAM) as third:
                message = third.receive_json()
                assert (message["type"], message["retry_s"]) == ("wait", 5)
                with pytest.raises(WebSocketDisconnect) as closed:
                    third.receive_json()
                assert closed.value.code == 1013
        deadline = time.monotonic() + 10
        while client.get("/api/status").json()["clients"] > 1 and time.monotonic() < deadline:
            time.sleep(0.02)
        with client.websocket_connect(STREAM) as third:
            third.send_json(START)
            assert third.receive_json()["type"] == "ready"


def test_the_newest_frame_wins():
    newest = NewestFrame()
    newest.put(b"a")
    newest.put(b"b")
    found = iter(newest)
    number, earlier, frame = next(found)
    assert (number, frame) == (1, b"b")
    newest.put(b"c")
    number, put, frame = next(found)
    assert (number, frame) == (2, b"c")
    assert put >= earlier
    newest.close()
    assert list(found) == []


def test_the_model_is_told_and_given(client: TestClient):
    told = client.get("/api/model").json()
    assert (told["size"], told["steps"], told["skip"], told["labels"]) == (90, 8, 1, list(EMOTIONS))
    assert told["state"]["potential"] == [1, 7]
    assert told["habits"] == asdict(HABITS)
    from eyeprentice.runtime.model import DEFAULT

    assert client.get("/api/model.onnx").content == DEFAULT.read_bytes()
    assert client.get("/api/status").json()["most_clients"] == limits.CLIENTS


def test_files_of_the_page_are_served_and_nothing_else(client: TestClient):
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/app.js").text.startswith("// x")
    assert client.get("/app.js", headers={"accept-encoding": "identity"}).text.startswith("// x")
    assert client.get("/app.js", headers={"if-none-match": client.get("/app.js").headers["etag"]}).status_code == 304
    for path in ("/nothing", "/../serving/app.py", "/%2e%2e/app.py", "/app.js.gz", "/api", "/api/other"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (404, "error")
    assert client.post("/api/model", content=b"x").status_code == 405


def test_a_page_that_was_not_built_is_one_line(tmp_path: Path):
    with pytest.raises(InputError, match="its page was not built; run `make web`"):
        Page(tmp_path)


def _answers(client: TestClient, start: dict, messages: list[bytes]) -> list[dict]:
    with client.websocket_connect(STREAM) as socket:
        socket.send_json(start)
        assert socket.receive_json()["type"] == "ready"
        told = []
        for message in messages:
            socket.send_bytes(message)
            told.append(socket.receive_json())
    return told


def test_frames_may_come_with_their_times(client: TestClient, frames: np.ndarray):
    """On any clock; a reset may set it back."""
    cut = [cv2.resize(frame, (90, 90), interpolation=cv2.INTER_AREA) for frame in frames]
    times_us = [10**15 + 66_667 * number for number in range(8)]
    sent = [t.to_bytes(8, "little", signed=True) + f.tobytes() for t, f in zip(times_us, frames, strict=False)]
    slow = Recognizer(rate_hz=15, neutral="auto")
    for number, message in enumerate(_answers(client, START | {"times": "sent"}, sent)):
        assert message["time_s"] == pytest.approx(number / 15, abs=1e-3)
        assert probabilities(message) == pytest.approx(slow.step(cut[number]).probabilities, abs=1e-4)
    with client.websocket_connect(STREAM) as socket:
        socket.send_json(START | {"times": "sent"})
        socket.receive_json()
        socket.send_bytes(sent[4])
        socket.receive_json()
        socket.send_json({"type": "reset"})
        socket.send_bytes(sent[0])
        assert socket.receive_json()["type"] == "reading"
        socket.send_bytes(b"\0" * 7)
        assert "does not begin with its time" in socket.receive_json()["what"]


def test_frames_may_be_timed_by_their_arrival(client: TestClient, frames: np.ndarray):
    told = _answers(client, START | {"times": "arrival"}, [frame.tobytes() for frame in frames[:4]])
    times = [message["time_s"] for message in told]
    assert times[0] == 0
    assert times == sorted(times)
    assert 0 < times[-1] < 60
    assert told[-1]["arriving_hz"] == pytest.approx(3 / times[-1], rel=0.3, abs=0.2)


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_frames_may_be_turned(client: TestClient, frames: np.ndarray, rotate: int):
    wide = frames[:3, :64]
    expected = _answers(client, START | {"height": 64}, [frame.tobytes() for frame in wide])
    held = [np.rot90(frame, rotate // 90).copy() for frame in wide]
    height, width = held[0].shape
    told = _answers(client, START | {"width": width, "height": height, "rotate": rotate}, [h.tobytes() for h in held])
    assert [probabilities(m) for m in told] == [probabilities(m) for m in expected]
    assert [(m["eye_box"], m["turned"]) for m in told] == [([0, 0, 96, 64], rotate)] * 3


@pytest.mark.parametrize(
    ("start", "said"),
    [({"times": "now"}, "when frames are taken"), ({"rotate": 45}, "rotate"), ({"rotate": True}, "rotate")],
)
def test_a_start_that_cannot_be_obeyed(start: dict, said: str):
    with pytest.raises(InputError, match=said):
        parse_start(json.dumps(START | start))


def test_a_client_hears_that_its_frames_are_upside_down(client: TestClient):
    frames = [np.ascontiguousarray(frame[::-1, ::-1]) for frame in eyes("surprise")]
    height, width = frames[0].shape
    start = START | {"width": width, "height": height}
    told = _answers(client, start, [frame.tobytes() for frame in frames])
    assert [told[0]["seems_turned"], told[-1]["seems_turned"], told[-1]["turned"]] == [0, 180, 0]
    told = _answers(client, start | {"rotate": "auto"}, [frame.tobytes() for frame in frames])
    assert [told[0]["turned"], told[-1]["turned"]] == [0, 180]
