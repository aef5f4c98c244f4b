"""From a command to a socket: what arrives is what the JSON lines say, and who is not there stops nothing."""

import builtins
import json
import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from eyeprentice.app.cli import main
from eyeprentice.app.osc.addresses import messages_of
from eyeprentice.app.osc.sending import DATAGRAM_BYTES, Destination, Sender, at_its_pace
from eyeprentice.words.errors import InputError
from eyeprentice.words.notes import note_once
from tests.app.live.conftest import eye_video
from tests.app.osc.receiving import Receiver
from tests.app.osc.test_addresses import MOMENT, NO_EYE

assert eye_video  # a fixture


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_what_arrives_is_what_the_json_lines_say(
    eye_video: Path, receiver: Receiver, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("eyeprentice.app.osc.sending.time.sleep", lambda seconds: None)
    words = ["predict", str(eye_video), "--eye", "full", "--json", "--osc", f"127.0.0.1:{receiver.port}"]
    main(words)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()[:60]]
    frames = receiver.frames()
    assert len(frames) == len(rows) == 60
    for frame, row in zip(frames, rows, strict=True):
        assert frame["/eyeprentice/frame"] == [row["frame"]]
        assert frame["/eyeprentice/emotion"] == [row["emotion"]]
        assert frame["/eyeprentice/certain"] == [int(row["certain"])]
        assert frame["/eyeprentice/calibration"] == [row["calibration"]]
        assert frame["/eyeprentice/eye/box"] == pytest.approx(row["eye_box"], abs=0.05)
        for name, key in (("probability", "probability"), ("valence", "valence"), ("arousal", "arousal")):
            assert frame[f"/eyeprentice/{name}"] == pytest.approx([row[key]], abs=1e-4)
        for folder in ("probabilities", "units"):
            told = {a.rsplit("/", 1)[1]: v[0] for a, v in frame.items() if a.startswith(f"/eyeprentice/{folder}/")}
            assert told == pytest.approx(row[folder], abs=1e-4)


