"""Writes the clip that the page begins with: a drawn person who shows one emotion after another, and what they are.

python web/make_clip.py FOLDER
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np

from eyeprentice.synth.stream import simulate_stream
from eyeprentice.words.vocabulary import FRAME_RATE_HZ

SEED, PERSON, SIZE, SECONDS_EACH = 2028, 16, 160, 2.5
SHOWN = ("neutral", "happiness", "surprise", "angry", "sadness", "neutral")
TRACK_NUMBER = b"\x73\xc5\x88"
"""Matroska's TrackUID; a number of eight bytes follows."""
SOFT, KEPT = 0.8, 0.6
"""Softened by pixels, and by a share of the frame before: a camera's noise would take most of the file."""


def main(folder: Path) -> None:
    each = round(SECONDS_EACH * FRAME_RATE_HZ)
    stream = simulate_stream(SEED, PERSON, SHOWN, each, SIZE)
    folder.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(folder / "clip.webm"), cv2.VideoWriter.fourcc(*"VP90"), FRAME_RATE_HZ, (SIZE, SIZE))
    if not writer.isOpened():
        raise SystemExit("error: clip.webm: OpenCV cannot write VP9 here; install opencv-python-headless from PyPI")
    quiet = stream.frames[0].astype(np.float32)
    for frame in stream.frames:
        quiet = KEPT * quiet + (1 - KEPT) * cv2.GaussianBlur(frame, (0, 0), SOFT)
        writer.write(cv2.cvtColor(quiet.round().astype(np.uint8), cv2.COLOR_GRAY2BGR))
    writer.release()
    settle(folder / "clip.webm")
    parts = [
        {"fromS": SECONDS_EACH * n, "toS": SECONDS_EACH * (n + 1), "emotion": word} for n, word in enumerate(SHOWN)
    ]
    (folder / "clip.json").write_text(json.dumps({"shown": parts}))


def settle(path: Path) -> None:
    """Gives the track of a WebM file the number 1: FFmpeg draws one, and the file would differ each time."""
    content = path.read_bytes()
    place = content.index(TRACK_NUMBER) + len(TRACK_NUMBER)
    path.write_bytes(content.replace(content[place : place + 8], bytes([0, 0, 0, 0, 0, 0, 0, 1])))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
