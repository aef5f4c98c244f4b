"""A client of the live server: sends frames with their times, prints what is believed.

    python client.py VIDEO [ws://127.0.0.1:8731/api/stream [TOKEN]]

The frames come from a video, as eyeprentice reads it: turned as the file says, each at its own time. A program that has
a camera sends its frames in the same way, with the time at which each was taken. It needs `websockets`, which comes
with eyeprentice.
"""

import contextlib
import json
import sys
from collections.abc import Iterator

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect

from eyeprentice.sources.frames import FrameSource, Timed, open_frames
from eyeprentice.words.errors import InputError

ADDRESS = "ws://127.0.0.1:8731/api/stream"


def main(video: str, address: str = ADDRESS, token: str | None = None) -> None:
    try:
        frames = open_frames(video)
        first = next(iter(frames))
        for reading in readings(connected(address, token), frames, first):
            print(reading["frame"], reading["emotion"], reading["probability"], reading["certain"])
    except InputError as error:
        sys.exit(f"error: {error}")
    except ConnectionClosed:
        sys.exit(f"error: {address}: the server ended the connection")


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


def readings(server: ClientConnection, frames: FrameSource, first: Timed) -> Iterator[dict]:
    """What the server says of each frame; `rate_hz` is how many usually come in a second."""
    height, width = first[1].shape
    rate_hz = min(max(frames.rate_hz, 1.0), 1000.0)
    start = {"type": "start", "frames": "grey", "width": width, "height": height, "eye": "full"}
    with server:
        print(json.dumps(answer(server, json.dumps(start | {"times": "sent", "rate_hz": rate_hz}))))  # "ready"
        for t_us, grey in frames:
            yield answer(server, t_us.to_bytes(8, "little", signed=True) + grey.tobytes())  # a camera need not wait


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