class Clock:
    """What stands for `time`: sleeping is the only thing that takes time, but for what a test adds."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_file_is_sent_at_its_own_pace(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eyeprentice.app.osc.sending.time", clock := Clock())
    came: list[float] = []
    send = at_its_pace(lambda moment: came.append(clock.now))
    for number in range(4):
        clock.now += 0.01  # to read the frame
        send(replace(MOMENT, frame=number, time_s=5 + 0.05 * number))
    assert came == pytest.approx([100.01, 100.06, 100.11, 100.16])


def test_a_stream_that_is_late_is_not_delayed_further(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eyeprentice.app.osc.sending.time", clock := Clock())
    came: list[float] = []
    send = at_its_pace(lambda moment: came.append(clock.now))
    send(replace(MOMENT, time_s=0.0))
    clock.now += 0.1
    send(replace(MOMENT, time_s=0.05))
    assert came == pytest.approx([100.0, 100.1])


def test_bundles_fit_into_a_packet_and_every_message_comes_once(receiver: Receiver):
    sender = Sender(Destination.parse(f"127.0.0.1:{receiver.port}"))
    sender(MOMENT)
    datagrams = receiver.datagrams()
    assert len(datagrams) > 1
    assert all(len(each) <= DATAGRAM_BYTES for each in datagrams)
    sender(NO_EYE)
    assert receiver.frames() == [
        {"/eyeprentice/frame": [8], "/eyeprentice/calibration": ["none"], "/eyeprentice/reference_lost": [1],
         "/eyeprentice/eye/seen": [0]}
    ]  # fmt: skip
    sender.close()


def test_a_frame_s_number_begins_anew_where_the_integers_of_osc_end(receiver: Receiver):
    sender = Sender(Destination.parse(f"127.0.0.1:{receiver.port}"))
    sender(replace(NO_EYE, frame=(1 << 31) + 5))
    assert receiver.frames()[0]["/eyeprentice/frame"] == [5]
    sender.close()


def test_nobody_who_listens_stops_nothing_and_is_said_once(capsys: pytest.CaptureFixture):
    note_once.cache_clear()
    free = Receiver()
    port = free.port
    free.close()
    sender = Sender(Destination.parse(f"127.0.0.1:{port}"))
    for _ in range(20):
        sender(NO_EYE)
        time.sleep(0.002)
    assert capsys.readouterr().err.count("nobody listens") == 1
    later = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    later.bind(("127.0.0.1", port))
    later.settimeout(5)
    sender(NO_EYE)
    assert later.recv(65536).startswith(b"#bundle")  # who comes later is sent what comes then
    later.close()
    sender.close()


def test_ipv6_in_brackets():
    receiver = Receiver("::1")
    sender = Sender(Destination.parse(f"[::1]:{receiver.port}"))
    sender(NO_EYE)
    assert receiver.frames()[0]["/eyeprentice/frame"] == [8]
    sender.close()
    receiver.close()


def test_a_name_of_both_kinds_is_the_address_of_ipv4(monkeypatch: pytest.MonkeyPatch):
    found = [
        (socket.AF_INET6, socket.SOCK_DGRAM, 17, "", ("::1", 9000, 0, 0)),
        (socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("127.0.0.1", 9000)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    assert Destination.parse("localhost:9000").address == ("127.0.0.1", 9000)


WRONG = (
    "", ":", "9000", "127.0.0.1", ":9000", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1",
    "127.0.0.1:9000:1", "::1:9000", "[::1]", "[::1]9000", "[127.0.0.1]:9000", "http://127.0.0.1:9000",
    "127.0.0.1:9000/", "127.0.0.1: 9000", " 127.0.0.1:9000", "127.0.0.1:٩٠٠٠", "0.0.0.0:9000", "[::]:9000",
    "255.255.255.255:9000", "224.0.0.1:9000", "[ff02::1]:9000", "a" * 70 + ":9000", "a\0b:9000", "user@host:9000",
    "127.0.0.1:9000\n", "127.0.0.1:1e3",
)  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_host_and_port_is_refused_in_one_line(text: str, monkeypatch: pytest.MonkeyPatch):
    real = socket.getaddrinfo

    def local(host: str, *others: object) -> object:  # nothing is asked of a name server
        if any(letter.isalpha() for letter in host) and ":" not in host and len(host) < 64:
            raise socket.gaierror("no such name")
        return real(host, *others)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    with pytest.raises(InputError) as error:
        Destination.parse(text)
    assert len(str(error.value).splitlines()) == 1
    assert "give HOST:PORT" in str(error.value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--osc", "nowhere"], "'nowhere' is not a host and a port"),
        (["--osc-as", "vrcft"], "give --osc HOST:PORT too"),
        (["--osc", "127.0.0.1:9000", "--osc-as", "midi"], "midi"),
        (["{}", "--osc", "127.0.0.1:9000"], "one source"),
    ],
)
def test_wrong_options_end_before_a_frame_is_read(
    words: list[str], message: str, eye_video: Path, tmp_path: Path, capsys: pytest.CaptureFixture
):
    other = tmp_path / "other.mp4"
    other.write_bytes(eye_video.read_bytes())
    with pytest.raises(SystemExit) as ended:
        main(["predict", str(eye_video), *(word.format(other) for word in words)])
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert message in told.err
    assert told.out == ""


def test_without_python_osc_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def without(name: str, *others: object) -> object:
        if name.startswith("pythonosc"):
            raise ModuleNotFoundError(name=name)
        return real(name, *others)

    for name in [name for name in sys.modules if name.startswith("pythonosc")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"python-osc is not installed; pip install python-osc, .*\[osc\]"):
        Sender(Destination.parse("127.0.0.1:9000"))


def test_the_bytes_are_those_of_osc_1_0(receiver: Receiver):
    """Read by hand: bundles that begin with `#bundle`, are to be obeyed at once, and hold padded messages."""
    sender = Sender(Destination.parse(f"127.0.0.1:{receiver.port}"), "eyetrackvr")
    sender(MOMENT)
    sender.close()
    (datagram,) = receiver.datagrams()
    assert datagram[:16] == b"#bundle\0" + (1).to_bytes(8, "big")
    found, place = {}, 16
    while place < len(datagram):
        (size,) = struct.unpack_from(">i", datagram, place)
        message = datagram[place + 4 : place + 4 + size]
        address, _, rest = message.partition(b"\0")
        kinds = rest.lstrip(b"\0")[:4]
        assert len(message) % 4 == 0
        assert kinds == b",f\0\0"
        (found[address.decode()],) = struct.unpack(">f", message[-4:])
        place += 4 + size
    assert found == pytest.approx(dict(messages_of(MOMENT, "eyetrackvr")))
