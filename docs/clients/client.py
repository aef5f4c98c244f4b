"""A client of the live server: reads frames of a headset's camera, prints what is believed.

    python client.py VIDEO [ws://127.0.0.1:8731/api/stream [TOKEN]]

It needs `websockets` and OpenCV; both come with eyeprentice.
"""

import json
import sys

import cv2
from websockets.sync.client import connect


def main(video: str, address: str = "ws://127.0.0.1:8731/api/stream", token: str | None = None) -> None:
    capture = cv2.VideoCapture(video)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with connect(address, additional_headers=headers) as server:
        there, frame = capture.read()
        height, width = frame.shape[:2]
        start = {"type": "start", "frames": "grey", "width": width, "height": height, "rate_hz": 30, "eye": "full"}
        server.send(json.dumps(start))
        print(server.recv())  # {"type": "ready", ...}, or {"type": "wait", ...} if there is no room
        while there:
            server.send(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).tobytes())
            reading = json.loads(server.recv())  # of the newest frame; a camera need not wait for it
            print(reading["frame"], reading["emotion"], reading["probability"], reading["certain"])
            there, frame = capture.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
