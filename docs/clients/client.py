"""A client of the live server: reads frames of a headset's camera, prints what is believed.

    python client.py VIDEO [ws://127.0.0.1:8731/api/stream [TOKEN]]

It needs `websockets` and OpenCV; both come with eyeprentice.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # what is wrong with a file is said below, in one line
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

import cv2
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect

ADDRESS = "ws://127.0.0.1:8731/api/stream"


def main(video: str, address: str = ADDRESS, token: str | None = None) -> None:
    capture = opened(video)
    there, frame = capture.read()
    if not there:
        sys.exit(f"error: {video}: no frame can be read; give a video that plays")
    height, width = frame.shape[:2]
    rate = capture.get(cv2.CAP_PROP_FPS)
    start = {"type": "start", "frames": "grey", "width": width, "height": height, "eye": "full"}
    start["rate_hz"] = rate if 1 <= rate <= 1000 else 30
    try:
        for reading in readings(connected(address, token), start, frame, capture):
            print(reading["frame"], reading["emotion"], reading["probability"], reading["certain"])
    except ConnectionClosed:
        sys.exit(f"error: {address}: the server ended the connection")


def opened(video: str) -> cv2.VideoCapture:
    if not Path(video).is_file():
        sys.exit(f"error: {video}: {'is a folder' if Path(video).is_dir() else 'does not exist'}; give a video")
    return cv2.VideoCapture(video)


def connected(address: str, token: str | None) -> ClientConnection:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        return connect(address, additional_headers=headers)
    except InvalidURI:
        sys.exit(f"error: {address}: no address of a server; give one like {ADDRESS}")
    except InvalidHandshake as error:
        sys.exit(f"error: {address}: the server refuses this client ({error}); look at the address and the token")
    except (OSError, TimeoutError):
        sys.exit(f"error: {address}: no server answers; start one with: eyeprentice live")


def readings(server: ClientConnection, start: dict, frame: cv2.Mat, capture: cv2.VideoCapture) -> Iterator[dict]:
    """What the server says of the first frame and of those that follow."""
    with server:
        print(json.dumps(answer(server, json.dumps(start))))  # {"type": "ready", ...}
        there = True
        while there:
            grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).tobytes()
            yield answer(server, grey)  # of the newest frame; a camera need not wait for it
            there, frame = capture.read()


def answer(server: ClientConnection, content: str | bytes) -> dict:
    with contextlib.suppress(ConnectionClosed):  # what the server said before that is still to be read
        server.send(content)
    message = json.loads(server.recv())
    if message["type"] in ("error", "wait"):  # `wait` where there is no room for one more client
        sys.exit(f"error: {message['what']}; {message['todo']}")
    return message


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 4:
        sys.exit("error: VIDEO is missing, or there are too many words; python client.py VIDEO [ADDRESS [TOKEN]]")
    main(*sys.argv[1:])
