"""Writes a short video of a simulated eye, for trying packages out: python tests/sample_video.py FILE.mp4"""

import sys
from pathlib import Path

import cv2

from eyeprentice.synth.stream import simulate_stream

if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = simulate_stream(5, 1, ["neutral", "surprise"], 30, 96)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30, (96, 96))
    for frame in stream.frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
