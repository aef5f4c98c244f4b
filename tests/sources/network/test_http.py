"""Cameras and files behind HTTP, of this computer, and everything that is refused."""

import hashlib
import http.server
import re
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from eyeprentice.sources.frames import open_frames
from eyeprentice.sources.videos import decode_rate
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError
from tests.data.importing.material import write_video
from tests.sources.network.serving import Answer, http_server, jpeg, mjpeg, whole

LEVELS = [20 + 8 * number for number in range(12)]
PICTURES = [jpeg(level) for level in LEVELS]


def seen(address: str, message: str = "gives no more pictures") -> list[tuple[int, int]]:
    """Times and levels of what a camera shows, until it ends."""
    found: list[tuple[int, int]] = []
    source = open_frames(address)
    with pytest.raises(InputError, match=message):
        found.extend((t_us, int(np.median(image))) for t_us, image in source)
    return found


@pytest.mark.parametrize(
    "answer",
    [
        mjpeg(PICTURES),
        mjpeg(PICTURES, with_length=False),
        mjpeg(PICTURES, named='"frame"'),
        mjpeg(PICTURES, boundary="frame", named="--frame"),
        mjpeg(PICTURES, with_length=False, boundary="xx", named="--xx"),
    ],
)
def test_the_pictures_of_a_camera_come_with_the_times_at_which_they_came(answer: Answer):
    with http_server({"/video": answer}) as (place, asked):
        found = seen(f"http://{place}/video")
    levels = [level for _, level in found]
    assert len(levels) > 2  # a busy machine misses some
    assert levels == sorted(levels)
    assert set(levels) <= set(LEVELS)
    assert levels[-1] == LEVELS[-1]
    assert found[0][0] == 0
    assert (np.diff([t for t, _ in found]) > 0).all()
    assert found[-1][0] > 100_000
    assert asked == ["/video"]


def test_who_is_slow_misses_pictures_and_is_not_late():
    levels, sent, seen_enough = list(range(20, 220, 4)), threading.Event(), threading.Event()

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        mjpeg([jpeg(level) for level in levels], pause=0.001)(handler)
        handler.wfile.flush()
        sent.set()
        seen_enough.wait(10)

    with http_server({"/": answer}) as (place, _):
        frames = iter(open_frames(f"http://{place}"))
        first = next(frames)[1]
        assert sent.wait(10)
        time.sleep(0.3)
        shown = [int(np.median(image)) for image in (first, next(frames)[1])]
        seen_enough.set()
    assert shown[0] < shown[1]
    assert shown[1] == levels[-1]


def test_a_damaged_picture_is_left_out(capsys: pytest.CaptureFixture):
    with http_server({"/": mjpeg([PICTURES[0], b"\xff\xd8 broken", PICTURES[2]], pause=0.2)}) as (place, _):
        levels = [level for _, level in seen(f"http://{place}/")]
    assert levels == [LEVELS[0], LEVELS[2]]
    assert "damaged pictures are left out" in capsys.readouterr().err


def test_a_video_behind_http_is_the_same_video(tmp_path: Path):
    path = write_video(tmp_path / "a.mp4", [np.full((48, 64), level, np.uint8) for level in LEVELS], rate=25)
    with http_server({"/a": whole(path.read_bytes())}) as (place, asked):
        source = open_frames(f"http://{place}/a?key=hidden")
    assert asked == ["/a?key=hidden"]
    assert (source.kind, source.is_live, source.rate_hz) == ("video", False, pytest.approx(25))
    assert source.name == f"http://{place}/a?..."
    for (here_us, here), (there_us, there) in zip(open_frames(path), source, strict=True):
        assert here_us == there_us
        np.testing.assert_array_equal(here, there)


def cut_short(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b"\0\0\0\x18ftypmp42" + bytes(100))


PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n"
REFUSED: dict[str, tuple[Answer, str]] = {
    "moved": (whole(b"", code=302, Location="http://127.0.0.1:1/elsewhere"), "another address .302., which is not"),
    "moved to a file": (whole(b"", code=301, Location="file:///etc/hostname"), "another address .301., which is not"),
    "a playlist": (whole(PLAYLIST, "application/vnd.apple.mpegurl"), "is not a video .its type is application/vnd"),
    "a list of parts": (whole(b"ffconcat version 1.0\nfile /etc/hostname\n"), "is not a video"),
    "a page": (whole(b"<!doctype html>", "text/html"), "is not a video .its type is text/html"),
    "a picture": (whole(PICTURES[0], "image/jpeg"), "is not a video .its type is image/jpeg"),
    "nothing": (whole(b""), "is not a video"),
    "missing": (whole(b"", code=404), "answers with an error .404."),
    "closed": (whole(b"", code=401), "wants a name and a password .401."),
    "a video that is none": (whole(b"\0\0\0\x18ftypmp42" + bytes(500)), "cannot be decoded|no frame can be read"),
    "a video that ends early": (cut_short, "is cut short"),
    "no boundary": (whole(b"", "multipart/x-mixed-replace"), "does not say what stands between"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_camera_and_no_video_is_refused_in_one_line(name: str):
    answer, message = REFUSED[name]
    with http_server({"/secret-free": answer}) as (place, asked), pytest.raises(InputError, match=message) as error:
        open_frames(f"http://me:secret@{place}/secret-free?token=hidden")
    told = str(error.value)
    assert told.startswith(f"http://***@{place}/secret-free?...: ")
    assert "me:secret" not in told
    assert "hidden" not in told
    assert len(told.splitlines()) == 1
    assert set(asked) == {"/secret-free?token=hidden"}


def test_the_page_says_what_becomes_of_each():
    page = (Path(__file__).parents[3] / "docs" / "formats.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^`|]+) \| refused: (.+) \|$", page.partition("## Addresses")[2], re.MULTILINE)
    told = {name: what for name, what in rows if name in REFUSED}
    assert set(told) == set(REFUSED)
    for name, what in told.items():
        assert REFUSED[name][1].partition(" .")[0].partition("|")[0] in what, name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"--frame\r\nContent-Length: 99999999\r\n\r\n", "sends pictures of more than"),
        (b"x" * 5_000_000, "is not the MJPEG that it says it is"),
        (b"--frame\r\n" + b"X: y\r\n" * 2000, "is not the MJPEG that it says it is"),
        (b"", "gives no more pictures"),
        (b"--frame--\r\n", "gives no more pictures"),
        (b"--frame\r\nContent-Length: 10\r\n\r\nabc", "gives no more pictures"),
    ],
)
def test_what_is_no_mjpeg_ends_in_one_line(content: bytes, message: str):
    kind = "multipart/x-mixed-replace; boundary=frame"
    with http_server({"/": whole(content, kind)}) as (place, _):
        assert seen(f"http://{place}/", message) == []


