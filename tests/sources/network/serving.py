"""Cameras and servers of this computer: HTTP, and RTSP with JPEG pictures (RFC 2326, RFC 2435)."""

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def http_server(answers: dict[str, Answer]) -> Iterator[tuple[str, list[str]]]:
    """Host and port, and the paths that were asked for; `answers` by path."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            with suppress(BrokenPipeError, ConnectionResetError):
                answers[self.path.partition("?")[0]](self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def whole(content: bytes, kind: str = "video/mp4", code: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def jpeg(level: int, size: int = 48) -> bytes:
    return cv2.imencode(".jpg", np.full((size, size), level, np.uint8))[1].tobytes()


def mjpeg(
    pictures: list[bytes],
    with_length: bool = True,
    boundary: str = "frame",
    named: str | None = None,
    pause: float = 0.02,
) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={named or boundary}")
        handler.end_headers()
        for picture in pictures:
            length = f"Content-Length: {len(picture)}\r\n" if with_length else ""
            head = f"--{boundary}\r\nContent-Type: image/jpeg\r\n{length}\r\n"
            handler.wfile.write(head.encode() + picture + b"\r\n")
            handler.wfile.flush()
            time.sleep(pause)
        handler.wfile.write(f"--{boundary}--\r\n".encode())

    return answer


@contextmanager
def rtsp_camera(levels: list[int], moved_to: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """A camera that shows pictures of these levels, 30 a second; its host and port, and what it was asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked: list[str] = []

    def serve() -> None:
        try:
            while True:
                client, _ = listener.accept()
                _converse(client, levels, moved_to, asked)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    yield f"127.0.0.1:{listener.getsockname()[1]}", asked
    listener.close()


def _converse(client: socket.socket, levels: list[int], moved_to: str | None, asked: list[str]) -> None:
    stream = client.makefile("rwb")
    try:
        while request := b"".join(iter(stream.readline, b"\r\n")).decode():
            asked.append(request)
            (number,) = re.findall(r"CSeq: (\d+)", request)
            extra, body, code = "", "", "200 OK"
            if request.startswith("OPTIONS"):
                extra = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
            elif request.startswith("DESCRIBE"):
                body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\n"
                body += "c=IN IP4 127.0.0.1\r\na=framerate:30\r\na=control:track1\r\n"
                extra = f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
                if moved_to is not None:
                    code, extra, body = "302 Moved", f"Location: {moved_to}\r\n", ""
            elif request.startswith("SETUP"):
                extra = "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
            else:
                extra = "Session: 1\r\n"
            stream.write(f"RTSP/1.0 {code}\r\nCSeq: {number}\r\n{extra}\r\n{body}".encode())
            stream.flush()
            if request.startswith("PLAY"):
                for index, level in enumerate(levels):
                    stream.write(_packet(level, index))
                    stream.flush()
                    time.sleep(1 / 30)
                return
    except OSError:
        pass
    finally:
        stream.close()
        client.close()


def _packet(level: int, number: int) -> bytes:
    """A picture of 64x64 as one packet, with its tables of quantisation in it."""
    image = np.full((64, 64, 3), level, np.uint8)
    content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420])[
        1
    ].tobytes()
    tables = b"".join(table[1:] for table in _quantisation(content))
    scan = content.index(b"\xff\xda")
    (length,) = struct.unpack(">H", content[scan + 2 : scan + 4])
    entropy = content[scan + 2 + length :].removesuffix(b"\xff\xd9")
    head = struct.pack(">BBH", 0, 0, 0) + bytes([1, 255, 8, 8]) + struct.pack(">BBH", 0, 0, len(tables)) + tables
    rtp = struct.pack(">BBHII", 0x80, 0x80 | 26, number & 0xFFFF, number * 3000, 7) + head + entropy
    return b"$\x00" + struct.pack(">H", len(rtp)) + rtp


def _quantisation(content: bytes) -> list[bytes]:
    found, place = [], 0
    while (place := content.find(b"\xff\xdb", place)) >= 0:
        (length,) = struct.unpack(">H", content[place + 2 : place + 4])
        body = content[place + 4 : place + 2 + length]
        found += [body[start : start + 65] for start in range(0, len(body), 65)]
        place += 2
    return found