def test_a_password_is_given_only_to_the_host_that_asks_for_it():
    given: list[str | None] = []

    def ask(handler: http.server.BaseHTTPRequestHandler) -> None:
        given.append(handler.headers["Authorization"])
        if given[-1] is None:
            whole(b"", code=401, WWW_Authenticate='Basic realm="eye"')(handler)
        else:
            mjpeg(PICTURES[:3])(handler)

    with http_server({"/": ask}) as (place, _):
        assert seen(f"http://me:s%40cret@{place}/")
    assert given == [None, "Basic bWU6c0BjcmV0"]  # me:s@cret


def test_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with http_server({"/": mjpeg(PICTURES[:3])}) as (place, _):
        assert seen(f"http://{place}/")


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x; boundary=a\r\n\r\n--a\r\n"])
def test_a_server_that_stalls_is_given_up(said: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "NETWORK_SECONDS", 0.2)
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def stall() -> None:
            kept.append(listener.accept()[0])
            kept[0].sendall(said)

        threading.Thread(target=stall, daemon=True).start()
        place = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(InputError, match=r"no answer within 0.2 s|gives no more pictures"):
            next(iter(open_frames(place)))
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("first", "later", "message"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Long: " + b"y" * 200, "no answer within 0.3 s"),
        (OK + b"Content-Type: multipart/x; boundary=a\r\n\r\n", b"--a\r\n" + b"X" * 200, "gives no more pictures"),
        (OK + b"Content-Type: video/mp4\r\n\r\n", b"\0\0\0\x18ftypmp42" + bytes(200), "comes too slowly"),
    ],
)
def test_a_server_that_gives_a_byte_now_and_then_is_given_up(
    first: bytes, later: bytes, message: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(limits, "NETWORK_SECONDS", 0.3)

    def drip(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(first)
        for letter in later:
            handler.wfile.write(bytes([letter]))
            handler.wfile.flush()
            time.sleep(0.02)

    with http_server({"/": drip}) as (place, _):
        began = time.monotonic()
        with pytest.raises(InputError, match=message):
            next(iter(open_frames(f"http://{place}/")))
        assert time.monotonic() - began < 3


def test_a_video_that_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "DOWNLOAD_BYTES", 1 << 17)
    content = b"\0\0\0\x18ftypmp42" + bytes(1 << 18)
    with http_server({"/": whole(content)}) as (place, _), pytest.raises(InputError, match="more than 0 MB"):
        open_frames(f"http://{place}/")


def test_a_password_is_not_sent_in_the_clear_to_a_camera_that_asks_for_digest():
    given: list[str] = []

    def ask(handler: http.server.BaseHTTPRequestHandler) -> None:
        given.append(handler.headers["Authorization"] or "")
        if not given[-1]:
            whole(b"", code=401, WWW_Authenticate='Digest realm="eye", nonce="abc", qop="auth", algorithm=MD5')(handler)
        else:
            mjpeg(PICTURES[:3])(handler)

    with http_server({"/": ask}) as (place, _):
        assert seen(f"http://me:secret@{place}/")
    said = dict(re.findall(r'(\w+)="?([^",]+)"?', given[1].removeprefix("Digest ")))
    first, second = (hashlib.md5(text).hexdigest() for text in (b"me:eye:secret", b"GET:/"))
    wanted = f"{first}:abc:{said['nc']}:{said['cnonce']}:auth:{second}"
    assert said["response"] == hashlib.md5(wanted.encode()).hexdigest()
    assert "secret" not in given[1]


@pytest.mark.parametrize("told", [None, "protocol_whitelist;file,http,tcp"])
def test_the_decoder_of_files_opens_no_address_whatever_its_surroundings_say(
    told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write_video(tmp_path / "a.mp4", [np.full((48, 64), level, np.uint8) for level in LEVELS])
    if told is not None:
        monkeypatch.setenv("OPENCV_FFMPEG_CAPTURE_OPTIONS", told)
    with http_server({"/a.mp4": whole(path.read_bytes())}) as (place, asked):
        with pytest.raises(ValueError, match="no frame can be read"):
            next(decode_rate(f"http://{place}/a.mp4"))
        assert asked == []
    assert next(decode_rate(str(path)))[0][0] > 0
